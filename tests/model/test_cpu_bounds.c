/* The cpu engine where integers end: residual layers at the bound of integer Winograd, and statistics of the largest sums. */
#include <stdlib.h>
#include <string.h>

#include "cpu/cpu.h"
#include "cpu_paths.h"
#include "network/norm.h"

enum { N = 32, CHANNELS = 4 * N, LAYER = 3, HEIGHT = 20, WIDTH = 28, ROWS = HEIGHT / 4, COLUMNS = WIDTH / 4 };

/* Gives output channel o of the layer weights of one sign whose magnitudes add up to `sum`. */
static void set_channel(int8_t *weights, size_t o, uint32_t sum, int sign)
{
    for (size_t i = 0; i < CHANNELS * 9; i++) {
        uint32_t left = CHANNELS * 9 - (uint32_t)i, part = (sum + left - 1) / left; /* spread evenly, 113 or 114 each */
        weights[o * CHANNELS * 9 + i] = (int8_t)(sign * (int)part);
        sum -= part;
    }
}

/* Channels 0 and 1 at the bound, the last two beyond it; the rest random. */
static dkg_model *model_at_the_bound(void)
{
    static const uint8_t seed[32] = {9};
    dkg_model *random, *model;
    ck_ok(dkg_model_random(seed, N, &random, err));
    size_t count = 0, start = 0;
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        if (i == LAYER) start = count;
        count += dkg_model_layer(random, i)->weight_count;
    }
    int8_t *weights = malloc(count);
    ck_assert_ptr_nonnull(weights);
    memcpy(weights, dkg_model_layer(random, 0)->weights, count);
    set_channel(weights + start, 0, DKG_CPU_WINOGRAD_MAX, 1);
    set_channel(weights + start, 1, DKG_CPU_WINOGRAD_MAX, -1);
    set_channel(weights + start, CHANNELS - 2, DKG_CPU_WINOGRAD_MAX + 1, 1);
    set_channel(weights + start, CHANNELS - 1, CHANNELS * 9 * 127, -1);
    ck_ok(dkg_model_from_weights(N, weights, count, NULL, &model, err));
    ck_assert_uint_eq(dkg_layer_weight_sum(dkg_model_layer(model, LAYER), 1), DKG_CPU_WINOGRAD_MAX);
    ck_assert_uint_eq(dkg_layer_weight_sum(dkg_model_layer(model, LAYER), CHANNELS - 2), DKG_CPU_WINOGRAD_MAX + 1);
    free(weights);
    dkg_model_free(random);
    return model;
}

static int64_t exact_sum(const dkg_layer *l, const int16_t *input, size_t o, size_t y, size_t x)
{
    int64_t sum = 0;
    for (size_t c = 0; c < CHANNELS; c++)
        for (size_t k = 0; k < 9; k++) {
            size_t row = y + k / 3, column = x + k % 3; /* one more than in the image */
            if (row < 1 || row > ROWS || column < 1 || column > COLUMNS) continue;
            sum += (int64_t)l->weights[(o * CHANNELS + c) * 9 + k] * input[((row - 1) * COLUMNS + column - 1) * CHANNELS + c];
        }
    return sum;
}

/* Runs the layer on activations of our own and holds all sums against 64-bit ones. */
static void check_sums(dkg_cpu *cpu, const int16_t *input)
{
    const dkg_cpu_tensor *t = &cpu->plans[0].tensors[DKG_CPU_STREAM];
    ck_assert_uint_eq(t->height, ROWS);
    ck_assert_uint_eq(t->width, COLUMNS);
    for (size_t y = 0; y < ROWS; y++)
        memcpy(t->values + (y + t->border) * t->pitch + t->border * t->channels, input + y * COLUMNS * CHANNELS,
               COLUMNS * CHANNELS * sizeof *input);
    dkg_cpu_run(cpu, &cpu->plans[0], LAYER, NULL);
    for (size_t i = 0; i < ROWS * COLUMNS * CHANNELS; i++) {
        const size_t o = i % CHANNELS, x = i / CHANNELS % COLUMNS, y = i / CHANNELS / COLUMNS;
        const int64_t expected = exact_sum(cpu->layers[LAYER].layer, input, o, y, x);
        ck_assert_msg(cpu->plans[0].sums[i] == expected, "%s: channel %zu at %zu, %zu: %d, expected %lld", cpu->base.device, o, y, x,
                      cpu->plans[0].sums[i], (long long)expected);
    }
}

