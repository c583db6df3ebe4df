/* A training that is killed or stopped at any moment goes on from its checkpoint and ends with the same model, and no more than the
 * steps between two checkpoints are lost. "many": 20 kills instead of 5. */
#include <dirent.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "process.h"
#include "support.h"

#define STEPS 7
#define EVERY 3
#define TEXT(number) TEXT_OF(number)
#define TEXT_OF(number) #number

static int kills = 5;
static char images[600], model[600], whole[600], checkpoint[600], samples[600], seed[600];

static void remove_samples(void)
{
    DIR *dir = opendir(samples);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        char path[900];
        snprintf(path, sizeof path, "%s/%s", samples, e->d_name);
        if (e->d_name[0] != '.') ck_assert_int_eq(remove(path), 0);
    }
    closedir(dir);
}

static void prepare(void)
{
    ck_assert_int_eq(setenv("OCL_ICD_VENDORS", "/nonexistent", 1), 0);
    snprintf(images, sizeof images, "%s", test_path("images"));
    snprintf(model, sizeof model, "%s", test_path("m.safetensors"));
    snprintf(whole, sizeof whole, "%s", test_path("whole.safetensors"));
    snprintf(checkpoint, sizeof checkpoint, "%s", test_path("m.dkgckpt"));
    snprintf(samples, sizeof samples, "%s", test_path("samples"));
    snprintf(seed, sizeof seed, "%s", test_path("seed.txt"));
    ck_assert_int_eq(mkdir(images, 0700), 0);
    ck_assert_int_eq(mkdir(samples, 0700), 0);
    process_make_volume(test_path("images/a.nii"), 2, (const uint16_t[]){40, 40, 9, 1}, 7);
    ck_ok(dkg_file_write(seed, 0, "0101010101010101010101010101010101010101010101010101010101010101\n", 65, err));
}

/* The command line up to a NULL; `more` and `value` may be NULL. */
static void command(const char *argv[32], const char *out, const char *more, const char *value)
{
    const char *const all[] = {process_program("dkg"), "train", images, out, "--device", "reference", "--preset", "quick", "--crop-size", "32",
                               "--discriminator", "4", "--steps", TEXT(STEPS), "--checkpoint-every", TEXT(EVERY), "--samples", samples, "--force",
                               more, value, NULL};
    memcpy(argv, all, sizeof all);
}

static bool there(const char *path) { return access(path, F_OK) == 0; }

/* Steps that the checkpoint holds; 0 without one. */
static unsigned saved_steps(void)
{
    uint8_t *bytes;
    size_t size;
    if (!there(checkpoint)) return 0;
    ck_ok(dkg_file_read(checkpoint, 1 << 28, &bytes, &size, err));
    const unsigned steps = (unsigned)dkg_load64(bytes + 64);
    free(bytes);
    return steps;
}

/* Every step writes a picture before its checkpoint. */
static unsigned steps_seen(void)
{
    unsigned last = 0;
    for (unsigned i = 1; i <= STEPS; i++) {
        char path[700];
        snprintf(path, sizeof path, "%s/key-%06u.png", samples, i);
        if (there(path)) last = i;
    }
    return last;
}

