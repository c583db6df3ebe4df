/* The user's cache of compiled programs: used when warm, never trusted when damaged, foreign, wrong or open to others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cache.h"
#include "engine.h"
#include "opencl_test.h"
#include "support.h"
#include "tuning.h"

static char warned[1000];
static void remember(void *self, const char *sentence)
{
    (void)self;
    snprintf(warned, sizeof warned, "%s", sentence);
}
static const dkg_log log_ = {.warn = remember};

/* An empty cache of this test's own. */
static const char *fresh_cache(const char *name)
{
    const char *folder = test_path(name);
    ck_assert_int_eq(setenv("DKG_CACHE", folder, 1), 0);
    warned[0] = 0;
    return folder;
}

/* ---- the folder and its files ----------------------------------------------------------------------------------------- */
START_TEST(a_file_comes_back_and_is_the_owner_s_alone)
{
    struct stat st;
    uint8_t *bytes;
    size_t size;
    char path[DKG_CACHE_PATH];
    fresh_cache("deep/er/cache");
    ck_assert(!dkg_cache_read("a.program", &bytes, &size));
    ck_assert(!dkg_cache_path("a.program", false, path)); /* reading makes no folder */
    ck_assert(dkg_cache_write("a.program", "abc", 3));
    ck_assert(dkg_cache_read("a.program", &bytes, &size));
    ck_assert_uint_eq(size, 3);
    ck_assert_mem_eq(bytes, "abc", 3);
    free(bytes);
    ck_assert(dkg_cache_path("a.program", false, path));
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    *strrchr(path, '/') = 0;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0700);
    dkg_cache_remove("a.program");
    ck_assert(!dkg_cache_read("a.program", &bytes, &size));
}
END_TEST

START_TEST(what_others_could_have_written_is_not_read)
{
    uint8_t *bytes;
    size_t size;
    char path[DKG_CACHE_PATH], link[DKG_CACHE_PATH];
    const char *folder = fresh_cache("open");
    ck_assert(dkg_cache_write("a.program", "abc", 3));
    ck_assert(dkg_cache_path("a.program", false, path) && dkg_cache_path("b.program", false, link));
    ck_assert_int_eq(chmod(path, 0620), 0);
    ck_assert(!dkg_cache_read("a.program", &bytes, &size));
    ck_assert_int_eq(chmod(path, 0602), 0);
    ck_assert(!dkg_cache_read("a.program", &bytes, &size));
    ck_assert_int_eq(chmod(path, 0600), 0);
    ck_assert_int_eq(symlink(path, link), 0);
    ck_assert(!dkg_cache_read("b.program", &bytes, &size));
    ck_assert_int_eq(chmod(folder, 0770), 0);
    ck_assert(!dkg_cache_read("a.program", &bytes, &size));
    ck_assert(!dkg_cache_write("c.program", "abc", 3));
    ck_assert_int_eq(chmod(folder, 0700), 0);
    if (geteuid() == 0) {
        ck_assert_int_eq(chown(path, 65534, 65534), 0);
        ck_assert(!dkg_cache_read("a.program", &bytes, &size));
        ck_assert_int_eq(chown(path, 0, 0) || chown(folder, 65534, 65534), 0);
        ck_assert(!dkg_cache_read("a.program", &bytes, &size));
        ck_assert_int_eq(chown(folder, 0, 0), 0);
    }
    ck_assert(dkg_cache_read("a.program", &bytes, &size)); /* all of it was put right again */
    free(bytes);
}
END_TEST

START_TEST(the_environment_says_where_it_is)
{
    char path[DKG_CACHE_PATH];
    ck_assert_int_eq(setenv("DKG_CACHE", "off", 1) || setenv("XDG_CACHE_HOME", test_path("xdg"), 1) || setenv("HOME", test_path("home"), 1), 0);
    ck_assert(!dkg_cache_path("x", true, path));
    ck_assert(!dkg_cache_write("x.program", "abc", 3));
    ck_assert_int_eq(unsetenv("DKG_CACHE"), 0);
    ck_assert(dkg_cache_path("x", true, path));
    ck_assert_str_eq(path, test_path("xdg/deepkeygen/x"));
    ck_assert_int_eq(setenv("XDG_CACHE_HOME", "relative", 1), 0);
    ck_assert(dkg_cache_path("x", true, path));
    ck_assert_str_eq(path, test_path("home/.cache/deepkeygen/x"));
    ck_assert_int_eq(unsetenv("HOME"), 0);
    ck_assert(!dkg_cache_path("x", true, path));
}
END_TEST

