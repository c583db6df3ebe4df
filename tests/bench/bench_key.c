/* bench_key ENGINE THREADS CHANNELS [DEVICE] - times keys of 256 x 256 pixels with one engine: "reference", "opencl", "cpu" with
 * the best instructions or "cpu:avx2" with those of one path. Prints the engine's device, then a line for every line it reads: the
 * seconds a key takes when every thread has one to make; for the line "r" those of one residual layer, norm included, on one
 * thread. bench.py takes turns between engines.
 * bench_key paths - prints the paths of the cpu engine that this processor can run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_clock.h"
#include "cpu/dispatch.h"
#include "dkg/opencl.h"

typedef struct bench {
    dkg_model *model;
    dkg_engine *engine;
    size_t count;           /* keys a time */
    uint8_t *images, *keys;
    int16_t *layer;         /* output of a residual layer */
} bench;

static dkg_status open_engine(bench *b, const char *name, unsigned threads, const char *device, dkg_error *err)
{
    if (strcmp(name, "opencl") == 0) return dkg_opencl_engine(b->model, device, threads, &b->engine, err);
    if (strcmp(name, "cpu") == 0) return dkg_cpu_engine(b->model, threads, &b->engine, err);
    if (strncmp(name, "cpu:", 4) == 0) return dkg_cpu_engine_named(b->model, threads, name + 4, &b->engine, err);
    if (strcmp(name, "reference") == 0) return dkg_reference_engine(b->model, threads, &b->engine, err);
    return dkg_fail(err, DKG_USAGE, "no engine is called \"%s\"", name);
}

static dkg_status open_bench(bench *b, const char *name, unsigned threads, uint32_t channels, const char *device, dkg_error *err)
{
    const uint8_t seed[32] = {1};
    dkg_status status = dkg_start(err);
    if (status == DKG_OK) status = dkg_model_random(seed, channels, &b->model, err);
    if (status == DKG_OK) status = open_engine(b, name, threads, device, err);
    if (status == DKG_OK) status = dkg_engine_known_answer(b->engine, b->model, err);
    if (status != DKG_OK) return status;
    b->count = threads;
    b->images = dkg_calloc(b->count, DKG_KEY_BYTES);
    b->keys = dkg_calloc(b->count, DKG_KEY_BYTES);
    b->layer = dkg_calloc(4 * channels, sizeof *b->layer * DKG_KEY_WIDTH * DKG_KEY_ROWS / 16);
    if (!b->images || !b->keys || !b->layer) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu keys", b->count);
    dkg_random(b->images, b->count * DKG_KEY_BYTES);
    return DKG_OK;
}

static dkg_status time_keys(bench *b, double *seconds, dkg_error *err)
{
    const double start = bench_now();
    dkg_status status = b->engine->generate(b->engine, b->images, DKG_KEY_ROWS, DKG_KEY_WIDTH, b->count, b->keys, err);
    *seconds = (bench_now() - start) / (double)b->count;
    return status;
}

/* The difference between the layers before the first residual one and those up to the last. */
static dkg_status time_residual(bench *b, double *seconds, dkg_error *err)
{
    enum { BEFORE = 2, LAST = 14 };
    const double start = bench_now();
    dkg_status status = b->engine->layer(b->engine, b->images, DKG_KEY_ROWS, DKG_KEY_WIDTH, BEFORE, b->layer, err);
    const double before = bench_now() - start;
    if (status == DKG_OK) status = b->engine->layer(b->engine, b->images, DKG_KEY_ROWS, DKG_KEY_WIDTH, LAST, b->layer, err);
    *seconds = (bench_now() - start - 2 * before) / (LAST - BEFORE);
    return status;
}

int main(int argc, char **argv)
{
    char line[16];
    double seconds;
    dkg_error err = {0};
    bench b = {.model = NULL};
    if (argc == 2 && strcmp(argv[1], "paths") == 0) {
        for (size_t i = 0; i < DKG_CPU_PATHS; i++)
            if (dkg_cpu_can_run((dkg_cpu_path)i)) puts(dkg_cpu_path_name(i));
        return 0;
    }
    if (argc < 4) {
        fprintf(stderr, "usage: %s ENGINE THREADS CHANNELS [DEVICE]\n       %s paths\n", argv[0], argv[0]);
        return 2;
    }
    dkg_status status = open_bench(&b, argv[1], (unsigned)strtoul(argv[2], NULL, 10), (uint32_t)strtoul(argv[3], NULL, 10),
                                   argc > 4 ? argv[4] : "", &err);
    if (status == DKG_OK) {
        puts(b.engine->device);
        fflush(stdout);
    }
    while (status == DKG_OK && fgets(line, sizeof line, stdin)) {
        status = line[0] == 'r' ? time_residual(&b, &seconds, &err) : time_keys(&b, &seconds, &err);
        if (status == DKG_OK) printf("%.6f\n", seconds);
        fflush(stdout);
    }
    if (status != DKG_OK) fprintf(stderr, "%s\n", err.text);
    dkg_engine_free(b.engine);
    dkg_model_free(b.model);
    free(b.images);
    free(b.keys);
    free(b.layer);
    return dkg_status_exit_code(status);
}
