/* A batch run killed at any moment, and two at once: every volume is done once, whole, and nothing is left behind.
 * "many": 200 moments instead of 24. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "process.h"
#include "support.h"

enum { VOLUMES = 12 };
static int moments = 24;
static char tree[600], sealed[600], plan[610], back[600], key[600];

static void prepare(void)
{
    char path[700];
    process_make_keys(false);
    snprintf(tree, sizeof tree, "%s", test_path("tree"));
    snprintf(sealed, sizeof sealed, "%s", test_path("sealed"));
    snprintf(plan, sizeof plan, "%s.plan", sealed);
    snprintf(back, sizeof back, "%s", test_path("back"));
    snprintf(key, sizeof key, "%s", test_path("k.dkgkey"));
    ck_assert_int_eq(mkdir(tree, 0700), 0);
    for (int i = 0; i < VOLUMES; i++) {
        snprintf(path, sizeof path, "%s/v%02d.nii", tree, i);
        process_make_volume(path, 4, (const uint16_t[]){64, 64, 20, 1}, (uint64_t)i);
    }
    RUN(0, process_program("dkg"), "batch", "plan", tree, sealed, "--key-file", key, "--mode", "aead");
}

/* How many names in a folder contain `part`; a folder that is not there has none. */
static int count_names(const char *folder, const char *part)
{
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) count += strstr(e->d_name, part) != NULL;
    if (dir) closedir(dir);
    return count;
}

static void all_is_well(void)
{
    char a[700], b[700];
    RUN(0, process_program("dkg"), "batch", "group", sealed);
    RUN(0, process_program("dkg"), "batch", "verify", sealed, "--key-file", key);
    ck_assert_int_eq(count_names(sealed, ".dkg.nii"), VOLUMES);
    ck_assert_int_eq(count_names(sealed, ".dkg.json"), VOLUMES);
    ck_assert_int_eq(count_names(sealed, ".part"), 0);
    ck_assert_int_eq(count_names(plan, ".lock"), 0);
    RUN(0, process_program("dkg"), "batch", "decrypt", sealed, back, "--key-file", key, "--force");
    for (int i = 0; i < VOLUMES; i++) {
        snprintf(a, sizeof a, "%s/v%02d.nii", tree, i);
        snprintf(b, sizeof b, "%s/v%02d.nii", back, i);
        ck_assert_msg(process_same_content(a, b), "%s differs", b);
    }
}

START_TEST(killed)
{
    prepare();
    const char *const run[] = {process_program("dkg"), "batch", "run", sealed, "--jobs", "2", "--threads", "1", NULL};
    int marks = 0, interrupted = 0;
    for (int i = 0; i < moments; i++) {
        if (marks == VOLUMES) { /* nothing left to interrupt: planned anew, with another salt, everything is to be done again */
            RUN(0, process_program("dkg"), "batch", "plan", tree, sealed, "--key-file", key, "--mode", "aead", "--force");
        }
        pid_t child = process_start(run);
        process_pause(rand() % 150 / 1000.0);
        kill(child, i % 4 ? SIGKILL : SIGTERM);
        process p = process_finish(child);
        ck_assert_msg(p.code == 0 || p.code == 128 + SIGKILL || p.code == 128 + SIGTERM, "exit code %d: %s", p.code, p.err);
        interrupted += p.code != 0;
        process_free(&p);
        marks = count_names(sealed, ".dkg.json");
        ck_assert_int_le(marks, count_names(sealed, ".dkg.nii"));
    }
    ck_assert_msg(interrupted > 0, "no run was interrupted");
    process_expect(run, 0);
    all_is_well();
}
END_TEST

START_TEST(two_at_once)
{
    prepare();
    char log[700];
    uint8_t *text;
    size_t size, lines = 0;
    const char *const run[] = {"/bin/sh", "-c", "\"$0\" batch run \"$1\" --jobs 2 & \"$0\" batch run \"$1\" --jobs 2 && wait $!",
                               process_program("dkg"), sealed, NULL};
    process_expect(run, 0);
    all_is_well();
    /* each was sealed by one of the two */
    snprintf(log, sizeof log, "%s/shard-1-of-1.tsv", plan);
    ck_ok(dkg_file_read(log, 1 << 20, &text, &size, err));
    for (const char *at = (const char *)text; (at = strstr(at, "\tdone\t")) != NULL; at++) lines++;
    free(text);
    ck_assert_uint_eq(lines, VOLUMES);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "many") == 0) moments = 200;
    srand((unsigned)time(NULL));
    Suite *suite = suite_create("cli_batch");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 1800);
    tcase_add_test(tests, killed);
    tcase_add_test(tests, two_at_once);
    suite_add_tcase(suite, tests);
    return test_run(suite, (Suite *)0);
}
