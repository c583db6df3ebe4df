/* One file of a data set, encrypted: source checked, sealed, written, read back, marked as done. */
#ifndef DKG_BATCH_SEAL_H
#define DKG_BATCH_SEAL_H

#include "batch/manifest.h"
#include "batch/mark.h"
#include "common/engines.h"
#include "common/keychain.h"

/* What every worker of a run shares; read only. */
typedef struct dkg_seal_shared {
    const dkg_plan *plan;
    const dkg_model *model; /* NULL in mode aead */
    dkg_locks locks;
    unsigned threads;       /* of one worker */
    const dkg_log *log;     /* only warnings about engines, before the work */
} dkg_seal_shared;

typedef struct dkg_sealer {
    const dkg_seal_shared *shared;
    dkg_engines engines; /* the worker's own: calls on one engine must not overlap */
    const dkg_log *log;  /* the worker's */
} dkg_sealer;

DKG_MUST_USE dkg_status dkg_sealer_open(const dkg_seal_shared *shared, const dkg_log *log, dkg_sealer *out, dkg_error *err);
void dkg_sealer_close(dkg_sealer *sealer);

/* *state: DKG_STATE_SKIPPED when the entry is done already, DKG_STATE_NONE when another process works on it, DKG_STATE_DONE;
 * DKG_STATE_FAILED with a failure. DKG_SOURCE also when the source is another one than when it was planned. */
DKG_MUST_USE dkg_status dkg_seal_entry(dkg_sealer *sealer, const dkg_entry *entry, size_t index, dkg_state *state, dkg_error *err);

#endif
