/* bench_key ENGINE THREADS [DEVICE] - times keys of 256 x 256 pixels and 64 channels with one engine ("reference",
 * "cpu" or "opencl"). Prints the engine's device, then one time in seconds for every line it reads, so that bench_key.py can
 * take turns between engines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dkg/opencl.h"

enum { CHANNELS = 64 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
    static uint8_t image[DKG_KEY_BYTES], key[DKG_KEY_BYTES];
    const uint8_t seed[32] = {1};
    char line[16];
    dkg_error err = {0};
    dkg_model *model = NULL;
    dkg_engine *engine = NULL;
    if (argc < 3) {
        fprintf(stderr, "usage: %s reference|cpu|opencl THREADS [DEVICE]\n", argv[0]);
        return 2;
    }
    const unsigned threads = (unsigned)strtoul(argv[2], NULL, 10);
    dkg_status status = dkg_start(&err);
    dkg_random(image, sizeof image);
    if (status == DKG_OK) status = dkg_model_random(seed, CHANNELS, &model, &err);
    if (status == DKG_OK) {
        if (strcmp(argv[1], "opencl") == 0)
            status = dkg_opencl_engine(model, argc > 3 ? argv[3] : "", threads, &engine, &err);
        else if (strcmp(argv[1], "cpu") == 0)
            status = dkg_cpu_engine(model, threads, &engine, &err);
        else if (strcmp(argv[1], "reference") == 0)
            status = dkg_reference_engine(model, threads, &engine, &err);
        else
            status = dkg_fail(&err, DKG_USAGE, "no engine is called \"%s\"", argv[1]);
    }
    if (status == DKG_OK) status = dkg_engine_known_answer(engine, model, &err);
    if (status == DKG_OK) {
        puts(engine->device);
        fflush(stdout);
    }
    while (status == DKG_OK && fgets(line, sizeof line, stdin)) {
        const double start = now();
        status = engine->generate(engine, image, DKG_KEY_ROWS, DKG_KEY_WIDTH, 1, key, &err);
        printf("%.6f\n", now() - start);
        fflush(stdout);
    }
    if (status != DKG_OK) fprintf(stderr, "%s: error: %s\n", argv[0], err.text);
    dkg_engine_free(engine);
    dkg_model_free(model);
    return dkg_status_exit_code(status);
}
