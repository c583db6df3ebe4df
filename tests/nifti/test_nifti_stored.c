/* Stored images: which are taken, carriers cut short, and the extension's text. */
#include "synthetic.h"

static dkg_status read_bytes(const dkg_buffer *file, dkg_stored_image **image, dkg_error *err)
{
    return dkg_stored_read(write_temp("stored.nii", bytes_of(file)), 0, image, err);
}

START_TEST(numeric_scalars_only)
{
    for (size_t t = 0; t < 16; t++) {
        int code = types[t].code;
        bool numeric = code != 128 && code != 2304 && code != 32 && code != 1536 && code != 1792 && code != 2048;
        for (int variant = 0; variant < 4; variant++) {
            dkg_stored_image *image;
            synthetic s = int16_3x4x5();
            s.version = variant & 1 ? 2 : 1;
            s.big = (variant & 2) != 0;
            s.datatype = code;
            s.offset = 560;
            size_t data = 60 * (size_t)types[t].bytes;
            dkg_buffer file = make_file(&s, data, 3);
            if (numeric) {
                ck_ok(read_bytes(&file, &image, err));
                ck_same(image->voxels, (dkg_bytes){file.bytes + 560, data}, "voxels");
                ck_assert_uint_eq(image->missing, 0);
                ck_assert_uint_eq(image->extension.size, 0);
                ck_assert(image->header.big_endian == s.big);
                dkg_stored_free(image);
            } else {
                ck_fails(read_bytes(&file, &image, err), DKG_FOREIGN, "not that of an encrypted volume");
                ck_assert_ptr_null(image);
            }
            dkg_buffer_free(&file);
        }
    }
}
END_TEST

START_TEST(higher_dimensions_must_be_one)
{
    dkg_stored_image *image;
    for (int axis = 4; axis <= 7; axis++) {
        synthetic s = int16_3x4x5();
        s.rank = 7;
        for (int i = 4; i < 8; i++) s.dim[i] = 1;
        dkg_buffer file = make_file(&s, 240, 0);
        ck_ok(read_bytes(&file, &image, err));
        dkg_stored_free(image);
        put_dim(file.bytes, &s, axis, 2);
        char part[32];
        (void)snprintf(part, sizeof part, "dim[%d] is 2, must be 1", axis);
        ck_fails(read_bytes(&file, &image, err), DKG_FOREIGN, part);
        dkg_buffer_free(&file);
    }
    synthetic s = int16_3x4x5(); /* one and two dimensions: the rest counts as 1 */
    for (s.rank = 1; s.rank <= 2; s.rank++) {
        dkg_buffer file = make_file(&s, s.rank == 1 ? 6 : 24, 0);
        ck_ok(read_bytes(&file, &image, err));
        ck_assert_uint_eq(image->header.dim[3], 1);
        dkg_stored_free(image);
        dkg_buffer_free(&file);
    }
}
END_TEST

START_TEST(what_is_no_image_is_foreign_what_cannot_be_read_is_io)
{
    dkg_stored_image *image;
    dkg_error e = {0};
    ck_assert_int_eq(dkg_stored_read(write_temp("text.nii", (dkg_bytes){(const uint8_t *)"hello", 5}), 0, &image, &e), DKG_FOREIGN);
    ck_assert_int_eq(e.status, DKG_FOREIGN);
    ck_assert_ptr_nonnull(strstr(e.text, "text.nii: 5 bytes are too short"));
    ck_fails(dkg_stored_read(test_path("absent.nii"), 0, &image, err), DKG_IO, "absent.nii");
    ck_fails(dkg_stored_read(test_folder(), 0, &image, err), DKG_IO, "directory");
    ck_assert_ptr_null(image);
    dkg_stored_free(NULL);
}
END_TEST

START_TEST(cut_short_is_completed_with_zeros)
{
    synthetic s = int16_3x4x5();
    dkg_buffer file = make_file(&s, 120, 0);
    for (size_t there = 0; there <= 120; there++) {
        dkg_stored_image *image;
        dkg_buffer cut = file;
        cut.size = 352 + there;
        if (there < 40) {
            ck_fails(read_bytes(&cut, &image, err), DKG_FOREIGN, "cut short");
            continue;
        }
        ck_ok(read_bytes(&cut, &image, err));
        ck_assert_uint_eq(image->missing, 120 - there);
        ck_assert_uint_eq(image->voxels.size, 120);
        ck_same((dkg_bytes){image->voxels.at, there}, (dkg_bytes){file.bytes + 352, there}, "what is there");
        ck_assert(dkg_is_zero(image->voxels.at + there, 120 - there));
        dkg_stored_free(image);
    }
    dkg_buffer_free(&file);
}
END_TEST

START_TEST(what_follows_does_not_matter)
{
    dkg_stored_image *image;
    synthetic s = int16_3x4x5();
    dkg_buffer file = make_file(&s, 120, 3u << 20);
    ck_ok(read_bytes(&file, &image, err));
    ck_assert_uint_eq(image->voxels.size, 120);
    dkg_stored_free(image);
    dkg_buffer_free(&file);
}
END_TEST

/* ---- extensions ---- */

typedef struct extension {
    uint32_t esize, ecode;
    const char *text;
} extension;

/* A file whose header is followed by `room` bytes holding up to three extensions. */
static dkg_buffer with_extensions(int version, bool big, uint8_t extender, const extension e[3], size_t room)
{
    synthetic s = int16_3x4x5();
    s.version = version;
    s.big = big;
    s.offset = (double)(header_size(&s) + 4 + room);
    dkg_buffer file = make_file(&s, 120, 0);
    uint8_t *at = file.bytes + header_size(&s);
    memset(at, 0, 4 + room);
    at[0] = extender;
    at += 4;
    for (int i = 0; i < 3 && e[i].text; i++) {
        put(at, e[i].esize, 4, big);
        put(at + 4, e[i].ecode, 4, big);
        memcpy(at + 8, e[i].text, strlen(e[i].text));
        at += e[i].esize;
    }
    return file;
}

