/* dkg tune: the fastest tuning values of an OpenCL device, kept in the user's cache. */
#include "dkg/commands.h"

#include "common/models.h"
#include "dkg/opencl.h"

#include <string.h>

typedef struct job {
    const char *device, *modelFile;
    bool quick;
    int64_t threads;
} job;

static dkg_status tune_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    const bool any = !j->device || strcmp(j->device, "opencl") == 0 || strcmp(j->device, "auto") == 0;
    dkg_model *model = NULL;
    dkg_tuning_result result;
    dkg_status status = dkg_models_for_writing(j->modelFile, NULL, &model, err);
    if (status == DKG_OK)
        status = dkg_opencl_tune(model, any ? "" : j->device, (unsigned)j->threads, j->quick, dkg_host_log(host), &result, err);
    if (status == DKG_OK) {
        dkg_result_text(host, "deviceUsed", result.device);
        dkg_result_integer(host, "candidates", (int64_t)result.tried);
        dkg_result_integer(host, "refused", (int64_t)result.refused);
        dkg_result_text(host, "tuningBefore", result.before);
        dkg_result_text(host, "tuningBest", result.best);
        dkg_result_number(host, "secondsPerKeyBefore", result.seconds_before);
        dkg_result_number(host, "secondsPerKey", result.seconds_best);
        dkg_result_text(host, "tuningFile", result.file);
        dkg_result_text(host, "statusText", "ok");
    }
    dkg_model_free(model);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {BIND(STRING, device), BIND(BOOLEAN, quick), BIND(STRING, modelFile), BIND(INTEGER, threads)};

DKG_COMMAND(tune, job, tune_run)
