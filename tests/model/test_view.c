/* Canonical voxels and views (volume-format sections 10.2 and 10.3). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cipher/view.h"
#include "support.h"

/* The canonical voxel of one stored double. */
static uint16_t canonical(double v, uint8_t cb, double slope, double inter)
{
    dkg_stored s = {.dim = {1, 1, 1}, .datatype = 64, .bpv = 8, .slope = slope, .inter = inter, .voxels = {(const uint8_t *)&v, 8}};
    uint8_t out[2] = {0xAA, 0};
    ck_ok(dkg_stored_check(&s, err));
    dkg_view view = dkg_view_make(&s, 0, cb, dkg_stored_scaled(&s));
    dkg_view_read(&view, 0, cb, out);
    return cb == 1 ? out[0] : dkg_load16(out);
}

START_TEST(values_round_and_wrap)
{
    static const struct { double v; uint8_t cb; uint16_t q; } table[] = {
        {0, 2, 0}, {65535, 2, 65535}, {-1, 2, 65535}, {-32768, 2, 32768}, {255, 1, 255}, {-128, 1, 128}, {-1, 1, 255},
        {7.25, 2, 7}, {6.75, 2, 7}, {-6.75, 2, 65529}, {65535.25, 2, 65535}, {-32768.25, 2, 32768}, {-0.25, 1, 0}, {255.25, 1, 255},
        /* lost: counted as 0 */
        {7.26, 2, 0}, {6.74, 2, 0}, {6.5, 2, 0}, {65536, 2, 0}, {65535.3, 2, 0}, {-32769, 2, 0}, {256, 1, 0}, {-129, 1, 0},
        {1e300, 2, 0}, {-1e300, 2, 0}, {INFINITY, 2, 0}, {-INFINITY, 2, 0}, {NAN, 2, 0}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        ck_assert_msg(canonical(table[i].v, table[i].cb, 1, 0) == table[i].q, "%g", table[i].v);
}
END_TEST

START_TEST(slope_and_intercept_are_undone)
{
    ck_assert_uint_eq(canonical(-31768, 2, 1, 32768), 1000);
    ck_assert_uint_eq(canonical(2000, 2, 0.5, 0), 1000);
    ck_assert_uint_eq(canonical(-500, 2, -2, 0), 1000);
    ck_assert_uint_eq(canonical(1000, 2, 0, 7), 1000);        /* slope 0: none */
    ck_assert_uint_eq(canonical(1000, 2, NAN, 7), 1000);
    ck_assert_uint_eq(canonical(1000, 2, INFINITY, 7), 1000);
    ck_assert_uint_eq(canonical(1000, 2, 1, NAN), 0);         /* lost */
}
END_TEST

static void store(uint8_t *p, unsigned n, bool big, uint64_t bits)
{
    for (unsigned i = 0; i < n; i++) p[big ? n - 1 - i : i] = (uint8_t)(bits >> (8 * i));
}

START_TEST(every_numeric_type_and_byte_order_is_read)
{
    static const struct { uint16_t code, bpv; bool is_signed; int real; } types[] = {
        {2, 1, false, 0}, {256, 1, true, 0}, {512, 2, false, 0}, {4, 2, true, 0}, {768, 4, false, 0}, {8, 4, true, 0},
        {1280, 8, false, 0}, {1024, 8, true, 0}, {16, 4, true, 1}, {64, 8, true, 2}};
    static const int32_t values[] = {0, 1, 127, 128, 255, 256, 32767, 65535, -1, -128, -32768};
    for (size_t t = 0; t < sizeof types / sizeof *types; t++)
        for (int big = 0; big < 2; big++)
            for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
                int64_t v = values[i];
                unsigned width = 8u * types[t].bpv;
                if (!types[t].real && width < 32) { /* only what the type holds */
                    int64_t low = types[t].is_signed ? -(INT64_C(1) << (width - 1)) : 0;
                    int64_t high = types[t].is_signed ? (INT64_C(1) << (width - 1)) - 1 : (INT64_C(1) << width) - 1;
                    if (v < low || v > high) continue;
                }
                if (v < 0 && !types[t].is_signed) continue;
                uint64_t bits = (uint64_t)v;
                float single = (float)v;
                double full = (double)v;
                uint32_t single_bits;
                memcpy(&single_bits, &single, 4);
                if (types[t].real == 1) bits = single_bits;
                if (types[t].real == 2) memcpy(&bits, &full, 8);
                uint8_t stored[8] = {0}, out[2];
                store(stored, types[t].bpv, big, bits);
                dkg_stored s = {.dim = {1, 1, 1}, .datatype = types[t].code, .bpv = types[t].bpv, .big_endian = big, .slope = 1,
                                .voxels = {stored, types[t].bpv}};
                ck_ok(dkg_stored_check(&s, err));
                dkg_view view = dkg_view_make(&s, 0, 2, false);
                dkg_view_read(&view, 0, 2, out);
                ck_assert_msg(dkg_load16(out) == (uint16_t)(v & 0xFFFF), "type %u, %s, %d: %u", types[t].code, big ? "big" : "little",
                              values[i], dkg_load16(out));
            }
}
END_TEST

