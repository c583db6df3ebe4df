/* dkg batch verify OUTPUT: without keys what anyone can check, with keys every tag as well. */
#include "batch/batch.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "batch/dataset.h"
#include "batch/fields.h"
#include "batch/index.h"
#include "batch/mark.h"
#include "common/keychain.h"
#include "common/volumes.h"

typedef struct job {
    const char *output, *keyFile, *identityFile, *tableFile;
    dkg_string_list signer;
    int64_t threads, passphraseFd;
    bool force;
} job;

typedef struct check {
    const job *job;
    dkg_host *host;
    dkg_keychain keys;
    dkg_index index;
    bool has_index;
    dkg_buffer table;
    int64_t good, damaged, foreign, missing;
} check;

/* One difference, for people and for the table. */
static void differ(check *c, int64_t *sum, const char *what, const char *path, const char *sentence)
{
    (*sum)++;
    dkg_say(c->host, "%s: %s%s%s", what, path, *sentence ? ": " : "", sentence);
    dkg_append_text(&c->table, "%s\t", what);
    dkg_field_append(&c->table, path);
    dkg_append(&c->table, "\t", 1);
    dkg_field_append(&c->table, sentence);
    dkg_append(&c->table, "\n", 1);
}

static dkg_status check_tags(check *c, dkg_sealed *sealed, dkg_error *err)
{
    uint32_t count = 0, slices = dkg_sealed_public(sealed)->slices;
    dkg_keys keys = dkg_keychain_keys(&c->keys, false);
    uint8_t *damaged = dkg_calloc(slices, 1);
    if (!damaged) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a report on %lu slices", (unsigned long)slices);
    dkg_status status = dkg_unlock(sealed, &keys, false, NULL, err);
    if (status == DKG_OK) status = dkg_check_tags(sealed, (unsigned)c->job->threads, damaged, &count, NULL, err);
    if (status == DKG_OK && count)
        status = dkg_fail(err, DKG_DAMAGED, "%lu of %lu slices are damaged", (unsigned long)count, (unsigned long)slices);
    free(damaged);
    return status;
}

/* True when the index speaks of this very volume. */
static bool as_indexed(check *c, const dkg_entry *e, const dkg_index_line *line, const dkg_public_info *info)
{
    char id[65];
    if (!c->has_index) return true;
    sodium_bin2hex(id, sizeof id, info->volume_id, sizeof info->volume_id);
    if (!line)
        differ(c, &c->foreign, "added", e->path, "is not in the index");
    else if (strcmp(line->volume_id, id) != 0)
        differ(c, &c->foreign, "swapped", e->path, "is another volume than the index says");
    else if (info->epoch < line->epoch)
        differ(c, &c->foreign, "older", e->path, "is an older version than the index says");
    else
        return true;
    return false;
}

/* True when every byte of the voxels is the one the index was made with: marks are not signed, the index may be. */
static bool is_original(const dkg_index_line *line, const dkg_stored_image *image)
{
    uint8_t digest[32];
    char hex[65];
    crypto_generichash(digest, sizeof digest, image->voxels.at, image->voxels.size, NULL, 0);
    sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
    return strcmp(line->carrier_digest, hex) == 0;
}

/* DKG_NO_MEMORY and a wrong key end the check; everything else is a finding. */
static dkg_status check_file(check *c, const dkg_entry *e, dkg_error *err)
{
    dkg_stored_image *image = NULL;
    dkg_sealed *sealed = NULL;
    dkg_mark mark;
    dkg_error why = {0};
    char *file = dkg_path_join(c->job->output, e->path), *path = file ? dkg_mark_path(file) : NULL;
    dkg_status status = path ? dkg_open_carrier(file, NULL, &image, &sealed, &why) : DKG_NO_MEMORY;
    dkg_index_line *line = dkg_index_find(&c->index, e->path);
    if (line) line->seen = true;
    if (status == DKG_NO_MEMORY) {
        status = dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", e->path);
    } else if (status == DKG_FOREIGN) {
        differ(c, &c->foreign, "foreign", e->path, why.text);
        status = DKG_OK;
    } else if (status != DKG_OK) {
        differ(c, &c->damaged, "damaged", e->path, why.text);
        status = DKG_OK;
    } else if (as_indexed(c, e, line, dkg_sealed_public(sealed))) {
        if (c->job->keyFile || c->job->identityFile) status = check_tags(c, sealed, &why);
        if (status == DKG_NO_KEY || status == DKG_NO_MEMORY)
            status = dkg_fail(err, status, "%s: %s", e->path, why.text);
        else if (status != DKG_OK) {
            differ(c, &c->damaged, "damaged", e->path, why.text);
            status = DKG_OK;
        } else if (dkg_mark_read(path, &mark, NULL) != DKG_OK)
            differ(c, &c->missing, "unfinished", e->path, "has no done mark");
        else if (dkg_mark_check(&mark, file, &why) != DKG_OK)
            differ(c, &c->foreign, "changed", e->path, "is whole, but not the file that was written");
        else if (line && !is_original(line, image))
            differ(c, &c->foreign, "replaced", e->path, "is not as it was when the index was made");
        else
            c->good++;
    }
    dkg_sealed_free(sealed);
    dkg_stored_free(image);
    free(file);
    free(path);
    return status;
}

