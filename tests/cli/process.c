#define _DEFAULT_SOURCE /* wait4 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "support.h"

extern char **environ;
static struct timespec started;

const char *process_program(const char *name)
{
    static char ring[4][512];
    static unsigned at;
    char *path = ring[at++ % 4];
    snprintf(path, sizeof ring[0], "%s/%s", DKG_BIN_DIR, name);
    return path;
}

pid_t process_start(const char *const *argv)
{
    pid_t child;
    posix_spawn_file_actions_t actions;
    const int flags = O_WRONLY | O_CREAT | O_TRUNC;
    union { const char *const *in; char *const *out; } words = {argv}; /* posix_spawn() promises not to change them */
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, test_path("stdout"), flags, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, test_path("stderr"), flags, 0600);
    clock_gettime(CLOCK_MONOTONIC, &started);
    int failed = posix_spawn(&child, argv[0], &actions, NULL, words.out, environ);
    posix_spawn_file_actions_destroy(&actions);
    ck_assert_msg(failed == 0, "%s: %s", argv[0], strerror(failed));
    return child;
}

char *process_text(const char *path)
{
    uint8_t *bytes;
    size_t size;
    ck_ok(dkg_file_read(path, UINT64_C(1) << 30, &bytes, &size, err));
    char *text = dkg_calloc(size + 1, 1);
    ck_assert_ptr_nonnull(text);
    memcpy(text, bytes, size);
    free(bytes);
    return text;
}

process process_finish(pid_t child)
{
    int status;
    struct rusage use;
    struct timespec end;
    while (wait4(child, &status, 0, &use) < 0) ck_assert_int_eq(errno, EINTR);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (process){
        .code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
        .out = process_text(test_path("stdout")),
        .err = process_text(test_path("stderr")),
        .seconds = (double)(end.tv_sec - started.tv_sec) + 1e-9 * (double)(end.tv_nsec - started.tv_nsec),
        .cpu = (double)use.ru_utime.tv_sec + 1e-6 * (double)use.ru_utime.tv_usec,
        .peak_kib = use.ru_maxrss,
    };
}

process process_run(const char *const *argv) { return process_finish(process_start(argv)); }

void process_free(process *p)
{
    free(p->out);
    free(p->err);
    *p = (process){0};
}

void process_expect(const char *const *argv, int code)
{
    process p = process_run(argv);
    ck_assert_msg(p.code == code, "%s %s: exit code %d, expected %d\n%s%s", argv[0], argv[1], p.code, code, p.out, p.err);
    process_free(&p);
}

void process_make_keys(bool opencl)
{
    ck_assert_int_eq(setenv("DKG_MODEL_PATH", test_folder(), 1), 0);
    if (!opencl) {
        ck_assert_int_eq(setenv("OCL_ICD_VENDORS", "/nonexistent", 1), 0);
        ck_assert_int_eq(setenv("OCL_ICD_FILENAMES", "", 1), 0);
        ck_assert_int_eq(setenv("DKG_DEVICE", "cpu", 1), 0);
    }
    if (dkg_file_exists(test_path("k.dkgkey"))) return;
    RUN(0, process_program("dkg"), "model", "init", test_path("m.safetensors"), "--channels", "16");
    RUN(0, process_program("dkg"), "keygen", test_path("k.dkgkey"), "--no-passphrase", "--model-file", test_path("m.safetensors"));
}

bool process_opens(const char *sealed)
{
    process p = process_run((const char *const[]){process_program("dkg"), "verify", "--key-file", test_path("k.dkgkey"), sealed, NULL});
    bool good = p.code == 0;
    process_free(&p);
    return good;
}

void process_make_volume(const char *path, uint16_t datatype, const uint16_t dim[4], uint64_t seed)
{
    enum { HEAD = 352 };
    const uint16_t bytes = datatype == 2 ? 1 : 2;
    size_t size = HEAD + (size_t)dim[0] * dim[1] * dim[2] * dim[3] * bytes;
    uint8_t *file = dkg_calloc(size, 1);
    ck_assert_ptr_nonnull(file);
    dkg_store32(file, 348);
    dkg_store16(file + 40, dim[3] > 1 ? 4 : 3);
    for (int i = 0; i < 7; i++) dkg_store16(file + 42 + 2 * i, i < 4 ? dim[i] : 1);
    dkg_store16(file + 70, datatype);
    dkg_store16(file + 72, (uint16_t)(8 * bytes));
    for (int i = 0; i < 4; i++) dkg_store32(file + 76 + 4 * i, 0x3f800000); /* pixdim 1.0 */
    dkg_store32(file + 108, 0x43b00000);                                    /* vox_offset 352.0 */
    memcpy(file + 344, "n+1", 4);
    test_pattern(file + HEAD, size - HEAD, seed);
    ck_ok(dkg_file_write(path, DKG_OUTPUT_REPLACE, file, size, err));
    free(file);
}

void process_pause(double seconds)
{
    struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&t, NULL);
}

bool process_same_content(const char *a, const char *b)
{
    static unsigned char x[1 << 16], y[1 << 16];
    gzFile f = gzopen(a, "rb"), g = gzopen(b, "rb");
    bool same = f && g;
    for (int n = 1; same && n > 0;) {
        n = gzread(f, x, sizeof x);
        same = gzread(g, y, sizeof y) == n && n >= 0 && memcmp(x, y, (size_t)n) == 0;
    }
    if (f) gzclose(f);
    if (g) gzclose(g);
    return same;
}
