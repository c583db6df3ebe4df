/* What noise, cuts and flipped bits do to both modes, and what paper mode's XOR gives away. */
#include "dkg/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "volume.h"

enum { NX = 120, NY = 80, PLANES = 6, N = NX * NY * PLANES };
static const uint8_t seed[32] = {9, 9};

/* A bright ellipse on a black background, different in every plane. */
static void make_plain(uint8_t *samples, uint8_t sample_bytes)
{
    for (size_t i = 0; i < N; i++) {
        double x = ((double)(i % NX) - NX / 2) / 40, y = ((double)(i / NX % NY) - NY / 2) / 30;
        unsigned inside = x * x + y * y < 1 ? (unsigned)(20 + i * 37 % 200) : 0;
        if (sample_bytes == 1) samples[i] = (uint8_t)inside;
        else dkg_store16(samples + 2 * i, (uint16_t)(inside * 200));
    }
}

static void make_key(uint8_t *key, size_t n, uint32_t number)
{
    uint8_t key_seed[32] = {0};
    dkg_control *stream;
    dkg_store32(key_seed, number);
    ck_ok(dkg_control_open(DKG_CONTROL_XCHACHA20, key_seed, &stream, err));
    dkg_control_read(stream, key, n);
    dkg_control_free(stream);
}

static void xor_into(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++) out[i] = a[i] ^ b[i];
}

static double row_of(const uint8_t *a, const uint8_t *b, dkg_shape shape, const char *name)
{
    dkg_metric_list rows = {0};
    ck_ok(dkg_compare_arrays(&(dkg_compare_options){.shape = shape, .pair = DKG_PAIR_DECRYPTED}, a, b, &rows, err));
    double value = dkg_metric_find(&rows, name, NULL, -1)->value;
    dkg_metric_list_free(&rows);
    return value;
}

/* Section 8, left column: with XOR, what was disturbed is lost, what was not is exact, and nobody is told. */
START_TEST(paper_mode_loses_what_was_disturbed)
{
    static uint8_t plain[2 * N], key[2 * N], cipher[2 * N], decrypted[2 * N];
    size_t count;
    const dkg_disturbance *all = dkg_disturbances(&count);
    ck_assert_uint_eq(count, 12);
    for (uint8_t bytes = 1; bytes <= 2; bytes++) {
        dkg_shape shape = {NX, NY, PLANES, bytes, (uint8_t)(8 * bytes), 1};
        make_plain(plain, bytes);
        make_key(key, sizeof key, bytes);
        for (size_t k = 0; k < count; k++) {
            uint64_t changed;
            xor_into(cipher, plain, key, sizeof cipher);
            ck_ok(dkg_disturb(cipher, &shape, all[k], seed, &changed, err));
            xor_into(decrypted, cipher, key, sizeof cipher);
            double share = row_of(plain, decrypted, shape, "npcr") / 100, mse = row_of(plain, decrypted, shape, "mse");
            ck_assert_double_eq_tol(share, (double)changed / N, 1e-12);
            double expected = dkg_disturbed_mse(plain, &shape, all[k]);
            switch (all[k].kind) {
            case DKG_SALT_AND_PEPPER:
                ck_assert_double_eq_tol(share, all[k].amount, 5 * sqrt(all[k].amount / N) + 2.0 / 256);
                ck_assert_double_eq_tol(mse / expected, 1, 0.12);
                break;
            case DKG_CROPPING:
                ck_assert_double_eq_tol(share, all[k].amount, 0.01);
                ck_assert_double_eq_tol(mse / expected, 1, 0.05);
                break;
            case DKG_GAUSSIAN:
                ck_assert(isnan(expected));
                ck_assert_double_gt(share, 0.55); /* of N(0, 1) rounded to 0: 0.383 stay */
                break;
            case DKG_BIT_FLIP:
                ck_assert_uint_eq(changed, 1);
                ck_assert_uint_eq(dkg_hamming(plain, decrypted, (size_t)N * bytes), 1);
                /* the mean square of 1, 2, 4, ...: 2730.625 for bytes, 89478485.3 for words */
                ck_assert_double_eq_tol(expected * N, bytes == 1 ? 2730.625 : 89478485.3125, 1e-3);
                break;
            }
        }
    }
}
END_TEST