static dkg_status check_all(check *c, const dkg_dataset *d, dkg_error *err)
{
    dkg_status status = DKG_OK;
    for (size_t i = 0; status == DKG_OK && i < d->count; i++) {
        if (d->entries[i].volume) status = check_file(c, &d->entries[i], err);
        if (status == DKG_OK) status = dkg_progress(dkg_host_log(c->host), "verifying", (double)(i + 1) / (double)d->count, err);
    }
    for (size_t i = 0; status == DKG_OK && i < c->index.count; i++)
        if (!c->index.lines[i].seen) differ(c, &c->missing, "missing", c->index.lines[i].path, "is in the index, but not there");
    return status;
}

static dkg_status conclude(const check *c, dkg_error *err)
{
    const job *j = c->job;
    dkg_result_integer(c->host, "good", c->good);
    dkg_result_integer(c->host, "damaged", c->damaged);
    dkg_result_integer(c->host, "foreign", c->foreign);
    dkg_result_integer(c->host, "missing", c->missing);
    dkg_result_text(c->host, "index", c->has_index ? "compared" : "none");
    if (j->tableFile) {
        dkg_status status = c->table.failed ? dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", j->tableFile)
                                            : dkg_file_write(j->tableFile, j->force ? DKG_OUTPUT_REPLACE : 0, c->table.bytes, c->table.size, err);
        if (status != DKG_OK) return status;
    }
    const dkg_status status = c->damaged ? DKG_DAMAGED : c->foreign ? DKG_FOREIGN : c->missing ? DKG_PARTIAL : DKG_OK;
    if (status == DKG_OK) return DKG_OK;
    return dkg_fail(err, status, "%s: %lld volumes are good, %lld damaged, %lld changed or foreign, %lld missing or unfinished", j->output,
                    (long long)c->good, (long long)c->damaged, (long long)c->foreign, (long long)c->missing);
}

static dkg_status verify_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    const dkg_scan_options scan = {.layout = "tree"};
    dkg_dataset dataset = {0};
    check c = {.job = j, .host = host, .keys = dkg_keychain_open(host, j->passphraseFd)};
    dkg_append_text(&c.table, "difference\tpath\tsentence\n");
    dkg_status status = dkg_keychain_keyfile(&c.keys, j->keyFile, err);
    if (status == DKG_OK) status = dkg_keychain_identities(&c.keys, j->identityFile, err);
    if (status == DKG_OK) status = dkg_keychain_signers(&c.keys, &j->signer, err);
    if (status == DKG_OK)
        status = dkg_index_read(j->output, (const uint8_t (*)[32])c.keys.signers, c.keys.signer_count, &c.index, &c.has_index, err);
    /* the signers signed the index; volumes need no signature of their own */
    c.keys.signer_count = 0;
    if (status == DKG_OK) status = dkg_dataset_scan(j->output, &scan, &dataset, err);
    if (status == DKG_OK) status = check_all(&c, &dataset, err);
    if (status == DKG_OK) status = conclude(&c, err);
    dkg_dataset_free(&dataset);
    dkg_index_free(&c.index);
    dkg_buffer_free(&c.table);
    dkg_keychain_close(&c.keys);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {
    BIND(STRING, output), BIND(STRING, keyFile), BIND(STRING, identityFile), BIND(STRING, tableFile), BIND(LIST, signer),
    BIND(INTEGER, threads), BIND(INTEGER, passphraseFd), BIND(BOOLEAN, force),
};

DKG_COMMAND_CALLED(batch_verify, "batch verify", job, verify_run)
