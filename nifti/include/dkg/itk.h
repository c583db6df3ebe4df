/* dkg/itk.h - images of formats other than NIfTI, through ITK: NRRD, MetaImage, PNG, TIFF, JPEG 2000 and DICOM in; NRRD, MetaImage
 * and TIFF out. ITK lives in a library of its own, loaded into a child process for each call, so that neither its start nor a
 * file it breaks down over is ours; where the library was not built (-DDKG_WITH_ITK=OFF) or is not installed, the calls fail with
 * DKG_UNSUPPORTED. */
#ifndef DKG_ITK_H
#define DKG_ITK_H

#include "dkg/nifti.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum dkg_image_format {
    DKG_IMAGE_OTHER, /* NIfTI among them */
    DKG_IMAGE_NRRD,
    DKG_IMAGE_META,
    DKG_IMAGE_PNG,
    DKG_IMAGE_TIFF,
    DKG_IMAGE_JPEG2000,
    DKG_IMAGE_DICOM,       /* one file */
    DKG_IMAGE_DICOM_FOLDER /* a folder: the files of one series */
} dkg_image_format;

const char *dkg_image_format_name(dkg_image_format format); /* "NRRD", "DICOM series", ... */
/* By the first bytes, MetaImage also by its name; a name of NIfTI (.nii, .hdr, .img, also .gz) is OTHER. Needs no ITK.
 * *detached: the file is a header whose voxels lie in other files (.nhdr, .mhd), or a folder. DKG_IO when it cannot be read. */
DKG_MUST_USE dkg_status dkg_image_identify(const char *path, dkg_image_format *format, bool *detached, dkg_error *err);

/* An image as ITK reads it: component i of voxel (x, y, z, t) is voxels[components * (x + dim[0] * (y + ...)) + i], in the byte
 * order of the machine. Colour palettes are expanded, DICOM rescaling is applied (its type may then be a wider one). */
typedef struct dkg_image {
    uint16_t datatype;     /* NIfTI code of a component: 2, 256, 4, 512, 8, 768, 1024, 1280, 16 or 64 */
    uint16_t components;   /* 1; 2 grey and alpha; 3 RGB; 4 RGBA; any number in a vector image */
    uint32_t rank;         /* 1..4 */
    uint64_t dim[4];       /* dim[0..rank-1] >= 1, the rest 1 */
    double to_world[3][4]; /* voxel (i, j, k, 1) to mm right, anterior, superior, as in NIfTI. The files say left and posterior
                            * (LPS), so rows 0 and 1 have the other sign there. No orientation in the file: identity in LPS */
    double time_step;      /* distance of two voxels along the fourth axis, in the unit of the file; 1 when there is none */
    dkg_bytes voxels;
    void *owned;
} dkg_image;

/* Reads a file, a header with detached voxels, or the one DICOM series in a folder, in the order of its slices. `max`: most
 * bytes of voxels (0: half of the memory of the machine); more than deflate could pack into the files is refused too.
 * DKG_UNSUPPORTED, DKG_SOURCE (malformed, of another format, several series), DKG_IO. */
DKG_MUST_USE dkg_status dkg_image_read(const char *path, uint64_t max, dkg_image **out, dkg_error *err);
void dkg_image_free(dkg_image *image);

/* Writes by the ending of the name: .nrrd, .mha (both raw, geometry kept) or .tif/.tiff (1 to 3 axes of uint8, int8, uint16,
 * int16 or float32; TIFF has no place for origin and orientation). Atomic, with the flags of dkg_output_open(); the axes of
 * to_world must be at right angles. DKG_UNSUPPORTED, DKG_USAGE (name, type or axes), DKG_IO. */
DKG_MUST_USE dkg_status dkg_image_write(const char *path, unsigned flags, const dkg_image *image, dkg_error *err);

/* The image as a little-endian NIfTI-1 volume (NIfTI-2 when an axis exceeds 32767), qform and sform with code 1: scalars, RGB24
 * and RGBA32. DKG_SOURCE for other components. */
DKG_MUST_USE dkg_status dkg_image_to_volume(const dkg_image *image, dkg_volume **out, dkg_error *err);

#ifdef __cplusplus
}
#endif
#endif
