/* Where the rooms nifti and model meet: volumes become sources, stored images become what may be a carrier. */
#ifndef DKG_CLI_VOLUMES_H
#define DKG_CLI_VOLUMES_H

#include "common/picture.h"
#include "dkg/cipher.h"
#include "dkg/nifti.h"

/* The source of an encryption; points into the volume. */
dkg_source dkg_source_of(const dkg_volume *volume);
/* The same for a file of another format that is sealed whole. `name`: without folders; points into both. */
dkg_source dkg_source_of_file(dkg_bytes file, const char *name);
/* The first time point of a volume, for a picture. */
dkg_picture_volume dkg_picture_of_volume(const dkg_nifti_header *header, const uint8_t *voxels);
/* What dkg_locate() searches; points into the image. */
dkg_stored dkg_stored_of(const dkg_stored_image *image);
/* What dkg_carrier_write() writes; points into carrier and header. source may be NULL (no geometry). */
dkg_carrier_file dkg_carrier_file_of(const dkg_carrier *carrier, const dkg_nifti_header *source, dkg_geometry geometry, bool nifti2);
/* Says before the work what would fail after it. Each output must be another file than every input and every other output
 * (DKG_USAGE; of a .hdr/.img pair both files count), must not exist unless `replace`, and its folder must take a new file
 * (DKG_IO). NULL names are passed over. */
DKG_MUST_USE dkg_status dkg_check_files(const char *const *inputs, size_t input_count, const char *const *outputs, size_t output_count,
                                        bool replace, dkg_error *err);
/* DKG_USAGE unless a carrier can have this name: .nii or .nii.gz. NULL is fine. */
DKG_MUST_USE dkg_status dkg_check_carrier_name(const char *path, dkg_error *err);
/* Reads a stored image and locates the carrier in it; both are the caller's. */
DKG_MUST_USE dkg_status dkg_open_carrier(const char *path, const dkg_log *log, dkg_stored_image **image, dkg_sealed **sealed,
                                         dkg_error *err);
#endif
