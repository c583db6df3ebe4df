/* cipher/sealed.h - a located carrier and what unlocking it adds (docs/volume-format.md, sections 10 and 11). */
#ifndef DKG_CIPHER_SEALED_H
#define DKG_CIPHER_SEALED_H

#include "cipher/envelope.h"
#include "cipher/metadata.h"
#include "cipher/schedule.h"

/* Everything secret about a volume; secret memory. */
typedef struct dkg_secrets {
    uint8_t fk[32], factor[32];
    dkg_schedule keys;               /* paper mode: only gen */
    uint8_t *initial;                /* I0 of the key file, DKG_KEY_BYTES in secret memory of its own; NULL: zeros */
} dkg_secrets;
/* NULL when memory is out; NULL is fine to free. */
DKG_MUST_USE dkg_secrets *dkg_secrets_new(void);
void dkg_secrets_free(dkg_secrets *secrets);
/* Sets I0 to the key file's. False when memory is out. */
DKG_MUST_USE bool dkg_secrets_take_initial(dkg_secrets *secrets, const dkg_keyfile *key);

struct dkg_sealed {
    dkg_envelope copy[2]; /* those with a right checksum, the one to try first in front; equal ones once */
    uint8_t *copy_bytes[2];
    size_t copies, used;
    const uint8_t *cipher; /* S * L bytes; the stored voxels themselves where they are canonical already */
    uint8_t *cipher_owned;
    dkg_public_info info;
    /* after dkg_unlock() */
    dkg_secrets *secrets;
    uint8_t *list; /* opened metadata, secret memory */
    dkg_metadata metadata;
    dkg_private_info opened;
};

/* The envelope in use. */
const dkg_envelope *dkg_sealed_envelope(const dkg_sealed *sealed);
/* Brings sealed->info up to date with the envelope in use. */
void dkg_sealed_describe(dkg_sealed *sealed);

#endif