START_TEST(views_are_the_48_orders_and_flips)
{
    enum { A = 2, B = 3, C = 4, N = A * B * C };
    uint8_t voxels[N], seen[DKG_VIEWS][N], out[N];
    for (unsigned i = 0; i < N; i++) voxels[i] = (uint8_t)i;
    dkg_stored s = {.dim = {A, B, C}, .datatype = 2, .bpv = 1, .slope = 1, .voxels = {voxels, N}};
    for (unsigned n = 0; n < DKG_VIEWS; n++) {
        dkg_view v = dkg_view_make(&s, n, 1, false);
        ck_assert_uint_eq(v.size, N);
        dkg_view_read(&v, 0, N, seen[n]);
        ck_assert(n == 0 ? memcmp(seen[n], voxels, N) == 0 && dkg_view_as_stored(&v) == voxels : dkg_view_as_stored(&v) == NULL);
        unsigned bits = 0;
        for (unsigned i = 0; i < N; i++) bits |= 1u << seen[n][i];
        ck_assert_uint_eq(bits, (1u << N) - 1); /* every voxel once */
        for (unsigned m = 0; m < n; m++) ck_assert(memcmp(seen[n], seen[m], N) != 0);
        for (unsigned at = 0; at < N; at++) { /* any part reads like the whole */
            dkg_view_read(&v, at, N - at, out);
            ck_assert_mem_eq(out, seen[n] + at, N - at);
        }
        for (unsigned z = 0; z + 1 < v.dim[2]; z++) /* along each axis the index changes by its step */
            ck_assert_uint_eq(seen[n][(z + 1) * v.dim[0] * v.dim[1]], (uint8_t)(seen[n][z * v.dim[0] * v.dim[1]] + v.step[2]));
    }
}
END_TEST

START_TEST(find_meets_what_read_reads)
{
    static const uint8_t mark[8] = "markmark";
    uint8_t voxels[5 * 7 * 3 * 4];
    for (unsigned n = 0; n < DKG_VIEWS; n++)
        for (uint64_t at = 0; at < 100; at += 2)
            for (uint8_t cb = 1; cb <= 2; cb++) {
                memset(voxels, 0, sizeof voxels);
                dkg_stored s = {.dim = {5, 7, 3u * (cb == 1 ? 4u : 2u)}, .datatype = cb == 1 ? 2 : 512, .bpv = cb, .slope = 1,
                                .voxels = {voxels, sizeof voxels}};
                ck_ok(dkg_stored_check(&s, err));
                dkg_view v = dkg_view_make(&s, n, cb, false);
                uint64_t end = v.size - 7;
                for (unsigned i = 0; i < 8; i += cb) { /* write the mark through the view's own arithmetic */
                    uint64_t voxel = (at + i) / cb, x = voxel % v.dim[0], y = voxel / v.dim[0] % v.dim[1], z = voxel / v.dim[0] / v.dim[1];
                    memcpy(voxels + (v.origin + x * v.step[0] + y * v.step[1] + z * v.step[2]) * cb, mark + i, cb);
                }
                ck_assert_uint_eq(dkg_view_find(&v, mark, at % 10, 10, end), at);
                ck_assert_uint_eq(dkg_view_find(&v, mark, 0, 2, end), at);
                ck_assert_uint_eq(dkg_view_find(&v, mark, at + 2, 2, end) >= end, 1);
            }
}
END_TEST

START_TEST(what_is_no_volume_is_foreign)
{
    uint8_t bytes[64] = {0};
    dkg_stored good = {.dim = {4, 4, 4}, .datatype = 2, .bpv = 1, .slope = 1, .voxels = {bytes, 64}}, s;
    ck_ok(dkg_stored_check(&good, err));
#define FOREIGN(change, part) do { s = good; change; ck_fails(dkg_stored_check(&s, err), DKG_FOREIGN, part); } while (0)
    FOREIGN(s.datatype = 128, "type 128");
    FOREIGN(s.datatype = 32, "type 32");
    FOREIGN(s.datatype = 1536, "type 1536");
    FOREIGN(s.bpv = 2, "2 bytes");
    FOREIGN(s.dim[1] = 0, "4 x 0 x 4");
    FOREIGN(s.dim[2] = 5, "ask for 80");
    FOREIGN(s.dim[0] = UINT64_MAX, "18446744073709551615");
    FOREIGN(s.dim[0] = s.dim[1] = UINT64_C(1) << 32, "4294967296");
#undef FOREIGN
}
END_TEST

int main(void)
{
    Suite *s = suite_create("view");
    TCase *c = tcase_create("view");
    tcase_add_test(c, values_round_and_wrap);
    tcase_add_test(c, slope_and_intercept_are_undone);
    tcase_add_test(c, every_numeric_type_and_byte_order_is_read);
    tcase_add_test(c, views_are_the_48_orders_and_flips);
    tcase_add_test(c, find_meets_what_read_reads);
    tcase_add_test(c, what_is_no_volume_is_foreign);
    suite_add_tcase(s, c);
    return test_run(s, (Suite *)0);
}