START_TEST(disturbances_as_announced)
{
    static uint8_t samples[2 * N], again[2 * N], before[2 * N];
    dkg_shape shape = {NX, NY, PLANES, 2, 12, 1};
    uint64_t changed;
    /* clipped at both ends of 12 bits, and centred on the sample */
    for (size_t i = 0; i < N; i++) dkg_store16(samples + 2 * i, i % 3 == 0 ? 0 : i % 3 == 1 ? 4095 : 2000);
    ck_ok(dkg_disturb(samples, &shape, (dkg_disturbance){DKG_GAUSSIAN, 10}, seed, &changed, err));
    double mean = 0, square = 0;
    for (size_t i = 0; i < N; i++) {
        double d = (double)dkg_load16(samples + 2 * i) - 2000;
        ck_assert_uint_le(dkg_load16(samples + 2 * i), 4095);
        if (i % 3 == 2) mean += d / (N / 3), square += d * d / (N / 3);
    }
    ck_assert_double_eq_tol(mean, 0, 0.4);
    ck_assert_double_eq_tol(sqrt(square), 10, 0.3);
    /* fixed by the seed */
    make_key(samples, sizeof samples, 4);
    for (size_t i = 1; i < sizeof samples; i += 2) samples[i] &= 15;
    memcpy(before, samples, sizeof samples);
    memcpy(again, samples, sizeof samples);
    ck_ok(dkg_disturb(samples, &shape, (dkg_disturbance){DKG_SALT_AND_PEPPER, 0.25}, seed, &changed, err));
    ck_ok(dkg_disturb(again, &shape, (dkg_disturbance){DKG_SALT_AND_PEPPER, 0.25}, seed, &changed, err));
    ck_assert_mem_eq(samples, again, sizeof samples);
    uint64_t black = 0, white = 0;
    for (size_t i = 0; i < N; i++) {
        uint16_t now = dkg_load16(samples + 2 * i), then = dkg_load16(before + 2 * i);
        black += now == 0 && then != 0;
        white += now == 4095 && then != 4095;
    }
    ck_assert_uint_eq(black + white, changed);
    ck_assert_double_eq_tol((double)black / (double)changed, 0.5, 0.03);
    /* a share of all bits */
    memcpy(samples, before, sizeof samples);
    ck_ok(dkg_disturb(samples, &shape, (dkg_disturbance){DKG_BIT_FLIP, 0.01}, seed, &changed, err));
    ck_assert_double_eq_tol((double)dkg_hamming(samples, before, sizeof samples) / (12.0 * N), 0.01, 0.001);
    ck_fails(dkg_disturb(samples, &shape, (dkg_disturbance){DKG_SALT_AND_PEPPER, 1.5}, seed, &changed, err), DKG_USAGE, "saltAndPepper by 1.5");
    ck_fails(dkg_disturb(samples, &shape, (dkg_disturbance){DKG_GAUSSIAN, -1}, seed, &changed, err), DKG_USAGE, "gaussian by -1");
    shape.bits = 20;
    ck_fails(dkg_disturb(samples, &shape, (dkg_disturbance){DKG_GAUSSIAN, 1}, seed, &changed, err), DKG_USAGE, "20 bits");
}
END_TEST

/* Section 8, right column: hybrid mode refuses, and never accepts what was disturbed; salvage gives back only untouched slices. */
START_TEST(hybrid_mode_refuses)
{
    dkg_source *source = source_make(4, 2, 60, 50, 8, 1);
    size_t count;
    const dkg_disturbance *all = dkg_disturbances(&count);
    for (size_t k = 0; k < count; k++) {
        dkg_carrier *c = encrypt_simply(source, DKG_MODE_HYBRID);
        uint32_t planes = c->planes - c->key_planes;
        dkg_shape shape = {c->nx, c->ny, planes, c->carrier_bytes, (uint8_t)(8 * c->carrier_bytes), 1};
        uint64_t changed;
        /* every slice is hit, but by a single bit */
        ck_ok(dkg_disturb(c->voxels, &shape, all[k], seed, &changed, err));
        ck_assert_uint_gt(changed, 0);
        dkg_stored stored = stored_of(c);
        opened o = open_stored(&stored);
        ck_assert_msg(o.status == DKG_DAMAGED, "%s %g: %s", dkg_disturbance_name(all[k].kind), all[k].amount, o.err.text);
        ck_assert_ptr_null(o.plain);
        opened_free(&o);
        o = open_salvage(&stored);
        ck_assert_int_eq(o.status, DKG_DAMAGED);
        ck_assert_uint_eq(o.plain->damaged_count, all[k].kind == DKG_BIT_FLIP ? 1u : 8u);
        size_t slice = source->data.size / 8;
        for (size_t z = 0; z < 8; z++) {
            const uint8_t *got = o.plain->data.at + z * slice;
            if (o.plain->damaged[z]) ck_assert(dkg_is_zero(got, slice));
            else ck_assert_mem_eq(got, source->data.at + z * slice, slice);
        }
        opened_free(&o);
        dkg_carrier_free(c);
    }
    source_free(source);
}
END_TEST

