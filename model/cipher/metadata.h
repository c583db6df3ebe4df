/* cipher/metadata.h - the sealed metadata: how the source looked besides its voxels (docs/volume-format.md, section 5). */
#ifndef DKG_CIPHER_METADATA_H
#define DKG_CIPHER_METADATA_H

#include "cipher/envelope.h"
#include "dkg/cipher.h"

typedef struct dkg_metadata {
    uint8_t kind, nifti_version;
    bool big_endian, gzipped;
    uint16_t datatype, bpv;
    uint64_t data_offset, data_bytes;
    dkg_bytes head, image_head, tail, name, note;
    const uint8_t *hash;    /* 32 bytes, NULL in paper mode */
    const uint8_t *model;   /* 32 bytes, NULL in mode 2 */
    const uint8_t *keyfile; /* 16 bytes, only in paper mode */
} dkg_metadata;

bool dkg_kind_ok(uint8_t kind, uint8_t nifti_version);
/* M = 16 + the padded list, 0 when it overflows or exceeds the format's limit. */
uint64_t dkg_metadata_sealed_size(const dkg_metadata *metadata);
/* Writes the list and its padding, dkg_metadata_sealed_size() - 16 bytes. */
void dkg_metadata_write(const dkg_metadata *metadata, uint8_t *out, size_t size);
/* A NAME that readers accept: none at all, or without folders and control characters, and neither "." nor "..". */
DKG_MUST_USE bool dkg_metadata_name_ok(dkg_bytes name);
/* Reads and checks a list against the envelope it came in: order, lengths, required and forbidden entries, sizes against the
 * core, padding. *out points into `list`. DKG_ENVELOPE. */
DKG_MUST_USE dkg_status dkg_metadata_parse(dkg_bytes list, const dkg_envelope *envelope, dkg_metadata *out, dkg_error *err);

/* Seals `size - 16` bytes of plaintext at `sealed` in place: AEAD under key (k_meta), in paper mode only a checksum. */
void dkg_metadata_seal(uint8_t *sealed, size_t size, dkg_mode mode, const uint8_t key[32], const uint8_t hd[32]);
/* Opens envelope->sealed into `out`, envelope->sealed.size - 16 bytes. DKG_ENVELOPE. */
DKG_MUST_USE dkg_status dkg_metadata_open(const dkg_envelope *envelope, const uint8_t key[32], uint8_t *out, dkg_error *err);

#endif
