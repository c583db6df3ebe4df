/* dkg rekey IN OUT: the same ciphertext for other keys. Not revocation: who opened the volume may have kept its inner key. */
#include "dkg/commands.h"

#include "DeepKeyGenKey/make.h"
#include "common/opened.h"
#include "common/relock.h"
#include "common/volumes.h"

typedef struct job {
    const char *inputFile, *outputFile, *keyFile, *identityFile, *newKeyFile, *signingKeyFile, *expectId;
    dkg_string_list recipientsFile, recipient;
    bool askPassphrase, newPassphrase, strong, strict, force;
    int64_t passphraseFd, newPassphraseFd, minEpoch;
} job;

/* The old file's header keeps the geometry; dim[3] and the extension follow the new envelope. */
static dkg_status write(const job *j, const dkg_opened *opened, const dkg_carrier *carrier, dkg_error *err)
{
    dkg_nifti_header geometry = opened->image->header;
    geometry.pixdim[3] *= carrier->planes_per_slice; /* as of the source: the writer divides again */
    for (int i = 0; i < 3; i++) geometry.srow[i][2] *= carrier->planes_per_slice;
    dkg_carrier_file file = dkg_carrier_file_of(carrier, &geometry, DKG_GEOMETRY_KEEP, geometry.version == 2);
    return dkg_carrier_write(j->outputFile, j->force ? DKG_OUTPUT_REPLACE : 0, &file, err);
}

static dkg_status rekey_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    dkg_opened opened;
    dkg_carrier *carrier = NULL;
    dkg_locks locks;
    dkg_keychain fresh = dkg_keychain_open(host, j->newPassphraseFd);
    dkg_open_options open = {.input = j->inputFile, .key_file = j->keyFile, .identity_file = j->identityFile,
                             .ask_passphrase = j->askPassphrase, .passphrase_fd = j->passphraseFd, .strict = j->strict,
                             .expect_id = j->expectId, .min_epoch = j->minEpoch};
    const char *const inputs[] = {j->inputFile, j->keyFile, j->identityFile, j->newKeyFile, j->signingKeyFile};
    dkg_status status = dkg_check_carrier_name(j->outputFile, err);
    if (status == DKG_OK) status = dkg_check_files(inputs, sizeof inputs / sizeof inputs[0], &j->outputFile, 1, j->force, err);
    if (status != DKG_OK) return status;
    status = dkg_opened_open(&open, host, &opened, err);
    if (status == DKG_OK) {
        dkg_relock_options relock = {.new_key_file = j->newKeyFile, .signing_key_file = j->signingKeyFile,
                                     .recipients_files = &j->recipientsFile, .recipients = &j->recipient,
                                     .new_passphrase = j->newPassphrase, .strong = j->strong, .new_passphrase_fd = j->newPassphraseFd,
                                     .factor = dkg_sealed_public(opened.sealed)->key_factor ? opened.keys.keyfile : NULL};
        status = dkg_relock(&relock, &fresh, &locks, err);
    }
    if (status == DKG_OK) status = dkg_rekey(opened.sealed, &locks, dkg_host_log(host), &carrier, err);
    if (status == DKG_OK) status = write(j, &opened, carrier, err);
    if (status == DKG_OK) {
        dkg_hex_result(host, "volumeId", carrier->volume_id, sizeof carrier->volume_id);
        dkg_result_integer(host, "epoch", (int64_t)carrier->epoch);
        dkg_result_integer(host, "keySlots", carrier->slots);
        dkg_result_text(host, "statusText", "ok");
        dkg_say(host, "rekeying is not revocation: whoever opened the old file may have kept its inner key; dkg reencrypt makes a new one");
    }
    dkg_carrier_free(carrier);
    dkg_keychain_close(&fresh);
    dkg_opened_close(&opened);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {
    BIND(STRING, inputFile), BIND(STRING, outputFile), BIND(STRING, keyFile), BIND(STRING, identityFile), BIND(STRING, newKeyFile),
    BIND(STRING, signingKeyFile), BIND(STRING, expectId), BIND(LIST, recipientsFile), BIND(LIST, recipient), BIND(BOOLEAN, askPassphrase),
    BIND(BOOLEAN, newPassphrase), BIND(BOOLEAN, strong), BIND(BOOLEAN, strict), BIND(BOOLEAN, force), BIND(INTEGER, passphraseFd),
    BIND(INTEGER, newPassphraseFd), BIND(INTEGER, minEpoch),
};

DKG_COMMAND(rekey, job, rekey_run)
