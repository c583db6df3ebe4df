/* The bounded header check, every reason to refuse, and what libnifti2 reads from a sound header. */
#include "synthetic.h"

#include <math.h>
#include <unistd.h>

static dkg_status parse(const uint8_t *header, const synthetic *s, dkg_nifti_header *h, dkg_error *err)
{
    /* exactly as many bytes as there are, so that a sanitizer sees every read beyond */
    uint8_t *copy = malloc(header_size(s));
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, header, header_size(s));
    dkg_status status = dkg_nifti_header_parse(copy, header_size(s), h, err);
    free(copy);
    return status;
}

START_TEST(every_type_order_version_rank_and_kind)
{
    for (int variant = 0; variant < 8; variant++) {
        for (int rank = 1; rank <= 7; rank++) {
            for (size_t t = 0; t < 16; t++) {
                uint8_t raw[544];
                dkg_nifti_header h;
                synthetic s = {.version = variant & 1 ? 2 : 1, .big = (variant & 2) != 0, .pair = (variant & 4) != 0,
                               .rank = rank, .datatype = types[t].code, .dim = {0, 5, 1, 7, 2, 3, 1, 2}};
                s.offset = s.pair ? 16 : (double)header_size(&s) + 20;
                make_header(raw, &s);
                for (int i = rank + 1; i < 8; i++) put_dim(raw, &s, i, -3); /* beyond the rank nothing counts */
                ck_ok(parse(raw, &s, &h, err));
                ck_assert_int_eq((int)h.version, s.version);
                ck_assert(h.big_endian == s.big && h.pair == s.pair);
                ck_assert_int_eq((int)h.datatype, s.datatype);
                ck_assert_int_eq((int)h.bpv, types[t].bytes);
                ck_assert_int_eq((int)h.rank, rank);
                ck_assert_int_eq((int)h.dim[0], rank);
                uint64_t voxels = 1;
                for (int i = 1; i < 8; i++) {
                    uint64_t expected = i <= rank ? (uint64_t)s.dim[i] : 1;
                    ck_assert_uint_eq(h.dim[i], expected);
                    voxels *= expected;
                }
                ck_assert_uint_eq(h.voxels, voxels);
                ck_assert(h.data_offset == (uint64_t)s.offset);
                ck_assert(!h.has_text);
            }
        }
    }
}
END_TEST

typedef struct refusal {
    int version;
    bool pair;
    void (*spoil)(uint8_t *raw, const synthetic *s);
    const char *part;
} refusal;

static void dim0_zero(uint8_t *r, const synthetic *s) { put_dim(r, s, 0, 0); }
static void dim0_eight(uint8_t *r, const synthetic *s) { put_dim(r, s, 0, 8); }
static void dim0_minus(uint8_t *r, const synthetic *s) { put_dim(r, s, 0, -1); }
static void dim2_zero(uint8_t *r, const synthetic *s) { put_dim(r, s, 2, 0); }
static void dim3_minus(uint8_t *r, const synthetic *s) { put_dim(r, s, 3, -5); }
static void dims_huge(uint8_t *r, const synthetic *s)
{
    put_dim(r, s, 0, 7);
    for (int i = 1; i < 8; i++) put_dim(r, s, i, 32767);
}
static void dims_63_bits(uint8_t *r, const synthetic *s)
{
    put_dim(r, s, 1, (int64_t)1 << 62);
    put_dim(r, s, 2, 1);
    put_dim(r, s, 3, 1);
}
static void type_zero(uint8_t *r, const synthetic *s) { put(field(r, s, F_DATATYPE), 0, 2, s->big); }
static void type_binary(uint8_t *r, const synthetic *s) { put(field(r, s, F_DATATYPE), 1, 2, s->big); }
static void type_minus(uint8_t *r, const synthetic *s) { put(field(r, s, F_DATATYPE), 0xfffe, 2, s->big); }
static void offset_nan(uint8_t *r, const synthetic *s) { put_offset(r, s, (double)NAN); }
static void offset_inf(uint8_t *r, const synthetic *s) { put_offset(r, s, (double)INFINITY); }
static void offset_half(uint8_t *r, const synthetic *s) { put_offset(r, s, 352.5); }
static void offset_low(uint8_t *r, const synthetic *s) { put_offset(r, s, (double)header_size(s) + 3); }
static void offset_zero(uint8_t *r, const synthetic *s) { put_offset(r, s, 0); }
static void offset_minus(uint8_t *r, const synthetic *s) { put_offset(r, s, -16); }
static void offset_high(uint8_t *r, const synthetic *s) { put_offset(r, s, 67108880); }
static void offset_end(uint8_t *r, const synthetic *s) { put(field(r, s, F_OFFSET), INT64_MAX, 8, s->big); }
static void no_magic(uint8_t *r, const synthetic *s) { memset(field(r, s, F_MAGIC), 0, 4); }
static void magic_3(uint8_t *r, const synthetic *s) { field(r, s, F_MAGIC)[2] = '3'; }
static void magic_other(uint8_t *r, const synthetic *s) { field(r, s, F_MAGIC)[2] = s->version == 1 ? '2' : '1'; }
static void magic_end(uint8_t *r, const synthetic *s) { field(r, s, F_MAGIC)[3] = 'x'; }
static void size_zero(uint8_t *r, const synthetic *s) { put(r, 0, 4, s->big); }
static void size_349(uint8_t *r, const synthetic *s) { put(r, 349, 4, s->big); }

