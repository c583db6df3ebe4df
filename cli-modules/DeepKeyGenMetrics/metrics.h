/* The job of DeepKeyGenMetrics: how random an encrypted volume looks, beside two controls; tables and a report. */
#ifndef DKG_CLI_METRICS_H
#define DKG_CLI_METRICS_H

#include "dkg/host.h"

/* One member per parameter of DeepKeyGenMetrics.xml, named as there. */
typedef struct dkg_metrics_job {
    const char *plainVolume, *plainFile, *cipherVolume, *cipherFile, *secondVolume, *secondFile, *pair, *depth, *significance, *modelFile,
        *metricsTable, *histogramTable, *metricsFile, *jsonFile, *reportFile, *device;
    bool withPlain, force;
    int64_t keyImages, threads;
} dkg_metrics_job;

dkg_command dkg_metrics_command(void); /* DeepKeyGenMetrics and `dkg metrics` */
#endif