START_TEST(winograd_at_its_bound_and_beyond)
{
    uint8_t image[HEIGHT * WIDTH * 3], key[sizeof image], noise[ROWS * COLUMNS * CHANNELS];
    int16_t input[sizeof noise];
    dkg_model *model = model_at_the_bound();
    test_pattern(image, sizeof image, 3);
    test_pattern(noise, sizeof noise, 4);
    for EACH_CPU_PATH(path) {
        dkg_engine *engine;
        ck_ok(dkg_cpu_engine_on(model, 2, path, &engine, err));
        dkg_cpu *cpu = (dkg_cpu *)engine;
        const size_t width = DKG_CPU_PANEL * cpu->kernels->lanes, last = (CHANNELS - 1) / width;
        for (size_t p = 0; p <= last; p++) ck_assert_int_eq(cpu->layers[LAYER].direct[p], p == last);
        ck_ok(engine->generate(engine, image, HEIGHT, WIDTH, 1, key, err)); /* fits the memory, clears the borders */
        for (int kind = 0; kind < 3; kind++) {
            for (size_t i = 0; i < sizeof noise; i++)
                input[i] = (int16_t)(kind == 0 || (kind == 2 && noise[i] & 1) ? DKG_ACTIVATION_MAX : -DKG_ACTIVATION_MAX);
            check_sums(cpu, input);
        }
        dkg_engine_free(engine);
    }
    dkg_model_free(model);
}
END_TEST

/* The whole model as well: its key is the reference's. */
START_TEST(key_of_a_model_at_the_bound)
{
    uint8_t image[HEIGHT * WIDTH * 3], key[sizeof image], expected[sizeof image];
    dkg_model *model = model_at_the_bound();
    dkg_engine *engine;
    test_pattern(image, sizeof image, 3);
    ck_ok(dkg_reference_engine(model, 0, &engine, err));
    ck_ok(engine->generate(engine, image, HEIGHT, WIDTH, 1, expected, err));
    dkg_engine_free(engine);
    for EACH_CPU_PATH(path) {
        ck_ok(dkg_cpu_engine_on(model, 2, path, &engine, err));
        ck_ok(engine->generate(engine, image, HEIGHT, WIDTH, 1, key, err));
        ck_assert_mem_eq(key, expected, sizeof key);
        dkg_engine_free(engine);
    }
    dkg_model_free(model);
}
END_TEST

