/* Making and inspecting keys: shared by DeepKeyGenKey, `dkg keygen` and `dkg inspect`. */
#ifndef DKG_CLI_MAKE_KEY_H
#define DKG_CLI_MAKE_KEY_H

#include "dkg/host.h"

typedef struct dkg_key_plan {
    const char *path;            /* the new secret file, mode 0600 */
    bool identity;               /* an age X25519 pair, else a DKGKEY1 key file */
    bool signing;                /* an Ed25519 key that signs volumes */
    const char *recipient_file;  /* public half of an identity; NULL: only shown */
    const char *model_file;      /* NULL: the model shipped */
    bool embed_model;
    const char *initial_volume;  /* its middle slice becomes the initial image; NULL: random */
    bool passphrase, strong;     /* protect the key file */
    int64_t passphrase_fd;
    bool replace;
} dkg_key_plan;

DKG_MUST_USE dkg_status dkg_make_key(const dkg_key_plan *plan, dkg_host *host, dkg_error *err);
/* Results about a key file or an identity file, by its first bytes: kind, id, passphrase, model; the public half of an identity is
 * shown, the secret one never. Asks for the passphrase of a wrapped key file. model_file: NULL for those at hand. */
DKG_MUST_USE dkg_status dkg_inspect_key(const char *path, const char *model_file, dkg_host *host, dkg_error *err);
/* Results about a key file: keyId, keyKindFound, modelDigest, passphraseProtected. */
void dkg_hex_result(dkg_host *host, const char *name, const uint8_t *bytes, size_t n);
#endif
