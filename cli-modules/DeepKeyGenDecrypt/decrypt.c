#include "DeepKeyGenDecrypt/decrypt.h"

#include "DeepKeyGenDecrypt/damage.h"
#include "common/command.h"
#include "common/opened.h"
#include "common/pictures.h"
#include "common/volumes.h"
#include "dkg/cipher.h"
#include "dkg/nifti.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct run {
    const dkg_decrypt_job *job;
    dkg_host *host;
    dkg_opened opened;
    const dkg_public_info *info;
    const dkg_private_info *sealed;  /* of the sealed metadata */
    dkg_nifti_header source;         /* the source's header, from the metadata */
    uint8_t *damaged;                /* info->slices bytes */
    uint32_t damaged_count;
    dkg_plain *plain;
    char volume_id[65];
    char *salvaged_name;             /* outputFile with .salvaged in it */
} run;

static unsigned file_flags(const run *r) { return r->job->force ? DKG_OUTPUT_REPLACE : 0; }

static dkg_status check_options(const dkg_decrypt_job *job, dkg_error *err)
{
    if (!job->inputVolume == !job->inputFile)
        return dkg_fail(err, DKG_USAGE, "exactly one input is needed: inputVolume or inputFile");
    if (!job->outputVolume && !job->outputFile)
        return dkg_fail(err, DKG_USAGE, "an output is needed: outputVolume or outputFile");
    if (job->slice >= 0 && job->salvage) return dkg_fail(err, DKG_USAGE, "--slice and --salvage exclude each other");
    return DKG_OK;
}

/* "x.nii.gz" -> "x.salvaged.nii.gz" */
static char *salvaged_name(const char *path)
{
    static const char *const ends[] = {".nii.gz", ".nii", ".hdr.gz", ".hdr"};
    size_t n = strlen(path), stem = n;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0] && stem == n; i++) {
        size_t e = strlen(ends[i]);
        if (n > e && strcmp(path + n - e, ends[i]) == 0) stem = n - e;
    }
    char *name = malloc(n + sizeof ".salvaged");
    if (name) (void)snprintf(name, n + sizeof ".salvaged", "%.*s.salvaged%s", (int)stem, path, path + stem);
    return name;
}

/* A file of another format comes back under a name with the same ending, which tells its format. Not the whole name is shown:
 * names of files can be names of people. */
static bool same_ending(const char *output, dkg_bytes name, dkg_error *err)
{
    size_t n = name.size, m = strlen(output);
    while (n > 0 && name.at[n - 1] != '.') n--;
    if (n == 0) return true;
    const char *ending = (const char *)name.at + n - 1;
    size_t size = name.size - n + 1;
    if (m > size && strncasecmp(output + m - size, ending, size) == 0) return true;
    (void)dkg_fail(err, DKG_USAGE, "%s: the source was a file of another format, so the output must be named %.*s", output, (int)size, ending);
    return false;
}

/* Says what is wrong with an output before the work is done: a pair needs a .hdr name, a single file must not have one. */
static dkg_status check_outputs(run *r, dkg_error *err)
{
    const dkg_decrypt_job *job = r->job;
    const char *output = job->outputFile;
    if (job->preview && r->sealed->kind == DKG_KIND_FILE)
        return dkg_fail(err, DKG_USAGE, "--preview: the source was a file of another format, its picture is not known");
    if (output && job->salvage && !(r->salvaged_name = salvaged_name(output)))
        return dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", output);
    const char *const inputs[] = {job->inputFile, job->inputVolume, job->keyFile, job->identityFile, job->modelFile};
    const char *const outputs[] = {output, r->salvaged_name, job->damageFile, job->preview};
    if (r->sealed->kind == DKG_KIND_FILE) {
        if (job->outputVolume) return dkg_fail(err, DKG_USAGE, "the source was a file of another format, not a NIfTI volume: use outputFile");
        if (!same_ending(output, r->sealed->name, err)) return DKG_USAGE;
    } else if (output) {
        char *image = dkg_image_name(output);
        bool pair = r->sealed->kind == DKG_KIND_PAIR && job->slice < 0, pair_name = image != NULL;
        free(image);
        if (pair && !pair_name)
            return dkg_fail(err, DKG_USAGE, "%s: the source was a .hdr/.img pair, so the output must be named .hdr", output);
        if (!pair && (pair_name || dkg_check_carrier_name(output, NULL) != DKG_OK))
            return dkg_fail(err, DKG_USAGE, "%s: %s, so the output must be named .nii or .nii.gz", output,
                            job->slice < 0 ? "the source was a single file" : "a slice is a single file");
    }
    return dkg_check_files(inputs, sizeof inputs / sizeof inputs[0], outputs, sizeof outputs / sizeof outputs[0], job->force, err);
}

