/* dkg batch decrypt ENCRYPTED OUTPUT: the way back, file by file; what is there already stays. */
#include "batch/batch.h"

#include <stdlib.h>

#include "batch/pool.h"
#include "batch/unseal.h"

typedef struct job {
    const char *encrypted, *output, *keyFile, *identityFile, *modelFile, *device, *include, *exclude;
    bool force, stopOnError;
    int64_t jobs, threads, passphraseFd;
} job;

typedef struct run {
    dkg_unseal_shared shared;
    dkg_dataset dataset; /* volumes alone */
} run;

static dkg_status open_worker(void *self, const dkg_log *log, void **worker, dkg_error *err)
{
    run *r = self;
    dkg_unsealer *u = malloc(sizeof *u);
    if (!u) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a worker");
    *u = (dkg_unsealer){.shared = &r->shared, .log = log};
    *worker = u;
    return DKG_OK;
}

static void close_worker(void *self, void *worker)
{
    (void)self;
    dkg_unsealer_close(worker);
    free(worker);
}

static dkg_status unseal_one(void *self, void *worker, size_t i, dkg_state *state, dkg_error *err)
{
    run *r = self;
    return dkg_unseal_entry(worker, &r->dataset.entries[i], state, err);
}

static dkg_status keep_no_log(void *self, void *worker, size_t i, dkg_state state, dkg_status status, const char *sentence, double seconds,
                              dkg_error *err)
{
    (void)self, (void)worker, (void)i, (void)state, (void)status, (void)sentence, (void)seconds, (void)err;
    return DKG_OK;
}

static const char *name_one(void *self, size_t i)
{
    run *r = self;
    return r->dataset.entries[i].path;
}

/* Marks, tables and the index are not encrypted: there is nothing to do for them. */
static bool is_volume(void *self, const dkg_entry *e)
{
    (void)self;
    return e->volume;
}

static dkg_status decrypt_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    const dkg_scan_options scan = {.layout = "tree", .include = j->include, .exclude = j->exclude};
    dkg_tally tally = {0};
    run r = {.dataset = {0}};
    const dkg_task task = {.self = &r, .open = open_worker, .one = unseal_one, .ended = keep_no_log, .close = close_worker, .name = name_one};
    dkg_keychain keys = dkg_keychain_open(host, j->passphraseFd);
    const double start = dkg_seconds();
    dkg_status status = DKG_OK;
    if (!j->keyFile && !j->identityFile) status = dkg_fail(err, DKG_USAGE, "no key was given: --key-file or --identity-file");
    if (status == DKG_OK) status = dkg_keychain_keyfile(&keys, j->keyFile, err);
    if (status == DKG_OK) status = dkg_keychain_identities(&keys, j->identityFile, err);
    if (status == DKG_OK) status = dkg_dataset_scan(j->encrypted, &scan, &r.dataset, err);
    if (status == DKG_OK) {
        dkg_dataset_keep(&r.dataset, is_volume, NULL);
        const unsigned cores = dkg_cpu_count();
        unsigned jobs = j->jobs ? (unsigned)j->jobs : cores;
        if (jobs > r.dataset.count) jobs = r.dataset.count ? (unsigned)r.dataset.count : 1;
        r.shared = (dkg_unseal_shared){.encrypted = j->encrypted, .output = j->output, .model_file = j->modelFile, .device = j->device,
                                       .keys = dkg_keychain_keys(&keys, false), .force = j->force, .log = dkg_host_log(host),
                                       .threads = j->threads ? (unsigned)j->threads : cores > jobs ? cores / jobs : 1};
        status = dkg_pool_run(&task, r.dataset.count, jobs, j->stopOnError, host, &tally, err);
    }
    if (status == DKG_OK) {
        dkg_tally_report(&tally, dkg_seconds() - start, host);
        status = dkg_tally_outcome(&tally, "those named above are not in the output; the others are complete", err);
    }
    dkg_dataset_free(&r.dataset);
    dkg_keychain_close(&keys);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {
    BIND(STRING, encrypted), BIND(STRING, output), BIND(STRING, keyFile), BIND(STRING, identityFile), BIND(STRING, modelFile),
    BIND(STRING, device), BIND(STRING, include), BIND(STRING, exclude), BIND(BOOLEAN, force), BIND(BOOLEAN, stopOnError),
    BIND(INTEGER, jobs), BIND(INTEGER, threads), BIND(INTEGER, passphraseFd),
};

DKG_COMMAND_CALLED(batch_decrypt, "batch decrypt", job, decrypt_run)
