/* dkg verify FILE: without a key structure and checksums, with one every tag, with --deep every key as well. */
#include "dkg/commands.h"

#include "DeepKeyGenKey/make.h"
#include "common/opened.h"
#include "common/volumes.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct job {
    const char *inputFile, *keyFile, *identityFile, *modelFile, *device, *expectId;
    bool askPassphrase, allowPaperMode, strict, deep;
    dkg_string_list signer;
    int64_t passphraseFd, threads, minEpoch;
} job;

static void report(dkg_host *host, const dkg_public_info *info, const char *checked)
{
    dkg_hex_result(host, "volumeId", info->volume_id, sizeof info->volume_id);
    dkg_result_text(host, "modeUsed", dkg_mode_name(info->mode));
    dkg_result_integer(host, "slices", info->slices);
    dkg_result_integer(host, "epoch", (int64_t)info->epoch);
    dkg_result_text(host, "checked", checked);
    dkg_result_text(host, "statusText", info->repaired ? "repaired" : "ok");
}

static dkg_status without_key(const dkg_open_options *open, dkg_host *host, dkg_error *err)
{
    dkg_stored_image *image;
    dkg_sealed *sealed;
    dkg_status status = dkg_open_carrier(open->input, dkg_host_log(host), &image, &sealed, err);
    if (status != DKG_OK) return status;
    const dkg_public_info *info = dkg_sealed_public(sealed);
    status = dkg_check_expectations(open, info, err);
    if (status == DKG_OK) report(host, info, "structure");
    dkg_sealed_free(sealed);
    dkg_stored_free(image);
    return status;
}

/* "2 of 5 slices are damaged: 0, 3" */
static dkg_status name_damaged(const char *path, const uint8_t *damaged, uint32_t slices, uint32_t count, dkg_error *err)
{
    char names[256] = "";
    size_t at = 0;
    for (uint32_t z = 0; z < slices; z++) {
        if (!damaged[z]) continue;
        if (at + 24 > sizeof names) {
            (void)snprintf(names + at, sizeof names - at, ", ...");
            break;
        }
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%lu", at ? ", " : "", (unsigned long)z);
    }
    return dkg_fail(err, DKG_DAMAGED, "%s: %lu of %lu slices %s damaged: %s", path, (unsigned long)count, (unsigned long)slices,
                    count == 1 ? "is" : "are", names);
}

/* Tags alone, or every key made again and compared; nothing is released either way. */
static dkg_status check_slices(const job *j, dkg_opened *opened, dkg_host *host, dkg_error *err)
{
    const dkg_log *log = dkg_host_log(host);
    uint32_t count = 0, slices = dkg_sealed_public(opened->sealed)->slices;
    dkg_plain *plain = NULL;
    if (!j->deep) {
        uint8_t *damaged = dkg_calloc(slices, 1);
        if (!damaged) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a report on %lu slices", (unsigned long)slices);
        dkg_status status = dkg_check_tags(opened->sealed, (unsigned)j->threads, damaged, &count, log, err);
        if (status == DKG_OK && count) status = name_damaged(j->inputFile, damaged, slices, count, err);
        free(damaged);
        return status;
    }
    dkg_status status = dkg_opened_engine(opened, j->modelFile, j->device, (unsigned)j->threads, slices, host, err);
    if (status != DKG_OK) return status;
    dkg_decrypt_options options = {.model = opened->model, .engine = opened->engines.keys, .only_slice = -1, .keys_only = true,
                                   .threads = (unsigned)j->threads, .log = log};
    status = dkg_decrypt(opened->sealed, &options, &plain, err);
    dkg_plain_free(plain);
    return status;
}

static dkg_status verify_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    dkg_opened opened;
    dkg_open_options open = {.input = j->inputFile, .key_file = j->keyFile, .identity_file = j->identityFile,
                             .model_file = j->modelFile, .ask_passphrase = j->askPassphrase, .passphrase_fd = j->passphraseFd,
                             .paper_allowed = j->allowPaperMode, .strict = j->strict, .expect_id = j->expectId,
                             .min_epoch = j->minEpoch, .signers = &j->signer};
    if (!j->keyFile && !j->identityFile && !j->askPassphrase && j->passphraseFd < 0) {
        if (j->deep) return dkg_fail(err, DKG_USAGE, "--deep needs a key");
        if (j->signer.count) return dkg_fail(err, DKG_USAGE, "--signer needs a key: without one no signature can be checked");
        return without_key(&open, host, err);
    }
    dkg_status status = dkg_opened_open(&open, host, &opened, err);
    if (status == DKG_OK) status = check_slices(j, &opened, host, err);
    if (status == DKG_OK) report(host, dkg_sealed_public(opened.sealed), j->deep ? "tags and keys of all slices" : "tags of all slices");
    dkg_opened_close(&opened);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {
    BIND(STRING, inputFile), BIND(STRING, keyFile), BIND(STRING, identityFile), BIND(STRING, modelFile), BIND(STRING, device),
    BIND(STRING, expectId), BIND(BOOLEAN, askPassphrase), BIND(BOOLEAN, allowPaperMode), BIND(BOOLEAN, strict), BIND(BOOLEAN, deep),
    BIND(LIST, signer), BIND(INTEGER, passphraseFd), BIND(INTEGER, threads), BIND(INTEGER, minEpoch),
};

DKG_COMMAND(verify, job, verify_run)
