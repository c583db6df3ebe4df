/* The files beside an encrypted data set, in OUTPUT.plan: what is to be done and how (plan.json), the list of files
 * (manifest.tsv), what happened (shard-<i>-of-<n>.tsv). They name subjects and hold digests of plaintext: mode 0600. */
#ifndef DKG_BATCH_MANIFEST_H
#define DKG_BATCH_MANIFEST_H

#include "batch/dataset.h"

typedef struct dkg_plan {
    char *source, *output;           /* absolute */
    char *key_file, *model_file;     /* absolute, NULL: none */
    char *mode, *geometry, *device, *verify;
    char **recipients_files;         /* absolute */
    size_t recipients_file_count;
    bool rename;
    uint32_t shards;
    char parameters[65];             /* hex of a salted digest of everything that decides how a volume is sealed */
    uint8_t salt[32];
} dkg_plan;
void dkg_plan_free(dkg_plan *plan);

/* "<output>.plan/<name>", free() it; NULL when memory is out. */
char *dkg_plan_path(const char *output, const char *name);

/* Writes both files. `replace`: a plan that is there already is replaced, else it is DKG_IO. */
DKG_MUST_USE dkg_status dkg_plan_write(const dkg_plan *plan, const dkg_dataset *dataset, bool replace, dkg_error *err);
/* Reads both back. DKG_USAGE with the line when they are malformed, DKG_IO when they are not there. Free both. */
DKG_MUST_USE dkg_status dkg_plan_read(const char *output, dkg_plan *plan, dkg_dataset *dataset, dkg_error *err);

typedef enum dkg_state { DKG_STATE_NONE, DKG_STATE_DONE, DKG_STATE_SKIPPED, DKG_STATE_FAILED } dkg_state;
const char *dkg_state_name(dkg_state state); /* "missing", "done", "skipped", "failed" */

/* One line of a shard's log. */
typedef struct dkg_event {
    size_t index;          /* of the entry */
    dkg_state state;
    int exit_code;
    double seconds;
    const char *device, *sentence; /* "" for none */
} dkg_event;
/* Appends it, in one write, to the log open as `fd`. DKG_IO. */
DKG_MUST_USE dkg_status dkg_event_append(int fd, const dkg_event *event, dkg_error *err);
/* The last state of each entry over all logs of the plan; states: dataset->count items. */
DKG_MUST_USE dkg_status dkg_events_read(const dkg_plan *plan, dkg_state *states, size_t count, dkg_error *err);

#endif
