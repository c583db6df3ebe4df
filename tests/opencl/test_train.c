/* A step of the OpenCL trainer against the reference in double precision, on every device found, with both tunings. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "opencl_test.h"
#include "support.h"
#include "train/trainer.h"

static const dkg_train_tuning *const tunings[] = {&dkg_train_cpu, &dkg_train_gpu};
enum { TUNINGS = 2 };

static dkg_trainer *trainer_on(const dkg_train_options *o, size_t device, const dkg_train_tuning *tuning)
{
    char name[32];
    dkg_trainer *trainer;
    snprintf(name, sizeof name, "%zu", device);
    ck_ok(dkg_opencl_trainer_tuned(o, name, 0, tuning, &trainer, err));
    return trainer;
}

static dkg_train_options options_of(uint32_t channels, uint32_t discriminator, uint32_t crop)
{
    dkg_train_options o = DKG_TRAIN_OPTIONS;
    o.channels = channels;
    o.discriminator = discriminator;
    o.crop = crop;
    return o;
}

/* Weights, images and what both trainers make of them. */
typedef struct fixture {
    dkg_train_options options;
    size_t count, image, pool;
    float *weights;
    uint8_t *source, *target;
} fixture;

static fixture fixture_of(const dkg_train_options *o, uint8_t number)
{
    const uint8_t seed[32] = {number};
    fixture f = {.options = *o, .image = (size_t)o->crop * o->crop * 3};
    f.count = (size_t)dkg_train_vector_size(o, DKG_TRAIN_WEIGHTS);
    f.pool = (size_t)dkg_train_vector_size(o, DKG_TRAIN_POOL);
    f.weights = malloc(f.count * sizeof *f.weights);
    f.source = malloc(f.image);
    f.target = malloc(f.image);
    dkg_train_initial(o, seed, f.weights);
    for (size_t i = 0; i < f.count; i++) f.weights[i] *= 3;
    test_pattern(f.source, f.image, number);
    test_pattern(f.target, f.image, number + 100u);
    return f;
}

static void fixture_free(fixture *f)
{
    free(f->weights);
    free(f->source);
    free(f->target);
}

static float *vector(dkg_trainer *t, dkg_train_vector which)
{
    float *values = calloc((size_t)dkg_train_vector_size(&t->options, which) + 1, sizeof *values);
    ck_ok(t->get(t, which, values, err));
    return values;
}

static dkg_train_losses step(dkg_trainer *t, const fixture *f, const dkg_train_pool *pool)
{
    dkg_train_losses losses;
    ck_ok(t->step(t, f->source, f->target, pool, &losses, err));
    return losses;
}

/* Norm of the difference over the norm of what is expected. */
static double distance(const float *got, const float *expected, size_t count)
{
    double difference = 0, size = 0;
    for (size_t i = 0; i < count; i++) {
        const double e = (double)expected[i], d = (double)got[i] - e;
        difference += d * d;
        size += e * e;
    }
    return sqrt(difference / (size > 0 ? size : 1));
}

static void check_losses(dkg_train_losses got, dkg_train_losses expected, double tolerance, const char *what)
{
    ck_assert_msg(fabs(got.generator - expected.generator) < tolerance && fabs(got.real - expected.real) < tolerance &&
                      fabs(got.fake - expected.fake) < tolerance,
                  "%s: losses %.7f %.7f %.7f, expected %.7f %.7f %.7f", what, got.generator, got.real, got.fake, expected.generator,
                  expected.real, expected.fake);
}

static void check_gradients(const fixture *f, dkg_trainer *t, const float *expected, const char *what)
{
    dkg_train_tensor tensors[DKG_TRAIN_TENSORS];
    dkg_train_layout(&f->options, tensors);
    float *got = vector(t, DKG_TRAIN_GRADIENTS);
    for (size_t i = 0; i < DKG_TRAIN_TENSORS; i++) {
        const double far = distance(got + tensors[i].at, expected + tensors[i].at, (size_t)tensors[i].count);
        ck_assert_msg(far < 1e-4, "%s, %s: gradient of %s is off by %g", t->device, what, tensors[i].name, far);
    }
    free(got);
}