START_TEST(the_oldest_files_go_first)
{
    enum { EXTRA = 3 };
    char name[32];
    uint8_t *bytes;
    size_t size, found = 0;
    const struct timespec tick = {0, 10000000}; /* file systems count time in ticks */
    fresh_cache("many");
    ck_assert(dkg_cache_write("kept.tuning", "abc", 3));
    for (int i = 0; i < DKG_CACHE_FILES + EXTRA; i++) {
        snprintf(name, sizeof name, "%d.program", i);
        ck_assert(dkg_cache_write(name, "abc", 3));
        (void)nanosleep(&tick, NULL);
    }
    for (int i = 0; i < DKG_CACHE_FILES + EXTRA; i++) {
        snprintf(name, sizeof name, "%d.program", i);
        const bool there = dkg_cache_read(name, &bytes, &size);
        free(bytes);
        found += there;
        ck_assert_msg(there || i < DKG_CACHE_FILES, "%s, one of the newest, is gone", name);
    }
    ck_assert_uint_eq(found, DKG_CACHE_FILES);
    ck_assert(dkg_cache_read("kept.tuning", &bytes, &size));
    free(bytes);
    uint8_t *large = calloc(DKG_CACHE_FILE_MAX + 1, 1);
    ck_assert(!dkg_cache_write("large.program", large, DKG_CACHE_FILE_MAX + 1));
    free(large);
}
END_TEST

/* ---- programs ------------------------------------------------------------------------------------------------------------ */
static dkg_model *model_;

static dkg_opencl *open_engine(void)
{
    dkg_engine *engine;
    const uint8_t seed[32] = {1};
    if (!model_) ck_ok(dkg_model_random(seed, 16, &model_, err));
    ck_ok(dkg_opencl_open(model_, "", 0, &log_, &engine, err));
    return (dkg_opencl *)engine;
}

/* Opens and closes an engine, whose keys are right; true if its program came from the cache. */
static bool opens_from_cache(void)
{
    dkg_opencl *o = open_engine();
    ck_ok(dkg_engine_known_answer(&o->engine, model_, err));
    const bool cached = o->kernels.cached;
    dkg_engine_free(&o->engine);
    return cached;
}

/* The file of the program that open_engine() uses; false, with the test skipped: no device, or one that offers no binaries. */
static bool program_file(const char *test, dkg_program_id *id, char path[DKG_CACHE_PATH])
{
    if (!test_opencl_devices(test)) return false;
    dkg_opencl *o = open_engine();
    dkg_kernels_identify(&o->cl, o->device, &o->profile, id);
    dkg_engine_free(&o->engine);
    if (dkg_cache_path(id->name, false, path) && dkg_file_exists(path)) return true;
    test_skip(test, "the device offers no compiled programs");
    return false;
}

START_TEST(a_warm_start_builds_nothing)
{
    dkg_program_id id;
    char path[DKG_CACHE_PATH];
    fresh_cache("warm");
    if (!program_file("a_warm_start_builds_nothing", &id, path)) return;
    ck_assert(opens_from_cache());
    ck_assert_str_eq(warned, "");
    dkg_program_forget(&id);
    ck_assert(!opens_from_cache());
    ck_assert(opens_from_cache());
    ck_assert_int_eq(setenv("DKG_CACHE", "off", 1), 0);
    ck_assert(!opens_from_cache());
}
END_TEST

/* Every kind of damage is found before a driver sees it, the program is built, and the file is whole again. */
START_TEST(a_damaged_program_is_built_again)
{
    dkg_program_id id;
    char path[DKG_CACHE_PATH];
    uint8_t *bytes;
    size_t size;
    fresh_cache("damaged");
    if (!program_file("a_damaged_program_is_built_again", &id, path)) return;
    ck_assert(dkg_cache_read(id.name, &bytes, &size));
    const size_t places[] = {0, 40, 64, size / 2, size - 1};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        bytes[places[i]] ^= 1;
        ck_assert(dkg_cache_write(id.name, bytes, size));
        bytes[places[i]] ^= 1;
        ck_assert_msg(!opens_from_cache(), "byte %zu", places[i]);
    }
    const size_t lengths[] = {0, 63, 64, size - 1};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        ck_assert(dkg_cache_write(id.name, bytes, lengths[i]));
        ck_assert_msg(!opens_from_cache(), "%zu bytes", lengths[i]);
    }
    ck_assert(opens_from_cache());
    ck_assert_str_eq(warned, "");
    free(bytes);
}
END_TEST

