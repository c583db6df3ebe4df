/* dkg batch plan SOURCE OUTPUT: lists a data set, says what would become of it, and writes that down. */
#include "batch/batch.h"

#include <limits.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "batch/parameters.h"

typedef struct job {
    const char *source, *output, *keyFile, *modelFile, *mode, *geometry, *device, *verify, *layout, *include, *exclude;
    dkg_string_list recipientsFile;
    bool rename, noSpaceCheck, force;
    int64_t shards, passphraseFd;
} job;

/* An absolute path for the plan, which is run from anywhere; free() it. */
static char *absolute(const char *path)
{
    char *full = realpath(path, NULL), here[PATH_MAX];
    if (full || path[0] == '/') return full ? full : strdup(path);
    return getcwd(here, sizeof here) ? dkg_path_join(here, path) : NULL;
}

static bool inside(const char *inner, const char *outer)
{
    size_t n = strlen(outer);
    return strncmp(inner, outer, n) == 0 && (inner[n] == '/' || inner[n] == '\0');
}

static dkg_status fill(const job *j, dkg_plan *p, dkg_error *err)
{
    *p = (dkg_plan){.source = absolute(j->source), .output = absolute(j->output), .mode = strdup(j->mode), .geometry = strdup(j->geometry),
                    .device = strdup(j->device), .verify = strdup(j->verify), .rename = j->rename, .shards = (uint32_t)j->shards};
    dkg_random(p->salt, sizeof p->salt);
    bool good = p->source && p->output && p->mode && p->geometry && p->device && p->verify;
    if (j->keyFile) good = good && (p->key_file = absolute(j->keyFile)) != NULL;
    if (j->modelFile) good = good && (p->model_file = absolute(j->modelFile)) != NULL;
    if (j->recipientsFile.count) good = good && (p->recipients_files = dkg_calloc(j->recipientsFile.count, sizeof(char *))) != NULL;
    for (size_t i = 0; good && i < j->recipientsFile.count; i++)
        if ((good = (p->recipients_files[i] = absolute(j->recipientsFile.items[i])) != NULL)) p->recipients_file_count++;
    if (!good) return dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", j->source);
    if (inside(p->output, p->source) || inside(p->source, p->output))
        return dkg_fail(err, DKG_USAGE, "%s and %s: source and output must not lie in each other", p->source, p->output);
    return DKG_OK;
}

typedef struct digests {
    dkg_dataset *dataset;
    const char *source;
    dkg_status *status;
} digests;

static void digest_one(void *self, size_t i)
{
    const digests *d = self;
    dkg_entry *e = &d->dataset->entries[i];
    char *path = dkg_path_join(d->source, e->path);
    d->status[i] = path ? dkg_source_sha256(path, e->sha256, &e->bytes, NULL) : DKG_NO_MEMORY;
    free(path);
}

/* An empty file has nothing that could be sealed. */
static bool has_content(void *self, const dkg_entry *e)
{
    const bool out = e->empty && !e->volume;
    if (out) dkg_warn(dkg_host_log(self), "%s: is empty and left out", e->path);
    return !out;
}

/* Files that cannot be read stay in the plan, where the run will say so, without a digest. */
static dkg_status take_digests(const dkg_plan *p, dkg_dataset *d, dkg_host *host, dkg_error *err)
{
    digests all = {.dataset = d, .source = p->source, .status = dkg_calloc(d->count, sizeof *all.status)};
    if (!all.status) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a list of %zu files", d->count);
    dkg_parallel(0, d->count, digest_one, &all);
    for (size_t i = 0; i < d->count; i++)
        if (all.status[i] != DKG_OK) dkg_warn(dkg_host_log(host), "%s: cannot be read; the run will fail for it", d->entries[i].path);
    free(all.status);
    return DKG_OK;
}

/* Bytes the outputs will take, roughly: ciphertext does not compress, so a packed source counts as what it unpacks to. Without
 * opening each, eight times its size: a skull-stripped volume was measured to grow 7.2 times. */
static uint64_t expected_bytes(const dkg_dataset *d)
{
    uint64_t total = 0;
    for (size_t i = 0; i < d->count; i++) {
        const dkg_entry *e = &d->entries[i];
        const size_t n = strlen(e->path);
        const bool packed = e->volume && n > 3 && strcmp(e->path + n - 3, ".gz") == 0;
        total += e->bytes * (packed ? 8 : 1) + e->bytes / 50 + (1 << 14);
    }
    return total;
}