/* Everywhere: u, three losses and every gradient of one step, with `pool`, from given weights. */
static void check_step(const fixture *f, const dkg_train_pool *pool, size_t devices)
{
    dkg_trainer *reference;
    char what[200];
    float *u = malloc(f->image * sizeof *u), *got_u = malloc(f->image * sizeof *u);
    float *slots = calloc(f->pool + 1, sizeof *slots);
    for (size_t i = 0; i < f->pool; i++) slots[i] = (float)(i % 97) / 30 - 1.5f;
    ck_ok(dkg_reference_trainer(&f->options, &reference, err));
    ck_ok(reference->set(reference, DKG_TRAIN_WEIGHTS, f->weights, err));
    ck_ok(reference->set(reference, DKG_TRAIN_POOL, slots, err));
    ck_ok(reference->generate(reference, f->source, u, err));
    const dkg_train_losses losses = step(reference, f, pool);
    float *gradients = vector(reference, DKG_TRAIN_GRADIENTS), *stored = vector(reference, DKG_TRAIN_POOL);
    for (size_t d = 0; d < devices; d++)
        for (size_t k = 0; k < TUNINGS; k++) {
            dkg_trainer *t = trainer_on(&f->options, d, tunings[k]);
            snprintf(what, sizeof what, "tuning %zu, n %u, %u, crop %u, head %d, loss %d", k, f->options.channels, f->options.discriminator,
                     f->options.crop, (int)f->options.head, (int)f->options.loss);
            ck_ok(t->set(t, DKG_TRAIN_WEIGHTS, f->weights, err));
            ck_ok(t->set(t, DKG_TRAIN_POOL, slots, err));
            ck_ok(t->generate(t, f->source, got_u, err));
            ck_assert_msg(distance(got_u, u, f->image) < 1e-5, "%s: u is off by %g", what, distance(got_u, u, f->image));
            check_losses(step(t, f, pool), losses, 1e-5, what);
            check_gradients(f, t, gradients, what);
            float *got_stored = vector(t, DKG_TRAIN_POOL);
            ck_assert_msg(distance(got_stored, stored, f->pool) < 1e-5, "%s: the pool differs", what);
            free(got_stored);
            dkg_trainer_free(t);
        }
    dkg_trainer_free(reference);
    free(gradients);
    free(stored);
    free(slots);
    free(u);
    free(got_u);
}

/* Channels that fill panels and that do not; crops whose halves are odd. */
START_TEST(gradients_equal_the_references)
{
    static const struct {
        uint32_t channels, discriminator, crop;
        dkg_train_head head;
        dkg_train_loss loss;
        dkg_train_pool pool;
    } cases[] = {{4, 4, 32, DKG_TRAIN_PHASE, DKG_LOSS_BCE, {-1, -1}},
                 {8, 12, 36, DKG_TRAIN_TANH, DKG_LOSS_LSGAN, {1, 1}},
                 {20, 4, 44, DKG_TRAIN_PHASE, DKG_LOSS_HINGE, {-1, 2}},
                 {16, 16, 40, DKG_TRAIN_PHASE, DKG_LOSS_BCE, {0, -1}}};
    const size_t devices = test_opencl_devices("gradients_equal_the_references");
    for (size_t i = 0; devices && i < sizeof cases / sizeof cases[0]; i++) {
        dkg_train_options o = options_of(cases[i].channels, cases[i].discriminator, cases[i].crop);
        o.head = cases[i].head;
        o.loss = cases[i].loss;
        o.pool = i == 0 ? 0 : 3;
        fixture f = fixture_of(&o, (uint8_t)(i + 1));
        check_step(&f, o.pool ? &cases[i].pool : NULL, devices);
        fixture_free(&f);
    }
}
END_TEST

/* Each step from where the reference is, as tiny differences grow quickly (test_train_golden.c). An activation that rounds to the
 * other side of zero changes a gradient by some thousandths, hence the wide limit of the moments. */
