/* Workers over a list of files: progress, stopping, counting, going on after failures. */
#ifndef DKG_BATCH_POOL_H
#define DKG_BATCH_POOL_H

#include "batch/manifest.h"
#include "dkg/host.h"

typedef struct dkg_task {
    void *self;
    /* A worker's own things; `log` stays until close. Called by one thread at a time. */
    dkg_status (*open)(void *self, const dkg_log *log, void **worker, dkg_error *err);
    /* Does file i; *state says how it ended. */
    dkg_status (*one)(void *self, void *worker, size_t i, dkg_state *state, dkg_error *err);
    /* Hears of each file that was neither cancelled nor left to another process; called by one thread at a time. A failure ends everything. */
    dkg_status (*ended)(void *self, void *worker, size_t i, dkg_state state, dkg_status status, const char *sentence, double seconds,
                        dkg_error *err);
    void (*close)(void *self, void *worker);
    const char *(*name)(void *self, size_t i); /* for people */
} dkg_task;

typedef struct dkg_tally {
    size_t done, skipped, failed;
    size_t elsewhere; /* another process works on them */
    dkg_status worst; /* of the first failure */
    bool several;     /* failures of more than one kind */
    bool stopped;     /* by the user */
} dkg_tally;

/* Runs `count` files on `jobs` workers and adds to the tally. stop_on_error: the first failure ends the run. Fails only for what is
 * wrong with the run itself. */
DKG_MUST_USE dkg_status dkg_pool_run(const dkg_task *task, size_t count, unsigned jobs, bool stop_on_error, dkg_host *host, dkg_tally *tally,
                                     dkg_error *err);
/* DKG_OK, DKG_CANCELLED, DKG_PARTIAL when some failed, or their one reason when all did. `again`: the hint. */
DKG_MUST_USE dkg_status dkg_tally_outcome(const dkg_tally *tally, const char *again, dkg_error *err);
void dkg_tally_report(const dkg_tally *tally, double seconds, dkg_host *host);
double dkg_seconds(void); /* on a clock that only goes on */

#endif
