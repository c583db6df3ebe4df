/* The float network becomes the exact integer one (model/train/quantise.c). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/training.h"
#include "support.h"

enum { N = 16, CROP = 32, BYTES = 3 * CROP * CROP };

static const dkg_train_options options = {.channels = N, .discriminator = 4, .crop = CROP, .head = DKG_TRAIN_TANH,
                                          .loss = DKG_LOSS_BCE, .rate = 1e-4, .beta1 = 0.5, .beta2 = 0.999};

static float *initial(void)
{
    const uint8_t seed[32] = {5};
    float *weights = malloc(dkg_train_vector_size(&options, DKG_TRAIN_WEIGHTS) * sizeof *weights);
    dkg_train_initial(&options, seed, weights);
    return weights;
}

/* Weight (o, i, k) of a layer of the model or of the layout: they lie alike. */
static size_t at(const dkg_layer *l, size_t o, size_t i, size_t k)
{
    const size_t taps = (size_t)l->kernel * l->kernel;
    return (l->transposed ? i * l->out + o : o * l->in + i) * taps + k;
}

static void check_layers(dkg_train_head head)
{
    float *weights = initial();
    dkg_train_tensor tensors[DKG_TRAIN_TENSORS];
    dkg_model *model;
    dkg_train_layout(&options, tensors);
    ck_ok(dkg_train_quantise(N, weights, head, &model, err));
    for (size_t layer = 0; layer < DKG_LAYERS; layer++) {
        const dkg_layer *l = dkg_model_layer(model, layer);
        const float *w = weights + tensors[layer].at;
        const bool shared = head == DKG_TRAIN_TANH && layer == DKG_LAYERS - 1;
        double all = 0;
        for (size_t i = 0; i < l->weight_count; i++) all = fmax(all, fabs((double)w[i]));
        for (size_t o = 0; o < l->out; o++) {
            double max = 0;
            for (size_t i = 0; i < l->in; i++)
                for (size_t k = 0; k < (size_t)l->kernel * l->kernel; k++) max = fmax(max, fabs((double)w[at(l, o, i, k)]));
            if (shared) max = all;
            for (size_t i = 0; i < l->in; i++)
                for (size_t k = 0; k < (size_t)l->kernel * l->kernel; k++) {
                    const size_t p = at(l, o, i, k);
                    ck_assert_msg(l->weights[p] == (int)floor(127 * (double)w[p] / max + 0.5), "layer %zu, %zu %zu %zu", layer, o, i, k);
                }
        }
    }
    ck_assert_int_eq((int)dkg_model_head(model), head == DKG_TRAIN_TANH ? DKG_HEAD_TANH : DKG_HEAD_FOLD);
    dkg_model_free(model);
    free(weights);
}

START_TEST(weights_are_scaled_per_output_channel) { check_layers(DKG_TRAIN_PHASE); }
END_TEST
START_TEST(channels_of_a_tanh_head_share_their_scale) { check_layers(DKG_TRAIN_TANH); }
END_TEST

START_TEST(odd_weights)
{
    float *weights = initial();
    dkg_model *model;
    memset(weights, 0, (size_t)3 * 49 * sizeof *weights); /* a channel without weights stays without */
    weights[3 * 49] = -1e30f;
    ck_ok(dkg_train_quantise(N, weights, DKG_TRAIN_PHASE, &model, err));
    ck_assert_int_eq(dkg_model_layer(model, 0)->weights[0], 0);
    ck_assert_int_eq(dkg_model_layer(model, 0)->weights[3 * 49], -127);
    dkg_model_free(model);
    weights[7] = NAN;
    ck_fails(dkg_train_quantise(N, weights, DKG_TRAIN_PHASE, &model, err), DKG_DEVICE, "weight 7 of");
    ck_assert_ptr_null(model);
    ck_fails(dkg_train_quantise(4, weights, DKG_TRAIN_PHASE, &model, err), DKG_USAGE, "cannot have 4 channels");
    free(weights);
}
END_TEST

