/* Sources of other formats through `dkg encrypt` and `dkg decrypt`, those that a shell cannot make: one packed NRRD, JPEG 2000, one
 * DICOM file, a DICOM folder. Single files come back byte for byte, a folder as one NIfTI volume, which is said beforehand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "dkg/nifti.h"
#include "other_images.h"
#include "process.h"
#include "support.h"

enum { FILES = 3 };
static int16_t voxels[FILES][12];

/* False, with a SKIP line, when this build has no ITK. */
static bool have_itk(void)
{
    write_hex(test_path("probe.j2k"), jpeg2000_hex);
    process_make_keys(false);
    process p = process_run((const char *const[]){process_program("dkg"), "encrypt", "--key-file", test_path("k.dkgkey"), test_path("probe.j2k"),
                                                  test_path("probe.nii"), NULL});
    bool have = p.code == 0;
    if (!have) {
        ck_assert_msg(strstr(p.err, "need ITK"), "%s", p.err);
        test_skip("sources of other formats", p.err);
    }
    process_free(&p);
    return have;
}

/* Names in the test folder. */
static void comes_back(const char *source_name, const char *back_name)
{
    char source[300], back[300];
    snprintf(source, sizeof source, "%s", test_path(source_name));
    snprintf(back, sizeof back, "%s", test_path(back_name));
    RUN(0, process_program("dkg"), "encrypt", "--key-file", test_path("k.dkgkey"), "--force", source, test_path("out.nii"));
    RUN(0, process_program("dkg"), "decrypt", "--key-file", test_path("k.dkgkey"), test_path("out.nii"), back);
    uint8_t *a, *b;
    size_t n, m;
    ck_ok(dkg_file_read(source, 1 << 20, &a, &n, err));
    ck_ok(dkg_file_read(back, 1 << 20, &b, &m, err));
    ck_assert_msg(n == m && memcmp(a, b, n) == 0, "%s did not come back", source);
    free(a);
    free(b);
}

START_TEST(single_files_come_back)
{
    if (!have_itk()) return;
    test_pattern((uint8_t *)voxels, sizeof voxels, 4);
    comes_back("probe.j2k", "back.j2k");
    write_dicom(test_path("slice.dcm"), 1, 1, 0, voxels[0]);
    comes_back("slice.dcm", "back.dcm");

    uint8_t packed[256];
    z_stream z = {.next_in = (uint8_t *)voxels[0], .avail_in = 24, .next_out = packed, .avail_out = sizeof packed};
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    write_text_and(test_path("packed.nrrd"), "NRRD0004\ntype: short\ndimension: 2\nsizes: 4 3\nendian: little\nencoding: gzip\n\n", packed,
                   sizeof packed - z.avail_out);
    (void)deflateEnd(&z);
    comes_back("packed.nrrd", "back.nrrd");
}
END_TEST

START_TEST(a_folder_comes_back_as_a_volume)
{
    dkg_volume *v;
    char name[32];
    if (!have_itk()) return;
    test_pattern((uint8_t *)voxels, sizeof voxels, 4);
    ck_assert_int_eq(mkdir(test_path("series"), 0700), 0);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "series/%d.dcm", i);
        write_dicom(test_path(name), 1, i + 1, 2.5 * i, voxels[i]);
    }
    process p = process_run((const char *const[]){process_program("dkg"), "encrypt", "--key-file", test_path("k.dkgkey"), test_path("series"),
                                                  test_path("series.dkg.nii"), NULL});
    ck_assert_msg(p.code == 0 && strstr(p.err, "warning: the source is a DICOM series in several files: decryption will give back its voxels"), "%s", p.err);
    process_free(&p);
    RUN(0, process_program("dkg"), "decrypt", "--key-file", test_path("k.dkgkey"), test_path("series.dkg.nii"), test_path("series.nii"));
    ck_ok(dkg_volume_read(test_path("series.nii"), 0, &v, err));
    ck_assert_uint_eq(v->header.datatype, 4);
    ck_assert_uint_eq(v->header.dim[3], FILES);
    ck_assert(v->header.pixdim[1] == 0.5 && v->header.pixdim[2] == 2 && v->header.pixdim[3] == 2.5);
    bool rising = v->header.to_world[2][2] > 0;
    for (int z = 0; z < FILES; z++) ck_assert_mem_eq(v->data.at + 24 * z, voxels[rising ? z : FILES - 1 - z], 24);
    dkg_volume_free(v);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cli_formats");
    TCase *t = tcase_create("formats");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, single_files_come_back);
    tcase_add_test(t, a_folder_comes_back_as_a_volume);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
