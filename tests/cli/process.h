/* Running our programs from a test: output, exit code, time and memory of a child. */
#ifndef DKG_TEST_PROCESS_H
#define DKG_TEST_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct process {
    int code;         /* exit code; 128 + n when signal n ended it */
    char *out, *err;  /* whole texts with a terminator; process_free() */
    double seconds;   /* on the clock */
    double cpu;       /* user time, seconds */
    long peak_kib;    /* largest resident set */
} process;

/* Path of a program of the build: "dkg" -> "<build>/bin/dkg". In a ring of static buffers. */
const char *process_program(const char *name);
/* Starts argv[0] with standard output and standard error in files of the test folder. */
pid_t process_start(const char *const *argv);
/* Waits for the child that was started last. */
process process_finish(pid_t child);
process process_run(const char *const *argv);
void process_free(process *p);
/* Fails the test with both texts unless the exit code is `code`; frees. */
void process_expect(const char *const *argv, int code);
#define RUN(code, ...) process_expect((const char *const[]){__VA_ARGS__, NULL}, code)

/* A small model and a key file of it in the test folder, made once: "m.safetensors", "k.dkgkey"; DKG_MODEL_PATH names it.
 * `opencl` false: OpenCL is hidden from every child, the processor makes the keys. */
void process_make_keys(bool opencl);
/* True when `dkg verify` opens the volume with that key file. */
bool process_opens(const char *sealed);
/* A little-endian NIfTI-1 volume of a pattern, voxels of 1 mm; datatype 2 (uint8) or 4 (int16). dim: x, y, slices, times. */
void process_make_volume(const char *path, uint16_t datatype, const uint16_t dim[4], uint64_t seed);
/* The whole of a text file with a terminator; free(). */
char *process_text(const char *path);
void process_pause(double seconds);
/* True when both files have the same bytes, gunzipped where they are gzipped. */
bool process_same_content(const char *a, const char *b);
#endif
