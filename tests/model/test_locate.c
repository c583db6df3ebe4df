/* Finding a carrier that other programs turned, relabelled, converted or damaged (volume-format section 10). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cipher/view.h"
#include "support.h"
#include "volume.h"

/* What a host would write: the carrier seen through view `number`, values as `datatype`, (value - inter) / slope stored. */
typedef struct hosted {
    dkg_stored stored;
    uint8_t *bytes;
} hosted;

static void put(uint8_t *p, uint16_t datatype, uint16_t bpv, bool big, double v)
{
    uint64_t bits = (uint64_t)(int64_t)v;
    float single = (float)v;
    uint32_t single_bits;
    memcpy(&single_bits, &single, 4);
    if (datatype == 16) bits = single_bits;
    if (datatype == 64) memcpy(&bits, &v, 8);
    for (unsigned i = 0; i < bpv; i++) p[big ? bpv - 1u - i : i] = (uint8_t)(bits >> (8 * i));
}

static hosted host(const dkg_carrier *c, unsigned number, uint16_t datatype, uint16_t bpv, bool big, double slope, double inter,
                   bool signed_labels)
{
    hosted h = {.stored = stored_of(c)};
    dkg_view v = dkg_view_make(&h.stored, number, c->carrier_bytes, false);
    size_t voxels = c->voxel_bytes / c->carrier_bytes;
    h.bytes = malloc(voxels * bpv);
    ck_assert_ptr_nonnull(h.bytes);
    for (size_t i = 0; i < voxels; i++) {
        uint8_t raw[2] = {0};
        dkg_view_read(&v, i * c->carrier_bytes, c->carrier_bytes, raw);
        double value = c->carrier_bytes == 1 ? raw[0] : dkg_load16(raw);
        if (signed_labels && value >= (c->carrier_bytes == 1 ? 128 : 32768)) value -= c->carrier_bytes == 1 ? 256 : 65536;
        put(h.bytes + i * bpv, datatype, bpv, big, (value - inter) / slope);
    }
    for (unsigned i = 0; i < 3; i++) h.stored.dim[i] = v.dim[i];
    h.stored.datatype = datatype;
    h.stored.bpv = bpv;
    h.stored.big_endian = big;
    h.stored.slope = slope;
    h.stored.inter = inter;
    h.stored.voxels = (dkg_bytes){h.bytes, voxels * bpv};
    h.stored.extension = (dkg_bytes){NULL, 0}; /* hosts drop it */
    return h;
}

static void expect(const hosted *h, const dkg_source *source, bool moved, const char *what, unsigned number)
{
    opened o = open_stored(&h->stored);
    ck_assert_msg(opened_equals(&o, source), "%s %u: %s", what, number, o.err.text);
    ck_assert_msg(!o.info.repaired && o.info.moved == moved, "%s %u", what, number);
    opened_free(&o);
}

/* The planes without those of the key, as they were written. */
static void expect_ciphertext(const hosted *h, const dkg_carrier *c, unsigned number)
{
    dkg_sealed *sealed = NULL;
    ck_ok(dkg_locate(&h->stored, NULL, &sealed, err));
    dkg_bytes found = dkg_sealed_ciphertext(sealed);
    ck_assert_uint_eq(found.size, c->voxel_bytes / c->planes * (c->planes - c->key_planes));
    ck_assert_msg(memcmp(found.at, c->voxels, found.size) == 0, "view %u", number);
    dkg_sealed_free(sealed);
}

START_TEST(all_views_are_found)
{
    static const struct { uint16_t code, bpv; uint64_t nx, ny, slices; } shapes[] = {{4, 2, 9, 7, 5}, {2, 1, 12, 30, 6}, {16, 4, 5, 11, 3}};
    for (size_t s = 0; s < 3; s++) {
        dkg_source *source = source_make(shapes[s].code, shapes[s].bpv, shapes[s].nx, shapes[s].ny, shapes[s].slices, 1);
        dkg_carrier *c = encrypt_simply(source, DKG_MODE_HYBRID);
        for (unsigned n = 0; n < DKG_VIEWS; n++) {
            hosted h = host(c, n, c->carrier_bytes == 1 ? 2 : 512, c->carrier_bytes, false, 1, 0, false);
            expect(&h, source, n != 0, "view", n);
            expect_ciphertext(&h, c, n);
            free(h.bytes);
        }
        dkg_carrier_free(c);
        source_free(source);
    }
}
END_TEST