START_TEST(background_shows_the_key)
{
    static uint8_t plain[N], key[N], cipher[N];
    make_plain(plain, 1);
    make_key(key, N, 1);
    xor_into(cipher, plain, key, N);
    double share = dkg_attack_background(plain, N);
    size_t zero = 0, read = 0;
    for (size_t i = 0; i < N; i++) {
        zero += plain[i] == 0;
        read += plain[i] == 0 && cipher[i] == key[i];
    }
    ck_assert_double_eq_tol(share, (double)zero / N, 1e-15);
    ck_assert_double_eq_tol(share, 1 - 3.14159 * 40 * 30 / (NX * NY), 0.01);
    ck_assert_uint_eq(read, zero);
    ck_assert_double_eq_tol(dkg_share_equal(cipher, key, N), share, 1e-15);
    ck_assert(isnan(dkg_attack_background(plain, 0)));
    ck_assert(isnan(dkg_share_equal(plain, plain, 0)));
}
END_TEST

START_TEST(a_key_used_again_is_found)
{
    enum { SLICE = NX * NY, MANY = 15 };
    static uint8_t plain[MANY][SLICE], cipher[MANY][SLICE], key[SLICE], guess[SLICE];
    const uint8_t *ciphers[MANY];
    make_key(key, SLICE, 2);
    for (size_t k = 0; k < MANY; k++) {
        /* organs that move: every place is background in most slices */
        for (size_t i = 0; i < SLICE; i++) plain[k][i] = (i / 7 + 3 * k) % 5 < 2 ? (uint8_t)(i * 31 + 17 * k) | 1 : 0;
        xor_into(cipher[k], plain[k], key, SLICE);
        ciphers[k] = cipher[k];
    }
    dkg_attack_reuse(ciphers, MANY, SLICE, guess);
    ck_assert_double_gt(dkg_share_equal(guess, key, SLICE), 0.999);
    /* one slice alone tells nothing but itself */
    dkg_attack_reuse(ciphers, 1, SLICE, guess);
    ck_assert_mem_eq(guess, cipher[0], SLICE);
    /* and two cancel their key; may work in place */
    double share = dkg_attack_two_time(cipher[0], cipher[1], SLICE, cipher[0]);
    size_t zero = 0;
    for (size_t i = 0; i < SLICE; i++) {
        ck_assert_uint_eq(cipher[0][i], plain[0][i] ^ plain[1][i]);
        zero += cipher[0][i] == 0;
    }
    ck_assert_double_eq_tol(share, (double)zero / SLICE, 1e-15);
}
END_TEST

/* The same on a real scan, whose slices resemble each other. */
START_TEST(a_real_scan_gives_its_key_away)
{
    enum { SLICES = 91, OFFSET = 352, SLICE = 91 * 109 * 2 };
    const char *path = test_data_path("nifti/int16_be_raw_spm_SPECT.nii");
    if (!path) {
        test_skip("a real scan gives its key away", "no test data");
        return;
    }
    uint8_t *file, *key = malloc(SLICE), *guess = malloc(SLICE), *cipher = malloc((size_t)SLICE * SLICES);
    const uint8_t *ciphers[SLICES];
    size_t size;
    ck_ok(dkg_file_read(path, 1 << 22, &file, &size, err));
    ck_assert_uint_eq(size, OFFSET + SLICE * SLICES);
    make_key(key, SLICE, 3);
    for (size_t k = 0; k < SLICES; k++) {
        ciphers[k] = cipher + k * SLICE;
        xor_into(cipher + k * SLICE, file + OFFSET + k * SLICE, key, SLICE);
    }
    dkg_attack_reuse(ciphers, SLICES, SLICE, guess);
    /* 0.7129; guessing would find 0.0039 */
    ck_assert_double_eq_tol(dkg_share_equal(guess, key, SLICE), 0.7129, 0.0001);
    free(file);
    free(key);
    free(guess);
    free(cipher);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("metrics_attacks");
    TCase *t = tcase_create("metrics_attacks");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, paper_mode_loses_what_was_disturbed);
    tcase_add_test(t, disturbances_as_announced);
    tcase_add_test(t, hybrid_mode_refuses);
    tcase_add_test(t, background_shows_the_key);
    tcase_add_test(t, a_key_used_again_is_found);
    tcase_add_test(t, a_real_scan_gives_its_key_away);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