/* Mean difference of two keys, in grey levels. */
static double difference(const uint8_t *a, const uint8_t *b)
{
    double sum = 0;
    for (size_t i = 0; i < BYTES; i++) sum += abs(a[i] - b[i]);
    return sum / BYTES;
}

START_TEST(the_integer_tanh_head_follows_the_float_network)
{
    float *weights = initial(), u[BYTES];
    uint8_t image[BYTES], wanted[BYTES], before[BYTES], key[BYTES];
    dkg_trainer *trainer;
    dkg_model *model;
    dkg_engine *engine;
    test_pattern(image, sizeof image, 4);
    ck_ok(dkg_reference_trainer(&options, &trainer, err));
    ck_ok(trainer->set(trainer, DKG_TRAIN_WEIGHTS, weights, err));
    ck_ok(trainer->generate(trainer, image, u, err));
    dkg_train_bytes(DKG_TRAIN_TANH, u, BYTES, wanted);

    ck_ok(dkg_train_quantise(N, weights, DKG_TRAIN_TANH, &model, err));
    ck_ok(dkg_cpu_engine(model, 1, &engine, err));
    ck_ok(engine->generate(engine, image, CROP, CROP, 1, before, err));
    dkg_engine_free(engine);
    ck_ok(dkg_train_calibrate(&model, image, u, CROP, CROP, 1, err));
    ck_ok(dkg_cpu_engine(model, 1, &engine, err));
    ck_ok(engine->generate(engine, image, CROP, CROP, 1, key, err));
    dkg_engine_free(engine);
    ck_assert_msg(difference(before, wanted) < 4, "by the weights: %.3f levels", difference(before, wanted));
    ck_assert_msg(difference(key, wanted) < 3, "calibrated: %.3f levels", difference(key, wanted));
    ck_assert_msg(difference(key, wanted) <= difference(before, wanted), "%.3f, then %.3f levels", difference(before, wanted),
                  difference(key, wanted));
    const dkg_tanh_head *head = dkg_model_tanh(model);
    ck_assert_uint_eq(head->table[0], 0);
    ck_assert_uint_eq(head->table[4095], 255);
    ck_assert(head->multiplier >= 1 << 20);
    dkg_model_free(model);
    dkg_trainer_free(trainer);
    free(weights);
}
END_TEST

START_TEST(three_held_out_keys_are_tested)
{
    float *weights = initial();
    dkg_train_image image = {64, 64, malloc(64 * 64)};
    dkg_train_data data = {.images = &image, .count = 1, .crop = CROP, .seed = {1}};
    uint8_t *keys = malloc((size_t)DKG_TRAIN_KEYS * DKG_KEY_BYTES);
    dkg_model *model;
    dkg_engine *engine;
    test_pattern(image.pixels, 64 * 64, 2);
    ck_ok(dkg_train_quantise(N, weights, DKG_TRAIN_PHASE, &model, err));
    ck_ok(dkg_cpu_engine(model, 0, &engine, err));
    ck_ok(dkg_train_try(engine, &data, keys, err));
    for (size_t i = 0; i < DKG_TRAIN_KEYS; i++) {
        const dkg_key_test t = dkg_test_key(keys + i * DKG_KEY_BYTES, DKG_KEY_ROWS, DKG_KEY_WIDTH);
        ck_assert_msg(t.good, "key %zu: chi-square %.1f", i, t.chi_square);
    }
    ck_assert_mem_ne(keys, keys + DKG_KEY_BYTES, DKG_KEY_BYTES); /* one image, other noise */
    ck_fails(dkg_train_calibrate(&model, keys, weights, CROP, CROP, 1, err), DKG_USAGE, "only a tanh head");
    dkg_engine_free(engine);
    dkg_model_free(model);
    free(image.pixels);
    free(keys);
    free(weights);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("quantisation");
    TCase *t = tcase_create("export");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, weights_are_scaled_per_output_channel);
    tcase_add_test(t, channels_of_a_tanh_head_share_their_scale);
    tcase_add_test(t, odd_weights);
    tcase_add_test(t, the_integer_tanh_head_follows_the_float_network);
    tcase_add_test(t, three_held_out_keys_are_tested);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