#define OURS "{\"format\":\"DKG1\",\"a\":1}"

static const struct {
    const char *what;
    uint8_t extender;
    extension e[3];
    size_t room;
    const char *found; /* NULL: none */
} extension_rows[] = {
    {"alone", 1, {{32, 6, OURS}}, 32, OURS},
    {"padded as written", 1, {{48, 6, OURS "                \n"}}, 48, OURS},
    {"padded with NUL by another program", 1, {{64, 6, OURS "  \n"}}, 64, OURS},
    {"after others", 1, {{32, 4, "<afni/>"}, {16, 6, "comment"}, {32, 6, OURS}}, 80, OURS},
    {"the first of two", 1, {{32, 6, OURS}, {32, 6, "{\"format\":\"DKG1\",\"b\":1}"}}, 64, OURS},
    {"only the start", 1, {{32, 6, "{\"format\":\"DKG1\""}}, 32, "{\"format\":\"DKG1\""},
    {"not announced", 0, {{32, 6, OURS}}, 32, NULL},
    {"other code", 1, {{32, 4, OURS}}, 32, NULL},
    {"other text", 1, {{32, 6, "{\"format\":\"DKG2\",\"a\":1}"}}, 32, NULL},
    {"shorter than the start", 1, {{16, 6, "{\"forma"}}, 16, NULL},
    {"beyond the voxels", 1, {{0x7ffffff0, 6, OURS}}, 32, NULL},
    {"negative size", 1, {{0xfffffff0, 6, OURS}}, 32, NULL},
    {"size 7", 1, {{7, 6, OURS}}, 32, NULL},
    {"size 0", 1, {{0, 6, OURS}}, 32, NULL},
    {"header cut", 1, {{0}}, 5, NULL},
};

START_TEST(extension_found_or_not)
{
    for (int variant = 0; variant < 4; variant++) {
        dkg_stored_image *image;
        dkg_buffer file = with_extensions(variant & 1 ? 2 : 1, (variant & 2) != 0, extension_rows[_i].extender, extension_rows[_i].e,
                                          extension_rows[_i].room);
        ck_ok(read_bytes(&file, &image, err));
        const char *found = extension_rows[_i].found;
        ck_same(image->extension, (dkg_bytes){(const uint8_t *)found, found ? strlen(found) : 0}, extension_rows[_i].what);
        dkg_stored_free(image);
        dkg_buffer_free(&file);
    }
}
END_TEST

START_TEST(pairs_too)
{
    uint8_t header[352];
    dkg_stored_image *image;
    dkg_buffer hdr = {0};
    synthetic s = int16_3x4x5();
    s.pair = true;
    s.offset = 0;
    make_header(header, &s);
    header[348] = 1;
    dkg_append(&hdr, header, sizeof header);
    dkg_append(&hdr, "\x20\0\0\0\6\0\0\0" OURS "\0", 32);
    uint8_t voxels[120];
    test_pattern(voxels, sizeof voxels, 5);
    (void)write_temp("pair.img", (dkg_bytes){voxels, 100});
    ck_ok(dkg_stored_read(write_temp("pair.hdr", bytes_of(&hdr)), 0, &image, err));
    ck_assert_uint_eq(image->missing, 20);
    ck_same((dkg_bytes){image->voxels.at, 100}, (dkg_bytes){voxels, 100}, "voxels");
    ck_same(image->extension, (dkg_bytes){(const uint8_t *)OURS, strlen(OURS)}, "extension");
    dkg_stored_free(image);
    dkg_buffer_free(&hdr);
}
END_TEST

START_TEST(a_carrier_comes_back)
{
    static const char text[] = "{\"format\":\"DKG1\",\"version\":\"1.0\"}";
    uint8_t voxels[2 * 6 * 5 * 4];
    test_pattern(voxels, sizeof voxels, 9);
    static const char *const names[] = {"c.nii", "c.nii.gz"};
    for (int i = 0; i < 4; i++) {
        dkg_stored_image *image;
        dkg_carrier_file c = {.nx = 6, .ny = 5, .planes = 4, .carrier_bytes = 2, .planes_per_slice = 1, .nifti2 = i >= 2,
                              .voxels = {voxels, sizeof voxels}, .extension = {(const uint8_t *)text, sizeof text - 1}};
        ck_ok(dkg_carrier_write(test_path(names[i % 2]), DKG_OUTPUT_REPLACE, &c, err));
        ck_ok(dkg_stored_read(test_path(names[i % 2]), 0, &image, err));
        ck_same(image->voxels, c.voxels, "voxels");
        ck_same(image->extension, c.extension, "extension");
        ck_assert_int_eq(image->header.datatype, 512);
        ck_assert_double_eq(image->header.slope, 1);
        ck_assert_double_eq(image->header.inter, 0);
        dkg_stored_free(image);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nifti stored images");
    TCase *t = tcase_create("stored");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, numeric_scalars_only);
    tcase_add_test(t, higher_dimensions_must_be_one);
    tcase_add_test(t, what_is_no_image_is_foreign_what_cannot_be_read_is_io);
    tcase_add_test(t, cut_short_is_completed_with_zeros);
    tcase_add_test(t, what_follows_does_not_matter);
    tcase_add_loop_test(t, extension_found_or_not, 0, (int)(sizeof extension_rows / sizeof extension_rows[0]));
    tcase_add_test(t, pairs_too);
    tcase_add_test(t, a_carrier_comes_back);
    suite_add_tcase(suite, t);
    return test_run(suite, (Suite *)0);
}
