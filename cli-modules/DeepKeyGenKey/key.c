#include "DeepKeyGenKey/key.h"

#include "DeepKeyGenKey/make.h"
#include "DeepKeyGenKey/show.h"
#include "common/keychain.h"
#include "common/models.h"
#include "dkg/cipher.h"

#include <stdlib.h>
#include <string.h>

static dkg_status make(const dkg_key_job *job, dkg_host *host, dkg_error *err)
{
    dkg_key_plan plan = {
        .path = job->newKeyFile,
        .identity = strcmp(job->keyKind, "identity") == 0,
        .recipient_file = job->recipientFile,
        .model_file = job->modelFile,
        .embed_model = job->embedModel,
        .initial_volume = job->initialVolume,
        .passphrase = job->askPassphrase,
        .passphrase_fd = -1,
        .replace = job->force,
    };
    if (!plan.path) return dkg_fail(err, DKG_USAGE, "newKeyFile is needed to make a key");
    if (plan.identity && plan.passphrase) return dkg_fail(err, DKG_USAGE, "an identity file cannot have a passphrase; a key of kind shared can");
    return dkg_make_key(&plan, host, err);
}

dkg_status dkg_inspect_key(const char *path, const char *model_file, dkg_host *host, dkg_error *err)
{
    uint8_t *bytes;
    size_t size;
    dkg_keychain chain = dkg_keychain_open(host, -1);
    dkg_model *model = NULL;
    dkg_status status = dkg_file_read_secret(path, UINT64_C(1) << 27, true, &bytes, &size, err);
    if (status != DKG_OK) return status;
    bool shared = dkg_is_keyfile(bytes, size), wrapped = shared && dkg_keyfile_wrapped(bytes, size);
    dkg_secret_free(bytes);
    status = shared ? dkg_keychain_keyfile(&chain, path, err) : dkg_keychain_identities(&chain, path, err);
    if (status != DKG_OK) goto done;
    dkg_result_text(host, "keyKindFound", shared ? "shared" : "identity");
    dkg_result_boolean(host, "passphraseProtected", wrapped);
    if (shared) {
        dkg_hex_result(host, "keyId", dkg_keyfile_id(chain.keyfile), 16);
        dkg_hex_result(host, "modelDigest", dkg_keyfile_model_digest(chain.keyfile), DKG_DIGEST_BYTES);
        bool fits = dkg_models_for_writing(model_file, chain.keyfile, &model, NULL) == DKG_OK &&
                    memcmp(dkg_model_digest(model), dkg_keyfile_model_digest(chain.keyfile), DKG_DIGEST_BYTES) == 0;
        dkg_result_boolean(host, "modelFits", fits);
    } else {
        char text[DKG_RECIPIENT_TEXT];
        dkg_recipient r;
        memcpy(r.key, chain.identities[0].key, sizeof r.key);
        dkg_recipient_text(&r, text);
        dkg_result_text(host, "keyId", text);
    }
done:
    dkg_model_free(model);
    dkg_keychain_close(&chain);
    return status;
}

static dkg_status key_run(const void *options, dkg_host *host, dkg_error *err)
{
    const dkg_key_job *job = options;
    dkg_status status;
    if (strcmp(job->action, "make") == 0) {
        status = make(job, host, err);
    } else if (!job->keyFile) {
        status = dkg_fail(err, DKG_USAGE, "keyFile is needed to %s a key", job->action);
    } else if (strcmp(job->action, "inspect") == 0) {
        status = dkg_inspect_key(job->keyFile, job->modelFile, host, err);
    } else {
        status = dkg_show_keys(job, host, err);
    }
    if (status == DKG_OK) dkg_result_text(host, "statusText", "ok");
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(dkg_key_job, member)}
static const dkg_binding bindings[] = {
    BIND(STRING, action), BIND(STRING, keyKind), BIND(STRING, keyFile), BIND(STRING, newKeyFile), BIND(STRING, recipientFile),
    BIND(STRING, modelFile), BIND(STRING, initialVolume), BIND(STRING, previewVolume), BIND(STRING, keyTable), BIND(STRING, device),
    BIND(BOOLEAN, embedModel), BIND(BOOLEAN, askPassphrase), BIND(BOOLEAN, force), BIND(INTEGER, previewCount), BIND(INTEGER, threads),
};

extern const unsigned char dkg_DeepKeyGenKey_xml[];
extern const size_t dkg_DeepKeyGenKey_xml_size;

dkg_command dkg_key_command(void)
{
    return (dkg_command){
        .module = "DeepKeyGenKey",
        .xml = dkg_DeepKeyGenKey_xml,
        .xml_size = dkg_DeepKeyGenKey_xml_size,
        .bindings = bindings,
        .binding_count = sizeof bindings / sizeof bindings[0],
        .options_size = sizeof(dkg_key_job),
        .run = key_run,
    };
}