START_TEST(killed_at_random_moments)
{
    const char *argv[32];
    int done = 0;
    prepare();
    command(argv, whole, "--seed-file", seed);
    process first = process_run(argv);
    ck_assert_msg(first.code == 0, "%s", first.err);
    ck_assert_msg(!there(test_path("whole.dkgckpt")), "the checkpoint of a finished training is left");
    remove_samples();
    double within = first.seconds; /* follows the load of the machine, so that kills fall on runs that are under way */
    for (int killed = 0; killed < kills || done == 0;) {
        const bool resumed = there(checkpoint);
        command(argv, model, resumed ? "--resume-file" : "--seed-file", resumed ? checkpoint : seed);
        pid_t child = process_start(argv);
        if (killed < kills) {
            process_pause(within * (rand() % 1000 / 1000.0));
            kill(child, SIGKILL);
        }
        process p = process_finish(child);
        if (p.code == 0) {
            ck_assert_msg(process_same_content(model, whole), "after %d kills another model came out", killed);
            ck_assert(!there(checkpoint));
            ck_assert_int_eq(remove(model), 0);
            remove_samples();
            within *= 0.8;
            done++;
        } else {
            ck_assert_msg(p.code == 128 + SIGKILL, "exit code %d: %s", p.code, p.err);
            if (there(model)) { /* killed when nothing but the end was left */
                ck_assert_msg(process_same_content(model, whole), "a part of a model");
                ck_assert_int_eq(remove(model), 0);
                remove_samples();
            } else {
                ck_assert_msg(saved_steps() + EVERY >= steps_seen(), "%u steps done, %u saved", steps_seen(), saved_steps());
            }
            within *= 1.1;
            killed++;
        }
        process_free(&p);
    }
    process_free(&first);
}
END_TEST

START_TEST(stopped_on_request)
{
    const char *argv[32];
    prepare();
    command(argv, whole, "--seed-file", seed);
    process_expect(argv, 0);
    remove_samples();
    command(argv, model, "--seed-file", seed);
    pid_t child = process_start(argv);
    while (steps_seen() < 2) process_pause(0.02);
    kill(child, SIGINT);
    process p = process_finish(child);
    ck_assert_msg(p.code == 128 + SIGINT, "exit code %d: %s", p.code, p.err);
    ck_assert_msg(strstr(p.err, "stopped after step ") && strstr(p.err, "--resume-file"), "%s", p.err);
    ck_assert_uint_ge(saved_steps(), 2);
    ck_assert_uint_eq(saved_steps(), steps_seen());
    struct stat st;
    ck_assert_int_eq(stat(checkpoint, &st), 0);
    ck_assert_uint_eq(st.st_mode & 077, 0);
    process_free(&p);
    command(argv, model, NULL, NULL);
    p = process_run(argv); /* --force: begins anew, from another seed */
    ck_assert_msg(p.code == 0 && !process_same_content(model, whole), "%s", p.err);
    process_free(&p);
}
END_TEST

/* A network without weights makes keys of zeros: it is not exported, and the checkpoint stays. */
START_TEST(bad_keys_are_refused)
{
    enum { HEAD = 144, ROW = 64, WEIGHTS = 493152, HASH = 32 };
    const char *argv[32];
    uint8_t *bytes;
    size_t size;
    prepare();
    command(argv, model, "--checkpoint-file", checkpoint);
    process p = process_run(argv);
    ck_assert_msg(p.code == 0, "%s", p.err);
    process_free(&p);
    ck_assert_int_eq(remove(model), 0);
    ck_ok(dkg_file_read(checkpoint, 1 << 28, &bytes, &size, err));
    memset(bytes + HEAD + ROW * STEPS, 0, (size_t)4 * WEIGHTS);
    crypto_generichash(bytes + size - HASH, HASH, bytes, size - HASH, NULL, 0);
    ck_ok(dkg_file_write(checkpoint, DKG_OUTPUT_REPLACE, bytes, size, err));
    free(bytes);
    command(argv, model, "--resume-file", checkpoint);
    p = process_run(argv);
    ck_assert_msg(p.code == 6 && strstr(p.err, "fail the self-test") && strstr(p.err, "train longer"), "exit code %d: %s", p.code, p.err);
    process_free(&p);
    ck_assert(there(checkpoint) && !there(model));
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "many") == 0) kills = 20;
    srand((unsigned)time(NULL));
    Suite *suite = suite_create("cli_train");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 1800);
    tcase_add_test(tests, killed_at_random_moments);
    tcase_add_test(tests, stopped_on_request);
    tcase_add_test(tests, bad_keys_are_refused);
    suite_add_tcase(suite, tests);
    return test_run(suite, (Suite *)0);
}
