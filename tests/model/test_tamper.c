/* What an attacker or an accident can do to an encrypted file: every bit, every structure, forged sums (volume-format section
 * 17). Nothing may be accepted silently. */
#define BIT_STEP 13 /* odd: every bit of a byte has its turn */
#include "tamper.h"

#include "cipher/schedule.h"

static uint8_t *copy_a(void) { return carrier->voxels + CIPHER; }
static uint8_t *copy_b(void) { return carrier->voxels + carrier->voxel_bytes - 64 - ENV; }

/* Refused, with nothing released. */
static dkg_status expect_refused(const char *what, size_t at)
{
    opened o = open_stored(&stored);
    dkg_status status = o.status;
    ck_assert_msg(status != DKG_OK && !o.plain && o.err.text[0], "%s %zu was accepted", what, at);
    opened_free(&o);
    return status;
}

START_TEST(what_is_stored_beside_the_voxels_cannot_hurt)
{
    static const double slopes[] = {0, 2, 0.5, -1, 1e300, 1e-300};
    for (size_t i = 0; i < sizeof slopes / sizeof *slopes; i++) {
        stored.slope = slopes[i];
        stored.inter = i % 2 ? 7 : 0;
        expect_exact(false, "slope", i);
    }
    stored.slope = 1;
    stored.inter = 0;
    for (unsigned code = 0; code < 3000; code++) {
        stored.datatype = (uint16_t)code;
        opened o = open_stored(&stored);
        ck_assert_msg(code == 512 || code == 4 ? opened_equals(&o, source) : o.status == DKG_FOREIGN, "datatype %u: %s", code, o.err.text);
        opened_free(&o);
    }
    stored.datatype = 512;
    stored.big_endian = true;
    ck_assert_int_eq(expect_refused("byte order", 0), DKG_DAMAGED); /* found through the extension */
    stored.big_endian = false;
    for (size_t axis = 0; axis < 3; axis++)
        for (unsigned bit = 0; bit < 64; bit++) {
            stored.dim[axis] ^= UINT64_C(1) << bit;
            ck_assert_int_eq(expect_refused("dim", bit), DKG_FOREIGN);
            stored.dim[axis] ^= UINT64_C(1) << bit;
        }
}
END_TEST

/* ---- structure ------------------------------------------------------------------------------------------------------- */
static void swap(uint8_t *a, uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t t = a[i];
        a[i] = b[i];
        b[i] = t;
    }
}

START_TEST(slices_swapped_doubled_or_foreign_are_named)
{
    uint8_t damaged[SLICES];
    uint32_t count;
    swap(carrier->voxels, carrier->voxels + 2 * SLICE, SLICE);
    opened o = open_stored(&stored);
    ck_assert_int_eq(o.status, DKG_DAMAGED);
    ck_ok(dkg_check_tags(o.sealed, 1, damaged, &count, NULL, err));
    ck_assert(count == 2 && damaged[0] && damaged[2]);
    opened_free(&o);
    swap(carrier->voxels, carrier->voxels + 2 * SLICE, SLICE);

    uint8_t kept[SLICE];
    memcpy(kept, carrier->voxels + SLICE, SLICE);
    memcpy(carrier->voxels + SLICE, carrier->voxels, SLICE); /* doubled */
    expect_slice(1, "doubled", 1);
    dkg_carrier *other = encrypt_simply(source, DKG_MODE_HYBRID);
    memcpy(carrier->voxels + SLICE, other->voxels + SLICE, SLICE); /* from another encryption of the same source */
    expect_slice(1, "foreign", 1);
    memcpy(carrier->voxels + SLICE, kept, SLICE);
    expect_exact(false, "restored", 0);

    memcpy(carrier->voxels + CIPHER, other->voxels + CIPHER, carrier->voxel_bytes - CIPHER); /* foreign slab: opens, tags refuse all */
    o = open_stored(&stored);
    ck_assert_int_eq(o.status, DKG_DAMAGED);
    ck_assert(strstr(o.err.text, "4 of 4 slices are damaged: 0-3"));
    opened_free(&o);
    dkg_carrier_free(other);
}
END_TEST

START_TEST(a_dropped_slice_is_never_silent)
{
    size_t left = carrier->voxel_bytes - SLICE; /* a host lost the first plane: the slab still says four */
    memmove(carrier->voxels, carrier->voxels + SLICE, left);
    stored.dim[2]--;
    stored.voxels.size = left;
    stored.extension.size = 0;
    ck_assert_int_eq(expect_refused("dropped", 0), DKG_FOREIGN);
}
END_TEST

