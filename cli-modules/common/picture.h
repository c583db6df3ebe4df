/* A picture of up to three volumes side by side: three orthogonal slices through the middle of each, as PNG. */
#ifndef DKG_CLI_PICTURE_H
#define DKG_CLI_PICTURE_H

#include "dkg/base.h"

typedef struct dkg_picture_volume {
    uint64_t dim[3];      /* columns, rows, slices */
    uint64_t step;        /* bytes from one slice to the next */
    uint16_t datatype;    /* NIfTI code */
    uint16_t bpv;
    bool big_endian;
    const uint8_t *voxels; /* first slice */
    double spacing[3];    /* mm; not finite or not > 0 counts as 1 */
} dkg_picture_volume;

/* One voxel as a number. Colour becomes the mean of its channels, complex its real part, not finite or of another type 0. */
double dkg_picture_voxel(const dkg_picture_volume *v, uint64_t x, uint64_t y, uint64_t z);
/* 1st and 99th percentile of a sample of voxels spread over the volume; *high > *low always. */
void dkg_picture_window(const dkg_picture_volume *v, double *low, double *high);
/* One slice through the middle into a side x side square of grey, nearest voxel, aspect ratio kept; pixels outside the volume
 * are left alone. across, down: axes 0..2 of the volume. */
void dkg_picture_slice(const dkg_picture_volume *v, int across, int down, size_t side, uint8_t *out, size_t row_bytes);
/* Writes columns = volumes, rows = axial, coronal, sagittal. Each volume is scaled to its own 1st..99th percentile. */
DKG_MUST_USE dkg_status dkg_picture_write(const char *path, unsigned flags, const dkg_picture_volume *volumes, size_t count,
                                          dkg_error *err);
#endif