static const refusal refusals[] = {
    {1, false, dim0_zero, "dim[0] is 0, must be 1..7"},
    {1, false, dim0_eight, "dim[0] is 8, must be 1..7"},
    {2, false, dim0_eight, "dim[0] is 8, must be 1..7"},
    {1, false, dim0_minus, "dim[0] is -1, must be 1..7"},
    {1, false, dim2_zero, "dim[2] is 0, must be at least 1"},
    {2, false, dim2_zero, "dim[2] is 0, must be at least 1"},
    {1, false, dim3_minus, "dim[3] is -5, must be at least 1"},
    {1, false, dims_huge, "exceeds 64 bits"},
    {2, false, dims_huge, "exceeds 64 bits"},
    {2, false, dims_63_bits, "exceed 63 bits"},
    {1, false, type_zero, "datatype is 0"},
    {1, false, type_binary, "datatype is 1,"},
    {2, false, type_minus, "datatype is -2"},
    {1, false, offset_nan, "vox_offset is nan, must be a whole number of 352..67108864"},
    {1, false, offset_inf, "vox_offset is inf"},
    {1, true, offset_nan, "vox_offset is nan, must be a whole number of 0..67108864"},
    {1, false, offset_half, "vox_offset is 352.5"},
    {1, false, offset_low, "vox_offset is 351"},
    {2, false, offset_low, "vox_offset is 543, must be a whole number of 544..67108864"},
    {1, false, offset_zero, "vox_offset is 0"},
    {1, true, offset_minus, "vox_offset is -16"},
    {2, true, offset_minus, "vox_offset is -16"},
    {1, false, offset_high, "vox_offset is 67108880"},
    {2, true, offset_end, "vox_offset is 9.22"},
    {1, false, no_magic, "ANALYZE 7.5"},
    {2, false, no_magic, "not a NIfTI file: the magic is 00000000"},
    {1, false, magic_3, "the magic is 6e2b3300"},
    {1, false, magic_other, "not that of NIfTI-1"},
    {2, false, magic_other, "not that of NIfTI-2"},
    {1, false, magic_end, "the magic is 6e2b3178"},
    {1, false, size_zero, "begins with 0x00000000"},
    {2, false, size_349, "not a NIfTI file"},
};

START_TEST(refused_with_the_value)
{
    for (int big = 0; big < 2; big++) {
        const refusal *r = &refusals[_i];
        uint8_t raw[544];
        dkg_nifti_header h;
        synthetic s = {.version = r->version, .big = big != 0, .pair = r->pair, .rank = 3, .datatype = 4, .dim = {0, 3, 4, 5}};
        s.offset = s.pair ? 0 : (double)header_size(&s) + 4;
        make_header(raw, &s);
        ck_ok(parse(raw, &s, &h, err));
        r->spoil(raw, &s);
        ck_fails(parse(raw, &s, &h, err), DKG_SOURCE, r->part);
        ck_assert_uint_eq(h.rank, 0);
        ck_assert_uint_eq(h.voxels, 0);
    }
}
END_TEST