static dkg_status open_volume(run *r, dkg_error *err)
{
    const dkg_decrypt_job *job = r->job;
    dkg_open_options options = {
        .input = job->inputFile ? job->inputFile : job->inputVolume,
        .key_file = job->keyFile,
        .identity_file = job->identityFile,
        .model_file = job->modelFile,
        .ask_passphrase = job->askPassphrase,
        .passphrase_fd = job->passphraseFd,
        .paper_allowed = job->allowPaperMode,
        .strict = job->strict,
        .expect_id = job->expectId,
        .min_epoch = job->minEpoch,
        .signers = &job->signer,
    };
    dkg_status status = dkg_opened_open(&options, r->host, &r->opened, err);
    if (status != DKG_OK) return status;
    r->info = dkg_sealed_public(r->opened.sealed);
    r->sealed = dkg_sealed_private(r->opened.sealed);
    sodium_bin2hex(r->volume_id, sizeof r->volume_id, r->info->volume_id, sizeof r->info->volume_id);
    if (r->sealed->kind == DKG_KIND_FILE) return DKG_OK;
    return dkg_nifti_header_parse(r->sealed->head.at, r->sealed->head.size, &r->source, err);
}

/* --slice counts 2-D slices of the source as it lies in its file. */
static dkg_status check_slice(const run *r, dkg_error *err)
{
    if (r->job->slice < 0) return DKG_OK;
    if (r->info->stream) return dkg_fail(err, DKG_USAGE, "--slice: this volume hides its shape (stream layout), it has no slices");
    if (r->job->slice >= (int64_t)r->info->slices)
        return dkg_fail(err, DKG_USAGE, "--slice %lld: the volume has slices 0..%lu", (long long)r->job->slice,
                        (unsigned long)r->info->slices - 1);
    return DKG_OK;
}

static dkg_status check_time_point(const run *r, dkg_error *err)
{
    uint64_t points = 1;
    for (uint32_t d = 4; d <= r->source.rank; d++) points *= r->source.dim[d];
    if (r->job->timePoint >= 0 && (uint64_t)r->job->timePoint < points) return DKG_OK;
    return dkg_fail(err, DKG_USAGE, "timePoint %lld: the source has time points 0..%llu", (long long)r->job->timePoint,
                    (unsigned long long)points - 1);
}

static dkg_status unmask(run *r, dkg_error *err)
{
    const dkg_decrypt_job *job = r->job;
    const dkg_log *log = dkg_host_log(r->host);
    dkg_decrypt_options options = {
        .salvage = job->salvage,
        .only_slice = job->slice,
        .threads = (unsigned)job->threads,
        .log = log,
    };
    r->damaged = dkg_calloc(r->info->slices, 1);
    if (!r->damaged) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a report on %lu slices", (unsigned long)r->info->slices);
    dkg_status status = dkg_opened_engine(&r->opened, job->modelFile, job->device, options.threads,
                                          job->slice < 0 ? r->info->slices : 1, r->host, err);
    /* all tags first, for a report that also a refusal comes with */
    if (status == DKG_OK && job->slice < 0)
        status = dkg_check_tags(r->opened.sealed, options.threads, r->damaged, &r->damaged_count, log, err);
    if (status != DKG_OK) return status;
    options.model = r->opened.model;
    options.engine = r->opened.engines.keys;
    return dkg_decrypt(r->opened.sealed, &options, &r->plain, err);
}

static dkg_status write_file(const run *r, dkg_error *err)
{
    const char *path = r->salvaged_name && r->damaged_count ? r->salvaged_name : r->job->outputFile;
    if (r->job->slice >= 0) return dkg_volume_write_part(path, file_flags(r), r->sealed->head, &r->source, 2, r->plain->data, err);
    if (r->sealed->kind == DKG_KIND_FILE) return dkg_file_write(path, file_flags(r), r->plain->data.at, r->plain->data.size, err);
    return dkg_volume_write(path, file_flags(r), r->sealed->kind == DKG_KIND_PAIR, r->sealed->head, r->sealed->image_head, r->plain->data,
                            r->sealed->tail, err);
}

/* The scene takes one 3-D volume in one file: that is the source itself, or one time point of it. */
static dkg_status write_volume(const run *r, dkg_error *err)
{
    const char *path = r->job->outputVolume;
    uint64_t point = r->source.dim[1] * r->source.dim[2] * r->source.dim[3] * r->source.bpv;
    if (r->job->slice >= 0)
        return dkg_volume_write_part(path, DKG_OUTPUT_REPLACE, r->sealed->head, &r->source, 2, r->plain->data, err);
    if (r->sealed->kind == DKG_KIND_SINGLE && point == r->plain->data.size)
        return dkg_volume_write(path, DKG_OUTPUT_REPLACE, false, r->sealed->head, (dkg_bytes){NULL, 0}, r->plain->data,
                                r->sealed->tail, err);
    dkg_bytes part = {r->plain->data.at + (uint64_t)r->job->timePoint * point, (size_t)point};
    return dkg_volume_write_part(path, DKG_OUTPUT_REPLACE, r->sealed->head, &r->source, 3, part, err);
}

