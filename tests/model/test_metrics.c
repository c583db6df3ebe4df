/* The measurement as a whole: what it refuses, that weak generators pass it, and that bad ones do not. Values: tests/metrics. */
#include "dkg/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { SIDE = 256, ROW = 3 * SIDE, IMAGE = ROW * SIDE, IMAGES = 2 };

START_TEST(shapes_out_of_range_are_refused)
{
    static const struct { dkg_shape shape; double alpha; const char *sentence; } cases[] = {
        {{0, 4, 1, 1, 8, 1}, 0.01, "0 x 4"},         {{4, 0, 1, 1, 8, 1}, 0.01, "4 x 0"},
        {{4, 4, 0, 1, 8, 1}, 0.01, "0 planes"},      {{65536, 65536, 1, 1, 8, 1}, 0.01, "65536 x 65536"},
        {{32768, 32768, 4, 1, 8, 1}, 0.01, "4 planes"}, {{4, 4, UINT64_MAX, 1, 8, 1}, 0.01, "18446744073709551615"},
        {{4, 4, 1, 1, 9, 1}, 0.01, "9 bits in 1"},   {{4, 4, 1, 2, 8, 1}, 0.01, "8 bits in 2"},
        {{4, 4, 1, 2, 17, 1}, 0.01, "17 bits"},      {{4, 4, 1, 4, 32, 1}, 0.01, "32 bits in 4"},
        {{4, 4, 1, 1, 8, 3}, 0.01, "3 channels"},    {{4, 4, 1, 1, 8, 1}, 0.5, "0.5"},
        {{4, 4, 1, 1, 8, 1}, -1, "-1"},              {{4, 4, 1, 1, 8, 1}, (double)NAN, "nan"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dkg_measure *m = (dkg_measure *)&m;
        dkg_compare *c = (dkg_compare *)&c;
        ck_fails(dkg_measure_begin(&(dkg_measure_options){.shape = cases[i].shape, .alpha = cases[i].alpha}, &m, err), DKG_USAGE,
                 cases[i].sentence);
        ck_fails(dkg_compare_begin(&(dkg_compare_options){.shape = cases[i].shape, .alpha = cases[i].alpha}, &c, err), DKG_USAGE,
                 cases[i].sentence);
        ck_assert_ptr_null(m);
        ck_assert_ptr_null(c);
    }
}
END_TEST

START_TEST(planes_and_samples_must_be_as_announced)
{
    uint8_t words[2 * 2 * 3 * 2] = {0};
    dkg_measure *m;
    dkg_compare *c;
    dkg_metric_list rows = {0};
    dkg_shape shape = {2, 3, 2, 2, 12, 1};
    ck_ok(dkg_measure_begin(&(dkg_measure_options){.shape = shape}, &m, err));
    ck_ok(dkg_measure_add(m, words, 1, err));
    ck_fails(dkg_measure_finish(m, &rows, err), DKG_USAGE, "1 planes were measured, but 2");
    ck_fails(dkg_measure_add(m, words, 2, err), DKG_USAGE, "2 planes after 1, but only 2");
    dkg_store16(words + 4, 4096);
    ck_fails(dkg_measure_add(m, words, 1, err), DKG_USAGE, "plane 1 holds a sample above 4095");
    dkg_measure_free(m);
    ck_ok(dkg_compare_begin(&(dkg_compare_options){.shape = shape}, &c, err));
    ck_fails(dkg_compare_add(c, words, words, 1, err), DKG_USAGE, "plane 0 holds a sample above 4095");
    ck_fails(dkg_compare_finish(c, &rows, err), DKG_USAGE, "0 planes were compared, but 2");
    ck_fails(dkg_compare_add(c, words, words, 3, err), DKG_USAGE, "3 planes after 0, but only 2");
    dkg_compare_free(c);
    ck_assert_uint_eq(rows.count, 0);
}
END_TEST

START_TEST(histograms_of_parts)
{
    uint8_t words[] = {0x34, 0x12, 0x34, 0x12, 0xff, 0x12, 0x00, 0x00};
    dkg_measure *m;
    size_t bins;
    ck_ok(dkg_measure_begin(&(dkg_measure_options){.shape = {2, 2, 1, 2, 16, 1}, .what = DKG_MEASURE_COUNTS}, &m, err));
    ck_ok(dkg_measure_add(m, words, 1, err));
    const uint64_t *h = dkg_measure_histogram(m, 0, &bins);
    ck_assert_uint_eq(bins, 65536);
    ck_assert_uint_eq(h[0x1234], 2);
    ck_assert_uint_eq(h[0x12ff], 1);
    ck_assert_uint_eq(dkg_measure_histogram(m, 1, &bins)[0x34], 2);
    ck_assert_uint_eq(dkg_measure_histogram(m, 2, &bins)[0x12], 3);
    ck_assert_uint_eq(bins, 256);
    ck_assert_ptr_null(dkg_measure_histogram(m, 3, &bins));
    ck_assert_uint_eq(bins, 0);
    dkg_measure_free(m);
}
END_TEST

/* All rows of `images` key images, or of what was made with them. */
static dkg_metric_list measure_images(const uint8_t *images)
{
    dkg_metric_list rows = {0};
    ck_ok(dkg_measure_array(&(dkg_measure_options){.shape = {ROW, SIDE, IMAGES, 1, 8, 3}, .alpha = 0.01}, images, &rows, err));
    return rows;
}

/* docs/metrics.md section 9: insecure generators pass, which is why passing proves nothing. */
START_TEST(weak_generators_look_random)
{
    static uint8_t plain[IMAGE * IMAGES], cipher[IMAGE * IMAGES];
    for (size_t i = 0; i < sizeof plain; i++) plain[i] = i / ROW % SIDE > 60 ? (uint8_t)(i % ROW / 6 + i / ROW % SIDE / 4) : 0;
    dkg_metric_list rows = measure_images(plain);
    ck_assert_int_eq(dkg_metrics_verdict(&rows, 0.01), DKG_VERDICT_NOT_CONSISTENT);
    dkg_metric_list_free(&rows);
    for (unsigned kind = 0; kind < DKG_CONTROLS; kind++) {
        dkg_control *stream;
        uint8_t seed[32] = {1, 2, 3};
        ck_ok(dkg_control_open((dkg_control_kind)kind, seed, &stream, err));
        dkg_control_read(stream, cipher, sizeof cipher);
        for (size_t i = 0; i < sizeof cipher; i++) cipher[i] ^= plain[i];
        rows = measure_images(cipher);
        ck_assert_msg(dkg_metrics_verdict(&rows, 0.01) == DKG_VERDICT_CONSISTENT, "%s", dkg_control_name((dkg_control_kind)kind));
        ck_assert_int_eq(dkg_metric_find(&rows, "chiSquare", "bytes", -1)->verdict, DKG_VERDICT_CONSISTENT);
        dkg_metric_list_free(&rows);
        dkg_control_free(stream);
    }
}
END_TEST

/* Keys of a network of 16 channels with a head, from one initial image or from noise. */
static dkg_metric_list measure_keys(const dkg_tanh_head *tanh, bool flat)
{
    static uint8_t images[IMAGE * IMAGES], keys[IMAGE * IMAGES];
    static const uint8_t seed[32] = {7};
    dkg_model *untrained, *model;
    dkg_engine *engine;
    ck_ok(dkg_model_random(seed, 16, &untrained, err));
    size_t count = 0, at = 0;
    for (size_t i = 0; i < DKG_LAYERS; i++) count += dkg_model_layer(untrained, i)->weight_count;
    int8_t *weights = calloc(count, 1);
    for (size_t i = 0; i < DKG_LAYERS; at += dkg_model_layer(untrained, i++)->weight_count)
        memcpy(weights + at, dkg_model_layer(untrained, i)->weights, dkg_model_layer(untrained, i)->weight_count);
    ck_ok(dkg_model_from_weights(16, weights, count, tanh, &model, err));
    ck_ok(dkg_cpu_engine(model, 0, &engine, err));
    if (flat) memset(images, 0, sizeof images);
    else test_pattern(images, sizeof images, 3);
    ck_ok(engine->generate(engine, images, SIDE, SIDE, IMAGES, keys, err));
    dkg_metric_list rows = measure_images(keys);
    dkg_engine_free(engine);
    dkg_model_free(model);
    dkg_model_free(untrained);
    free(weights);
    return rows;
}

/* and bad ones do not: a run in which they passed would be a broken measurement */
START_TEST(bad_keys_do_not_look_random)
{
    dkg_metric_list rows = measure_keys(NULL, false);
    ck_assert_int_eq(dkg_metrics_verdict(&rows, 0.01), DKG_VERDICT_CONSISTENT);
    dkg_metric_list_free(&rows);

    rows = measure_keys(NULL, true);
    ck_assert_int_eq(dkg_metrics_verdict(&rows, 0.01), DKG_VERDICT_NOT_CONSISTENT);
    /* the lattice of period 4 of the up-sampling layers */
    ck_assert_double_gt(dkg_metric_find(&rows, "equalHorizontal", "bytes", 4)->value, 0.3);
    ck_assert_int_eq(dkg_metric_find(&rows, "autocorrelationPeak", "bytes", -1)->verdict, DKG_VERDICT_NOT_CONSISTENT);
    ck_assert_int_eq(dkg_metric_find(&rows, "entropy", "bytes", -1)->verdict, DKG_VERDICT_NOT_CONSISTENT);
    dkg_metric_list_free(&rows);

    dkg_tanh_head tanh_head = {.multiplier = 1, .shift = 8};
    for (int i = 0; i < 4096; i++) tanh_head.table[i] = (uint8_t)lrint(127.5 + 127.5 * tanh((i - 2048) / 700.0));
    rows = measure_keys(&tanh_head, false);
    ck_assert_int_eq(dkg_metrics_verdict(&rows, 0.01), DKG_VERDICT_NOT_CONSISTENT);
    ck_assert_int_eq(dkg_metric_find(&rows, "chiSquare", "bytes", -1)->verdict, DKG_VERDICT_NOT_CONSISTENT);
    dkg_metric_list_free(&rows);
}
END_TEST

/* Chi-square far too small: found by the two-sided row, kept out of the verdict. */
START_TEST(too_even_is_reported)
{
    static uint8_t bytes[65536];
    dkg_metric_list rows = {0};
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)i;
    ck_ok(dkg_measure_array(&(dkg_measure_options){.shape = {256, 256, 1, 1, 8, 1}, .what = DKG_MEASURE_COUNTS}, bytes, &rows, err));
    ck_assert_double_eq(dkg_metric_find(&rows, "chiSquare", NULL, -1)->value, 0);
    ck_assert_int_eq(dkg_metric_find(&rows, "chiSquare", NULL, -1)->verdict, DKG_VERDICT_CONSISTENT);
    ck_assert_int_eq(dkg_metric_find(&rows, "chiSquareTwoSided", NULL, -1)->verdict, DKG_VERDICT_NOT_CONSISTENT);
    ck_assert_ptr_null(dkg_metric_find(&rows, "chiSquare", "words", -1));
    dkg_metric_list_free(&rows);
}
END_TEST

