/* The kernels of training under Oclgrind, which sees data races and accesses out of bounds (minutes): this program runs itself there and
 * takes one step of the smallest training with both tunings. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "opencl_test.h"
#include "sequence.h"
#include "support.h"
#include "train/trainer.h"

enum { CROP = 32, IMAGE = CROP * CROP * 3 };

static dkg_status one_step(dkg_trainer *t, dkg_train_losses *losses, dkg_error *err)
{
    static const dkg_train_pool pool = {0, 0};
    static uint8_t source[IMAGE], target[IMAGE];
    const size_t count = (size_t)dkg_train_vector_size(&t->options, DKG_TRAIN_WEIGHTS);
    float *weights = malloc(count * sizeof *weights);
    sequence_weights(weights, count);
    sequence_images(source, target, IMAGE, 0);
    dkg_status status = t->set(t, DKG_TRAIN_WEIGHTS, weights, err);
    if (status == DKG_OK) status = t->step(t, source, target, &pool, losses, err);
    free(weights);
    return status;
}

/* Exit code: 0 the losses under Oclgrind equal the reference's. */
static int run_small(void)
{
    static const dkg_train_tuning *const tunings[] = {&dkg_train_cpu, &dkg_train_gpu};
    dkg_train_options o = DKG_TRAIN_OPTIONS;
    dkg_error err = {0};
    dkg_trainer *t = NULL;
    dkg_train_losses expected, got;
    o.channels = o.discriminator = 4;
    o.crop = CROP;
    o.pool = 1;
    dkg_status status = dkg_reference_trainer(&o, &t, &err);
    if (status == DKG_OK) status = one_step(t, &expected, &err);
    for (size_t i = 0; i < 2 && status == DKG_OK; i++) {
        dkg_trainer_free(t);
        status = dkg_opencl_trainer_tuned(&o, "0", 1, tunings[i], &t, &err);
        if (status == DKG_OK) status = one_step(t, &got, &err);
        if (status == DKG_OK && !(fabs(got.generator - expected.generator) + fabs(got.real - expected.real) < 1e-4))
            status = dkg_fail(&err, DKG_DEVICE, "tuning %zu computes other losses", i);
    }
    if (status == DKG_OK)
        printf("equal\n");
    else
        fprintf(stderr, "%s\n", err.text);
    dkg_trainer_free(t);
    return status != DKG_OK;
}

int main(int argc, char **argv) { return test_under_oclgrind(argc, argv, "kernels of training under Oclgrind", 1700, run_small); }
