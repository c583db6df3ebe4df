/* One encrypted file of a data set, decrypted to where its sealed name says. */
#ifndef DKG_BATCH_UNSEAL_H
#define DKG_BATCH_UNSEAL_H

#include "batch/dataset.h"
#include "batch/manifest.h"
#include "common/engines.h"
#include "common/keychain.h"

/* What every worker of a run shares; read only. */
typedef struct dkg_unseal_shared {
    const char *encrypted, *output; /* folders */
    const char *model_file, *device;
    dkg_keys keys;
    unsigned threads; /* of one worker */
    bool force;
    const dkg_log *log; /* only warnings about engines */
} dkg_unseal_shared;

typedef struct dkg_unsealer {
    const dkg_unseal_shared *shared;
    const dkg_log *log;
    dkg_model *model;    /* of the last volume; data sets have one */
    dkg_engines engines;
} dkg_unsealer;

void dkg_unsealer_close(dkg_unsealer *unsealer);
/* *state: DKG_STATE_SKIPPED when the output is there already and `force` is not set. DKG_POLICY for a sealed name that leads out
 * of the output folder. */
DKG_MUST_USE dkg_status dkg_unseal_entry(dkg_unsealer *unsealer, const dkg_entry *entry, dkg_state *state, dkg_error *err);

#endif