START_TEST(any_one_key_plane_may_be_lost)
{
    uint8_t kept[SLICE];
    stored.extension.size = 0;
    for (size_t plane = SLICES; plane < carrier->planes; plane++) {
        memcpy(kept, carrier->voxels + plane * SLICE, SLICE);
        memset(carrier->voxels + plane * SLICE, 0, SLICE);
        bool was_zero = dkg_is_zero(kept, SLICE);
        expect_exact(!was_zero, "plane", plane);
        memcpy(carrier->voxels + plane * SLICE, kept, SLICE);
    }
}
END_TEST

START_TEST(a_file_cut_inside_the_slab_is_recovered_while_copy_a_is_whole)
{
    stored.extension.size = 0;
    unsigned recovered = 0;
    for (size_t planes = 1; planes < carrier->planes; planes++) {
        stored.dim[2] = planes;
        stored.voxels.size = planes * SLICE;
        if (planes * SLICE >= CIPHER + ENV) {
            expect_exact(true, "cut after plane", planes);
            recovered++;
        } else {
            ck_assert_int_eq(expect_refused("cut after plane", planes), DKG_FOREIGN);
        }
    }
    ck_assert_uint_eq(recovered, 10);
}
END_TEST

START_TEST(a_slab_that_was_lengthened_is_recovered)
{
    uint8_t *longer = calloc(carrier->voxel_bytes + 3 * SLICE, 1);
    ck_assert_ptr_nonnull(longer);
    memcpy(longer, carrier->voxels, carrier->voxel_bytes);
    stored.voxels = (dkg_bytes){longer, carrier->voxel_bytes + 3 * SLICE};
    stored.dim[2] += 3;
    stored.extension.size = 0;
    expect_exact(true, "lengthened", 3);
    free(longer);
}
END_TEST

START_TEST(both_copies_hit)
{
    copy_a()[300] ^= 1;
    copy_b()[300] ^= 1;
    expect_exact(true, "extension left", 0);
    stored.extension.size = 0;
    ck_assert_int_eq(expect_refused("both copies", 0), DKG_ENVELOPE);
    carrier->voxels[carrier->voxel_bytes - 1] ^= 1; /* and the trailer */
    ck_assert_int_eq(expect_refused("both copies and the trailer", 0), DKG_FOREIGN);
}
END_TEST

START_TEST(a_foreign_extension_is_not_used)
{
    dkg_source *tall = source_make(4, 2, NX, NY, SLICES + 1, 3);
    dkg_carrier *other = encrypt_simply(source, DKG_MODE_HYBRID), *taller = encrypt_simply(tall, DKG_MODE_HYBRID);
    stored.extension = (dkg_bytes){(const uint8_t *)other->extension, other->extension_size};
    expect_exact(false, "beside intact copies", 0);
    copy_a()[300] ^= 1;
    copy_b()[300] ^= 1;
    opened o = open_stored(&stored); /* same shape: taken, and the tags tell */
    ck_assert_int_eq(o.status, DKG_DAMAGED);
    opened_free(&o);
    stored.extension = (dkg_bytes){(const uint8_t *)taller->extension, taller->extension_size};
    ck_assert_int_eq(expect_refused("another shape", 0), DKG_ENVELOPE);
    dkg_carrier_free(other);
    dkg_carrier_free(taller);
    source_free(tall);
}
END_TEST

/* ---- forgery: every keyless sum recomputed ------------------------------------------------------------------------------ */
static void reseal_copies(const uint8_t *envelope)
{
    memcpy(copy_a(), envelope, ENV);
    dkg_envelope_checksum(copy_a(), ENV, copy_a() + DKG_AT_CHECKSUM);
    memcpy(copy_b(), copy_a(), ENV);
}

START_TEST(every_byte_of_the_envelope_is_authentic)
{
    uint8_t envelope[ENV];
    memcpy(envelope, copy_a(), ENV);
    stored.extension.size = 0;
    for (size_t at = 0; at < ENV; at++) {
        if (at >= DKG_AT_CHECKSUM && at < DKG_AT_SLOTS) continue; /* the sum itself */
        for (unsigned bit = 0; bit < 8; bit += 7) {
            envelope[at] ^= (uint8_t)(1u << bit);
            reseal_copies(envelope);
            dkg_status status = expect_refused("byte", at);
            bool slot = at >= DKG_AT_SLOTS && at < DKG_AT_SLOTS + 256;
            bool core = at < DKG_CORE_BYTES;
            ck_assert_msg(status == DKG_ENVELOPE || (status == DKG_NO_KEY && (slot || core)) || (status == DKG_FOREIGN && at < 8),
                          "byte %zu: %s", at, dkg_status_name(status));
            envelope[at] ^= (uint8_t)(1u << bit);
        }
    }
    reseal_copies(envelope);
    expect_exact(false, "restored", 0);
}
END_TEST

