/* Every NIfTI file of the test data through `dkg encrypt` and `dkg decrypt`: the same file comes back. Malformed ones are refused.
 * Without arguments those that take seconds each; "all": every file; "shipped": three with the model that ships (n = 64). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dkg/nifti.h"
#include "process.h"
#include "support.h"

static bool everything, shipped;

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Rows of 256 pixels in all keys of the volume (volume-format section 6): what encryption costs. */
static uint64_t rows_of(const char *path)
{
    dkg_volume *v;
    ck_ok(dkg_volume_read(path, 0, &v, err));
    uint64_t bytes = v->header.dim[1] * v->header.dim[2] * v->header.bpv, slices = v->data.size / bytes;
    uint64_t rest = bytes % 196608, last = rest == 0 ? 0 : rest < 49152 ? 64 : (rest + 3071) / 3072 * 4;
    dkg_volume_free(v);
    return slices * (bytes / 196608 * 256 + last);
}

static const char *encrypted(void) { return test_path("out.dkg.nii"); }

/* Encrypts and decrypts; `layout` as of --layout. */
static void round_trip(const char *path, const char *layout)
{
    bool pair = strstr(path, ".hdr") != NULL;
    char back[600], image[600];
    snprintf(back, sizeof back, "%s", test_path(pair ? "back.hdr" : "back.nii"));
    snprintf(image, sizeof image, "%s", test_path("back.img"));
    remove(encrypted());
    RUN(0, process_program("dkg"), "encrypt", "--key-file", test_path("k.dkgkey"), "--layout", layout, path, encrypted());
    remove(back);
    remove(image);
    RUN(0, process_program("dkg"), "decrypt", "--key-file", test_path("k.dkgkey"), encrypted(), back);
    ck_assert_msg(process_same_content(path, back), "%s did not come back", path);
    if (!pair) return;
    char *source = dkg_image_name(path);
    ck_assert_msg(process_same_content(source, image), "%s did not come back", source);
    free(source);
}

static void refused(const char *path, int code, const char *hint_a, const char *hint_b)
{
    remove(encrypted());
    process p = process_run((const char *const[]){process_program("dkg"), "encrypt", "--key-file", test_path("k.dkgkey"), path, encrypted(), NULL});
    ck_assert_msg(p.code == code, "%s: exit code %d, expected %d: %s", path, p.code, code, p.err);
    const char *first = strstr(p.err, "error: ");
    ck_assert_msg(first && !strstr(first + 1, "error: "), "%s: not one sentence: %s", path, p.err);
    ck_assert_msg(strstr(p.err, hint_a) && strstr(p.err, hint_b), "%s: %s", path, p.err);
    ck_assert_msg(!dkg_file_exists(encrypted()), "%s: left an output", path);
    process_free(&p);
}

/* How many files of a folder went through. */
static size_t each_file(const char *folder, void (*use)(const char *path))
{
    char path[1024];
    size_t count = 0;
    DIR *dir = opendir(test_data_path(folder));
    ck_assert_msg(dir != NULL, "the test data hold no %s", folder);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (!strstr(e->d_name, ".nii") && !strstr(e->d_name, ".hdr")) continue;
        snprintf(path, sizeof path, "%s/%s", test_data_path(folder), e->d_name);
        use(path);
        count++;
    }
    closedir(dir);
    return count;
}

static void one(const char *path)
{
    enum { SECONDS_EACH = 5000, HOPELESS_IN_GRID = 400000 };
    if (strstr(path, "complex64_6d")) {
        refused(path, 9, "--layout stream", "--nifti2");
        round_trip(path, "stream");
    } else {
        uint64_t rows = rows_of(path);
        if (!everything && rows > SECONDS_EACH && !ends_in(path, "7294_t1.nii.gz")) return;
        round_trip(path, rows > HOPELESS_IN_GRID ? "stream" : "grid");
    }
}

START_TEST(volumes_come_back)
{
    if (!test_data()) {
        test_skip("cli real data", "no test data");
        return;
    }
    if (shipped) return;
    process_make_keys(false);
    ck_assert_uint_ge(each_file("nifti", one), 40);
    ck_assert_uint_ge(each_file("brats/TCGA-DU-7294", one), 9);
}
END_TEST

static void malformed(const char *path) { refused(path, 8, "error: ", ""); }

START_TEST(malformed_files_are_refused)
{
    if (!test_data() || shipped) return;
    process_make_keys(false);
    ck_assert_uint_ge(each_file("malformed", malformed), 7);
}
END_TEST

START_TEST(shipped_model)
{
    static const char *const files[] = {"nifti/int16_le_gz_afniext_MNI152_2009_template.nii.gz",
                                        "brats/TCGA-DU-7294/TCGA-DU-7294_fla.nii.gz", "nifti/float32_le_gz_zstat1_little.nii.gz"};
    if (!shipped || !test_data()) return;
    RUN(0, process_program("dkg"), "keygen", test_path("k.dkgkey"), "--no-passphrase");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s", test_data_path(files[i]));
        round_trip(path, "grid");
    }
}
END_TEST

int main(int argc, char **argv)
{
    everything = argc > 1 && strcmp(argv[1], "all") == 0;
    shipped = argc > 1 && strcmp(argv[1], "shipped") == 0;
    Suite *suite = suite_create("cli_real_data");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 7200);
    tcase_add_test(tests, volumes_come_back);
    tcase_add_test(tests, malformed_files_are_refused);
    tcase_add_test(tests, shipped_model);
    suite_add_tcase(suite, tests);
    if (!test_data()) {
        test_skip("cli real data", "no test data");
        return 77;
    }
    return test_run(suite, (Suite *)0);
}
