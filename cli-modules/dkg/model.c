/* dkg model init|info|compare: make an untrained generator, show what a model file is, how different two are. */
#include "dkg/commands.h"

#include "DeepKeyGenKey/make.h"
#include "common/models.h"
#include "dkg/model_figures.h"
#include "dkg/model.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

typedef struct job {
    const char *action, *modelFile, *otherFile, *device;
    int64_t channels, keys, threads;
    bool force;
} job;

static dkg_status init(const job *j, dkg_model **model, dkg_error *err)
{
    uint8_t seed[32];
    dkg_random(seed, sizeof seed);
    dkg_status status = dkg_model_random(seed, (uint32_t)j->channels, model, err);
    sodium_memzero(seed, sizeof seed);
    if (status == DKG_OK) status = dkg_model_set_metadata(*model, "dkg.train.steps", "0", err);
    if (status == DKG_OK)
        status = dkg_model_set_metadata(*model, "dkg.note", "untrained: random weights from the system's randomness", err);
    return status == DKG_OK ? dkg_models_save(j->modelFile, j->force ? DKG_OUTPUT_REPLACE : 0, *model, err) : status;
}

static dkg_status compare(const job *j, dkg_host *host, dkg_error *err)
{
    dkg_model *one = NULL, *other = NULL;
    if (!j->modelFile || !j->otherFile) return dkg_fail(err, DKG_USAGE, "dkg model compare needs two model files");
    dkg_status status = dkg_models_load(j->modelFile, &one, err);
    if (status == DKG_OK) status = dkg_models_load(j->otherFile, &other, err);
    if (status == DKG_OK)
        status = dkg_compare_models(one, other, j->keys < 0 ? 1 : (size_t)j->keys, j->device, (unsigned)j->threads, host, err);
    dkg_model_free(one);
    dkg_model_free(other);
    return status;
}

static dkg_status model_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    dkg_model *model = NULL;
    bool making = strcmp(j->action, "init") == 0;
    if (strcmp(j->action, "compare") == 0) return compare(j, host, err);
    if (j->otherFile) return dkg_fail(err, DKG_USAGE, "%s: only compare takes a second file", j->otherFile);
    if (making && !j->modelFile) return dkg_fail(err, DKG_USAGE, "dkg model init needs the name of the new file");
    dkg_status status = making ? init(j, &model, err) : dkg_models_for_writing(j->modelFile, NULL, &model, err);
    if (status == DKG_OK) {
        dkg_hex_result(host, "modelDigest", dkg_model_digest(model), DKG_DIGEST_BYTES);
        dkg_result_integer(host, "channels", dkg_model_channels(model));
        dkg_result_text(host, "head", dkg_model_head(model) == DKG_HEAD_TANH ? "tanh" : "fold");
        const char *key;
        for (size_t i = 0; (key = dkg_model_metadata_key(model, i)) != NULL; i++)
            if (strncmp(key, "dkg.", 4) != 0 || strncmp(key, "dkg.train", 9) == 0 || strcmp(key, "dkg.note") == 0)
                dkg_result_text(host, key, dkg_model_metadata(model, key));
        dkg_show_weights(model, host);
        if (j->keys > 0) status = dkg_show_model_keys(model, (size_t)j->keys, j->device, (unsigned)j->threads, host, err);
    }
    dkg_model_free(model);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {BIND(STRING, action), BIND(STRING, modelFile), BIND(STRING, otherFile),
                                       BIND(STRING, device), BIND(INTEGER, channels), BIND(INTEGER, keys), BIND(INTEGER, threads),
                                       BIND(BOOLEAN, force)};

DKG_COMMAND(model, job, model_run)
