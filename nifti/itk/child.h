/* child.h - the one way to ITK: a child process. */
#ifndef DKG_ITK_CHILD_H
#define DKG_ITK_CHILD_H

#include "dkg/itk.h"

typedef struct dkg_itk_call {
    dkg_image_format format;
    const char *path;
    uint64_t max;           /* reading: most bytes of voxels */
    const dkg_image *image; /* writing: what; NULL: read */
} dkg_itk_call;

/* Reads into *out, whose `owned` is freed with free(), or writes. DKG_UNSUPPORTED when there is no ITK, DKG_SOURCE also when its
 * readers crash over a file. */
DKG_MUST_USE dkg_status dkg_itk_run(const dkg_itk_call *call, dkg_image *out, dkg_error *err);

/* Bytes of the voxels of an image by its type and shape; 0 when these make no sense. */
uint64_t dkg_image_bytes(const dkg_image *image);

#endif