static dkg_status check_room(const dkg_plan *p, uint64_t need, dkg_error *err)
{
    struct statvfs v;
    char *folder = strdup(p->output);
    if (!folder) return dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", p->output);
    /* the nearest folder above that exists is on the same file system */
    while (statvfs(folder, &v) != 0) {
        char *slash = strrchr(folder, '/');
        if (!slash || slash == folder) {
            free(folder);
            return DKG_OK;
        }
        *slash = '\0';
    }
    free(folder);
    const double room = (double)v.f_bavail * (double)v.f_frsize;
    if (room >= (double)need) return DKG_OK;
    dkg_fail(err, DKG_IO, "%s: has room for %.0f MB, about %.0f MB are needed", p->output, room / 1e6, (double)need / 1e6);
    return dkg_fail_hint(err, DKG_IO, "choose another place, or plan all the same with --no-space-check");
}

static void report(const dkg_plan *p, const dkg_dataset *d, uint64_t need, dkg_host *host)
{
    int64_t volumes = 0, odd = 0;
    uint64_t bytes = 0;
    for (size_t i = 0; i < d->count; i++) {
        volumes += d->entries[i].volume;
        odd += d->entries[i].odd;
        bytes += d->entries[i].bytes;
        if (d->entries[i].odd) dkg_say(host, "not named as %s names volumes, but taken: %s", dkg_layout_name(d->layout), d->entries[i].path);
    }
    dkg_result_text(host, "layout", dkg_layout_name(d->layout));
    dkg_result_integer(host, "volumes", volumes);
    dkg_result_integer(host, "otherFiles", (int64_t)d->count - volumes);
    dkg_result_integer(host, "oddNames", odd);
    dkg_result_integer(host, "shards", (int64_t)p->shards);
    dkg_result_number(host, "sourceMegabytes", round((double)bytes / 1e5) / 10);
    dkg_result_number(host, "expectedMegabytes", round((double)need / 1e5) / 10);
}

static dkg_status plan_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    const dkg_scan_options scan = {.layout = j->layout, .include = j->include, .exclude = j->exclude, .rename = j->rename};
    dkg_plan plan = {0};
    dkg_dataset dataset = {0};
    dkg_parameters parameters = {.keys = {.passphrase_fd = -1}};
    uint64_t need = 0;
    dkg_status status = fill(j, &plan, err);
    if (status == DKG_OK) status = dkg_parameters_open(&plan, j->passphraseFd, host, &parameters, err);
    if (status == DKG_OK) {
        dkg_parameters_digest(&plan, &parameters, plan.parameters);
        status = dkg_dataset_scan(plan.source, &scan, &dataset, err);
    }
    if (status == DKG_OK) {
        dkg_dataset_keep(&dataset, has_content, host);
        dkg_dataset_deal(&dataset, plan.shards);
        status = take_digests(&plan, &dataset, host, err);
        need = expected_bytes(&dataset);
    }
    if (status == DKG_OK && !j->noSpaceCheck) status = check_room(&plan, need, err);
    if (status == DKG_OK) status = dkg_plan_write(&plan, &dataset, j->force, err);
    if (status == DKG_OK) {
        report(&plan, &dataset, need, host);
        dkg_say(host, "planned; now: dkg batch run %s", j->output);
    }
    dkg_parameters_close(&parameters);
    dkg_dataset_free(&dataset);
    dkg_plan_free(&plan);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {
    BIND(STRING, source), BIND(STRING, output), BIND(STRING, keyFile), BIND(STRING, modelFile), BIND(STRING, mode), BIND(STRING, geometry),
    BIND(STRING, device), BIND(STRING, verify), BIND(STRING, layout), BIND(STRING, include), BIND(STRING, exclude), BIND(LIST, recipientsFile),
    BIND(BOOLEAN, rename), BIND(BOOLEAN, noSpaceCheck), BIND(BOOLEAN, force), BIND(INTEGER, shards), BIND(INTEGER, passphraseFd),
};

DKG_COMMAND_CALLED(batch_plan, "batch plan", job, plan_run)