/* Rows, columns and planes of one number: the trailer alone cannot tell y from z. */
START_TEST(all_views_are_found_in_a_cube)
{
    enum { SIDE = 40, KEY_PLANES = 2, SLICES = SIDE - KEY_PLANES };
    dkg_source *source = source_make(4, 2, SIDE, SIDE, SLICES, 1);
    dkg_carrier *c = encrypt_simply(source, DKG_MODE_AEAD);
    ck_assert_uint_eq(c->planes, SIDE);
    for (unsigned n = 0; n < DKG_VIEWS; n++) {
        hosted h = host(c, n, 512, 2, false, 1, 0, false);
        expect(&h, source, n != 0, "cube, view", n);
        free(h.bytes);
    }
    dkg_carrier_free(c);
    source_free(source);
}
END_TEST

START_TEST(relabelled_and_converted_copies_are_found)
{
    static const struct { uint16_t code, bpv; bool big; double slope, inter; bool labels, wide_only; const char *what; } hosts[] = {
        {4, 2, false, 1, 0, true, true, "signed labels"},     {256, 1, false, 1, 0, true, false, "signed bytes"},
        {512, 2, true, 1, 0, false, false, "big-endian"},     {8, 4, false, 1, 0, false, false, "int32"},
        {8, 4, true, 1, 0, true, false, "signed int32, big"}, {768, 4, false, 1, 0, false, false, "uint32"},
        {1024, 8, true, 1, 0, true, false, "int64, big"},     {1280, 8, false, 1, 0, false, false, "uint64"},
        {16, 4, false, 1, 0, false, false, "float32"},        {16, 4, true, 1, 0, true, false, "signed float32, big"},
        {64, 8, false, 1, 0, false, false, "float64"},        {4, 2, false, 1, 32768, false, true, "offset encoding"},
        {64, 8, false, 0.37, -12.5, false, false, "scaled doubles"}, {16, 4, false, 0.5, 0, false, false, "halves with slope"}};
    for (int wide = 0; wide < 2; wide++) {
        dkg_source *source = wide ? source_make(4, 2, 9, 7, 5, 1) : source_make(2, 1, 16, 16, 5, 1);
        dkg_carrier *c = encrypt_simply(source, DKG_MODE_HYBRID);
        for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
            if ((hosts[i].wide_only && !wide) || (hosts[i].bpv == 1 && wide)) continue;
            for (unsigned n = 0; n < DKG_VIEWS; n += 23) {
                hosted h = host(c, n, hosts[i].code, hosts[i].bpv, hosts[i].big, hosts[i].slope, hosts[i].inter, hosts[i].labels);
                bool as_stored = n == 0 && h.stored.bpv == c->carrier_bytes && !h.stored.big_endian && h.stored.inter == 0;
                expect(&h, source, !as_stored, hosts[i].what, n);
                free(h.bytes);
            }
        }
        dkg_carrier_free(c);
        source_free(source);
    }
}
END_TEST

START_TEST(a_wrong_slope_in_the_header_is_seen_through)
{
    dkg_source *source = source_make(4, 2, 9, 7, 5, 1);
    dkg_carrier *c = encrypt_simply(source, DKG_MODE_HYBRID);
    static const double slopes[] = {2, 0.001, -1, NAN, INFINITY, 0};
    for (size_t i = 0; i < sizeof slopes / sizeof *slopes; i++) {
        hosted h = host(c, 17, 64, 8, false, 1, 0, false);
        h.stored.slope = slopes[i];
        h.stored.inter = 3;
        expect(&h, source, true, "slope", (unsigned)i);
        free(h.bytes);
    }
    dkg_carrier_free(c);
    source_free(source);
}
END_TEST

START_TEST(a_lost_voxel_is_damage_of_its_slice)
{
    dkg_source *source = source_make(4, 2, 9, 7, 5, 1);
    dkg_carrier *c = encrypt_simply(source, DKG_MODE_HYBRID);
    hosted h = host(c, 0, 64, 8, false, 1, 0, false);
    put(h.bytes + 8 * (2 * 63 + 5), 64, 8, false, 0.5);
    put(h.bytes + 8 * (4 * 63 + 62), 64, 8, false, NAN);
    opened o = open_stored(&h.stored);
    ck_assert_int_eq(o.status, DKG_DAMAGED);
    ck_assert(strstr(o.err.text, "2 of 5 slices are damaged: 2, 4"));
    opened_free(&o);
    free(h.bytes);
    dkg_carrier_free(c);
    source_free(source);
}
END_TEST

