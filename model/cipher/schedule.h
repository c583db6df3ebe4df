/* cipher/schedule.h - the key schedule of DKG1: hashes, nonces, subkeys and initial images (docs/volume-format.md, sections
 * 2 and 6). Pure functions of their arguments; nothing here fails. */
#ifndef DKG_CIPHER_SCHEDULE_H
#define DKG_CIPHER_SCHEDULE_H

#include "dkg/base.h"

/* B2(n, key, parts[0] || parts[1] || ...): BLAKE2b (RFC 7693) of the parts as one message, n = 16..64 bytes of output, key of
 * 32 bytes or NULL for none. */
void dkg_b2_parts(uint8_t *out, size_t n, const uint8_t *key, const dkg_bytes *parts, size_t count);
/* The same with the parts written out: DKG_B2(out, 32, NULL, {a, 32}, {b, size}). */
#define DKG_B2(out, n, key, ...)                                             \
    dkg_b2_parts((out), (n), (key), (const dkg_bytes[]){__VA_ARGS__},        \
                 sizeof((const dkg_bytes[]){__VA_ARGS__}) / sizeof(dkg_bytes))
/* A string literal as such a part, without its NUL. */
#define DKG_TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

/* XSTREAM(key, nonce, n): the first n bytes of the XChaCha20 key stream. */
void dkg_xstream(uint8_t *out, size_t n, const uint8_t key[32], const uint8_t nonce[24]);

enum { DKG_NONCE_SLICES = 1, DKG_NONCE_METADATA = 2 };
/* nonce(i, d) = LE64(i) || u8 d || 15 zeros */
void dkg_nonce(uint8_t out[24], uint64_t i, uint8_t d);

/* KDF(root, 1..7), in the order of their numbers. All but `commitment` are secret: keep it in secret memory. */
typedef struct dkg_schedule {
    uint8_t aead[32], gen[32], gcheck[32], meta[32], mac[32];
    uint8_t commitment[32]; /* public: core[96..127] */
    uint8_t slots[32];
} dkg_schedule;
/* All subkeys of a volume. fk: file key; core: the first 96 bytes of the core; kf: key-file factor, 32 zeros without one. */
void dkg_schedule_derive(const uint8_t fk[32], const uint8_t core[96], const uint8_t kf[32], dkg_schedule *out);

/* n_b, the number of generator blocks of a slice of L = slice_bytes bytes, 1 <= L < 2^31. */
uint32_t dkg_block_count(uint64_t slice_bytes);
/* H_j, the rows of block j < n_b: 256, but for the last block outside paper mode only what it needs, 64..256. */
uint32_t dkg_block_rows(uint64_t slice_bytes, uint32_t j, bool paper);
/* I(z, j), an image of `rows` x 256 x 3 bytes. gen: k_gen, or NULL for the fixed image of paper mode (flag bit 2), which is
 * initial itself. initial: I0, DKG_KEY_BYTES long, or NULL for zeros (then gen must not be NULL). */
void dkg_initial_image(const uint8_t *gen, const uint8_t *initial, uint64_t z, uint32_t j, uint32_t rows, uint8_t *out);

#endif
