/* What encryption costs: memory besides the volume, and time in proportion to the slices. "shipped": with the model that ships. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "process.h"
#include "support.h"

enum { SIDE = 240, LIMIT_MIB = 600 };
static bool shipped;

/* A volume as in BraTS: int16, 240 x 240 x slices. */
static process encrypt(unsigned slices, const char *device)
{
    const char *in = test_path("in.nii"), *out = test_path("out.nii");
    process_make_volume(in, 4, (const uint16_t[]){SIDE, SIDE, (uint16_t)slices, 1}, slices);
    remove(out);
    process p = process_run((const char *const[]){process_program("dkg"), "encrypt", "--threads", "1", "--device", device, "--key-file",
                                                  test_path("k.dkgkey"), in, out, NULL});
    ck_assert_msg(p.code == 0, "%s", p.err);
    return p;
}

START_TEST(memory_is_bounded)
{
    unsigned slices = shipped ? 20 : 155;
    if (shipped) RUN(0, process_program("dkg"), "keygen", test_path("k.dkgkey"), "--no-passphrase");
    else process_make_keys(true);
    process p = encrypt(slices, "auto");
    long volume_kib = (long)SIDE * SIDE * 2 * (long)slices / 1024;
    printf("peak %ld MiB, volume %ld MiB, %.1f s\n", p.peak_kib / 1024, volume_kib / 1024, p.seconds);
    ck_assert_msg(p.peak_kib - volume_kib < LIMIT_MIB * 1024L, "%ld MiB besides the volume", (p.peak_kib - volume_kib) / 1024);
    process_free(&p);
}
END_TEST

/* Loose bounds, of processor time: what is fixed (start, the check of three slices) is taken out by differences. */
START_TEST(time_is_linear)
{
    if (shipped) return;
    process_make_keys(false);
    process a = encrypt(4, "reference"), b = encrypt(8, "reference"), c = encrypt(16, "reference");
    double step = (b.cpu - a.cpu) / 4, next = (c.cpu - b.cpu) / 8;
    printf("per slice %.3f s, then %.3f s\n", step, next);
    ck_assert_msg(next < 2 * step && step < 2 * next, "a slice costs %.3f s, later %.3f s", step, next);
    process_free(&a);
    process_free(&b);
    process_free(&c);
}
END_TEST

int main(int argc, char **argv)
{
    shipped = argc > 1 && strcmp(argv[1], "shipped") == 0;
    Suite *suite = suite_create("cli_cost");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 1800);
    tcase_add_test(tests, memory_is_bounded);
    tcase_add_test(tests, time_is_linear);
    suite_add_tcase(suite, tests);
    return test_run(suite, (Suite *)0);
}