/* Statistics of one pass over sums in any mixture of magnitudes, and the norm they give, against the definition. */
static void check_norm(const dkg_cpu_kernels *k, const int32_t *a, size_t pixels, size_t channels)
{
    enum { MOST = 64 };
    int64_t sum[MOST] = {0};
    uint64_t low[MOST] = {0}, high[MOST] = {0}, offset[MOST], shift[MOST];
    int32_t factor[MOST];
    uint32_t bias[MOST];
    const dkg_cpu_moments moments = {sum, low, high};
    const dkg_cpu_scale scale = {factor, offset, shift, bias};
    int16_t *relu = malloc(pixels * channels * sizeof *relu), *added = malloc(pixels * channels * sizeof *added);
    int32_t *plane = malloc(pixels * sizeof *plane);
    ck_assert(relu && added && plane);
    for (size_t i = 0; i < pixels * channels; i++) added[i] = (int16_t)(i * 7919 % 8191) - DKG_ACTIVATION_MAX;
    k->moments(a, pixels / 3, channels, &moments); /* in two parts, as two rows would come */
    k->moments(a + pixels / 3 * channels, pixels - pixels / 3, channels, &moments);
    for (size_t c = 0; c < channels; c++) dkg_cpu_scale_set(&scale, c, sum[c], low[c], high[c], pixels);
    k->normalise(a, pixels, channels, &scale, NULL, relu);
    k->normalise(a, pixels, channels, &scale, added, added);
    for (size_t c = 0; c < channels; c++) {
        for (size_t p = 0; p < pixels; p++) plane[p] = a[p * channels + c];
        const dkg_norm norm = dkg_norm_of(plane, pixels);
        for (size_t p = 0; p < pixels; p++) {
            const size_t i = p * channels + c;
            const int64_t y = dkg_norm_apply(&norm, plane[p]), shortcut = (int64_t)(i * 7919 % 8191) - DKG_ACTIVATION_MAX;
            ck_assert_int_eq(relu[i], dkg_clamp(y, 0, DKG_ACTIVATION_MAX));
            ck_assert_int_eq(added[i], dkg_clamp(shortcut + y, -DKG_ACTIVATION_MAX, DKG_ACTIVATION_MAX));
        }
    }
    free(relu);
    free(added);
    free(plane);
}

START_TEST(norm_of_every_magnitude)
{
    enum { PIXELS = 203, CHANNELS_HERE = 32 };
    static int32_t a[PIXELS * CHANNELS_HERE];
    static uint8_t noise[4 * PIXELS * CHANNELS_HERE];
    test_pattern(noise, sizeof noise, 11);
    for EACH_CPU_PATH(path) {
        const dkg_cpu_kernels *k = dkg_cpu_kernels_of(path);
        for (size_t pixels = 1; pixels <= PIXELS; pixels = 3 * pixels + 1) {
            /* Channel c holds values of c bits around a mean of its own, the last ones the largest sums there are. */
            for (size_t i = 0; i < pixels * CHANNELS_HERE; i++) {
                const uint32_t c = i % CHANNELS_HERE, random = dkg_load32(noise + 4 * i);
                const int64_t value = (int64_t)(random & (((uint64_t)1 << c) - 1)) - (c % 3) * ((int64_t)1 << c >> 1);
                a[i] = (int32_t)(c < 30 ? value : random & 1 ? INT32_MAX : c == 30 ? -INT32_MAX : INT32_MAX);
            }
            check_norm(k, a, pixels, CHANNELS_HERE);
        }
    }
}
END_TEST

/* One pixel far from many equal ones is the largest distance in standard deviations: sqrt of the number of pixels. */
START_TEST(norm_of_a_lonely_pixel)
{
    enum { PIXELS = 1 << 16, CHANNELS_HERE = 16 };
    int32_t *a = calloc(PIXELS * CHANNELS_HERE, sizeof *a);
    ck_assert_ptr_nonnull(a);
    for (size_t c = 0; c < CHANNELS_HERE; c++) {
        for (size_t p = 0; p < PIXELS; p++) a[p * CHANNELS_HERE + c] = c % 2 ? INT32_MAX : -INT32_MAX;
        a[(c + 1) * 1000 * CHANNELS_HERE + c] = c % 4 < 2 ? (c % 2 ? -INT32_MAX : INT32_MAX) : 0;
    }
    for EACH_CPU_PATH(path) check_norm(dkg_cpu_kernels_of(path), a, PIXELS, CHANNELS_HERE);
    free(a);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cpu engine at its bounds");
    TCase *bounds = tcase_create("bounds");
    tcase_set_timeout(bounds, 100);
    tcase_add_test(bounds, winograd_at_its_bound_and_beyond);
    tcase_add_test(bounds, key_of_a_model_at_the_bound);
    tcase_add_test(bounds, norm_of_every_magnitude);
    tcase_add_test(bounds, norm_of_a_lonely_pixel);
    suite_add_tcase(suite, bounds);
    return test_run(suite, (Suite *)0);
}
