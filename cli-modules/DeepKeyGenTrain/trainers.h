/* Choice of the device that trains. */
#ifndef DKG_CLI_TRAINERS_H
#define DKG_CLI_TRAINERS_H

#include "dkg/train.h"

/* device: NULL or "auto" (DKG_DEVICE when it names an OpenCL device or the reference, else a GPU, else the first usable OpenCL
 * device), "opencl", "reference", or a name of `dkg devices`. DKG_USAGE: no such device. DKG_DEVICE: none works, with advice. */
DKG_MUST_USE dkg_status dkg_trainers_open(const dkg_train_options *options, const char *device, unsigned threads, dkg_trainer **out,
                                          dkg_error *err);
/* Whether a GPU is at hand, for the preset. */
bool dkg_trainers_gpu(const char *device);
#endif
