/* dkg reencrypt IN OUT: decrypts in memory and encrypts with a new inner key, a new volume id and new keys. */
#include "dkg/commands.h"

#include "DeepKeyGenKey/make.h"
#include "common/models.h"
#include "common/opened.h"
#include "common/relock.h"
#include "common/volumes.h"

#include <stdio.h>
#include <string.h>

typedef struct job {
    const char *inputFile, *outputFile, *keyFile, *identityFile, *modelFile, *newKeyFile, *signingKeyFile, *newModelFile, *expectId;
    const char *mode, *geometry, *layout, *verify, *device;
    dkg_string_list recipientsFile, recipient;
    bool askPassphrase, newPassphrase, strong, strict, force;
    int64_t passphraseFd, newPassphraseFd, minEpoch, threads;
} job;

static bool is(const char *value, const char *word) { return strcmp(value, word) == 0; }

/* Who may open the result is known before the work begins. */
static dkg_status relock(const job *j, dkg_keychain *fresh, dkg_locks *locks, dkg_error *err)
{
    const char *const inputs[] = {j->inputFile,  j->keyFile,        j->identityFile, j->modelFile,
                                  j->newKeyFile, j->signingKeyFile, j->newModelFile};
    dkg_relock_options options = {.new_key_file = j->newKeyFile, .signing_key_file = j->signingKeyFile,
                                  .recipients_files = &j->recipientsFile, .recipients = &j->recipient,
                                  .new_passphrase = j->newPassphrase, .strong = j->strong, .new_passphrase_fd = j->newPassphraseFd};
    dkg_status status = dkg_check_carrier_name(j->outputFile, err);
    if (status == DKG_OK) status = dkg_check_files(inputs, sizeof inputs / sizeof inputs[0], &j->outputFile, 1, j->force, err);
    return status == DKG_OK ? dkg_relock(&options, fresh, locks, err) : status;
}

/* The decrypted volume as a source again; `name` holds the sealed file name with a terminator. */
static dkg_source source_of(const dkg_private_info *p, const dkg_nifti_header *h, dkg_bytes data, const char *name)
{
    dkg_source s = {.nx = h->dim[1], .ny = h->dim[2], .slices = 1, .datatype = p->datatype, .bpv = p->bpv, .kind = p->kind,
                    .nifti_version = p->nifti_version, .big_endian = p->big_endian, .gzipped = p->gzipped,
                    .data_offset = p->data_offset, .head = p->head, .image_head = p->image_head, .data = data, .tail = p->tail,
                    .name = *name ? name : NULL};
    for (uint32_t d = 3; d <= h->rank; d++) s.slices *= h->dim[d];
    return s;
}

static dkg_status encrypt_again(const job *j, const dkg_source *source, const dkg_nifti_header *header, const dkg_opened *old,
                                const dkg_keychain *fresh, const dkg_locks *locks, dkg_host *host, dkg_error *err)
{
    const dkg_log *log = dkg_host_log(host);
    bool aead = is(j->mode, "aead"), nifti2 = old->image->header.version == 2;
    /* what the old file hides stays hidden unless told otherwise */
    bool stream = source->kind == DKG_KIND_FILE || is(j->layout, "stream") || (is(j->layout, "keep") && dkg_sealed_public(old->sealed)->stream);
    dkg_encrypt_options options = {.mode = aead ? DKG_MODE_AEAD : DKG_MODE_HYBRID, .stream = stream, .nifti2 = nifti2, .locks = *locks,
                                   .verify_all = is(j->verify, "all"), .threads = (unsigned)j->threads, .log = log};
    dkg_model *model = NULL;
    dkg_engines engines = {0};
    dkg_carrier *carrier = NULL;
    dkg_status status = DKG_OK;
    if (!aead) status = dkg_models_for_writing(j->newModelFile, fresh->keyfile, &model, err);
    if (status == DKG_OK && !aead) status = dkg_engines_open(model, j->device, (unsigned)j->threads, true, log, &engines, err);
    options.model = model;
    options.engine = engines.keys;
    options.check_engine = engines.check;
    if (status == DKG_OK) status = dkg_encrypt(source, &options, &carrier, err);
    if (status == DKG_OK) {
        dkg_geometry geometry = stream || is(j->geometry, "strip") ? DKG_GEOMETRY_STRIP
                                : is(j->geometry, "spacing")               ? DKG_GEOMETRY_SPACING
                                                                           : DKG_GEOMETRY_KEEP;
        dkg_carrier_file file = dkg_carrier_file_of(carrier, header, geometry, nifti2);
        status = dkg_carrier_write(j->outputFile, j->force ? DKG_OUTPUT_REPLACE : 0, &file, err);
    }
    if (status == DKG_OK) {
        dkg_hex_result(host, "volumeId", carrier->volume_id, sizeof carrier->volume_id);
        dkg_result_text(host, "modeUsed", dkg_mode_name(carrier->mode));
        dkg_result_integer(host, "keySlots", carrier->slots);
        dkg_result_text(host, "statusText", "ok");
    }
    dkg_carrier_free(carrier);
    dkg_engines_close(&engines);
    dkg_model_free(model);
    return status;
}

