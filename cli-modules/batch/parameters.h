/* Keys, model and what else decides how the volumes of a plan are sealed. */
#ifndef DKG_BATCH_PARAMETERS_H
#define DKG_BATCH_PARAMETERS_H

#include "batch/manifest.h"
#include "common/keychain.h"
#include "common/models.h"

typedef struct dkg_parameters {
    dkg_keychain keys;
    dkg_model *model; /* NULL in mode aead */
} dkg_parameters;

/* Reads key files and model of a plan. DKG_USAGE when nothing locks the volumes. Close in every case. */
DKG_MUST_USE dkg_status dkg_parameters_open(const dkg_plan *plan, int64_t passphrase_fd, dkg_host *host, dkg_parameters *out,
                                            dkg_error *err);
void dkg_parameters_close(dkg_parameters *parameters);
/* Their digest under the plan's salt, as hex: equal for equal keys, model and options; says nothing to who lacks the salt. */
void dkg_parameters_digest(const dkg_plan *plan, const dkg_parameters *parameters, char out[65]);

#endif