#define SOURCES(X) \
    X(tuning) X(pack) X(conv) X(winograd_input) X(winograd_output) X(norm_sums) X(norm_finish) X(norm_apply) X(head)
#define DECLARE(stem) extern const unsigned char dkg_##stem##_cl[];
SOURCES(DECLARE)
#undef DECLARE

/* A whole, well-formed entry whose program computes something else: only the known-answer test can find it. */
START_TEST(a_wrong_program_never_makes_a_key)
{
    const char *text[] = {
#define TEXT(stem) (const char *)dkg_##stem##_cl,
        SOURCES(TEXT)
#undef TEXT
    };
    enum { COUNT = sizeof text / sizeof text[0] };
    dkg_program_id id;
    char path[DKG_CACHE_PATH], options[256], *wrong[COUNT];
    cl_int code;
    fresh_cache("wrong");
    if (!program_file("a_wrong_program_never_makes_a_key", &id, path)) return;
    size_t changed = 0;
    for (size_t i = 0; i < COUNT; i++) {
        wrong[i] = strdup(text[i]);
        char *at = strstr(wrong[i], "ACTIVATION_MAX 4095");
        if (at) memcpy(at, "ACTIVATION_MAX 1095", 19);
        changed += at != NULL;
    }
    ck_assert_uint_eq(changed, 1);
    dkg_opencl *o = open_engine();
    dkg_profile_options(&o->profile, options, sizeof options);
    cl_program program = o->cl.clCreateProgramWithSource(o->context, COUNT, (const char **)wrong, NULL, &code);
    ck_assert_ptr_nonnull(program);
    ck_assert_int_eq(o->cl.clBuildProgram(program, 1, &o->device, options, NULL, NULL), CL_SUCCESS);
    dkg_program_store(&o->cl, program, &id);
    o->cl.clReleaseProgram(program);
    dkg_engine_free(&o->engine);
    for (size_t i = 0; i < COUNT; i++) free(wrong[i]);

    ck_assert(!opens_from_cache());
    ck_assert_ptr_nonnull(strstr(warned, "removed from the cache and built again"));
    warned[0] = 0;
    ck_assert(opens_from_cache());
    ck_assert_str_eq(warned, "");
}
END_TEST

/* ---- tuning -------------------------------------------------------------------------------------------------------------- */
START_TEST(a_result_of_tuning_is_used)
{
    dkg_program_id id;
    char path[DKG_CACHE_PATH];
    fresh_cache("tuned");
    if (!program_file("a_result_of_tuning_is_used", &id, path)) return;
    dkg_opencl *o = open_engine();
    ck_assert(!o->tuned);
    dkg_profile other = dkg_profile_gpu;
    other.in_float = true;
    other.pixels = 5;
    ck_assert(dkg_tuning_write(&o->cl, o->device, &other, path, sizeof path));
    ck_assert(dkg_file_exists(path));
    dkg_engine_free(&o->engine);

    o = open_engine();
    ck_assert(o->tuned);
    ck_assert_str_eq(warned, "");
    other.name = o->profile.name;
    char is[200], should_be[200];
    dkg_profile_describe(&o->profile, is, sizeof is);
    dkg_profile_describe(&other, should_be, sizeof should_be);
    ck_assert_str_eq(is, should_be);
    ck_ok(dkg_engine_known_answer(&o->engine, model_, err));
    dkg_engine_free(&o->engine);
}
END_TEST

/* Replaces the first `what` in the file by `by`. */
static void edit(const char *path, const char *what, const char *by)
{
    uint8_t *bytes;
    size_t size;
    ck_ok(dkg_file_read(path, 4096, &bytes, &size, err));
    char *at = strstr((char *)bytes, what), text[5000];
    ck_assert_msg(at != NULL, "%s", what);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - (char *)bytes), (char *)bytes, by, at + strlen(what));
    ck_ok(dkg_file_write(path, DKG_OUTPUT_REPLACE | DKG_OUTPUT_PRIVATE, text, strlen(text), err));
    free(bytes);
}

