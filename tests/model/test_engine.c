/* The known-answer test accepts the reference and refuses engines that are wrong by one bit anywhere; shapes and sizes. */
#include <stdlib.h>
#include <string.h>

#include "dkg/model.h"
#include "support.h"

/* Computes by the reference, then flips a bit, or fails. */
typedef struct faulty {
    dkg_engine base;
    dkg_engine *reference;
    size_t calls;
    size_t bad_call; /* the call whose key is spoilt */
    bool first_byte; /* spoil the first instead of the last byte */
    bool fails;
} faulty;

static dkg_status faulty_generate(dkg_engine *engine, const uint8_t *images, uint32_t height, uint32_t width, size_t count,
                                  uint8_t *keys, dkg_error *err)
{
    faulty *f = (faulty *)engine;
    if (f->fails) return dkg_fail(err, DKG_DEVICE, "the device is gone");
    dkg_status status = f->reference->generate(f->reference, images, height, width, count, keys, err);
    if (++f->calls == f->bad_call) keys[f->first_byte ? 0 : (size_t)height * width * 3 * count - 1] ^= 1;
    return status;
}

static dkg_model *small_model(void)
{
    static const uint8_t seed[32] = {11};
    dkg_model *model;
    ck_ok(dkg_model_random(seed, 16, &model, err));
    return model;
}

START_TEST(known_answer_accepts_the_reference_and_nothing_else)
{
    dkg_model *model = small_model();
    faulty f = {.base = {.kind = "faulty", .device = "test bench", .batch = 1, .generate = faulty_generate}};
    ck_ok(dkg_reference_engine(model, 1, &f.reference, err));
    ck_assert_str_eq(f.reference->kind, "reference");
    ck_assert_uint_ge(f.reference->batch, 1);
    ck_ok(dkg_engine_known_answer(f.reference, model, err));
    ck_ok(dkg_engine_known_answer(&f.base, model, err));
    ck_assert_uint_eq(f.calls, 2);
    for (f.bad_call = 1; f.bad_call <= 2; f.bad_call++) {
        for (int first = 0; first < 2; first++) {
            f.first_byte = first;
            f.calls = 0;
            ck_fails(dkg_engine_known_answer(&f.base, model, err), DKG_DEVICE, "faulty on test bench computes a wrong key");
        }
    }
    f.fails = true;
    ck_fails(dkg_engine_known_answer(&f.base, model, err), DKG_DEVICE, "the device is gone");
    dkg_engine_free(f.reference);
    dkg_model_free(model);
}
END_TEST

/* An engine that runs another model is caught as well. */
START_TEST(known_answer_notices_another_model)
{
    static const uint8_t seed[32] = {12};
    dkg_model *model = small_model(), *other;
    dkg_engine *engine;
    ck_ok(dkg_model_random(seed, 16, &other, err));
    ck_ok(dkg_reference_engine(other, 1, &engine, err));
    ck_fails(dkg_engine_known_answer(engine, model, err), DKG_DEVICE, "wrong key");
    dkg_engine_free(engine);
    dkg_engine_free(NULL);
    dkg_model_free(other);
    dkg_model_free(model);
}
END_TEST

START_TEST(shapes_of_all_layers)
{
    static const uint32_t expected[DKG_LAYERS][3] = {
        {16, 152, 256}, {32, 76, 128}, {64, 38, 64}, {64, 38, 64}, {64, 38, 64}, {64, 38, 64}, {64, 38, 64}, {64, 38, 64},
        {64, 38, 64},   {64, 38, 64},  {64, 38, 64}, {64, 38, 64}, {64, 38, 64}, {64, 38, 64}, {64, 38, 64}, {32, 76, 128},
        {16, 152, 256}, {3, 152, 256}};
    dkg_model *model = small_model();
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        uint32_t shape[3];
        dkg_layer_shape(model, i, 152, 256, shape);
        for (size_t d = 0; d < 3; d++) ck_assert_uint_eq(shape[d], expected[i][d]);
    }
    dkg_model_free(model);
}
END_TEST

START_TEST(image_sizes)
{
    ck_ok(dkg_check_image_size(4, 4, err));
    ck_ok(dkg_check_image_size(152, 256, err));
    ck_ok(dkg_check_image_size(4096, 4096, err));
    ck_ok(dkg_check_image_size(4, 4194304, err));
    ck_fails(dkg_check_image_size(0, 4, err), DKG_USAGE, "4 x 0");
    ck_fails(dkg_check_image_size(4, 0, err), DKG_USAGE, "0 x 4");
    ck_fails(dkg_check_image_size(4, 254, err), DKG_USAGE, "254 x 4");
    ck_fails(dkg_check_image_size(2, 256, err), DKG_USAGE, "256 x 2");
    ck_fails(dkg_check_image_size(4096, 4100, err), DKG_USAGE, "4100 x 4096");
    ck_fails(dkg_check_image_size(2147483648U, 2147483648U, err), DKG_USAGE, "2147483648");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engine");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, known_answer_accepts_the_reference_and_nothing_else);
    tcase_add_test(all, known_answer_notices_another_model);
    tcase_add_test(all, shapes_of_all_layers);
    tcase_add_test(all, image_sizes);
    suite_add_tcase(suite, all);
    return test_run(suite, (Suite *)0);
}
