/* The report on damaged slices: a table for the scene and JSON for files (volume-format section 12). */
#ifndef DKG_CLI_DAMAGE_H
#define DKG_CLI_DAMAGE_H

#include "dkg/cipher.h"
#include "dkg/nifti.h"

typedef struct dkg_damage {
    const uint8_t *damaged;         /* `slices` bytes, or NULL: none */
    uint32_t slices, count;
    uint64_t slice_bytes, data_offset;
    const dkg_nifti_header *source; /* for indices; NULL in stream layout */
    const char *volume_id;          /* hex */
    dkg_status status;              /* outcome of the decryption */
    const char *sentence;
} dkg_damage;

/* CSV with columns slice, time, z, offset, cause, and its .schema.csv beside it. */
DKG_MUST_USE dkg_status dkg_damage_table(const char *path, unsigned flags, const dkg_damage *damage, dkg_error *err);
DKG_MUST_USE dkg_status dkg_damage_file(const char *path, unsigned flags, const dkg_damage *damage, dkg_error *err);
#endif