START_TEST(a_bad_result_of_tuning_is_named_and_ignored)
{
    static const char *const edits[][2] = {
        {"tuning 1", "tuning 2"}, {"\"digest\": \"", "\"digest\": \"0"}, {"\"lanes\": 8", "\"lanes\": 5"},
        {"\"lanes\": 8", "\"lanes\": \"8\""}, {"\"vectors\": 2", "\"vectors\": -2"}, {"\"pixels\": 6", "\"pixels\": 17"},
        {"\"pixels\": 6", "\"pixels\": 0"}, {"\"group\": 1", "\"group\": 3"}, {"\"slots\": 1", "\"slots\": 3"},
        {"\"span\"", "\"spin\""}, {"{", "["}, {"}", ""}, {"\"chunk\": 1024", "\"chunk\": 99999999999999999999"},
        {"\"span\": 64", "\"span\": 64, \"more\": 1"},
    };
    dkg_program_id id;
    char path[DKG_CACHE_PATH];
    fresh_cache("untuned");
    if (!program_file("a_bad_result_of_tuning_is_named_and_ignored", &id, path)) return;
    dkg_opencl *o = open_engine();
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        dkg_profile read = {.name = "untouched"};
        ck_assert(dkg_tuning_write(&o->cl, o->device, &dkg_profile_cpu, path, sizeof path));
        warned[0] = 0;
        ck_assert(dkg_tuning_read(&o->cl, o->device, &log_, &read));
        ck_assert_str_eq(warned, "");
        edit(path, edits[i][0], edits[i][1]);
        read.name = "untouched";
        ck_assert_msg(!dkg_tuning_read(&o->cl, o->device, &log_, &read), "%s", edits[i][1]);
        ck_assert_str_eq(read.name, "untouched");
        ck_assert_msg(strstr(warned, path) && strstr(warned, "ignored"), "%s: %s", edits[i][1], warned);
    }
    dkg_engine_free(&o->engine);
    dkg_opencl *again = open_engine(); /* what is wrong in the file does no harm */
    ck_assert(!again->tuned);
    dkg_engine_free(&again->engine);
}
END_TEST

/* Values in range that this device cannot run: groups larger than it takes. */
START_TEST(a_tuning_that_does_not_run_is_removed)
{
    dkg_program_id id;
    char path[DKG_CACHE_PATH];
    size_t largest = 0;
    fresh_cache("unfit");
    ck_assert_int_eq(setenv("POCL_MAX_WORK_GROUP_SIZE", "16", 1), 0); /* read when PoCL starts, in this process for the first time */
    if (!program_file("a_tuning_that_does_not_run_is_removed", &id, path)) return;
    dkg_opencl *o = open_engine();
    ck_assert_int_eq(o->cl.clGetDeviceInfo(o->device, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof largest, &largest, NULL), CL_SUCCESS);
    ck_assert(dkg_tuning_write(&o->cl, o->device, &dkg_profile_gpu, path, sizeof path));
    dkg_engine_free(&o->engine);
    if (largest >= dkg_profile_gpu.group) {
        test_skip("a_tuning_that_does_not_run_is_removed", "the device takes groups of any size");
        return;
    }
    o = open_engine();
    ck_assert(!o->tuned);
    ck_assert_msg(strstr(warned, "tuning is removed") != NULL, "%s", warned);
    ck_assert(!dkg_file_exists(path));
    ck_ok(dkg_engine_known_answer(&o->engine, model_, err));
    dkg_engine_free(&o->engine);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("OpenCL cache");
    TCase *t = tcase_create("cache");
    tcase_set_timeout(t, 280);
    suite_add_tcase(s, t);
    tcase_add_test(t, a_file_comes_back_and_is_the_owner_s_alone);
    tcase_add_test(t, what_others_could_have_written_is_not_read);
    tcase_add_test(t, the_environment_says_where_it_is);
    tcase_add_test(t, the_oldest_files_go_first);
    tcase_add_test(t, a_warm_start_builds_nothing);
    tcase_add_test(t, a_damaged_program_is_built_again);
    tcase_add_test(t, a_wrong_program_never_makes_a_key);
    tcase_add_test(t, a_result_of_tuning_is_used);
    tcase_add_test(t, a_bad_result_of_tuning_is_named_and_ignored);
    tcase_add_test(t, a_tuning_that_does_not_run_is_removed);
    return test_run(s, (Suite *)0);
}