START_TEST(every_step_leaves_what_the_references_leaves)
{
    enum { STEPS = 6, VECTORS = DKG_TRAIN_MOMENT2 + 1 };
    static const double limits[VECTORS] = {1e-4, 2e-2, 2e-2};
    const size_t devices = test_opencl_devices("every_step_leaves_what_the_references_leaves");
    const dkg_train_options o = options_of(4, 8, 32);
    dkg_trainer *reference;
    fixture f = fixture_of(&o, 9);
    ck_ok(dkg_reference_trainer(&o, &reference, err));
    ck_ok(reference->set(reference, DKG_TRAIN_WEIGHTS, f.weights, err));
    for (size_t i = 0; devices && i < STEPS; i++) {
        float *before[VECTORS];
        for (int v = 0; v < VECTORS; v++) before[v] = vector(reference, (dkg_train_vector)v);
        test_pattern(f.source, f.image, i);
        test_pattern(f.target, f.image, i + 50);
        const dkg_train_losses expected = step(reference, &f, NULL);
        for (size_t d = 0; d < devices; d++) {
            dkg_trainer *t = trainer_on(&o, d, NULL);
            for (int v = 0; v < VECTORS; v++) ck_ok(t->set(t, (dkg_train_vector)v, before[v], err));
            t->steps = i;
            check_losses(step(t, &f, NULL), expected, 1e-5, t->device);
            for (int v = 0; v < VECTORS; v++) {
                float *got = vector(t, (dkg_train_vector)v), *wanted = vector(reference, (dkg_train_vector)v);
                ck_assert_msg(distance(got, wanted, f.count) < limits[v], "%s: vector %d after step %zu is off by %g", t->device, v, i,
                              distance(got, wanted, f.count));
                free(got);
                free(wanted);
            }
            ck_assert_uint_eq(t->steps, i + 1);
            dkg_trainer_free(t);
        }
        for (int v = 0; v < VECTORS; v++) free(before[v]);
    }
    dkg_trainer_free(reference);
    fixture_free(&f);
}
END_TEST

START_TEST(a_restored_trainer_goes_on_bit_for_bit)
{
    static const dkg_train_vector saved[] = {DKG_TRAIN_WEIGHTS, DKG_TRAIN_MOMENT1, DKG_TRAIN_MOMENT2, DKG_TRAIN_POOL};
    static const dkg_train_pool store = {-1, 1}, use = {1, 0};
    const size_t devices = test_opencl_devices("a_restored_trainer_goes_on_bit_for_bit");
    dkg_train_options o = options_of(12, 4, 32);
    o.pool = 2;
    fixture f = fixture_of(&o, 5);
    for (size_t d = 0; d < devices; d++) {
        dkg_trainer *a = trainer_on(&o, d, NULL), *b = trainer_on(&o, d, NULL);
        ck_ok(a->set(a, DKG_TRAIN_WEIGHTS, f.weights, err));
        step(a, &f, &store);
        step(a, &f, NULL);
        for (size_t i = 0; i < sizeof saved / sizeof saved[0]; i++) {
            float *values = vector(a, saved[i]);
            ck_ok(b->set(b, saved[i], values, err));
            free(values);
        }
        b->steps = a->steps;
        step(a, &f, &use);
        step(b, &f, &use);
        for (size_t i = 0; i < sizeof saved / sizeof saved[0]; i++) {
            float *of_a = vector(a, saved[i]), *of_b = vector(b, saved[i]);
            ck_assert_mem_eq(of_a, of_b, (size_t)dkg_train_vector_size(&o, saved[i]) * sizeof *of_a);
            free(of_a);
            free(of_b);
        }
        dkg_trainer_free(a);
        dkg_trainer_free(b);
    }
    fixture_free(&f);
}
END_TEST

START_TEST(fewer_threads_take_the_same_step)
{
    if (!test_opencl_devices("fewer_threads_take_the_same_step")) return;
    const dkg_train_options o = options_of(8, 4, 32);
    fixture f = fixture_of(&o, 3);
    float *weights[2];
    for (unsigned threads = 0; threads < 2; threads++) {
        dkg_trainer *t;
        ck_ok(dkg_opencl_trainer(&o, "", threads, &t, err));
        ck_ok(t->set(t, DKG_TRAIN_WEIGHTS, f.weights, err));
        step(t, &f, NULL);
        weights[threads] = vector(t, DKG_TRAIN_WEIGHTS);
        dkg_trainer_free(t);
    }
    ck_assert_mem_eq(weights[0], weights[1], f.count * sizeof *f.weights);
    free(weights[0]);
    free(weights[1]);
    fixture_free(&f);
}
END_TEST

