/* The cpu engine on every path: golden vectors, all layers against the reference for awkward sizes, and what must not matter:
 * threads, batches, the image sizes that came before. */
#include <stdlib.h>
#include <string.h>

#include "cpu_paths.h"
#include "golden.h"

static dkg_model *model_of(uint8_t seed, uint32_t channels)
{
    uint8_t bytes[32];
    dkg_model *model;
    memset(bytes, seed, sizeof bytes);
    ck_ok(dkg_model_random(bytes, channels, &model, err));
    return model;
}

START_TEST(reproduces_the_golden_vectors)
{
    static golden_case cases[GOLDEN_MAX];
    size_t count = golden_read(cases);
    for EACH_CPU_PATH(path) {
        for (size_t i = 0; i < count; i++) {
            if (golden_is_slow(&cases[i])) continue;
            dkg_model *model = golden_model(&cases[i]);
            dkg_engine *engine;
            ck_ok(dkg_cpu_engine_on(model, 0, path, &engine, err));
            golden_check(engine, model, &cases[i]);
            dkg_engine_free(engine);
            dkg_model_free(model);
        }
    }
}
END_TEST

static void compare_layers(dkg_engine *engine, dkg_engine *reference, const dkg_model *model, uint32_t height, uint32_t width)
{
    size_t bytes = (size_t)height * width * 3;
    uint8_t *image = malloc(3 * bytes), *key = image + bytes, *expected = key + bytes;
    ck_assert_ptr_nonnull(image);
    test_pattern(image, bytes, height * 1000 + width);
    for (size_t l = 0; l + 1 < DKG_LAYERS; l++) {
        uint32_t shape[3];
        dkg_layer_shape(model, l, height, width, shape);
        size_t values = (size_t)shape[0] * shape[1] * shape[2];
        int16_t *a = malloc(2 * values * sizeof *a);
        ck_assert_ptr_nonnull(a);
        ck_ok(engine->layer(engine, image, height, width, l, a, err));
        ck_ok(reference->layer(reference, image, height, width, l, a + values, err));
        ck_assert_msg(memcmp(a, a + values, values * sizeof *a) == 0, "%s: layer %zu of %u x %u pixels, n %u differs", engine->device, l,
                      width, height, dkg_model_channels(model));
        free(a);
    }
    ck_ok(engine->generate(engine, image, height, width, 1, key, err));
    ck_ok(reference->generate(reference, image, height, width, 1, expected, err));
    ck_assert_msg(memcmp(key, expected, bytes) == 0, "%s: key of %u x %u pixels, n %u differs", engine->device, width, height,
                  dkg_model_channels(model));
    free(image);
}

/* A single pixel in the middle layers, odd rows and columns, fewer pixels than are computed together, more tiles in a row than
 * are: 264 pixels are 33 tiles. The sizes shrink and grow, so that memory of one is reused for another. */
START_TEST(every_layer_equals_the_reference)
{
    static const uint32_t sizes[][2] = {{24, 264}, {4, 4}, {4, 8}, {36, 20}, {8, 4}, {12, 12}, {20, 148}, {64, 32}};
    static const uint32_t channels[] = {16, 20};
    for (size_t n = 0; n < 2; n++) {
        dkg_model *model = model_of((uint8_t)(5 + n), channels[n]);
        dkg_engine *reference;
        ck_ok(dkg_reference_engine(model, 0, &reference, err));
        for EACH_CPU_PATH(path) {
            dkg_engine *engine;
            ck_ok(dkg_cpu_engine_on(model, 2, path, &engine, err));
            for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
                compare_layers(engine, reference, model, sizes[i][0], sizes[i][1]);
            dkg_engine_free(engine);
        }
        dkg_engine_free(reference);
        dkg_model_free(model);
    }
}
END_TEST