/* Damage goes to the table, to the named file, and beside a salvaged output. */
static dkg_status write_damage(const run *r, dkg_status outcome, const char *sentence, dkg_error *err)
{
    const dkg_decrypt_job *job = r->job;
    dkg_damage damage = {
        .damaged = r->damaged,
        .slices = r->info->slices,
        .count = r->damaged_count,
        .slice_bytes = (uint64_t)r->info->nx * r->info->ny * r->info->bpv,
        .data_offset = r->sealed->data_offset,
        .source = r->info->stream ? NULL : &r->source,
        .volume_id = r->volume_id,
        .status = outcome,
        .sentence = sentence,
    };
    dkg_status status = DKG_OK;
    if (job->damageTable) status = dkg_damage_table(job->damageTable, DKG_OUTPUT_REPLACE, &damage, err);
    if (status == DKG_OK && job->damageFile) status = dkg_damage_file(job->damageFile, file_flags(r), &damage, err);
    if (status == DKG_OK && r->salvaged_name && outcome == DKG_DAMAGED && r->plain) {
        char *name = malloc(strlen(r->salvaged_name) + sizeof ".json");
        if (!name) return dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", r->salvaged_name);
        strcat(strcpy(name, r->salvaged_name), ".json");
        status = dkg_damage_file(name, file_flags(r), &damage, err);
        free(name);
    }
    return status;
}

static void report(const run *r, bool salvaged)
{
    dkg_result_text(r->host, "volumeId", r->volume_id);
    dkg_result_text(r->host, "modeUsed", dkg_mode_name(r->info->mode));
    dkg_result_integer(r->host, "slices", r->info->slices);
    dkg_result_integer(r->host, "damagedSlices", r->damaged_count);
    if (r->job->slice < 0) dkg_result_boolean(r->host, "bitExact", r->plain->digest_verified);
    dkg_result_text(r->host, "deviceUsed", r->opened.engines.keys ? r->opened.engines.keys->device : "none");
    dkg_result_text(r->host, "statusText", salvaged ? "salvaged" : r->info->repaired ? "repaired" : "ok");
}

static dkg_status decrypt(run *r, dkg_error *err)
{
    const dkg_decrypt_job *job = r->job;
    dkg_error outcome = {0};
    dkg_status status = check_options(job, err);
    if (status == DKG_OK) status = open_volume(r, err);
    if (status == DKG_OK) status = check_slice(r, err);
    if (status == DKG_OK) status = check_time_point(r, err);
    if (status == DKG_OK) status = check_outputs(r, err);
    if (status != DKG_OK) return status;

    dkg_status result = unmask(r, &outcome);
    if (result != DKG_OK && !(result == DKG_DAMAGED && r->plain)) {
        if (result == DKG_DAMAGED) status = write_damage(r, result, outcome.text, err);
        if (status != DKG_OK) return status;
        dkg_fail(err, result, "%s", outcome.text);
        return dkg_fail_hint(err, result, "%s", outcome.hint);
    }
    if (job->outputFile) status = write_file(r, err);
    if (status == DKG_OK && job->outputVolume) status = write_volume(r, err);
    if (status == DKG_OK) status = write_damage(r, result, outcome.text, err);
    if (status == DKG_OK && job->preview && job->slice < 0)
        status = dkg_picture_of_decryption(job->preview, job->force, r->opened.image, &r->source, r->plain->data, err);
    if (status != DKG_OK) return status;
    report(r, result == DKG_DAMAGED);
    if (result != DKG_DAMAGED) return DKG_OK;
    if (!dkg_host_is_module(r->host)) return dkg_fail(err, result, "%s; the other slices are in %s", outcome.text, r->salvaged_name ? r->salvaged_name : job->outputVolume);
    /* the host would drop a result with any other exit code; the salvage was asked for, and stderr shows it in red */
    dkg_alert(r->host, "salvaged: %s", outcome.text);
    return DKG_OK;
}

static dkg_status command_run(const void *options, dkg_host *host, dkg_error *err)
{
    run r = {.job = options, .host = host, .opened = {.keys = {.passphrase_fd = -1}}};
    dkg_status status = decrypt(&r, err);
    dkg_plain_free(r.plain);
    free(r.damaged);
    free(r.salvaged_name);
    dkg_opened_close(&r.opened);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(dkg_decrypt_job, member)}
static const dkg_binding bindings[] = {
    BIND(STRING, inputVolume), BIND(STRING, inputFile), BIND(STRING, outputVolume), BIND(STRING, outputFile), BIND(STRING, keyFile),
    BIND(STRING, identityFile), BIND(STRING, modelFile), BIND(BOOLEAN, askPassphrase), BIND(BOOLEAN, allowPaperMode),
    BIND(INTEGER, timePoint), BIND(STRING, expectId), BIND(INTEGER, minEpoch), BIND(BOOLEAN, salvage), BIND(BOOLEAN, strict),
    BIND(STRING, damageTable), BIND(STRING, damageFile), BIND(STRING, device), BIND(INTEGER, threads), BIND(BOOLEAN, force),
    /* of decrypt-extra.xml */
    BIND(STRING, preview), BIND(INTEGER, passphraseFd), BIND(INTEGER, slice), BIND(LIST, signer),
};

DKG_MODULE_COMMAND(decrypt, DeepKeyGenDecrypt, dkg_decrypt_job, command_run)
