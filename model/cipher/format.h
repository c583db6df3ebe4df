/* cipher/format.h - the geometry of a carrier: NIfTI datatypes, planes, slab (docs/volume-format.md, sections 3 and 4). */
#ifndef DKG_CIPHER_FORMAT_H
#define DKG_CIPHER_FORMAT_H

#include "dkg/base.h"

enum {
    DKG_SALT_BYTES = 32,
    DKG_TAG_BYTES = 16,
    DKG_TRAILER_BYTES = 64,
    DKG_SLICES_MAX = 1 << 22,
    DKG_SLICE_BYTES_MAX = 0x7FFFFFFF, /* L < 2^31 */
    DKG_SEALED_MIN = 528,
    DKG_SEALED_MAX = 1 << 26,         /* sections 5 and 14: M <= 64 MiB */
    DKG_NIFTI1_DIM_MAX = 32767
};

/* Bytes per voxel of a NIfTI datatype code, 0 for codes the format refuses (binary, ANALYZE, unknown). */
uint16_t dkg_type_bytes(uint16_t datatype);
/* Carrier bytes per voxel a writer uses by default: 1 or 2. */
uint8_t dkg_type_carrier_bytes(uint16_t datatype);

/* Where everything lies in a carrier. All sizes in bytes unless said otherwise. */
typedef struct dkg_shape {
    uint32_t nx, ny, slices;
    uint16_t bpv;
    uint8_t cb;            /* carrier bytes per voxel */
    uint32_t per_slice;    /* P, planes per slice */
    uint64_t plane;        /* pl = nx * ny * cb */
    uint64_t slice;        /* L = P * pl */
} dkg_shape;
/* Fills in P, pl and L; false when a number is out of the format's range (nx, ny, S >= 1, S <= 2^22, L < 2^31, cb in {1, 2}
 * and a divisor of bpv). */
DKG_MUST_USE bool dkg_shape_make(uint32_t nx, uint32_t ny, uint32_t slices, uint16_t bpv, uint8_t cb, dkg_shape *out);

/* K, the key planes an envelope of E bytes needs; E <= 2^40. */
uint64_t dkg_key_planes(uint64_t envelope, uint64_t plane);

/* ---- trailer (section 4): only helps to find the envelope, never trusted ----------------------------------------------- */
typedef struct dkg_trailer {
    uint8_t cb;
    uint64_t envelope;  /* E */
    uint32_t nx, ny;
    uint64_t planes;    /* S*P + K */
    uint32_t key_planes;
} dkg_trailer;
void dkg_trailer_write(const dkg_trailer *trailer, uint8_t out[DKG_TRAILER_BYTES]);
/* False when it is not a sound trailer: magic, version, zeros, checksum, cb, or a K that is not the formula's. */
DKG_MUST_USE bool dkg_trailer_read(const uint8_t bytes[DKG_TRAILER_BYTES], dkg_trailer *out);

/* Writes the slab copy A || zeros || copy B || trailer to `out`, K * plane bytes. */
void dkg_slab_write(const dkg_shape *shape, dkg_bytes envelope, uint8_t *out);

#endif
