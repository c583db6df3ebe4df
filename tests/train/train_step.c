/* train_step TRAINER CHANNELS DISCRIMINATOR CROP HEAD LOSS STEPS - takes steps with the trainer "reference" or that of an OpenCL
 * device ("" for the first) on the weights and images of peer.py, and writes to its output: floats of all gradients of the first
 * step, then three losses of every step as doubles. compare.py holds them against PyTorch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/opencl.h"
#include "sequence.h"

int main(int argc, char **argv)
{
    dkg_error err = {0};
    dkg_trainer *trainer = NULL;
    if (argc != 8) {
        fprintf(stderr, "usage: %s TRAINER CHANNELS DISCRIMINATOR CROP HEAD LOSS STEPS\n", argv[0]);
        return 2;
    }
    uint32_t numbers[6];
    for (int i = 0; i < 6; i++) numbers[i] = (uint32_t)strtoul(argv[i + 2], NULL, 10);
    dkg_train_options o = DKG_TRAIN_OPTIONS;
    o.channels = numbers[0];
    o.discriminator = numbers[1];
    o.crop = numbers[2];
    o.head = (dkg_train_head)numbers[3];
    o.loss = (dkg_train_loss)numbers[4];
    dkg_status status = strcmp(argv[1], "reference") == 0 ? dkg_reference_trainer(&o, &trainer, &err)
                                                          : dkg_opencl_trainer(&o, argv[1], 0, &trainer, &err);
    const size_t count = status == DKG_OK ? (size_t)dkg_train_vector_size(&o, DKG_TRAIN_WEIGHTS) : 0;
    const size_t size = (size_t)o.crop * o.crop * 3;
    float *values = malloc((count + 1) * sizeof *values);
    uint8_t *images = malloc(2 * size);
    if (status == DKG_OK) {
        sequence_weights(values, count);
        status = trainer->set(trainer, DKG_TRAIN_WEIGHTS, values, &err);
    }
    for (uint32_t i = 0; i < numbers[5] && status == DKG_OK; i++) {
        dkg_train_losses losses;
        sequence_images(images, images + size, size, i);
        status = trainer->step(trainer, images, images + size, NULL, &losses, &err);
        if (status == DKG_OK && i == 0) {
            status = trainer->get(trainer, DKG_TRAIN_GRADIENTS, values, &err);
            fwrite(values, sizeof *values, count, stdout);
        }
        const double three[3] = {losses.generator, losses.real, losses.fake};
        fwrite(three, sizeof *three, 3, stdout);
    }
    if (status != DKG_OK) fprintf(stderr, "%s: error: %s\n", argv[0], err.text);
    free(values);
    free(images);
    dkg_trainer_free(trainer);
    return dkg_status_exit_code(status);
}