START_TEST(reserved_bytes_and_unknown_algorithms_are_refused)
{
    static const struct { size_t at; uint8_t value; const char *sentence; } forged[] = {
        {8, 2, "version 2"},        {9, 1, "version 257"},       {12, 3, "mode 3"},           {12, 2, "names a model"},
        {13, 2, "AEAD algorithm 2"}, {13, 0, "AEAD algorithm 0"}, {14, 2, "key derivation 2"}, {32, 1, "generator block of 196609"},
        {37, 0, "sealed metadata of 16 bytes"}, {36, 17, "sealed metadata of 529"}, {40, 4, "flags 0x4"}, {40, 8, "flags 0x8"},
        {43, 0x80, "flags 0x80000000"}, {40, 2, "in stream layout"}, {44, 1, "reserved"}, {47, 1, "reserved"}, {28, 16, "datatype 16"},
        {28, 1, "datatype 1 "}, {133, 0, "slots of 0 bytes"}, {132, 1, "slots of 257 bytes"}, {144, 1, "reserved"}, {159, 1, "reserved"}};
    uint8_t envelope[ENV];
    memcpy(envelope, copy_a(), ENV);
    stored.extension.size = 0;
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        uint8_t old = envelope[forged[i].at];
        envelope[forged[i].at] = forged[i].value;
        reseal_copies(envelope);
        opened o = open_stored(&stored);
        ck_assert_int_eq(o.status, DKG_ENVELOPE);
        ck_assert_msg(strstr(o.err.text, forged[i].sentence) != NULL, "byte %zu: %s", forged[i].at, o.err.text);
        ck_assert(!o.located);
        opened_free(&o);
        envelope[forged[i].at] = old;
    }
}
END_TEST

START_TEST(one_forged_copy_beside_a_good_one)
{
    copy_a()[DKG_AT_SLOTS_MAC] ^= 1; /* right sum, wrong MAC: the other copy is used */
    dkg_envelope_checksum(copy_a(), ENV, copy_a() + DKG_AT_CHECKSUM);
    expect_exact(true, "forged A", 0);
    memcpy(copy_a(), copy_b(), ENV);
    dkg_store64(copy_b() + DKG_AT_EPOCH, 7); /* a forged higher epoch is tried first and fails */
    dkg_envelope_checksum(copy_b(), ENV, copy_b() + DKG_AT_CHECKSUM);
    expect_exact(true, "forged epoch", 0);
    copy_b()[DKG_AT_ZERO] = 1; /* a copy with a right sum must be sound */
    dkg_envelope_checksum(copy_b(), ENV, copy_b() + DKG_AT_CHECKSUM);
    ck_assert_int_eq(expect_refused("unsound B", 0), DKG_ENVELOPE);
}
END_TEST

START_TEST(fields_of_the_trailer_cannot_mislead)
{
    uint8_t *trailer = carrier->voxels + carrier->voxel_bytes - 64, old[64];
    memcpy(old, trailer, 64);
    stored.extension.size = 0;
    for (size_t at = 8; at < 48; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(trailer, old, 64);
            trailer[at] ^= (uint8_t)(1u << bit);
            DKG_B2(trailer + 48, 16, NULL, {trailer, 48});
            /* A trailer that fits the planes but not the envelopes counts as sound: nothing else is looked at (section 10.4). */
            opened o = open_stored(&stored);
            ck_assert_msg(opened_equals(&o, source) ? o.info.repaired : o.status == DKG_ENVELOPE, "byte %zu bit %u: %s", at, bit, o.err.text);
            opened_free(&o);
        }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("tamper");
    TCase *c = tcase_create("tamper");
    add_bit_tests(c);
    tcase_add_test(c, what_is_stored_beside_the_voxels_cannot_hurt);
    tcase_add_test(c, slices_swapped_doubled_or_foreign_are_named);
    tcase_add_test(c, a_dropped_slice_is_never_silent);
    tcase_add_test(c, any_one_key_plane_may_be_lost);
    tcase_add_test(c, a_file_cut_inside_the_slab_is_recovered_while_copy_a_is_whole);
    tcase_add_test(c, a_slab_that_was_lengthened_is_recovered);
    tcase_add_test(c, both_copies_hit);
    tcase_add_test(c, a_foreign_extension_is_not_used);
    tcase_add_test(c, every_byte_of_the_envelope_is_authentic);
    tcase_add_test(c, reserved_bytes_and_unknown_algorithms_are_refused);
    tcase_add_test(c, one_forged_copy_beside_a_good_one);
    tcase_add_test(c, fields_of_the_trailer_cannot_mislead);
    suite_add_tcase(s, c);
    return test_run(s, (Suite *)0);
}
