/* dkg batch run OUTPUT: encrypts what a plan lists. Workers share the model; each has engines of its own. */
#include "batch/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch/parameters.h"
#include "batch/pool.h"
#include "batch/seal.h"

typedef struct job {
    const char *output, *shard;
    bool retryFailed, stopOnError, dryRun;
    int64_t jobs, threads, passphraseFd;
} job;

typedef struct run {
    const job *job;
    dkg_host *host;
    dkg_seal_shared shared;
    const dkg_dataset *dataset;
    size_t *todo, count; /* indices of entries of the shard at work */
    int log;             /* of that shard */
} run;

static dkg_status open_worker(void *self, const dkg_log *log, void **worker, dkg_error *err)
{
    run *r = self;
    dkg_sealer *sealer = malloc(sizeof *sealer);
    if (!sealer) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a worker");
    dkg_status status = dkg_sealer_open(&r->shared, log, sealer, err);
    if (status == DKG_OK)
        *worker = sealer;
    else
        free(sealer);
    return status;
}

static void close_worker(void *self, void *worker)
{
    (void)self;
    dkg_sealer_close(worker);
    free(worker);
}

static dkg_status seal_one(void *self, void *worker, size_t i, dkg_state *state, dkg_error *err)
{
    run *r = self;
    return dkg_seal_entry(worker, &r->dataset->entries[r->todo[i]], r->todo[i], state, err);
}

static dkg_status log_one(void *self, void *worker, size_t i, dkg_state state, dkg_status status, const char *sentence, double seconds,
                          dkg_error *err)
{
    run *r = self;
    const dkg_sealer *sealer = worker;
    dkg_event event = {.index = r->todo[i], .state = state, .exit_code = dkg_status_exit_code(status), .seconds = seconds,
                       .device = sealer->engines.keys ? sealer->engines.keys->device : "", .sentence = sentence};
    return dkg_event_append(r->log, &event, err);
}

static const char *name_one(void *self, size_t i)
{
    run *r = self;
    return r->dataset->entries[r->todo[i]].path;
}

/* "2/8"; *shard 0: all */
static dkg_status read_shard(const char *text, const dkg_plan *plan, uint32_t *shard, dkg_error *err)
{
    unsigned long i, n;
    char more;
    *shard = 0;
    if (!text) return DKG_OK;
    if (sscanf(text, "%lu/%lu%c", &i, &n, &more) != 2 || i < 1 || i > n)
        return dkg_fail(err, DKG_USAGE, "--shard %s: is not of the form i/n with i from 1 to n", text);
    if (n != plan->shards) return dkg_fail(err, DKG_USAGE, "--shard %s: the plan has %lu shards", text, (unsigned long)plan->shards);
    *shard = (uint32_t)i;
    return DKG_OK;
}

static dkg_status open_log(const dkg_plan *plan, uint32_t shard, int *fd, dkg_error *err)
{
    char name[64];
    (void)snprintf(name, sizeof name, "shard-%lu-of-%lu.tsv", (unsigned long)shard, (unsigned long)plan->shards);
    char *path = dkg_plan_path(plan->output, name);
    *fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    dkg_status status = *fd >= 0 ? DKG_OK : dkg_fail(err, DKG_IO, "%s: cannot be written: %s", path ? path : name, strerror(errno));
    free(path);
    return status;
}

/* The entries of one shard; with --retry-failed those of them that no run has finished. */
static void choose(run *r, const dkg_state *states, uint32_t shard)
{
    r->count = 0;
    for (size_t i = 0; i < r->dataset->count; i++) {
        const bool finished = states[i] == DKG_STATE_DONE || states[i] == DKG_STATE_SKIPPED;
        if (r->dataset->entries[i].shard == shard && !(r->job->retryFailed && finished)) r->todo[r->count++] = i;
    }
}

