/* cipher/slices.h - sealing and opening slices (docs/volume-format.md, section 6; paper mode: section 13). */
#ifndef DKG_CIPHER_SLICES_H
#define DKG_CIPHER_SLICES_H

#include "cipher/envelope.h"

/* A row of slices and their table. Slice z is at z * size, its entry (tag, gcheck) at z * DKG_ENTRY_BYTES. */
typedef struct dkg_slices {
    dkg_mode mode;
    const uint8_t *key; /* k_aead; not used in paper mode */
    uint8_t hd[32];
    size_t size;        /* L */
    uint32_t count;     /* S */
} dkg_slices;
dkg_slices dkg_slices_of(const dkg_envelope *envelope, const uint8_t *key);
/* The same while there is no envelope yet. */
dkg_slices dkg_slices_make(const uint8_t core[DKG_CORE_BYTES], dkg_mode mode, const dkg_shape *shape, const uint8_t *key);

/* X_z at `data`, of this slice, becomes C_z, and the table entry, whose gcheck is there already, gets its tag. */
void dkg_slice_seal(const dkg_slices *slices, uint32_t z, uint8_t *data, uint8_t *table);
/* Checks the tag of slice z and, unless out is NULL, opens it. False: damaged, and out is zeroed. `cipher` and `out`: of this
 * slice. In paper mode out gets C_z as it is. */
DKG_MUST_USE bool dkg_slice_open(const dkg_slices *slices, uint32_t z, const uint8_t *cipher, const uint8_t *table, uint8_t *out);
/* Opens slices first .. first+count-1 of `cipher` (all of them, S * L) into out (count * L; NULL: only check). damaged[i] = 1
 * where that fails. Returns how many. */
uint32_t dkg_slices_open(const dkg_slices *slices, uint32_t first, uint32_t count, const uint8_t *cipher, const uint8_t *table,
                         uint8_t *out, uint8_t *damaged, unsigned threads);

#endif
