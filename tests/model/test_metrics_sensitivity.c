/* One bit of the secret or the model changed, with generators known to be sensitive, or not at all. */
#include "dkg/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "volume.h"

static void forget(dkg_engine *e) { free(e); }

/* A key that is a hash of model and image: sensitive to both. */
static dkg_status sensitive(void *self, const dkg_model *model, dkg_engine **out, dkg_error *err)
{
    fake_engine *e = malloc(sizeof *e);
    *out = NULL;
    if (!e) return dkg_fail(err, DKG_NO_MEMORY, "no memory");
    *e = fake_engine_make(model, 1);
    e->engine.destroy = forget;
    *out = &e->engine;
    ++*(unsigned *)self;
    return DKG_OK;
}

static dkg_status constant_key(dkg_engine *self, const uint8_t *images, uint32_t height, uint32_t width, size_t count, uint8_t *keys,
                               dkg_error *err)
{
    (void)self, (void)images, (void)err;
    memset(keys, 5, (size_t)height * width * 3 * count);
    return DKG_OK;
}

/* A generator that ignores everything. */
static dkg_status deaf(void *self, const dkg_model *model, dkg_engine **out, dkg_error *err)
{
    dkg_status status = sensitive(self, model, out, err);
    if (status == DKG_OK) (*out)->generate = constant_key;
    return status;
}

/* A generator that hands its image through: one bit in, one bit out. */
static dkg_status same_image(dkg_engine *self, const uint8_t *images, uint32_t height, uint32_t width, size_t count, uint8_t *keys,
                             dkg_error *err)
{
    (void)self, (void)err;
    memcpy(keys, images, (size_t)height * width * 3 * count);
    return DKG_OK;
}

static dkg_status transparent(void *self, const dkg_model *model, dkg_engine **out, dkg_error *err)
{
    dkg_status status = sensitive(self, model, out, err);
    if (status == DKG_OK) (*out)->generate = same_image;
    return status;
}

START_TEST(hashes_are_sensitive_to_everything)
{
    double values[3 * 20], again[3 * 20];
    for (unsigned flip = 0; flip < DKG_FLIPS; flip++) {
        unsigned engines = 0;
        dkg_sensitivity_options o = {.model = volume_model(), .engine = sensitive, .self = &engines, .seed = {3}, .positions = 20, .alpha = 0.05};
        dkg_sensitivity s;
        ck_ok(dkg_measure_sensitivity(&o, (dkg_flip)flip, &s, values, err));
        ck_assert_msg(s.verdict == DKG_VERDICT_CONSISTENT, "%s", dkg_flip_name((dkg_flip)flip));
        ck_assert_uint_eq(s.positions, 20);
        ck_assert_uint_eq(s.absorbed, 0);
        ck_assert_double_eq_tol(s.hamming.mean, 50, 0.05);
        ck_assert_double_eq_tol(s.npcr.mean, 99.609375, 0.02);
        ck_assert_double_eq_tol(s.uaci.mean, 33.463542, 0.05);
        ck_assert(s.hamming.least < s.hamming.greatest && s.hamming.deviation > 0.005 && s.hamming.deviation < 0.2);
        /* one engine, or one more for each other set of weights */
        ck_assert_uint_eq(engines, flip == DKG_FLIP_WEIGHT || flip == DKG_FLIP_MODEL ? 21 : 1);
        /* fixed by the seed, and different at every position */
        ck_ok(dkg_measure_sensitivity(&o, (dkg_flip)flip, &s, again, err));
        ck_assert_mem_eq(values, again, sizeof values);
        for (size_t i = 1; i < 20; i++) ck_assert_double_ne(values[3 * i] + values[3 * i + 2], values[0] + values[2]);
    }
}
END_TEST

START_TEST(a_deaf_generator_absorbs)
{
    unsigned engines = 0;
    for (unsigned flip = 0; flip < DKG_FLIPS; flip++) {
        dkg_sensitivity_options o = {.model = volume_model(), .engine = deaf, .self = &engines, .positions = 3};
        dkg_sensitivity s;
        ck_ok(dkg_measure_sensitivity(&o, (dkg_flip)flip, &s, NULL, err));
        ck_assert_uint_eq(s.absorbed, 3);
        ck_assert_double_eq(s.hamming.greatest, 0);
        ck_assert_int_eq(s.verdict, DKG_VERDICT_NOT_CONSISTENT);
    }
}
END_TEST