static dkg_status run_shard(run *r, const dkg_plan *plan, uint32_t shard, unsigned jobs, dkg_tally *tally, dkg_error *err)
{
    const dkg_task task = {.self = r, .open = open_worker, .one = seal_one, .ended = log_one, .close = close_worker, .name = name_one};
    if (r->job->dryRun) {
        for (size_t i = 0; i < r->count; i++) dkg_say(r->host, "would encrypt %s", name_one(r, i));
        return DKG_OK;
    }
    dkg_status status = open_log(plan, shard, &r->log, err);
    if (status != DKG_OK) return status;
    status = dkg_pool_run(&task, r->count, jobs, r->job->stopOnError, r->host, tally, err);
    close(r->log);
    return status;
}

static dkg_status run_plan(run *r, const dkg_plan *plan, unsigned jobs, dkg_tally *tally, dkg_error *err)
{
    uint32_t only;
    dkg_state *states = dkg_calloc(r->dataset->count, sizeof *states);
    r->todo = dkg_calloc(r->dataset->count, sizeof *r->todo);
    dkg_status status = states && r->todo ? read_shard(r->job->shard, plan, &only, err)
                                          : dkg_fail(err, DKG_NO_MEMORY, "no memory for a list of %zu files", r->dataset->count);
    if (status == DKG_OK) status = dkg_events_read(plan, states, r->dataset->count, err);
    for (uint32_t s = 1; status == DKG_OK && s <= plan->shards && !tally->stopped; s++) {
        if (only != 0 && only != s) continue;
        choose(r, states, s);
        status = run_shard(r, plan, s, jobs, tally, err);
        if (r->job->stopOnError && tally->failed) break;
    }
    free(states);
    free(r->todo);
    return status;
}

static dkg_status run_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    dkg_plan plan;
    dkg_dataset dataset;
    dkg_parameters parameters = {.keys = {.passphrase_fd = -1}};
    dkg_tally tally = {0};
    char now[65];
    const unsigned cores = dkg_cpu_count();
    const double start = dkg_seconds();
    dkg_status status = dkg_plan_read(j->output, &plan, &dataset, err);
    if (status != DKG_OK) return status;
    unsigned jobs = j->jobs ? (unsigned)j->jobs : cores;
    if (jobs > dataset.count) jobs = (unsigned)dataset.count;
    status = dkg_parameters_open(&plan, j->passphraseFd, host, &parameters, err);
    if (status == DKG_OK) {
        dkg_parameters_digest(&plan, &parameters, now);
        if (strcmp(now, plan.parameters) != 0)
            status = dkg_fail(err, DKG_USAGE, "%s: its keys or its model are not those that were planned", j->output);
    }
    if (status == DKG_OK) {
        run r = {.job = j, .host = host, .dataset = &dataset,
                 .shared = {.plan = &plan, .model = parameters.model, .log = dkg_host_log(host),
                            .locks = dkg_keychain_locks(&parameters.keys, false, (dkg_bytes){NULL, 0}, false),
                            .threads = j->threads ? (unsigned)j->threads : cores > jobs ? cores / jobs : 1}};
        status = run_plan(&r, &plan, jobs, &tally, err);
    }
    if (status == DKG_OK) {
        char again[512];
        dkg_tally_report(&tally, dkg_seconds() - start, host);
        (void)snprintf(again, sizeof again, "after the cause is gone: dkg batch run %s --retry-failed", j->output);
        status = dkg_tally_outcome(&tally, again, err);
    }
    dkg_parameters_close(&parameters);
    dkg_dataset_free(&dataset);
    dkg_plan_free(&plan);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {
    BIND(STRING, output), BIND(STRING, shard), BIND(BOOLEAN, retryFailed), BIND(BOOLEAN, stopOnError), BIND(BOOLEAN, dryRun),
    BIND(INTEGER, jobs), BIND(INTEGER, threads), BIND(INTEGER, passphraseFd),
};

DKG_COMMAND_CALLED(batch_run, "batch run", job, run_run)