START_TEST(every_length_short_of_a_header)
{
    for (int version = 1; version <= 2; version++) {
        synthetic s = int16_3x4x5();
        uint8_t raw[544];
        dkg_nifti_header h;
        s.version = version;
        s.offset = 544;
        make_header(raw, &s);
        for (size_t n = 0; n <= header_size(&s); n++) {
            uint8_t *copy = malloc(n ? n : 1);
            ck_assert_ptr_nonnull(copy);
            memcpy(copy, raw, n);
            dkg_status status = dkg_nifti_header_parse(copy, n, &h, NULL);
            free(copy);
            ck_assert_int_eq(status, n < header_size(&s) ? DKG_SOURCE : DKG_OK);
        }
    }
}
END_TEST

START_TEST(nonsense_that_does_not_matter)
{
    for (int variant = 0; variant < 4; variant++) {
        uint8_t raw[544];
        dkg_nifti_header h;
        synthetic s = int16_3x4x5();
        s.version = variant & 1 ? 2 : 1;
        s.big = (variant & 2) != 0;
        s.offset = 544;
        make_header(raw, &s);
        put(field(raw, &s, F_BITPIX), 12345, 2, s.big);
        put_reals(raw, &s, F_PIXDIM, 4, (const double[]){(double)NAN, 0, (double)INFINITY, (double)NAN});
        put_code(raw, &s, F_QFORM, -7);
        put_code(raw, &s, F_SFORM, -1);
        put_code(raw, &s, F_UNITS, 0xff);
        put_reals(raw, &s, F_SLOPE, 1, (const double[]){(double)NAN});
        put_reals(raw, &s, F_INTER, 1, (const double[]){(double)-INFINITY});
        put_reals(raw, &s, F_SROW, 1, (const double[]){(double)NAN});
        ck_ok(parse(raw, &s, &h, err));
        ck_assert_uint_eq(h.bpv, 2);
        ck_assert_double_eq(h.pixdim[0], 1);
        for (int i = 1; i <= 3; i++) ck_assert_double_eq(h.pixdim[i], 1);
        ck_assert_int_eq(h.qform_code, 0);
        ck_assert_int_eq(h.sform_code, 0);
        ck_assert_double_nan(h.slope);
        ck_assert(isinf(h.inter) && h.inter < 0);
        ck_assert_double_nan(h.srow[0][0]);
        ck_assert_double_eq(h.to_world[0][0], 1);
    }
}
END_TEST

static const double half = 0.70710678118654752; /* quaternion of 90 degrees about z */

