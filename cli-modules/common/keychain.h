/* The keys of one command: key file, identities, recipients, passphrase, as read from files and asked for. */
#ifndef DKG_CLI_KEYCHAIN_H
#define DKG_CLI_KEYCHAIN_H

#include "dkg/cipher.h"
#include "dkg/host.h"

typedef struct dkg_keychain {
    dkg_host *host;
    int64_t passphrase_fd;   /* -1: none; then DKG_ASKPASS or the terminal */
    uint8_t *phrase;         /* secret memory, 1024 bytes; read once from passphrase_fd, then kept */
    size_t phrase_size;
    dkg_keyfile *keyfile;
    const dkg_keyfile *keyfile_list[1]; /* for dkg_keys */
    dkg_identity *identities; /* secret memory */
    size_t identity_count;
    dkg_recipient *recipients;
    size_t recipient_count;
    uint8_t (*signers)[32];
    size_t signer_count;
    uint8_t *signing_key;    /* secret memory, 64 bytes */
} dkg_keychain;

/* An empty chain. passphrase_fd: -1 for none. Close it in every case. */
dkg_keychain dkg_keychain_open(dkg_host *host, int64_t passphrase_fd);
void dkg_keychain_close(dkg_keychain *chain);

/* Each adds what a file or text holds; NULL and empty lists are fine and add nothing. The sentence names the file. */
DKG_MUST_USE dkg_status dkg_keychain_keyfile(dkg_keychain *chain, const char *path, dkg_error *err);
DKG_MUST_USE dkg_status dkg_keychain_identities(dkg_keychain *chain, const char *path, dkg_error *err);
DKG_MUST_USE dkg_status dkg_keychain_recipients(dkg_keychain *chain, const dkg_string_list *files, const dkg_string_list *texts,
                                                dkg_error *err);
DKG_MUST_USE dkg_status dkg_keychain_signing_key(dkg_keychain *chain, const char *path, dkg_error *err);
/* Who must have signed a volume that is read. */
DKG_MUST_USE dkg_status dkg_keychain_signers(dkg_keychain *chain, const dkg_string_list *texts, dkg_error *err);
/* A new passphrase for a slot or a key file: asked twice on a terminal. *out points into the chain. */
DKG_MUST_USE dkg_status dkg_keychain_new_passphrase(dkg_keychain *chain, const char *what, dkg_bytes *out, dkg_error *err);

/* Everything that may open a volume; points into the chain. `ask`: passphrase slots may be tried. */
dkg_keys dkg_keychain_keys(dkg_keychain *chain, bool ask);
/* What a volume is locked for; points into the chain. */
dkg_locks dkg_keychain_locks(const dkg_keychain *chain, bool key_factor, dkg_bytes passphrase, bool strong);
#endif