START_TEST(a_turned_file_with_a_lost_trailer_is_found)
{
    dkg_source *source = source_make(4, 2, 9, 7, 5, 1);
    dkg_carrier *c = encrypt_simply(source, DKG_MODE_HYBRID);
    c->voxels[c->voxel_bytes - 20] ^= 1;
    for (unsigned n = 0; n < DKG_VIEWS; n++)
        for (int copy = 0; copy < 3; copy++) { /* both copies, B alone, A alone */
            size_t at = copy == 1 ? (size_t)5 * 9 * 7 * 2 + 200 : c->voxel_bytes - 64 - 100;
            if (copy) c->voxels[at] ^= 1;
            hosted h = host(c, n, 8, 4, false, 1, 0, true);
            opened o = open_stored(&h.stored);
            ck_assert_msg(opened_equals(&o, source), "view %u, copy %d: %s", n, copy, o.err.text);
            ck_assert(o.info.repaired && !o.info.trailer_ok && o.info.copy_a_ok == (copy != 1) && o.info.copy_b_ok == (copy != 2));
            opened_free(&o);
            free(h.bytes);
            if (copy) c->voxels[at] ^= 1;
        }
    dkg_carrier_free(c);
    source_free(source);
}
END_TEST

START_TEST(what_hosts_destroy_is_foreign)
{
    dkg_source *source = source_make(4, 2, 16, 16, 5, 1);
    dkg_carrier *c = encrypt_simply(source, DKG_MODE_HYBRID);
    dkg_sealed *sealed = NULL;
    hosted h = host(c, 0, 64, 8, false, 1, 0, false);
    size_t voxels = h.stored.voxels.size / 8;
    for (size_t i = 0; i < voxels; i++) { /* values halved */
        double v;
        memcpy(&v, h.bytes + 8 * i, 8);
        put(h.bytes + 8 * i, 64, 8, false, v / 2);
    }
    ck_fails(dkg_locate(&h.stored, NULL, &sealed, err), DKG_FOREIGN, "not a DKG1 volume");
    ck_assert_ptr_null(sealed);
    free(h.bytes);
    dkg_stored cropped = stored_of(c);
    uint8_t *part = malloc(c->voxel_bytes);
    ck_assert_ptr_nonnull(part);
    for (size_t row = 0; row < 16 * c->planes; row++) memcpy(part + row * 30, c->voxels + row * 32, 30); /* one column less */
    cropped.dim[0] = 15;
    cropped.voxels = (dkg_bytes){part, 16u * c->planes * 30};
    ck_fails(dkg_locate(&cropped, NULL, &sealed, err), DKG_FOREIGN, "cropped");
    free(part);
    dkg_stored plain = {.dim = {16, 16, 5}, .datatype = 4, .bpv = 2, .slope = 1, .voxels = source->data};
    ck_fails(dkg_locate(&plain, NULL, &sealed, err), DKG_FOREIGN, "not a DKG1 volume");
    uint8_t tiny = 0;
    dkg_stored one = {.dim = {1, 1, 1}, .datatype = 2, .bpv = 1, .slope = 1, .voxels = {&tiny, 1}};
    ck_fails(dkg_locate(&one, NULL, &sealed, err), DKG_FOREIGN, "not a DKG1 volume");
    dkg_carrier_free(c);
    source_free(source);
}
END_TEST

START_TEST(repairs_are_warned_of)
{
    dkg_source *source = source_make(4, 2, 16, 16, 5, 1);
    dkg_carrier *c = encrypt_simply(source, DKG_MODE_HYBRID);
    dkg_stored stored = stored_of(c);
    dkg_sealed *sealed = NULL;
    heard h;
    heard_make(&h);
    ck_ok(dkg_locate(&stored, &h.log, &sealed, err));
    ck_assert_uint_eq(h.warnings, 0);
    dkg_sealed_free(sealed);
    c->voxels[5 * 512 + 100] ^= 1;
    ck_ok(dkg_locate(&stored, &h.log, &sealed, err));
    ck_assert(h.warnings == 1 && strstr(h.text, "first copy"));
    ck_assert(!dkg_sealed_public(sealed)->copy_a_ok && dkg_sealed_public(sealed)->fill_ok && dkg_sealed_public(sealed)->trailer_ok);
    dkg_sealed_free(sealed);
    c->voxels[5 * 512 + 100] ^= 1;
    c->voxels[5 * 512 + 1300] ^= 1; /* behind copy A: fill */
    ck_ok(dkg_locate(&stored, &h.log, &sealed, err));
    ck_assert(h.warnings == 2 && strstr(h.text, "fill") && !dkg_sealed_public(sealed)->fill_ok);
    dkg_sealed_free(sealed);
    dkg_carrier_free(c);
    source_free(source);
}
END_TEST