START_TEST(result_depends_on_neither_threads_nor_batch)
{
    enum { ONE = 44 * 24 * 3 };
    static const unsigned threads[] = {2, 5, 0};
    uint8_t images[3 * ONE], single[3 * ONE], several[3 * ONE];
    dkg_model *model = model_of(7, 16);
    dkg_engine *engine;
    test_pattern(images, sizeof images, 1);
    for EACH_CPU_PATH(path) {
        ck_ok(dkg_cpu_engine_on(model, 1, path, &engine, err));
        for (size_t i = 0; i < 3; i++) ck_ok(engine->generate(engine, images + i * ONE, 44, 24, 1, single + i * ONE, err));
        dkg_engine_free(engine);
        for (size_t t = 0; t < sizeof threads / sizeof threads[0]; t++) {
            ck_ok(dkg_cpu_engine_on(model, threads[t], path, &engine, err));
            ck_ok(engine->generate(engine, images, 44, 24, 3, several, err));
            ck_assert_mem_eq(single, several, sizeof several);
            dkg_engine_free(engine);
        }
    }
    dkg_model_free(model);
}
END_TEST

START_TEST(takes_the_best_path_and_says_so)
{
    dkg_model *model = model_of(7, 16);
    dkg_engine *engine, *best = NULL;
    for EACH_CPU_PATH(path) {
        dkg_engine_free(best);
        ck_ok(dkg_cpu_engine_on(model, 2, path, &best, err));
    }
    ck_ok(dkg_cpu_engine(model, 2, &engine, err));
    ck_assert_str_eq(engine->kind, "cpu");
    ck_assert_str_eq(engine->device, best->device);
    ck_assert_ptr_nonnull(strstr(engine->device, ", 2 threads"));
    ck_assert_uint_ge(engine->batch, 1);
    ck_ok(dkg_engine_known_answer(engine, model, err));
    dkg_engine_free(engine);
    dkg_engine_free(best);
    ck_ok(dkg_cpu_engine(model, 1, &engine, err));
    ck_assert_ptr_nonnull(strstr(engine->device, ", 1 thread"));
    ck_assert_ptr_null(strstr(engine->device, "threads"));
    dkg_engine_free(engine);
    ck_ok(dkg_cpu_engine(model, 4000000000, &engine, err));
    ck_assert_ptr_nonnull(strstr(engine->device, ", 256 threads"));
    dkg_engine_free(engine);
    dkg_model_free(model);
}
END_TEST

START_TEST(refuses_sizes_layers_and_paths_it_cannot_have)
{
    uint8_t bytes[48] = {0};
    int16_t values[16 * 16];
    dkg_model *model = model_of(7, 16);
    dkg_engine *engine;
    ck_ok(dkg_cpu_engine(model, 1, &engine, err));
    ck_fails(engine->generate(engine, bytes, 4, 6, 1, bytes, err), DKG_USAGE, "6 x 4");
    ck_fails(engine->generate(engine, bytes, 0, 4, 1, bytes, err), DKG_USAGE, "4 x 0");
    ck_fails(engine->generate(engine, bytes, 4100, 4096, 1, bytes, err), DKG_USAGE, "4096 x 4100");
    ck_fails(engine->layer(engine, bytes, 4, 6, 0, values, err), DKG_USAGE, "6 x 4");
    ck_fails(engine->layer(engine, bytes, 4, 4, 17, values, err), DKG_USAGE, "layer 17");
    ck_ok(engine->layer(engine, bytes, 4, 4, 0, values, err)); /* a refusal leaves it usable */
    dkg_engine_free(engine);
    ck_fails(dkg_cpu_engine_on(model, 1, DKG_CPU_PATHS, &engine, err), DKG_DEVICE, "cannot run path");
    ck_assert_ptr_null(engine);
    dkg_model_free(model);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cpu engine");
    TCase *golden = tcase_create("golden"), *rest = tcase_create("engine");
    tcase_set_timeout(golden, 250);
    tcase_set_timeout(rest, 100);
    tcase_add_test(golden, reproduces_the_golden_vectors);
    tcase_add_test(rest, every_layer_equals_the_reference);
    tcase_add_test(rest, result_depends_on_neither_threads_nor_batch);
    tcase_add_test(rest, takes_the_best_path_and_says_so);
    tcase_add_test(rest, refuses_sizes_layers_and_paths_it_cannot_have);
    suite_add_tcase(suite, golden);
    suite_add_tcase(suite, rest);
    return test_run(suite, (Suite *)0);
}
