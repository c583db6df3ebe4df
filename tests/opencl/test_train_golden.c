/* Both trainers against PyTorch: first gradients and twenty losses of small trainings, as tests/vectors/train/make.py left them.
 *
 * Trainings of ReLU networks against each other are chaotic: in float32 one activation that rounds to the other side of zero moves
 * the losses by 1e-2 within ten steps, in PyTorch too. So the reference, in double precision, follows all twenty steps, and a device
 * takes each of them from where the reference is. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/opencl.h"
#include "opencl_test.h"
#include "sequence.h"
#include "support.h"

static int chosen_of(const json_t *c, const char *key, const char *const *names)
{
    int i = 0;
    while (strcmp(json_string_value(json_object_get(c, key)), names[i]) != 0) i++;
    return i;
}

static dkg_train_options options_of(const json_t *c)
{
    static const char *const heads[] = {"phase", "tanh"}, *const losses[] = {"bce", "lsgan", "hinge"};
    dkg_train_options o = DKG_TRAIN_OPTIONS;
    o.channels = (uint32_t)json_integer_value(json_object_get(c, "channels"));
    o.discriminator = (uint32_t)json_integer_value(json_object_get(c, "discriminator"));
    o.crop = (uint32_t)json_integer_value(json_object_get(c, "crop"));
    o.head = (dkg_train_head)chosen_of(c, "head", heads);
    o.loss = (dkg_train_loss)chosen_of(c, "loss", losses);
    return o;
}

/* Values that lie evenly spread in the tensor, and its root mean square, to 1e-4 of the latter. */
static void check_gradients(dkg_trainer *t, const json_t *expected)
{
    dkg_train_tensor tensors[DKG_TRAIN_TENSORS];
    const size_t count = (size_t)dkg_train_layout(&t->options, tensors);
    float *got = malloc(count * sizeof *got);
    ck_ok(t->get(t, DKG_TRAIN_GRADIENTS, got, err));
    ck_assert_uint_eq(json_array_size(expected), DKG_TRAIN_TENSORS);
    for (size_t i = 0; i < DKG_TRAIN_TENSORS; i++) {
        const json_t *tensor = json_array_get(expected, i), *values = json_object_get(tensor, "values");
        const double rms = json_number_value(json_object_get(tensor, "rms"));
        const size_t samples = json_array_size(values);
        double square = 0;
        for (size_t k = 0; k < tensors[i].count; k++) square += (double)got[tensors[i].at + k] * (double)got[tensors[i].at + k];
        ck_assert_double_eq_tol(sqrt(square / (double)tensors[i].count) / rms, 1, 1e-4);
        for (size_t k = 0; k < samples; k++) {
            const double value = (double)got[tensors[i].at + k * tensors[i].count / samples];
            const double wanted = json_number_value(json_array_get(values, k));
            ck_assert_msg(fabs(value - wanted) < 1e-4 * rms, "%s: gradient %zu of %s is %g, PyTorch's is %g", t->device, k,
                          tensors[i].name, value, wanted);
        }
    }
    free(got);
}

/* Where one trainer is, the other shall be. */
static void follow(dkg_trainer *to, dkg_trainer *from)
{
    float *values = malloc((size_t)dkg_train_vector_size(&to->options, DKG_TRAIN_WEIGHTS) * sizeof *values);
    for (int v = DKG_TRAIN_WEIGHTS; v <= DKG_TRAIN_MOMENT2; v++) {
        ck_ok(from->get(from, (dkg_train_vector)v, values, err));
        ck_ok(to->set(to, (dkg_train_vector)v, values, err));
    }
    to->steps = from->steps;
    free(values);
}

/* device: NULL for the reference alone. */
static void check_case(const json_t *c, const char *device)
{
    const json_t *expected = json_object_get(c, "losses");
    const dkg_train_options o = options_of(c);
    const size_t count = (size_t)dkg_train_vector_size(&o, DKG_TRAIN_WEIGHTS), size = (size_t)o.crop * o.crop * 3;
    float *weights = malloc(count * sizeof *weights);
    uint8_t *images = malloc(2 * size);
    dkg_trainer *reference, *t = NULL;
    dkg_train_losses got;
    ck_ok(dkg_reference_trainer(&o, &reference, err));
    if (device) ck_ok(dkg_opencl_trainer(&o, device, 0, &t, err));
    dkg_trainer *const checked = t ? t : reference;
    sequence_weights(weights, count);
    ck_ok(reference->set(reference, DKG_TRAIN_WEIGHTS, weights, err));
    for (size_t i = 0; i < json_array_size(expected); i++) {
        sequence_images(images, images + size, size, (uint32_t)i);
        if (t) follow(t, reference);
        ck_ok(checked->step(checked, images, images + size, NULL, &got, err));
        const double three[3] = {got.generator, got.real, got.fake};
        for (size_t k = 0; k < 3; k++) {
            const double wanted = json_number_value(json_array_get(json_array_get(expected, i), k));
            ck_assert_msg(fabs(three[k] - wanted) < 1e-5, "%s: loss %zu of step %zu is %.7f, PyTorch's is %.7f", checked->device, k, i,
                          three[k], wanted);
        }
        if (i == 0) check_gradients(checked, json_object_get(c, "gradients"));
        if (t) ck_ok(reference->step(reference, images, images + size, NULL, &got, err));
    }
    free(weights);
    free(images);
    dkg_trainer_free(t);
    dkg_trainer_free(reference);
}

static json_t *golden;

START_TEST(the_reference_follows_pytorch)
{
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(golden, "cases"), i, c)
    check_case(c, NULL);
}
END_TEST

START_TEST(every_device_follows_pytorch)
{
    const size_t devices = test_opencl_devices("every_device_follows_pytorch");
    char name[32];
    size_t i;
    json_t *c;
    for (size_t d = 0; d < devices; d++) {
        snprintf(name, sizeof name, "%zu", d);
        json_array_foreach(json_object_get(golden, "cases"), i, c)
        check_case(c, name);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("training against PyTorch");
    TCase *t = tcase_create("golden");
    golden = json_load_file("tests/vectors/train/golden.json", 0, NULL);
    if (!golden) {
        fprintf(stderr, "tests/vectors/train/golden.json cannot be read\n");
        return 1;
    }
    tcase_set_timeout(t, 240);
    suite_add_tcase(s, t);
    tcase_add_test(t, the_reference_follows_pytorch);
    tcase_add_test(t, every_device_follows_pytorch);
    const int code = test_run(s, (Suite *)0);
    json_decref(golden);
    return code;
}
