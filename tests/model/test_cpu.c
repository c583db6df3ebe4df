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

/* Engines on all paths, and the reference: the outputs of the latter are made once for all. */
typedef struct rivals {
    const dkg_model *model;
    dkg_engine *reference, *engines[DKG_CPU_PATHS];
    size_t count;
} rivals;

static rivals open_rivals(const dkg_model *model)
{
    rivals r = {.model = model};
    ck_ok(dkg_reference_engine(model, 0, &r.reference, err));
    for EACH_CPU_PATH(path) ck_ok(dkg_cpu_engine_on(model, 2, path, &r.engines[r.count++], err));
    return r;
}

static void close_rivals(rivals *r)
{
    for (size_t i = 0; i < r->count; i++) dkg_engine_free(r->engines[i]);
    dkg_engine_free(r->reference);
}

static void compare_layer(const rivals *r, const uint8_t *image, uint32_t height, uint32_t width, size_t layer)
{
    uint32_t shape[3];
    dkg_layer_shape(r->model, layer, height, width, shape);
    size_t values = (size_t)shape[0] * shape[1] * shape[2];
    int16_t *expected = malloc(2 * values * sizeof *expected), *got = expected + values;
    ck_assert_ptr_nonnull(expected);
    ck_ok(r->reference->layer(r->reference, image, height, width, layer, expected, err));
    for (size_t i = 0; i < r->count; i++) {
        ck_ok(r->engines[i]->layer(r->engines[i], image, height, width, layer, got, err));
        ck_assert_msg(memcmp(got, expected, values * sizeof *got) == 0, "%s: layer %zu of %u x %u pixels, n %u differs",
                      r->engines[i]->device, layer, width, height, dkg_model_channels(r->model));
    }
    free(expected);
}

static void compare(const rivals *r, uint32_t height, uint32_t width)
{
    size_t bytes = (size_t)height * width * 3;
    uint8_t *image = malloc(3 * bytes), *expected = image + bytes, *got = expected + bytes;
    ck_assert_ptr_nonnull(image);
    test_pattern(image, bytes, height * 1000 + width);
    for (size_t l = 0; l + 1 < DKG_LAYERS; l++) compare_layer(r, image, height, width, l);
    ck_ok(r->reference->generate(r->reference, image, height, width, 1, expected, err));
    for (size_t i = 0; i < r->count; i++) {
        ck_ok(r->engines[i]->generate(r->engines[i], image, height, width, 1, got, err));
        ck_assert_msg(memcmp(got, expected, bytes) == 0, "%s: key of %u x %u pixels, n %u differs", r->engines[i]->device, width,
                      height, dkg_model_channels(r->model));
    }
    free(image);
}

/* A single pixel in the middle layers, odd rows and columns, fewer pixels than are computed together, more tiles in a row than
 * are: 264 pixels are 33 tiles. The sizes shrink and grow, so that memory of one is reused for another. */
START_TEST(every_layer_equals_the_reference)
{
    static const uint32_t sizes[][2] = {{12, 264}, {4, 4}, {4, 8}, {36, 20}, {8, 4}, {12, 12}, {20, 148}};
    static const uint32_t channels[] = {16, 20};
    for (size_t n = 0; n < 2; n++) {
        dkg_model *model = model_of((uint8_t)(5 + n), channels[n]);
        rivals r = open_rivals(model);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) compare(&r, sizes[i][0], sizes[i][1]);
        close_rivals(&r);
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

START_TEST(every_path_has_a_name)
{
    dkg_model *model = model_of(7, 16);
    dkg_engine *by_name, *by_path;
    for (size_t i = 0; i < DKG_CPU_PATHS; i++) {
        if (!dkg_cpu_can_run((dkg_cpu_path)i)) {
            ck_fails(dkg_cpu_engine_named(model, 1, dkg_cpu_path_name(i), &by_name, err), DKG_DEVICE, dkg_cpu_path_name(i));
            ck_assert_ptr_null(by_name);
            continue;
        }
        ck_ok(dkg_cpu_engine_named(model, 1, dkg_cpu_path_name(i), &by_name, err));
        ck_ok(dkg_cpu_engine_on(model, 1, (dkg_cpu_path)i, &by_path, err));
        ck_assert_str_eq(by_name->device, by_path->device);
        dkg_engine_free(by_name);
        dkg_engine_free(by_path);
    }
    ck_assert_ptr_null(dkg_cpu_path_name(DKG_CPU_PATHS));
    ck_fails(dkg_cpu_engine_named(model, 1, "mmx", &by_name, err), DKG_USAGE, "\"mmx\"");
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
    tcase_set_timeout(rest, 250);
    tcase_add_test(golden, reproduces_the_golden_vectors);
    tcase_add_test(rest, every_layer_equals_the_reference);
    tcase_add_test(rest, result_depends_on_neither_threads_nor_batch);
    tcase_add_test(rest, takes_the_best_path_and_says_so);
    tcase_add_test(rest, every_path_has_a_name);
    tcase_add_test(rest, refuses_sizes_layers_and_paths_it_cannot_have);
    suite_add_tcase(suite, golden);
    suite_add_tcase(suite, rest);
    return test_run(suite, (Suite *)0);
}
