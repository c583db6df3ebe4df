/* Whatever call fails, a command leaves the old file or the complete new one, says an error in one sentence and never crashes.
 * Every call in turn is made to fail by fault.c; without "all" only every 13th request for memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process.h"
#include "support.h"

static long step = 13;
static long moments, failed;

static char source[600], sealed[600], output[600], old[600], key[600], reported[600], preload[900], report_to[700];

static bool is_source(const char *path) { return process_same_content(path, source); }
static bool is_key(const char *path)
{
    process p = process_run((const char *const[]){process_program("dkg"), "encrypt", "--mode", "aead", "--force", "--key-file", path, source,
                                                  sealed, NULL});
    bool good = p.code == 0;
    process_free(&p);
    return good;
}

typedef struct job {
    const char *const *argv; /* the command, ended by NULL */
    bool (*complete)(const char *output);
} job;

/* One run in which call `at` of a kind fails. False when the run has fewer calls. */
static bool strike(const job *j, const char *kind, long at)
{
    char kind_is[64], at_is[64];
    const char *argv[40] = {"/usr/bin/env", preload, report_to, kind_is, at_is};
    size_t n = 5;
    snprintf(kind_is, sizeof kind_is, "DKG_FAULT_KIND=%s", kind);
    snprintf(at_is, sizeof at_is, "DKG_FAULT_AT=%ld", at);
    for (size_t i = 0; j->argv[i]; i++) argv[n++] = j->argv[i];
    remove(reported);
    remove(output);
    ck_assert_int_eq(link(old, output), 0);
    process p = process_run(argv);
    bool came = dkg_file_exists(reported), whole = j->complete(output), kept = process_same_content(output, old);
    ck_assert_msg(p.code < 128, "%s %ld: ended by signal %d\n%s", kind, at, p.code - 128, p.err);
    ck_assert_msg(whole || kept, "%s %ld: a part of the output is left\n%s", kind, at, p.err);
    /* a result that cannot be printed is an error after the output is whole, never the other way round */
    ck_assert_msg(p.code != 0 || whole, "%s %ld: success without the output\n%s", kind, at, p.err);
    ck_assert_msg(p.code == 0 || p.err[0] || strcmp(kind, "disk") == 0, "%s %ld: exit %d without a word", kind, at, p.code);
    moments++;
    failed += p.code != 0;
    process_free(&p);
    return came;
}

static void each(const job *j, const char *kind)
{
    const long before = moments, stride = strcmp(kind, "memory") == 0 ? step : 1; /* of files there are few calls */
    for (long at = 1; strike(j, kind, at); at += stride) ck_assert_msg(at < 200000, "%s: there is no end", kind);
    printf("%s, %s: %ld calls struck\n", j->argv[1], kind, moments - before - 1);
}

static void prepare(void)
{
    process_make_keys(false);
    snprintf(source, sizeof source, "%s", test_path("source.nii"));
    snprintf(sealed, sizeof sealed, "%s", test_path("sealed.nii"));
    snprintf(output, sizeof output, "%s", test_path("x.nii"));
    snprintf(old, sizeof old, "%s", test_path("old"));
    snprintf(key, sizeof key, "%s", test_path("k.dkgkey"));
    snprintf(reported, sizeof reported, "%s", test_path("reported"));
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", FAULT);
    snprintf(report_to, sizeof report_to, "DKG_FAULT_REPORT=%s", reported);
    process_make_volume(source, 4, (const uint16_t[]){24, 20, 3, 1}, 7);
    ck_ok(dkg_file_write(old, DKG_OUTPUT_REPLACE, "the old file", 12, err));
    RUN(0, process_program("dkg"), "encrypt", "--mode", "aead", "--key-file", key, source, sealed);
}

static void strike_command(const char *const *argv, bool (*complete)(const char *))
{
    static const char *const kinds[] = {"memory", "disk", "short"};
    const job j = {argv, complete};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        failed = 0;
        each(&j, kinds[i]);
        /* short reads and writes are no fault: whoever takes them right never fails */
        ck_assert_msg((failed == 0) == (i == 2), "%s, %s: %ld runs failed", argv[1], kinds[i], failed);
    }
}

START_TEST(encryption)
{
    prepare();
    strike_command((const char *const[]){process_program("dkg"), "encrypt", "--force", "--mode", "aead", "--key-file", key, source, output, NULL},
                   process_opens);
}
END_TEST

START_TEST(encryption_with_generator)
{
    prepare();
    step *= 3; /* a run takes longer */
    strike_command((const char *const[]){process_program("dkg"), "encrypt", "--force", "--threads", "1", "--key-file", key, source, output, NULL},
                   process_opens);
    step /= 3;
}
END_TEST

START_TEST(decryption)
{
    prepare();
    strike_command((const char *const[]){process_program("dkg"), "decrypt", "--force", "--key-file", key, sealed, output, NULL}, is_source);
}
END_TEST

START_TEST(new_locks)
{
    prepare();
    strike_command((const char *const[]){process_program("dkg"), "rekey", "--force", "--key-file", key, "--new-key-file", key, sealed, output, NULL},
                   process_opens);
}
END_TEST

START_TEST(new_key)
{
    prepare();
    strike_command((const char *const[]){process_program("dkg"), "keygen", "--force", "--no-passphrase", output, NULL}, is_key);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "all") == 0) step = 1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    Suite *suite = suite_create("faults");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 3600);
    tcase_add_test(tests, encryption);
    tcase_add_test(tests, encryption_with_generator);
    tcase_add_test(tests, decryption);
    tcase_add_test(tests, new_locks);
    tcase_add_test(tests, new_key);
    suite_add_tcase(suite, tests);
    return test_run(suite, (Suite *)0);
}
