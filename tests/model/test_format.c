/* Datatypes, plane arithmetic, trailer and slab (volume-format sections 3 and 4). */
#include <stdlib.h>
#include <string.h>

#include "cipher/format.h"
#include "cipher/schedule.h"
#include "support.h"

START_TEST(datatypes_fix_bytes)
{
    static const struct { uint16_t code, bpv; uint8_t cb; } table[] = {
        {2, 1, 1}, {256, 1, 1}, {4, 2, 2}, {512, 2, 2}, {128, 3, 1}, {8, 4, 2}, {768, 4, 2}, {16, 4, 2}, {2304, 4, 2}, {1024, 8, 2},
        {1280, 8, 2}, {64, 8, 2}, {32, 8, 2}, {1536, 16, 2}, {1792, 16, 2}, {2048, 32, 2}};
    unsigned known = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        ck_assert_uint_eq(dkg_type_bytes(table[i].code), table[i].bpv);
        ck_assert_uint_eq(dkg_type_carrier_bytes(table[i].code), table[i].cb);
    }
    for (unsigned code = 0; code < 65536; code++) known += dkg_type_bytes((uint16_t)code) != 0;
    ck_assert_uint_eq(known, 16); /* binary, ANALYZE and all others are refused */
}
END_TEST

START_TEST(key_planes_of_the_documents_table)
{
    ck_assert_uint_eq(dkg_key_planes(6000, 240 * 240 * 2), 2);
    ck_assert_uint_eq(dkg_key_planes(13840, 512 * 512 * 2), 2);
    ck_assert_uint_eq(dkg_key_planes(346640, 64 * 64 * 2), 86);
    ck_assert_uint_eq(dkg_key_planes(1168, 8 * 8 * 2), 20);
    ck_assert_uint_eq(dkg_key_planes(1232, 512 * 384), 2);
    ck_assert_uint_eq(dkg_key_planes(128, 64), 2 + 3);
    ck_assert_uint_eq(dkg_key_planes(129, 64), 3 + 4);
}
END_TEST

START_TEST(shapes_have_limits)
{
    dkg_shape s;
    ck_assert(dkg_shape_make(240, 240, 155, 4, 2, &s));
    ck_assert_uint_eq(s.per_slice, 2);
    ck_assert_uint_eq(s.plane, 115200);
    ck_assert_uint_eq(s.slice, 230400);
    ck_assert(dkg_shape_make(1, 1, 1 << 22, 1, 1, &s));
    ck_assert(!dkg_shape_make(1, 1, (1 << 22) + 1, 1, 1, &s));
    ck_assert(!dkg_shape_make(0, 1, 1, 1, 1, &s));
    ck_assert(!dkg_shape_make(1, 0, 1, 1, 1, &s));
    ck_assert(!dkg_shape_make(1, 1, 0, 1, 1, &s));
    ck_assert(!dkg_shape_make(1, 1, 1, 3, 2, &s));
    ck_assert(!dkg_shape_make(1, 1, 1, 4, 4, &s));
    ck_assert(!dkg_shape_make(1, 1, 1, 2, 0, &s));
    ck_assert(dkg_shape_make(0x7FFFFFFF, 1, 1, 1, 1, &s));
    ck_assert(!dkg_shape_make(0x80000000u, 1, 1, 1, 1, &s));
    ck_assert(!dkg_shape_make(0xFFFFFFFFu, 0xFFFFFFFFu, 1, 32, 2, &s)); /* overflows 64 bits */
}
END_TEST

static dkg_trailer sound_trailer(void)
{
    return (dkg_trailer){2, 1168, 8, 8, 24, 20};
}

START_TEST(trailer_survives_and_every_flip_is_seen)
{
    uint8_t bytes[DKG_TRAILER_BYTES];
    dkg_trailer in = sound_trailer(), out;
    dkg_trailer_write(&in, bytes);
    ck_assert(dkg_trailer_read(bytes, &out));
    ck_assert(out.cb == 2 && out.envelope == 1168 && out.nx == 8 && out.ny == 8 && out.planes == 24 && out.key_planes == 20);
    for (unsigned bit = 0; bit < 8 * DKG_TRAILER_BYTES; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_msg(!dkg_trailer_read(bytes, &out), "bit %u", bit);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

static bool reads_with(size_t offset, uint8_t value)
{
    uint8_t bytes[DKG_TRAILER_BYTES];
    dkg_trailer t = sound_trailer(), out;
    dkg_trailer_write(&t, bytes);
    bytes[offset] = value;
    DKG_B2(bytes + 48, 16, NULL, {bytes, 48});
    return dkg_trailer_read(bytes, &out);
}

START_TEST(trailer_fields_are_checked_behind_a_right_sum)
{
    ck_assert(reads_with(8, 1));
    for (size_t at = 0; at < 48; at++) {
        bool free_field = (at >= 16 && at < 20) || (at >= 32 && at < 40); /* low bytes of E, planes: held against the rest later */
        if (free_field) continue;
        uint8_t old[DKG_TRAILER_BYTES];
        dkg_trailer t = sound_trailer();
        dkg_trailer_write(&t, old);
        ck_assert_msg(!reads_with(at, old[at] ^ 0x80), "byte %zu", at);
    }
    ck_assert(!reads_with(32, 20)); /* no plane left for a slice */
    ck_assert(!reads_with(40, 21)); /* not the formula's K */
    ck_assert(!reads_with(24, 0));
}
END_TEST

START_TEST(slab_holds_both_copies_apart)
{
    dkg_shape shape;
    ck_assert(dkg_shape_make(8, 8, 4, 2, 2, &shape));
    uint8_t env[1168], slab[20 * 128];
    test_pattern(env, sizeof env, 3);
    memset(slab, 0xAA, sizeof slab);
    dkg_slab_write(&shape, (dkg_bytes){env, sizeof env}, slab);
    ck_assert_mem_eq(slab, env, sizeof env);
    ck_assert_mem_eq(slab + sizeof slab - 64 - sizeof env, env, sizeof env);
    ck_assert(dkg_is_zero(slab + sizeof env, sizeof slab - 64 - 2 * sizeof env));
    ck_assert_uint_ge((sizeof slab - 64 - sizeof env) / 128, (sizeof env - 1) / 128 + 1); /* no plane has parts of both */
    dkg_trailer t;
    ck_assert(dkg_trailer_read(slab + sizeof slab - 64, &t));
    ck_assert_uint_eq(t.planes, 24);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("format");
    TCase *c = tcase_create("format");
    tcase_add_test(c, datatypes_fix_bytes);
    tcase_add_test(c, key_planes_of_the_documents_table);
    tcase_add_test(c, shapes_have_limits);
    tcase_add_test(c, trailer_survives_and_every_flip_is_seen);
    tcase_add_test(c, trailer_fields_are_checked_behind_a_right_sum);
    tcase_add_test(c, slab_holds_both_copies_apart);
    suite_add_tcase(s, c);
    return test_run(s, (Suite *)0);
}
