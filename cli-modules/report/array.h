/* Volumes as arrays of samples, ready to be measured. */
#ifndef DKG_CLI_ARRAY_H
#define DKG_CLI_ARRAY_H

#include "common/picture.h"
#include "dkg/cipher.h"
#include "dkg/metrics.h"
#include "dkg/nifti.h"

typedef struct dkg_array {
    dkg_shape shape;
    const uint8_t *samples;
    dkg_picture_volume picture;
    dkg_sealed *sealed;        /* NULL: not an encrypted volume, measured as it is */
    dkg_stored_image *image;   /* that holds `sealed` */
    dkg_volume *volume;        /* else */
    uint8_t *swapped;          /* samples of a big-endian file */
} dkg_array;

/* depth: "auto", "8", "12", "16". An encrypted volume gives its ciphertext, any other volume its voxels as stored: words of 8 and 16
 * bits as such, colour in its channels, everything else byte by byte. DKG_USAGE: a depth the volume does not have. Free it in
 * every case. */
DKG_MUST_USE dkg_status dkg_array_read(const char *path, const char *depth, const dkg_log *log, dkg_array *out, dkg_error *err);
/* The same for a volume that must not be taken for an encrypted one. */
DKG_MUST_USE dkg_status dkg_array_read_plain(const char *path, const char *depth, dkg_array *out, dkg_error *err);
void dkg_array_free(dkg_array *a);
bool dkg_array_alike(const dkg_array *a, const dkg_array *b);
#endif
