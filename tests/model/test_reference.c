/* The reference engine against the golden vectors of the second implementation, and its independence of threads and batches. */
#include <stdlib.h>
#include <string.h>

#include "golden.h"

START_TEST(reproduces_the_golden_vectors)
{
    static golden_case cases[GOLDEN_MAX];
    size_t count = golden_read(cases);
    for (size_t i = 0; i < count; i++) {
        if (golden_is_slow(&cases[i])) continue;
        dkg_model *model = golden_model(&cases[i]);
        dkg_engine *engine;
        ck_assert_str_eq(test_hex(dkg_model_digest(model), DKG_DIGEST_BYTES), cases[i].model);
        ck_ok(dkg_reference_engine(model, 0, &engine, err));
        golden_check(engine, model, &cases[i]);
        dkg_engine_free(engine);
        dkg_model_free(model);
    }
}
END_TEST

/* Keys of three images of 36 x 20 pixels with the given number of threads, in one call. */
static void keys_with(const dkg_model *model, unsigned threads, const uint8_t *images, uint8_t *keys)
{
    dkg_engine *engine;
    ck_ok(dkg_reference_engine(model, threads, &engine, err));
    ck_ok(engine->generate(engine, images, 36, 20, 3, keys, err));
    dkg_engine_free(engine);
}

START_TEST(result_depends_on_neither_threads_nor_batch)
{
    enum { ONE = 36 * 20 * 3 };
    static const uint8_t seed[32] = {7};
    uint8_t images[3 * ONE], single[3 * ONE], several[3 * ONE];
    dkg_model *model;
    dkg_engine *engine;
    ck_ok(dkg_model_random(seed, 16, &model, err));
    test_pattern(images, sizeof images, 1);
    keys_with(model, 1, images, single);
    ck_assert_mem_ne(single, single + ONE, ONE);
    for (unsigned threads = 2; threads <= 5; threads++) {
        keys_with(model, threads, images, several);
        ck_assert_mem_eq(single, several, sizeof several);
    }
    ck_ok(dkg_reference_engine(model, 1, &engine, err));
    for (size_t i = 0; i < 3; i++) {
        ck_ok(engine->generate(engine, images + i * ONE, 36, 20, 1, several, err));
        ck_assert_mem_eq(single + i * ONE, several, ONE);
    }
    dkg_engine_free(engine);
    dkg_model_free(model);
}
END_TEST

/* One pixel in the middle layers is its own mean: the norm leaves nothing. Four pixels carry the image through. */
START_TEST(smallest_images)
{
    static const uint8_t seed[32] = {7}, zeros[48];
    uint8_t image[192], key[192], other[192];
    dkg_model *model;
    dkg_engine *engine;
    ck_ok(dkg_model_random(seed, 16, &model, err));
    ck_ok(dkg_reference_engine(model, 1, &engine, err));
    test_pattern(image, sizeof image, 2);
    ck_ok(engine->generate(engine, image, 4, 4, 1, key, err));
    ck_assert_mem_eq(key, zeros, sizeof zeros);
    ck_ok(engine->generate(engine, image, 8, 8, 1, key, err));
    image[0] ^= 128;
    ck_ok(engine->generate(engine, image, 8, 8, 1, other, err));
    ck_assert_mem_ne(key, other, sizeof key);
    dkg_engine_free(engine);
    dkg_model_free(model);
}
END_TEST

START_TEST(refuses_sizes_and_layers_it_cannot_have)
{
    static const uint8_t seed[32] = {7};
    uint8_t bytes[48] = {0};
    int16_t values[16];
    dkg_model *model;
    dkg_engine *engine;
    ck_ok(dkg_model_random(seed, 16, &model, err));
    ck_ok(dkg_reference_engine(model, 1, &engine, err));
    ck_fails(engine->generate(engine, bytes, 4, 6, 1, bytes, err), DKG_USAGE, "6 x 4");
    ck_fails(engine->generate(engine, bytes, 0, 4, 1, bytes, err), DKG_USAGE, "4 x 0");
    ck_fails(engine->generate(engine, bytes, 4100, 4096, 1, bytes, err), DKG_USAGE, "4096 x 4100");
    ck_fails(engine->layer(engine, bytes, 4, 6, 0, values, err), DKG_USAGE, "6 x 4");
    ck_fails(engine->layer(engine, bytes, 4, 4, 17, values, err), DKG_USAGE, "layer 17");
    dkg_engine_free(engine);
    dkg_model_free(model);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reference engine");
    TCase *golden = tcase_create("golden"), *rest = tcase_create("engine");
    tcase_set_timeout(golden, 250);
    tcase_add_test(golden, reproduces_the_golden_vectors);
    tcase_add_test(rest, result_depends_on_neither_threads_nor_batch);
    tcase_add_test(rest, smallest_images);
    tcase_add_test(rest, refuses_sizes_and_layers_it_cannot_have);
    suite_add_tcase(suite, golden);
    suite_add_tcase(suite, rest);
    return test_run(suite, (Suite *)0);
}
