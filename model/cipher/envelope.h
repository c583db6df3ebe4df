/* cipher/envelope.h - the envelope: core, mutable part, slots, sealed metadata, table (docs/volume-format.md, section 5). */
#ifndef DKG_CIPHER_ENVELOPE_H
#define DKG_CIPHER_ENVELOPE_H

#include "cipher/format.h"
#include "dkg/cipher.h"

enum {
    /* core */
    DKG_AT_MODE = 12, DKG_AT_AEAD = 13, DKG_AT_KDF = 14, DKG_AT_CB = 15, DKG_AT_NX = 16, DKG_AT_NY = 20, DKG_AT_SLICES = 24,
    DKG_AT_DATATYPE = 28, DKG_AT_BPV = 30, DKG_AT_BLOCK = 32, DKG_AT_SEALED_SIZE = 36, DKG_AT_FLAGS = 40, DKG_AT_ZERO = 44,
    DKG_AT_SALT = 48, DKG_AT_FINGERPRINT = 80, DKG_AT_COMMITMENT = 96,
    /* mutable part */
    DKG_AT_SIZE = 128, DKG_AT_SLOTS_SIZE = 132, DKG_AT_EPOCH = 136, DKG_AT_MUTABLE_ZERO = 144, DKG_AT_CORE_MAC = 160,
    DKG_AT_SLOTS_MAC = 192, DKG_AT_CHECKSUM = 224, DKG_AT_SLOTS = 256,
    DKG_CORE_BYTES = 128,
    DKG_HEAD_BYTES = 256, /* core and mutable part */
    DKG_ENTRY_BYTES = 32  /* tag, gcheck */
};
enum { DKG_FLAG_FACTOR = 1, DKG_FLAG_STREAM = 2, DKG_FLAG_FIXED_IMAGE = 4 };

/* An envelope's numbers and where its parts lie; points into the bytes it was read from. */
typedef struct dkg_envelope {
    const uint8_t *bytes;
    uint64_t size;            /* E */
    dkg_shape shape;
    dkg_mode mode;
    uint16_t datatype;
    uint32_t flags;
    uint64_t epoch;
    const uint8_t *salt, *core_mac, *slots_mac;
    dkg_bytes slots, sealed;
    const uint8_t *table;     /* entry z at 32 * z */
} dkg_envelope;

/* E of the given parts. */
uint64_t dkg_envelope_size(uint64_t slots, uint64_t sealed, uint64_t slices);
/* The keyless sum of section 5 over `size` >= 256 bytes. */
void dkg_envelope_checksum(const uint8_t *bytes, uint64_t size, uint8_t out[32]);

/* What the locator asks before it trusts any length: magic, nx, ny and cb as in the view, P whole, and E as stored; from the
 * first 256 bytes. *planes: S*P, *size: E. */
DKG_MUST_USE bool dkg_envelope_peek(const uint8_t head[DKG_HEAD_BYTES], uint32_t nx, uint32_t ny, uint8_t cb, uint64_t *planes,
                                    uint64_t *size);

/* Step 2 of section 11: every length, version, algorithm, flag and reserved byte of `bytes` (E long). DKG_ENVELOPE. */
DKG_MUST_USE dkg_status dkg_envelope_parse(dkg_bytes bytes, dkg_envelope *out, dkg_error *err);

/* core_mac, slots_mac and hd of section 6. slots_mac covers core_mac, so that comes first. */
void dkg_envelope_core_mac(const dkg_envelope *envelope, const uint8_t key[32], uint8_t out[32]);
void dkg_envelope_slots_mac(const dkg_envelope *envelope, const uint8_t key[32], uint8_t out[32]);
void dkg_core_digest(const uint8_t core[DKG_CORE_BYTES], uint8_t hd[32]);

#endif
