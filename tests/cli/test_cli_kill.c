/* A program that is interrupted or killed at any moment leaves the old file or the complete new one, never a part of it under
 * its name. "many": 200 moments instead of 32. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "process.h"
#include "support.h"

static int moments = 32;

/* Names in the output folder besides `allowed`. */
static int strangers(const char *folder, const char *allowed, char seen[256])
{
    int count = 0;
    DIR *dir = opendir(folder);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || strcmp(e->d_name, allowed) == 0) continue;
        snprintf(seen, 256, "%s", e->d_name);
        count++;
    }
    closedir(dir);
    return count;
}

typedef struct victim {
    const char *const *argv;
    const char *folder, *output, *name, *old;
    bool (*complete)(const char *output);
} victim;

/* One run that is hit by `signal` after `delay`; `replace`: an old file stands under the name. */
static int strike(const victim *v, int number, bool stop_first, double delay, bool replace)
{
    char seen[256] = "";
    remove(v->output);
    if (strangers(v->folder, v->name, seen)) { /* of the run before, when that was killed: this one may not live to sweep it */
        char path[900];
        snprintf(path, sizeof path, "%s/%s", v->folder, seen);
        ck_assert_int_eq(remove(path), 0);
    }
    if (replace) ck_assert_int_eq(link(v->old, v->output), 0);
    pid_t child = process_start(v->argv);
    process_pause(delay);
    if (stop_first) kill(child, SIGSTOP);
    kill(child, number);
    process p = process_finish(child);
    ck_assert_msg(p.code == 0 || p.code == 128 + number, "exit code %d: %s", p.code, p.err);
    bool there = dkg_file_exists(v->output), whole = there && v->complete(v->output);
    bool old = there && process_same_content(v->output, v->old);
    ck_assert_msg(replace ? whole || old : !there || whole, "signal %d after %.3f s left a part of %s", number, delay, v->name);
    if (p.code == 0) ck_assert_msg(whole, "success without a complete file");
    int left = strangers(v->folder, v->name, seen);
    ck_assert_msg(left == 0 || (number == SIGKILL && left == 1 && strncmp(seen, ".dkg-", 5) == 0), "signal %d left %s", number, seen);
    process_free(&p);
    return whole;
}

static void strike_often(const victim *v)
{
    char seen[256];
    process p = process_run(v->argv);
    ck_assert_msg(p.code == 0, "%s", p.err);
    double duration = p.seconds;
    int completed = 0;
    process_free(&p);
    for (int i = 0; i < moments; i++)
        completed += strike(v, i % 4 < 2 ? SIGKILL : SIGINT, i % 4 == 0, duration * (rand() % 1000) / 1000, i % 2 == 1);
    ck_assert_msg(completed < moments, "no run was interrupted");
    /* the next run removes what a kill left behind */
    remove(v->output);
    process_expect(v->argv, 0);
    ck_assert_msg(strangers(v->folder, v->name, seen) == 0, "%s is left", seen);
}

static char source[600], sealed[600], output[600], folder[600], old[600], key[600];

static bool is_source(const char *path) { return process_same_content(path, source); }

static void prepare(void)
{
    process_make_keys(false);
    snprintf(source, sizeof source, "%s", test_path("source.nii"));
    snprintf(sealed, sizeof sealed, "%s", test_path("sealed.nii"));
    snprintf(folder, sizeof folder, "%s", test_path("out"));
    snprintf(output, sizeof output, "%s", test_path("out/x.nii"));
    snprintf(old, sizeof old, "%s", test_path("old.nii"));
    snprintf(key, sizeof key, "%s", test_path("k.dkgkey"));
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    process_make_volume(source, 4, (const uint16_t[]){256, 256, 96, 1}, 7); /* 12 MB: writing takes long enough to be interrupted */
    ck_ok(dkg_file_write(old, DKG_OUTPUT_REPLACE, "the old file", 12, err));
    RUN(0, process_program("dkg"), "encrypt", "--mode", "aead", "--key-file", key, source, sealed);
}

START_TEST(encryption)
{
    prepare();
    const char *const argv[] = {process_program("dkg"), "encrypt", "--force", "--mode", "aead", "--key-file", key, source, output, NULL};
    strike_often(&(victim){argv, folder, output, "x.nii", old, process_opens});
}
END_TEST

START_TEST(decryption)
{
    prepare();
    const char *const argv[] = {process_program("dkg"), "decrypt", "--force", "--key-file", key, sealed, output, NULL};
    strike_often(&(victim){argv, folder, output, "x.nii", old, is_source});
}
END_TEST

/* As Slicer runs and cancels it: the scene's file is input and output. */
START_TEST(module_in_place)
{
    prepare();
    const char *const argv[] = {process_program("DeepKeyGenDecrypt"), "--inputFile", sealed, "--outputVolume", output, "--keyFile", key, NULL};
    strike_often(&(victim){argv, folder, output, "x.nii", old, is_source});
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "many") == 0) moments = 200;
    srand((unsigned)time(NULL));
    Suite *suite = suite_create("cli_kill");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 1800);
    tcase_add_test(tests, encryption);
    tcase_add_test(tests, decryption);
    tcase_add_test(tests, module_in_place);
    suite_add_tcase(suite, tests);
    return test_run(suite, (Suite *)0);
}
