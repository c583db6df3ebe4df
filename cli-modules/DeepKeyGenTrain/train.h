/* The job of DeepKeyGenTrain and `dkg train`: images in, a model out. */
#ifndef DKG_CLI_TRAIN_H
#define DKG_CLI_TRAIN_H

#include "dkg/host.h"

/* One member per parameter of DeepKeyGenTrain.xml and dkg/train-extra.xml, named as there. */
typedef struct dkg_train_job {
    const char *sourceImages, *sourceVolume, *domain, *domainImages;
    const char *modelFile, *resumeFile, *curveTable, *sampleKey;
    const char *preset, *head, *loss;
    int64_t baseChannels, cropSize, steps, pool;
    double maxMinutes;
    const char *device, *checkpointFile;
    int64_t threads, checkpointEvery;
    bool force;
    const char *samples, *seedFile;
    double learningRate;
    int64_t discriminator;
} dkg_train_job;

dkg_command dkg_train_command(void); /* DeepKeyGenTrain and `dkg train` */

#endif