static dkg_status reencrypt_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    dkg_opened opened;
    dkg_plain *plain = NULL;
    dkg_nifti_header header;
    char name[512] = "";
    dkg_keychain fresh = dkg_keychain_open(host, j->newPassphraseFd);
    dkg_open_options open = {.input = j->inputFile, .key_file = j->keyFile, .identity_file = j->identityFile,
                             .model_file = j->modelFile, .ask_passphrase = j->askPassphrase, .passphrase_fd = j->passphraseFd,
                             .strict = j->strict, .expect_id = j->expectId, .min_epoch = j->minEpoch};
    dkg_locks locks;
    dkg_status status = relock(j, &fresh, &locks, err);
    if (status != DKG_OK) {
        dkg_keychain_close(&fresh);
        return status;
    }
    status = dkg_opened_open(&open, host, &opened, err);
    if (status == DKG_OK) status = dkg_opened_engine(&opened, j->modelFile, j->device, (unsigned)j->threads,
                                                          dkg_sealed_public(opened.sealed)->slices, host, err);
    if (status == DKG_OK) {
        dkg_decrypt_options all = {.model = opened.model, .engine = opened.engines.keys, .only_slice = -1,
                                   .threads = (unsigned)j->threads, .log = dkg_host_log(host)};
        status = dkg_decrypt(opened.sealed, &all, &plain, err);
    }
    if (status == DKG_OK) {
        const dkg_private_info *p = dkg_sealed_private(opened.sealed);
        if (p->name.size < sizeof name) memcpy(name, p->name.at ? p->name.at : (const uint8_t *)"", p->name.size);
        bool file = p->kind == DKG_KIND_FILE;
        dkg_source source = {0};
        if (!file) status = dkg_nifti_header_parse(p->head.at, p->head.size, &header, err);
        if (status == DKG_OK) source = file ? dkg_source_of_file(plain->data, *name ? name : NULL) : source_of(p, &header, plain->data, name);
        if (status == DKG_OK) status = encrypt_again(j, &source, file ? NULL : &header, &opened, &fresh, &locks, host, err);
    }
    dkg_plain_free(plain);
    dkg_keychain_close(&fresh);
    dkg_opened_close(&opened);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {
    BIND(STRING, inputFile), BIND(STRING, outputFile), BIND(STRING, keyFile), BIND(STRING, identityFile), BIND(STRING, modelFile),
    BIND(STRING, newKeyFile), BIND(STRING, signingKeyFile), BIND(STRING, newModelFile), BIND(STRING, expectId), BIND(STRING, mode),
    BIND(STRING, geometry), BIND(STRING, layout), BIND(STRING, verify), BIND(STRING, device), BIND(LIST, recipientsFile),
    BIND(LIST, recipient), BIND(BOOLEAN, askPassphrase), BIND(BOOLEAN, newPassphrase), BIND(BOOLEAN, strong), BIND(BOOLEAN, strict),
    BIND(BOOLEAN, force), BIND(INTEGER, passphraseFd), BIND(INTEGER, newPassphraseFd), BIND(INTEGER, minEpoch), BIND(INTEGER, threads),
};

DKG_COMMAND(reencrypt, job, reencrypt_run)
