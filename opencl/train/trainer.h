/* train/trainer.h - dkg_opencl_trainer() with a tuning of the caller's, for tests. */
#ifndef DKG_OPENCL_TRAIN_TRAINER_H
#define DKG_OPENCL_TRAIN_TRAINER_H

#include "dkg/opencl.h"
#include "train/network.h"

/* tuning: NULL for that of the device. */
DKG_MUST_USE dkg_status dkg_opencl_trainer_tuned(const dkg_train_options *options, const char *device, unsigned threads,
                                                 const dkg_train_tuning *tuning, dkg_trainer **out, dkg_error *err);

#endif
