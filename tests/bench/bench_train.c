/* bench_train THREADS [CHANNELS [CROP [DEVICE]]] - times steps of training with the OpenCL trainer. Prints the device, then for
 * every line it reads the seconds of one step and the peak memory of the process in MB, so that bench_train.py can take turns. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "bench_clock.h"
#include "dkg/opencl.h"

static uint32_t number(int argc, char **argv, int i, uint32_t otherwise)
{
    return argc > i ? (uint32_t)strtoul(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    const uint8_t seed[32] = {1};
    char line[16];
    dkg_error err = {0};
    dkg_trainer *trainer = NULL;
    dkg_train_options o = DKG_TRAIN_OPTIONS;
    if (argc < 2) {
        fprintf(stderr, "usage: %s THREADS [CHANNELS [CROP [DEVICE]]]\n", argv[0]);
        return 2;
    }
    o.channels = number(argc, argv, 2, 64);
    o.crop = number(argc, argv, 3, 64);
    dkg_status status = dkg_start(&err);
    if (status == DKG_OK) status = dkg_opencl_trainer(&o, argc > 4 ? argv[4] : "", number(argc, argv, 1, 0), &trainer, &err);
    const size_t size = (size_t)o.crop * o.crop * 3;
    float *weights = NULL;
    uint8_t *images = malloc(2 * size);
    if (status == DKG_OK) {
        weights = malloc((size_t)dkg_train_vector_size(&o, DKG_TRAIN_WEIGHTS) * sizeof *weights);
        if (!images || !weights) status = dkg_fail(&err, DKG_NO_MEMORY, "no memory for images and weights");
    }
    if (status == DKG_OK) {
        dkg_train_initial(&o, seed, weights);
        dkg_random(images, 2 * size);
        status = trainer->set(trainer, DKG_TRAIN_WEIGHTS, weights, &err);
        puts(trainer->device);
        fflush(stdout);
    }
    free(weights);
    while (status == DKG_OK && fgets(line, sizeof line, stdin)) {
        dkg_train_losses losses;
        struct rusage usage;
        const double start = bench_now();
        status = trainer->step(trainer, images, images + size, NULL, &losses, &err);
        const double seconds = bench_now() - start;
        getrusage(RUSAGE_SELF, &usage);
        printf("%.6f %ld\n", seconds, usage.ru_maxrss / 1024);
        fflush(stdout);
    }
    if (status != DKG_OK) fprintf(stderr, "%s: error: %s\n", argv[0], err.text);
    free(images);
    dkg_trainer_free(trainer);
    return dkg_status_exit_code(status);
}
