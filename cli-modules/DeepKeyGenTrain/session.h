/* A running training: what is shown, measured and saved between the steps. */
#ifndef DKG_CLI_TRAIN_SESSION_H
#define DKG_CLI_TRAIN_SESSION_H

#include "DeepKeyGenTrain/train.h"
#include "dkg/training.h"

typedef struct dkg_session {
    const dkg_train_job *job;
    dkg_host *host;
    dkg_trainer *trainer;
    const dkg_train_data *data;
    dkg_train_record *record;  /* rows: room for record->planned */
    const char *checkpoint;    /* its file */
    double started;            /* seconds of a clock, and the steps already done then */
    uint64_t first_step;
    bool time_up;              /* ended by --max-minutes */
    uint64_t saved;            /* steps of the last checkpoint */
} dkg_session;

/* Trains up to record->planned steps. DKG_OK also when the time was up; DKG_CANCELLED: stopped on request, a checkpoint is written
 * and the hint says how to go on. */
DKG_MUST_USE dkg_status dkg_session_run(dkg_session *session, dkg_error *err);
/* The curve as a table for the scene (docs/host.md section 1.4). */
DKG_MUST_USE dkg_status dkg_session_curve(const dkg_session *session, const char *path, dkg_error *err);
#endif
