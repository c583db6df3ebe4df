/* dkg keygen KEYFILE: a new key file or identity. */
#include "dkg/commands.h"

#include "DeepKeyGenKey/make.h"

typedef struct job {
    const char *keyFile, *recipientFile, *modelFile, *initialImage;
    bool identity, signing, embedModel, noPassphrase, strong, force;
    int64_t passphraseFd;
} job;

static dkg_status keygen_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    if (j->identity && j->signing) return dkg_fail(err, DKG_USAGE, "--identity and --signing exclude each other");
    dkg_key_plan plan = {
        .path = j->keyFile,
        .identity = j->identity,
        .signing = j->signing,
        .recipient_file = j->recipientFile,
        .model_file = j->modelFile,
        .embed_model = j->embedModel,
        .initial_volume = j->initialImage,
        .passphrase = !j->noPassphrase && !j->identity && !j->signing,
        .strong = j->strong,
        .passphrase_fd = j->passphraseFd,
        .replace = j->force,
    };
    return dkg_make_key(&plan, host, err);
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {
    BIND(STRING, keyFile), BIND(STRING, recipientFile), BIND(STRING, modelFile), BIND(STRING, initialImage), BIND(BOOLEAN, identity),
    BIND(BOOLEAN, signing),
    BIND(BOOLEAN, embedModel), BIND(BOOLEAN, noPassphrase), BIND(BOOLEAN, strong), BIND(BOOLEAN, force), BIND(INTEGER, passphraseFd),
};

DKG_COMMAND(keygen, job, keygen_run)
