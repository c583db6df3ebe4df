/* Choice of the device that trains. */
#ifndef DKG_CLI_TRAINERS_H
#define DKG_CLI_TRAINERS_H

#include "dkg/train.h"

/* device: NULL or "auto" (DKG_DEVICE, else the first usable OpenCL GPU, else OpenCL on the processor), "opencl" (the same without
 * DKG_DEVICE), "cpu" (OpenCL on the processor), "reference" (slow, for tests), or a name of `dkg devices`. DKG_USAGE: no such
 * device. DKG_DEVICE: there is none, with advice. */
DKG_MUST_USE dkg_status dkg_trainers_open(const dkg_train_options *options, const char *device, unsigned threads, dkg_trainer **out,
                                          dkg_error *err);
/* Whether it would be a GPU, for the preset. */
bool dkg_trainers_gpu(const char *device);
#endif
