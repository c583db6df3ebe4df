/* cipher/passphrase.h - passphrases and Argon2id (RFC 9106, version 1.3, one lane; docs/volume-format.md, section 7). */
#ifndef DKG_CIPHER_PASSPHRASE_H
#define DKG_CIPHER_PASSPHRASE_H

#include "dkg/cipher.h"

enum {
    DKG_PASSPHRASE_MAX = 1024,
    DKG_ARGON2_PASSES_MIN = 2,       /* what writers use at least */
    DKG_ARGON2_KIB_MIN = 65536,
    DKG_ARGON2_PASSES_MAX = 10,      /* what readers accept at most */
    DKG_ARGON2_KIB_MAX = 2097152,
    DKG_ARGON2_KIB_LEAST = 8         /* what Argon2 itself needs */
};

/* What a writer may use: DKG_USAGE for a passphrase that is not 1..1024 bytes without NUL, DKG_POLICY for a cost below
 * 2 passes or 65,536 KiB or above the readers' limits. */
DKG_MUST_USE dkg_status dkg_passphrase_check(dkg_bytes passphrase, dkg_argon2 cost, dkg_error *err);
/* What a reader accepts from a file: 1..10 passes and 8..2,097,152 KiB, else DKG_POLICY. With `any`, all Argon2 can do. */
DKG_MUST_USE dkg_status dkg_argon2_check(dkg_argon2 cost, bool any, dkg_error *err);
/* n bytes (16..64) of Argon2id. DKG_NO_MEMORY when the memory cannot be had. */
DKG_MUST_USE dkg_status dkg_argon2id(uint8_t *out, size_t n, dkg_bytes passphrase, const uint8_t salt[16], dkg_argon2 cost,
                                     dkg_error *err);

/* Asks for a passphrase into secret memory: *out is freed with dkg_secret_free(). The status of `ask`, DKG_NO_KEY when it
 * names none or when ask is NULL. */
DKG_MUST_USE dkg_status dkg_passphrase_ask(dkg_ask_passphrase ask, void *self, const char *what, uint8_t **out, size_t *size,
                                           dkg_error *err);

#endif
