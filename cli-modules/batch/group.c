/* dkg batch group OUTPUT: what a run has done, over all its shards, and the index that travels with the volumes. */
#include "batch/batch.h"

#include <stdlib.h>
#include <string.h>

#include "batch/index.h"
#include "batch/manifest.h"
#include "batch/mark.h"
#include "common/keychain.h"

typedef struct job {
    const char *output, *signingKeyFile;
} job;

typedef struct totals {
    int64_t done, failed, missing;
} totals;

static dkg_status take_entry(const dkg_plan *plan, const dkg_entry *e, dkg_state state, dkg_index *index, totals *sums, dkg_host *host,
                             dkg_error *err)
{
    dkg_mark mark;
    char *file = dkg_path_join(plan->output, e->output), *path = file ? dkg_mark_path(file) : NULL;
    dkg_status status = path ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", e->output);
    if (status == DKG_OK && dkg_mark_read(path, &mark, NULL) == DKG_OK && strcmp(mark.parameters, plan->parameters) == 0) {
        dkg_index_line line = {.path = e->output, .epoch = mark.epoch};
        memcpy(line.volume_id, mark.volume_id, sizeof line.volume_id);
        memcpy(line.carrier_digest, mark.carrier_digest, sizeof line.carrier_digest);
        sums->done++;
        if (!dkg_index_add(index, &line)) status = dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu lines", index->count);
    } else if (status == DKG_OK) {
        const bool failed = state == DKG_STATE_FAILED;
        sums->failed += failed;
        sums->missing += !failed;
        dkg_say(host, "%s: %s", failed ? "failed" : "missing", e->path);
    }
    free(file);
    free(path);
    return status;
}

static dkg_status group_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    dkg_plan plan;
    dkg_dataset dataset;
    dkg_index index = {0};
    totals sums = {0};
    dkg_keychain keys = dkg_keychain_open(host, -1);
    dkg_status status = dkg_plan_read(j->output, &plan, &dataset, err);
    if (status != DKG_OK) return status;
    dkg_state *states = dkg_calloc(dataset.count, sizeof *states);
    status = states ? dkg_keychain_signing_key(&keys, j->signingKeyFile, err)
                    : dkg_fail(err, DKG_NO_MEMORY, "no memory for a list of %zu files", dataset.count);
    if (status == DKG_OK) status = dkg_events_read(&plan, states, dataset.count, err);
    for (size_t i = 0; status == DKG_OK && i < dataset.count; i++)
        status = take_entry(&plan, &dataset.entries[i], states[i], &index, &sums, host, err);
    if (status == DKG_OK) status = dkg_index_write(plan.output, &index, keys.signing_key, err);
    if (status == DKG_OK) {
        dkg_result_integer(host, "done", sums.done);
        dkg_result_integer(host, "failed", sums.failed);
        dkg_result_integer(host, "missing", sums.missing);
        if (sums.failed + sums.missing) {
            dkg_fail(err, DKG_PARTIAL, "%lld of %zu files are not done", (long long)(sums.failed + sums.missing), dataset.count);
            status = dkg_fail_hint(err, DKG_PARTIAL, "go on: dkg batch run %s --retry-failed", j->output);
        }
    }
    free(states);
    dkg_index_free(&index);
    dkg_keychain_close(&keys);
    dkg_dataset_free(&dataset);
    dkg_plan_free(&plan);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {BIND(STRING, output), BIND(STRING, signingKeyFile)};

DKG_COMMAND_CALLED(batch_group, "batch group", job, group_run)
