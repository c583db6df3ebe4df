/* What is to be encrypted, whatever its format. */
#ifndef DKG_CLI_INPUT_H
#define DKG_CLI_INPUT_H

#include "dkg/cipher.h"
#include "dkg/host.h"
#include "dkg/nifti.h"

/* Exactly one of the two. */
typedef struct dkg_input {
    dkg_volume *volume; /* a NIfTI volume, or the image of several files (DICOM folder, detached voxels) made into one */
    uint8_t *file;      /* a single file of another format, as it is */
    size_t file_size;
    const char *name;   /* of the file, without folders; points into the path */
} dkg_input;

/* Reads it and says what decryption will give back when that is not the same NIfTI file. A file of another format must be a
 * sound image (dkg/itk.h): DKG_SOURCE, DKG_UNSUPPORTED, DKG_IO. Close it in every case. */
DKG_MUST_USE dkg_status dkg_input_read(const char *path, dkg_host *host, dkg_input *out, dkg_error *err);
void dkg_input_close(dkg_input *input);
/* Points into the input. A file that is sealed whole needs the stream layout. */
dkg_source dkg_input_source(const dkg_input *input);

#endif