START_TEST(exactly_one_bit_is_flipped)
{
    unsigned engines = 0;
    dkg_sensitivity_options o = {.model = volume_model(), .engine = transparent, .self = &engines, .positions = 10};
    dkg_sensitivity s;
    double values[30];
    ck_ok(dkg_measure_sensitivity(&o, DKG_FLIP_IMAGE, &s, values, err));
    for (size_t i = 0; i < 10; i++) {
        ck_assert_double_eq_tol(values[3 * i], 100 / (8.0 * DKG_KEY_BYTES), 1e-15);
        ck_assert_double_eq_tol(values[3 * i + 1], 100.0 / DKG_KEY_BYTES, 1e-13);
        ck_assert_double_eq_tol(values[3 * i + 2], 100 / (255.0 * DKG_KEY_BYTES), 1e-15);
    }
    ck_assert_uint_eq(s.npcr_failures, 10);
    ck_assert_int_eq(s.verdict, DKG_VERDICT_NOT_CONSISTENT);
    /* a secret is expanded by XChaCha20: one bit of it changes the whole image */
    ck_ok(dkg_measure_sensitivity(&o, DKG_FLIP_SECRET, &s, NULL, err));
    ck_assert_double_eq_tol(s.hamming.mean, 50, 0.2);
    /* it knows nothing of weights */
    ck_ok(dkg_measure_sensitivity(&o, DKG_FLIP_WEIGHT, &s, NULL, err));
    ck_assert_uint_eq(s.absorbed, 10);
}
END_TEST

static dkg_status network(void *self, const dkg_model *model, dkg_engine **out, dkg_error *err)
{
    (void)self;
    return dkg_cpu_engine(model, 0, out, err);
}

/* Generator(model, image) itself, n = 16: every bit of the image spreads over the whole key, and so does another model. A weight
 * of the last layer does not (docs/metrics.md, section 5), which must show. */
START_TEST(the_network_spreads_bits_of_its_image)
{
    static const uint8_t seed[32] = {7};
    dkg_model *model;
    dkg_sensitivity s;
    ck_ok(dkg_model_random(seed, 16, &model, err));
    dkg_sensitivity_options o = {.model = model, .engine = network, .seed = {1}, .positions = 6};
    for (unsigned flip = 0; flip < DKG_FLIPS; flip++) {
        if (flip == DKG_FLIP_WEIGHT) continue;
        ck_ok(dkg_measure_sensitivity(&o, (dkg_flip)flip, &s, NULL, err));
        ck_assert_msg(s.verdict == DKG_VERDICT_CONSISTENT, "%s", dkg_flip_name((dkg_flip)flip));
    }
    o.positions = 20;
    ck_ok(dkg_measure_sensitivity(&o, DKG_FLIP_WEIGHT, &s, NULL, err));
    ck_assert_uint_eq(s.absorbed, 0);
    ck_assert_int_eq(s.verdict, DKG_VERDICT_NOT_CONSISTENT);
    ck_assert_double_eq_tol(s.hamming.least, 8.0438, 0.0001);
    ck_assert_double_gt(s.hamming.greatest, 49.9);
    dkg_model_free(model);
}
END_TEST

static dkg_status broken(void *self, const dkg_model *model, dkg_engine **out, dkg_error *err)
{
    (void)model;
    *out = NULL;
    return ++*(unsigned *)self == 3 ? dkg_fail(err, DKG_DEVICE, "the device is gone") : sensitive(self, model, out, err);
}

START_TEST(failures_leave_nothing)
{
    unsigned engines = 0;
    dkg_sensitivity_options o = {.model = volume_model(), .engine = broken, .self = &engines, .positions = 0};
    dkg_sensitivity s, zero = {0};
    ck_fails(dkg_measure_sensitivity(&o, DKG_FLIP_MODEL, &s, NULL, err), DKG_USAGE, "0 positions");
    o.positions = 10001;
    ck_fails(dkg_measure_sensitivity(&o, DKG_FLIP_MODEL, &s, NULL, err), DKG_USAGE, "10001 positions");
    o.positions = 5;
    o.alpha = 0.7;
    ck_fails(dkg_measure_sensitivity(&o, DKG_FLIP_MODEL, &s, NULL, err), DKG_USAGE, "0.7");
    o.alpha = 0;
    ck_fails(dkg_measure_sensitivity(&o, DKG_FLIP_MODEL, &s, NULL, err), DKG_DEVICE, "gone");
    ck_assert_mem_eq(&s, &zero, sizeof s);
    heard h;
    heard_make(&h);
    h.stop_at = 2;
    o.engine = sensitive;
    o.log = &h.log;
    ck_fails(dkg_measure_sensitivity(&o, DKG_FLIP_IMAGE, &s, NULL, err), DKG_CANCELLED, "");
    ck_assert_uint_eq(h.reports, 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("metrics_sensitivity");
    TCase *t = tcase_create("metrics_sensitivity");
    tcase_set_timeout(t, 280);
    tcase_add_test(t, hashes_are_sensitive_to_everything);
    tcase_add_test(t, a_deaf_generator_absorbs);
    tcase_add_test(t, exactly_one_bit_is_flipped);
    tcase_add_test(t, the_network_spreads_bits_of_its_image);
    tcase_add_test(t, failures_leave_nothing);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