/* Random edits of a carrier and its description: any status, but never a crash and never wrong bytes. */
START_TEST(random_damage_is_never_silent)
{
    dkg_source *source = source_make(4, 2, 8, 8, 4, 1);
    dkg_carrier *c = encrypt_simply(source, DKG_MODE_AEAD);
    uint8_t *kept = malloc(c->voxel_bytes), noise[64];
    ck_assert_ptr_nonnull(kept);
    memcpy(kept, c->voxels, c->voxel_bytes);
    unsigned exact = 0, refused = 0;
    for (uint64_t round = 0; round < 1500; round++) {
        test_pattern(noise, sizeof noise, round);
        dkg_stored s = stored_of(c);
        memcpy(c->voxels, kept, c->voxel_bytes);
        for (unsigned i = 0; i < 1u + noise[0] % 6; i++) {
            size_t at = dkg_load16(noise + 2 + 4 * i) % c->voxel_bytes, n = 1u + noise[4 + 4 * i] % 64u;
            if (n > c->voxel_bytes - at) n = c->voxel_bytes - at;
            if (noise[1] & 1)
                memset(c->voxels + at, noise[5 + 4 * i], n);
            else
                memmove(c->voxels + at, c->voxels + (at * 7) % (c->voxel_bytes - n), n);
        }
        if (noise[40] % 4 == 0) s.extension.size = 0;
        if (noise[41] % 4 == 0) {
            uint64_t planes = 1 + noise[42] % c->planes;
            s.dim[2] = planes;
            s.voxels.size = planes * 128;
        }
        opened o = open_stored(&s);
        if (o.status == DKG_OK) {
            ck_assert(opened_equals(&o, source));
            exact++;
        } else {
            ck_assert(!o.plain && o.err.text[0]);
            refused++;
        }
        opened_free(&o);
    }
    ck_assert(exact > 50 && refused > 50);
    free(kept);
    dkg_carrier_free(c);
    source_free(source);
}
END_TEST

START_TEST(a_large_volume_is_located_quickly)
{
    dkg_source *source = source_make(4, 2, 240, 240, 155, 1); /* 17.9 MB */
    dkg_carrier *c = encrypt_simply(source, DKG_MODE_AEAD);
    dkg_stored stored = stored_of(c), plain = stored;
    dkg_sealed *sealed = NULL;
    clock_t start = clock();
    ck_ok(dkg_locate(&stored, NULL, &sealed, err));
    double untouched = (double)(clock() - start) / CLOCKS_PER_SEC;
    dkg_sealed_free(sealed);
    hosted h = host(c, 47, 4, 2, true, 1, 0, true);
    start = clock();
    ck_ok(dkg_locate(&h.stored, NULL, &sealed, err));
    double turned = (double)(clock() - start) / CLOCKS_PER_SEC;
    dkg_sealed_free(sealed);
    plain.dim[2] = 155;
    plain.voxels = source->data;
    plain.extension.size = 0;
    start = clock();
    ck_fails(dkg_locate(&plain, NULL, &sealed, err), DKG_FOREIGN, "");
    double foreign = (double)(clock() - start) / CLOCKS_PER_SEC;
    printf("18 MB: untouched %.4f s, turned and relabelled %.3f s, foreign %.3f s\n", untouched, turned, foreign);
    ck_assert_msg(untouched < 0.5 && turned < 10 && foreign < 30, "%f %f %f", untouched, turned, foreign); /* also under sanitizers */
    free(h.bytes);
    dkg_carrier_free(c);
    source_free(source);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("locate");
    TCase *c = tcase_create("locate");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, all_views_are_found);
    tcase_add_test(c, all_views_are_found_in_a_cube);
    tcase_add_test(c, relabelled_and_converted_copies_are_found);
    tcase_add_test(c, a_wrong_slope_in_the_header_is_seen_through);
    tcase_add_test(c, a_lost_voxel_is_damage_of_its_slice);
    tcase_add_test(c, a_turned_file_with_a_lost_trailer_is_found);
    tcase_add_test(c, what_hosts_destroy_is_foreign);
    tcase_add_test(c, repairs_are_warned_of);
    tcase_add_test(c, random_damage_is_never_silent);
    tcase_add_test(c, a_large_volume_is_located_quickly);
    suite_add_tcase(s, c);
    return test_run(s, (Suite *)0);
}
