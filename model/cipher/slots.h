/* cipher/slots.h - the slots region of the envelope: who may open a volume, and who signed it (docs/volume-format.md,
 * section 7). */
#ifndef DKG_CIPHER_SLOTS_H
#define DKG_CIPHER_SLOTS_H

#include "dkg/cipher.h"

enum {
    DKG_SLOT_X25519 = 1,
    DKG_SLOT_PASSPHRASE = 2,
    DKG_SLOT_KEYFILE = 3,
    DKG_SLOT_SIGNATURE = 0x10,
    DKG_SLOT_X25519_BYTES = 96, /* bodies, without the four bytes of type and length */
    DKG_SLOT_PASSPHRASE_BYTES = 104,
    DKG_SLOT_KEYFILE_BYTES = 80,
    DKG_SLOT_SIGNATURE_BYTES = 96,
    DKG_SLOT_X25519_INNER = 48, /* FK || mark, what is sealed for a recipient */
    DKG_SLOT_ASSOCIATED = 42,
    DKG_CORE_SALT = 48,         /* offset of the salt in the core */
    DKG_SLOTS_STEP = 256,  /* the region is a multiple of it, at least once it */
    DKG_SLOTS_MAX = 65536,
    DKG_PASSPHRASE_TRIES = 8
};

/* ---- the list ------------------------------------------------------------------------------------------------------ */
typedef struct dkg_slot {
    uint16_t type, size;
    const uint8_t *body; /* points into the region */
} dkg_slot;
/* The next slot; false at the end. c->failed then says that the list is cut short or not followed by zeros. */
bool dkg_slot_next(dkg_cursor *c, dkg_slot *out);
/* Associated data of the boxes in slots of types 2 and 3: "DKG1SLOT" || u16 type || salt. */
void dkg_slot_associated(uint8_t out[DKG_SLOT_ASSOCIATED], uint16_t type, const uint8_t salt[32]);
/* B2(16, -, "DKG1slot" || salt), sealed beside FK in slots of type 1. */
void dkg_slot_mark(uint8_t out[16], const uint8_t salt[32]);

/* ---- writing, checking, opening ------------------------------------------------------------------------------------- */
/* Writes the slots of `locks` for the file key fk into the empty *out, padded with zeros to a multiple of 256; the caller
 * frees it with dkg_buffer_free(). The salt is core[48..79]; core_mac is signed when there is a signing key. *count: slots of
 * types 1..3. DKG_USAGE: nothing to lock for, more recipients than fit, a recipient that is no usable point; DKG_POLICY: only a
 * key-file factor, or an Argon2 cost out of range. */
DKG_MUST_USE dkg_status dkg_slots_write(const dkg_locks *locks, const uint8_t fk[32], const uint8_t core[128],
                                        const uint8_t core_mac[32], dkg_buffer *out, uint32_t *count, dkg_error *err);

/* What anyone can see of the slots. */
typedef struct dkg_slots_info {
    uint32_t x25519, passphrase, keyfile;
    uint32_t other;       /* unknown types that may be skipped */
    bool has_signature;
    uint8_t signer[32];   /* Ed25519 public key, unverified */
} dkg_slots_info;
/* Structural check; needs no key. DKG_ENVELOPE: a known type of the wrong length, an unknown one that must not be skipped, a
 * slot cut short, a second signature, anything but zeros after the list. */
DKG_MUST_USE dkg_status dkg_slots_parse(dkg_bytes slots, dkg_slots_info *out, dkg_error *err);

/* True when this file key is the volume's (its commitment fits). fk lies in secret memory only during the call. */
typedef bool (*dkg_accept_fk)(void *self, const uint8_t fk[32]);
/* Offers every file key that comes out of the slots to `accept` until it takes one: identities and key files first, then, if
 * keys->ask is given and the cost is within the limits, one passphrase for at most 8 slots. DKG_NO_KEY: none was accepted;
 * DKG_POLICY: none was, and a passphrase slot was left out because of its cost; a status of keys->ask. */
DKG_MUST_USE dkg_status dkg_slots_open(dkg_bytes slots, const uint8_t salt[32], const dkg_keys *keys, dkg_accept_fk accept,
                                       void *self, dkg_error *err);

/* Verifies the signature, if there is one, over core and core_mac, and holds it against keys->signers. *valid: there is one
 * and it is good. DKG_ENVELOPE: it does not verify; DKG_POLICY: signers are given and none of them signed. */
DKG_MUST_USE dkg_status dkg_slots_verify(dkg_bytes slots, const uint8_t core[128], const uint8_t core_mac[32],
                                         const dkg_keys *keys, bool *valid, dkg_error *err);

#endif