START_TEST(verdicts_are_counted_together)
{
    dkg_metric at[102];
    dkg_metric_list list = {at, 100, 102};
    for (size_t i = 0; i < 102; i++) at[i] = (dkg_metric){.name = "x", .part = "bytes", .verdict = DKG_VERDICT_CONSISTENT};
    uint64_t allowed = dkg_failures_allowed(100, 0.01);
    ck_assert_uint_eq(allowed, 5); /* P(X > 5) = 0.0005 */
    for (uint64_t i = 0; i < allowed; i++) at[i].verdict = DKG_VERDICT_NOT_CONSISTENT;
    ck_assert_int_eq(dkg_metrics_verdict(&list, 0.01), DKG_VERDICT_CONSISTENT);
    /* the same evidence again, and what was not tested, count nothing */
    at[100] = (dkg_metric){.name = "entropy", .part = "bytes", .verdict = DKG_VERDICT_NOT_CONSISTENT};
    at[101] = (dkg_metric){.name = "x", .part = "bytes", .verdict = DKG_VERDICT_NOT_APPLICABLE};
    list.count = 102;
    ck_assert_int_eq(dkg_metrics_verdict(&list, 0.01), DKG_VERDICT_CONSISTENT);
    at[allowed].verdict = DKG_VERDICT_NOT_CONSISTENT;
    ck_assert_int_eq(dkg_metrics_verdict(&list, 0.01), DKG_VERDICT_NOT_CONSISTENT);
    list.count = 0;
    ck_assert_int_eq(dkg_metrics_verdict(&list, 0.01), DKG_VERDICT_NOT_APPLICABLE);
    ck_assert_str_eq(dkg_verdict_text(DKG_VERDICT_CONSISTENT), "consistent with random");
    ck_assert_str_eq(dkg_verdict_text(DKG_VERDICT_NOT_CONSISTENT), "not consistent");
    ck_assert_str_eq(dkg_verdict_text(DKG_VERDICT_NOT_APPLICABLE), "not applicable");
}
END_TEST

/* The sentence of docs/metrics.md, unchanged. */
START_TEST(sentence_is_that_of_the_document)
{
    uint8_t *text;
    size_t size;
    ck_ok(dkg_file_read("docs/metrics.md", 1 << 20, &text, &size, err));
    ck_assert_ptr_nonnull(strstr((const char *)text, dkg_metrics_sentence()));
    free(text);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("metrics");
    TCase *t = tcase_create("metrics");
    tcase_set_timeout(t, 280);
    tcase_add_test(t, shapes_out_of_range_are_refused);
    tcase_add_test(t, planes_and_samples_must_be_as_announced);
    tcase_add_test(t, histograms_of_parts);
    tcase_add_test(t, weak_generators_look_random);
    tcase_add_test(t, bad_keys_do_not_look_random);
    tcase_add_test(t, too_even_is_reported);
    tcase_add_test(t, verdicts_are_counted_together);
    tcase_add_test(t, sentence_is_that_of_the_document);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