START_TEST(geometry_as_stored_and_as_read)
{
    for (int variant = 0; variant < 4; variant++) {
        uint8_t raw[544];
        dkg_nifti_header h;
        synthetic s = int16_3x4x5();
        s.version = variant & 1 ? 2 : 1;
        s.big = (variant & 2) != 0;
        s.offset = 544;
        make_header(raw, &s);
        put_reals(raw, &s, F_PIXDIM, 5, (const double[]){-1, 2, 3, 4, 1.5});
        put_reals(raw, &s, F_SLOPE, 1, (const double[]){0.25});
        put_reals(raw, &s, F_INTER, 1, (const double[]){-1024});
        put_reals(raw, &s, F_QUATERN, 3, (const double[]){0, 0, half});
        put_reals(raw, &s, F_QOFFSET, 3, (const double[]){10, 20, 30});
        put_reals(raw, &s, F_SROW, 12, (const double[]){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
        put_code(raw, &s, F_QFORM, 1);
        put_code(raw, &s, F_UNITS, 10);
        ck_ok(parse(raw, &s, &h, err));
        ck_assert_double_eq(h.slope, 0.25);
        ck_assert_double_eq(h.inter, -1024);
        ck_assert_uint_eq(h.xyzt_units, 10);
        ck_assert_double_eq(h.pixdim[0], -1);
        for (int i = 1; i <= 3; i++) ck_assert_double_eq(h.pixdim[i], i + 1);
        ck_assert_int_eq(h.qform_code, 1);
        ck_assert_int_eq(h.sform_code, 0);
        ck_assert_double_eq_tol(h.quatern[2], half, 1e-7);
        for (int i = 0; i < 12; i++) ck_assert_double_eq(h.srow[i / 4][i % 4], i + 1);
        for (int i = 0; i < 3; i++) ck_assert_double_eq(h.qoffset[i], 10 * (i + 1));
        /* i of 2 mm runs along y, j of 3 mm against x, k of 4 mm against z (qfac -1) */
        const double rotated[3][4] = {{0, -3, 0, 10}, {2, 0, 0, 20}, {0, 0, -4, 30}};
        for (int i = 0; i < 12; i++) ck_assert_double_eq_tol(h.to_world[i / 4][i % 4], rotated[i / 4][i % 4], 1e-6);
        put_code(raw, &s, F_SFORM, 2);
        ck_ok(parse(raw, &s, &h, err));
        ck_assert_int_eq(h.sform_code, 2);
        for (int i = 0; i < 12; i++) ck_assert_double_eq(h.to_world[i / 4][i % 4], i + 1);
        put_reals(raw, &s, F_SROW, 1, (const double[]){(double)NAN});
        ck_ok(parse(raw, &s, &h, err));
        ck_assert_double_eq_tol(h.to_world[1][0], 2, 1e-6);
    }
}
END_TEST

START_TEST(text_is_seen)
{
    static const int text_fields[] = {F_DESCRIP, F_AUX, F_INTENT_NAME};
    for (int version = 1; version <= 2; version++) {
        uint8_t raw[544];
        dkg_nifti_header h;
        synthetic s = int16_3x4x5();
        s.version = version;
        s.offset = 544;
        for (size_t i = 0; i < 3; i++) {
            make_header(raw, &s);
            field(raw, &s, text_fields[i])[15] = 'x';
            ck_ok(parse(raw, &s, &h, err));
            ck_assert(h.has_text);
        }
        make_header(raw, &s);
        raw[version == 1 ? 14 + 17 : 0] |= version == 1; /* last byte of db_name, which NIfTI-2 lacks */
        ck_ok(parse(raw, &s, &h, err));
        ck_assert(h.has_text == (version == 1));
    }
}
END_TEST

/* Every byte of a header with several values: sound or refused, never a crash, and libnifti2 prints nothing. */
START_TEST(every_byte_mutated)
{
    static const uint8_t values[] = {0x00, 0x01, 0x07, 0x3f, 0x7f, 0x80, 0xc0, 0xff};
    size_t sound = 0, refused = 0;
    const char *log = test_path("stderr.txt");
    int saved = dup(2);
    ck_assert_ptr_nonnull(freopen(log, "w", stderr));
    for (int variant = 0; variant < 8; variant++) {
        uint8_t raw[544];
        synthetic s = int16_3x4x5();
        s.version = variant & 1 ? 2 : 1;
        s.big = (variant & 2) != 0;
        s.pair = (variant & 4) != 0;
        s.offset = 544;
        make_header(raw, &s);
        put_code(raw, &s, F_QFORM, 1);
        put_code(raw, &s, F_SFORM, 1);
        for (size_t at = 0; at < header_size(&s); at++) {
            uint8_t kept = raw[at];
            for (size_t v = 0; v < sizeof values; v++) {
                dkg_nifti_header h;
                dkg_error err = {0};
                raw[at] = values[v];
                dkg_status status = parse(raw, &s, &h, &err);
                ck_assert(status == DKG_OK || status == DKG_SOURCE);
                if (status == DKG_OK) {
                    sound++;
                    ck_assert(h.rank >= 1 && h.rank <= 7 && h.bpv >= 1 && h.voxels >= 1 && h.voxels <= INT64_MAX / h.bpv);
                } else {
                    refused++;
                    ck_assert_uint_eq(h.voxels, 0);
                    ck_assert(err.text[0] != '\0');
                }
            }
            raw[at] = kept;
        }
    }
    fflush(stderr);
    ck_assert_int_eq(dup2(saved, 2), 2);
    close(saved);
    dkg_buffer printed = slurp(log);
    ck_assert_msg(printed.size == 0, "printed: %.*s", (int)printed.size, (const char *)printed.bytes);
    dkg_buffer_free(&printed);
    ck_assert_msg(sound > 1000 && refused > 200, "%zu sound, %zu refused", sound, refused);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nifti header");
    TCase *t = tcase_create("header");
    tcase_add_test(t, every_type_order_version_rank_and_kind);
    tcase_add_loop_test(t, refused_with_the_value, 0, (int)(sizeof refusals / sizeof refusals[0]));
    tcase_add_test(t, every_length_short_of_a_header);
    tcase_add_test(t, nonsense_that_does_not_matter);
    tcase_add_test(t, geometry_as_stored_and_as_read);
    tcase_add_test(t, text_is_seen);
    tcase_add_test(t, every_byte_mutated);
    suite_add_tcase(suite, t);
    return test_run(suite, (Suite *)0);
}