START_TEST(a_loss_beyond_all_bounds_changes_nothing)
{
    const size_t devices = test_opencl_devices("a_loss_beyond_all_bounds_changes_nothing");
    static const float bad[] = {INFINITY, NAN, 3e38f};
    for (int loss = DKG_LOSS_BCE; loss <= DKG_LOSS_HINGE; loss++)
        for (size_t i = 0; devices && i < sizeof bad / sizeof bad[0]; i++) {
            dkg_train_options o = options_of(4, 4, 32);
            o.loss = (dkg_train_loss)loss;
            fixture f = fixture_of(&o, 1);
            dkg_train_losses losses;
            dkg_trainer *t = trainer_on(&o, 0, NULL);
            f.weights[i] = bad[i];             /* of the generator */
            f.weights[f.count - 1] = INFINITY; /* and of the discriminator */
            ck_ok(t->set(t, DKG_TRAIN_WEIGHTS, f.weights, err));
            ck_fails(t->step(t, f.source, f.target, NULL, &losses, err), DKG_DEVICE, "not a finite number");
            ck_assert_uint_eq(t->steps, 0);
            float *weights = vector(t, DKG_TRAIN_WEIGHTS);
            ck_assert_mem_eq(weights, f.weights, f.count * sizeof *weights);
            free(weights);
            dkg_trainer_free(t);
            fixture_free(&f);
        }
}
END_TEST

START_TEST(what_does_not_fit_is_refused_with_advice)
{
    static dkg_train_device device;
    static dkg_train_network network;
    const dkg_train_options o = DKG_TRAIN_OPTIONS;
    dkg_error error = {0};
    if (!test_opencl_devices("what_does_not_fit_is_refused_with_advice")) return;
    ck_ok(dkg_train_device_open(&device, "", 0, NULL, err));
    device.memory = 100 << 20;
    ck_assert_int_eq(dkg_train_network_make(&network, &device, &o, &error), DKG_NO_MEMORY);
    ck_assert_msg(strstr(error.text, "it has 100 MB") && strstr(error.hint, "smaller crop"), "%s", error.text);
    ck_assert_uint_eq(network.buffer_count, 0);
    device.memory = UINT64_MAX;
    device.allocation = 1 << 20;
    ck_fails(dkg_train_network_make(&network, &device, &o, err), DKG_NO_MEMORY, "pieces of up to 1 MB");
    dkg_train_network_free(&network);
    dkg_train_device_close(&device);
}
END_TEST

START_TEST(what_is_out_of_range_is_refused)
{
    dkg_trainer *t;
    dkg_train_options o = options_of(16, 64, 33);
    ck_fails(dkg_opencl_trainer(&o, "", 0, &t, err), DKG_USAGE, "crop is 33");
    ck_assert_ptr_null(t);
    o.crop = 32;
    ck_fails(dkg_opencl_trainer(&o, "abacus", 0, &t, err), DKG_USAGE, "");
    ck_assert_ptr_null(t);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("OpenCL trainer");
    TCase *t = tcase_create("trainer");
    tcase_set_timeout(t, 240);
    suite_add_tcase(s, t);
    tcase_add_test(t, gradients_equal_the_references);
    tcase_add_test(t, every_step_leaves_what_the_references_leaves);
    tcase_add_test(t, a_restored_trainer_goes_on_bit_for_bit);
    tcase_add_test(t, fewer_threads_take_the_same_step);
    tcase_add_test(t, a_loss_beyond_all_bounds_changes_nothing);
    tcase_add_test(t, what_does_not_fit_is_refused_with_advice);
    tcase_add_test(t, what_is_out_of_range_is_refused);
    return test_run(s, (Suite *)0);
}
