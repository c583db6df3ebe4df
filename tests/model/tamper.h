/* An encrypted volume of 3 kB, what may become of it, and flips of every BIT_STEP-th bit: test_tamper.c takes some of them,
 * test_slow_tamper.c all. */
#ifndef DKG_TEST_TAMPER_H
#define DKG_TEST_TAMPER_H

#include <stdlib.h>
#include <string.h>

#include "cipher/envelope.h"
#include "support.h"
#include "volume.h"

enum { NX = 8, NY = 8, SLICES = 4, SLICE = NX * NY * 2, CIPHER = SLICES * SLICE, ENV = 256 + 256 + 528 + 32 * SLICES };

static dkg_source *source;
static dkg_carrier *carrier;
static dkg_stored stored;

static void setup(void)
{
    source = source_make(4, 2, NX, NY, SLICES, 21);
    carrier = encrypt_simply(source, DKG_MODE_HYBRID);
    stored = stored_of(carrier);
    ck_assert_uint_eq(carrier->voxel_bytes, 3072);
}

static void teardown(void)
{
    dkg_carrier_free(carrier);
    source_free(source);
}

static void expect_exact(bool repaired, const char *what, size_t at)
{
    opened o = open_stored(&stored);
    ck_assert_msg(opened_equals(&o, source), "%s %zu: %s %s", what, at, dkg_status_name(o.status), o.err.text);
    ck_assert_msg(o.info.repaired == repaired, "%s %zu: repaired is %d", what, at, o.info.repaired);
    opened_free(&o);
}

static void expect_slice(size_t z, const char *what, size_t at)
{
    uint8_t damaged[SLICES];
    uint32_t count = 0;
    opened o = open_stored(&stored);
    ck_assert_msg(o.status == DKG_DAMAGED && !o.plain, "%s %zu: %s", what, at, dkg_status_name(o.status));
    ck_ok(dkg_check_tags(o.sealed, 1, damaged, &count, NULL, err));
    ck_assert_msg(count == 1 && damaged[z], "%s %zu: %u slices, not slice %zu alone", what, at, count, z);
    opened_free(&o);
}

START_TEST(every_bit_of_the_cipher_planes_names_its_slice)
{
    for (size_t bit = 0; bit < 8 * CIPHER; bit += BIT_STEP) {
        carrier->voxels[bit / 8] ^= (uint8_t)(1u << bit % 8);
        expect_slice(bit / 8 / SLICE, "bit", bit);
        carrier->voxels[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(every_bit_of_the_slab_is_recovered_and_warned_of)
{
    for (size_t bit = 8 * CIPHER; bit < 8 * carrier->voxel_bytes; bit += BIT_STEP) {
        carrier->voxels[bit / 8] ^= (uint8_t)(1u << bit % 8);
        expect_exact(true, "bit", bit);
        carrier->voxels[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    expect_exact(false, "untouched", 0);
}
END_TEST

START_TEST(every_bit_of_the_extension_is_ignored_beside_intact_voxels)
{
    for (size_t bit = 0; bit < 8 * carrier->extension_size; bit += 3 * BIT_STEP) {
        carrier->extension[bit / 8] = (char)(carrier->extension[bit / 8] ^ (1 << bit % 8));
        expect_exact(false, "bit", bit);
        carrier->extension[bit / 8] = (char)(carrier->extension[bit / 8] ^ (1 << bit % 8));
    }
}
END_TEST

START_TEST(every_bit_of_the_extension_alone_is_exact_or_refused)
{
    unsigned exact = 0, refused = 0;
    stored.dim[2] = SLICES; /* the slab is gone */
    stored.voxels.size = CIPHER;
    expect_exact(true, "slab gone", 0);
    for (size_t bit = 0; bit < 8 * carrier->extension_size; bit += BIT_STEP) {
        carrier->extension[bit / 8] = (char)(carrier->extension[bit / 8] ^ (1 << bit % 8));
        opened o = open_stored(&stored);
        ck_assert_msg(opened_equals(&o, source) ? o.info.repaired : o.status == DKG_FOREIGN && !o.plain, "bit %zu: %s", bit, o.err.text);
        if (o.status == DKG_OK)
            exact++;
        else
            refused++;
        opened_free(&o);
        carrier->extension[bit / 8] = (char)(carrier->extension[bit / 8] ^ (1 << bit % 8));
    }
    ck_assert_uint_gt(exact, 100 / BIT_STEP);              /* flips in the words beside the envelope */
    ck_assert_uint_gt(refused, ENV * 8 / BIT_STEP);        /* flips in the envelope */
}
END_TEST

static void add_bit_tests(TCase *c)
{
    tcase_set_timeout(c, 0);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, every_bit_of_the_cipher_planes_names_its_slice);
    tcase_add_test(c, every_bit_of_the_slab_is_recovered_and_warned_of);
    tcase_add_test(c, every_bit_of_the_extension_is_ignored_beside_intact_voxels);
    tcase_add_test(c, every_bit_of_the_extension_alone_is_exact_or_refused);
}

#endif
