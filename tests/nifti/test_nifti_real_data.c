/* Every real file: parsed as libnifti2 reads it, written back byte for byte; every malformed one refused in a sentence. */
#include "synthetic.h"

#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <nifti2_io.h>

/* What lies in a file or in its gzip data, by zlib's own file reading. */
static dkg_buffer unpacked(const char *path)
{
    dkg_buffer b = {0};
    char piece[1 << 15];
    gzFile f = gzopen(path, "rb");
    ck_assert_msg(f != NULL, "%s", path);
    for (int n; (n = gzread(f, piece, sizeof piece)) > 0;) dkg_append(&b, piece, (size_t)n);
    ck_assert_int_eq(gzclose(f), Z_OK);
    ck_assert(!b.failed);
    return b;
}

/* libnifti2's own reading of the file's header agrees with ours. */
static void ck_peer(const char *path, const dkg_nifti_header *h)
{
    nifti_image *nim = nifti_image_read(path, 0);
    ck_assert_msg(nim != NULL, "%s: libnifti2 refuses it", path);
    ck_assert_int_eq((int64_t)h->voxels, nim->nvox);
    ck_assert_int_eq((int)h->bpv, nim->nbyper);
    ck_assert_int_eq((int)h->datatype, nim->datatype);
    ck_assert_int_eq(h->big_endian, nim->byteorder == 2); /* MSB_FIRST */
    ck_assert_int_eq((int64_t)h->data_offset, nim->iname_offset);
    for (uint32_t i = 1; i <= h->rank; i++) {
        ck_assert_int_eq((int64_t)h->dim[i], nim->dim[i]);
        ck_assert_double_eq(h->pixdim[i], nim->pixdim[i]);
    }
    ck_assert_int_eq(h->qform_code, nim->qform_code);
    ck_assert_int_eq(h->sform_code, nim->sform_code);
    ck_assert_double_eq(h->slope, nim->scl_slope);
    ck_assert_double_eq(h->inter, nim->scl_inter);
    for (int i = 0; i < 12; i++)
        ck_assert_double_eq_tol(h->to_world[i / 4][i % 4], (nim->sform_code > 0 ? nim->sto_xyz : nim->qto_xyz).m[i / 4][i % 4], 1e-5);
    nifti_image_free(nim);
}

static void ck_round_trip(const char *path)
{
    dkg_volume *v;
    ck_ok(dkg_volume_read(path, 0, &v, err));
    ck_peer(path, &v->header);
    const char *out[2][2] = {{test_path("out.nii"), test_path("out.nii.gz")}, {test_path("out.hdr"), test_path("out.hdr.gz")}};
    for (int gz = 0; gz < 2; gz++) {
        bool pair = v->header.pair;
        ck_ok(dkg_volume_write(out[pair][gz], DKG_OUTPUT_REPLACE, pair, v->head, v->image_head, v->data, v->tail, err));
        char *names[2][2] = {{strdup(path), strdup(out[pair][gz])}, {NULL, NULL}};
        if (pair) {
            names[1][0] = dkg_image_name(path);
            names[1][1] = dkg_image_name(out[pair][gz]);
        }
        for (int i = 0; i <= pair; i++) {
            dkg_buffer before = unpacked(names[i][0]), after = unpacked(names[i][1]);
            ck_same(bytes_of(&after), bytes_of(&before), path);
            dkg_buffer_free(&before);
            dkg_buffer_free(&after);
        }
        for (int i = 0; i < 4; i++) free(names[i / 2][i % 2]);
    }
    dkg_volume_free(v);
}

/* Calls `check` for every file of a folder of test data, in no order; returns how many. */
static size_t each_file(const char *relative, void (*check)(const char *path))
{
    char folder[PATH_MAX], path[2 * PATH_MAX];
    size_t count = 0;
    (void)snprintf(folder, sizeof folder, "%s", test_data_path(relative));
    DIR *dir = opendir(folder);
    ck_assert_msg(dir != NULL, "%s", folder);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] == '.') continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        check(path);
        count++;
    }
    closedir(dir);
    return count;
}

static void either_name(const char *path)
{
    if (!strstr(path, ".img")) {
        ck_round_trip(path);
        return;
    }
    dkg_volume *v;
    ck_ok(dkg_volume_read(path, 0, &v, err)); /* the .hdr is another file of the folder */
    ck_assert(v->header.pair);
    dkg_volume_free(v);
}

START_TEST(every_real_file_comes_back)
{
    if (!test_data()) {
        test_skip("every_real_file_comes_back", "no test data");
        return;
    }
    ck_assert_uint_ge(each_file("nifti", either_name), 40);
    ck_assert_uint_ge(each_file("brats/TCGA-DU-7294", either_name), 9);
}
END_TEST

static const struct {
    const char *name;
    const char *part;
} malformed[] = {
    {"analyze75.hdr", "ANALYZE 7.5"},
    {"fuzz_crash-1.nii", "not a NIfTI file: it begins with 0x00000000"},
    {"header_only_256cube_float64.nii", "the voxels are cut short: 0 of 134217728 bytes are there"},
    {"nifti1_pair_header_without_img.hdr", "is missing"},
    {"not-nifti.nii", "not a NIfTI file: it begins with 0x0533d3aa"},
    {"text_named_hdr.hdr", "340 bytes are too short"},
    {"zeros_named_gz.nii.gz", "not a NIfTI file: it begins with 0x00000000"},
};

static void refused(const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        if (strcmp(malformed[i].name, name) != 0) continue;
        dkg_volume *v;
        dkg_stored_image *image;
        ck_fails(dkg_volume_read(path, 0, &v, err), DKG_SOURCE, malformed[i].part);
        ck_fails(dkg_volume_read(path, 0, &v, err), DKG_SOURCE, name);
        ck_fails(dkg_stored_read(path, 0, &image, err), DKG_FOREIGN, malformed[i].part);
        return;
    }
    ck_abort_msg("%s: no sentence is expected for it", path);
}

START_TEST(every_malformed_file_is_refused)
{
    if (!test_data()) {
        test_skip("every_malformed_file_is_refused", "no test data");
        return;
    }
    ck_assert_uint_ge(each_file("malformed", refused), sizeof malformed / sizeof malformed[0]);
}
END_TEST

START_TEST(text_that_leaks_is_seen)
{
    static const struct {
        const char *name;
        bool text;
    } rows[] = {{"nifti/int16_le_gz_4d_fmri_ext_filtered_func_data.nii.gz", true},
                {"nifti/int16_le_raw_4d_oblique_dcmqa_ax.nii", true},
                {"nifti/n2_complex64_6d_ext44_mrs_metab_raw.nii.gz", true},
                {"nifti/tiny_int8.nii", false}};
    if (!test_data()) {
        test_skip("text_that_leaks_is_seen", "no test data");
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dkg_volume *v;
        ck_ok(dkg_volume_read(test_data_path(rows[i].name), 0, &v, err));
        ck_assert_msg(v->header.has_text == rows[i].text, "%s", rows[i].name);
        dkg_volume_free(v);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nifti real data");
    TCase *t = tcase_create("files");
    tcase_set_timeout(t, 280);
    tcase_add_test(t, every_real_file_comes_back);
    tcase_add_test(t, every_malformed_file_is_refused);
    tcase_add_test(t, text_that_leaks_is_seen);
    suite_add_tcase(suite, t);
    return test_run(suite, (Suite *)0);
}
