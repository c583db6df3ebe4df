#include "common/volumes.h"

#include <stdlib.h>

dkg_source dkg_source_of(const dkg_volume *volume)
{
    const dkg_nifti_header *h = &volume->header;
    dkg_source s = {
        .nx = h->dim[1],
        .ny = h->dim[2],
        .slices = 1,
        .datatype = h->datatype,
        .bpv = h->bpv,
        .kind = h->pair ? 2 : 1,
        .nifti_version = h->version,
        .big_endian = h->big_endian,
        .gzipped = volume->gzipped,
        .data_offset = h->data_offset,
        .head = volume->head,
        .image_head = volume->image_head,
        .data = volume->data,
        .tail = volume->tail,
        .name = volume->name,
    };
    for (uint32_t d = 3; d <= h->rank; d++) s.slices *= h->dim[d]; /* a factor of h->voxels, which is checked */
    return s;
}

dkg_picture_volume dkg_picture_of_volume(const dkg_nifti_header *h, const uint8_t *voxels)
{
    return (dkg_picture_volume){
        .dim = {h->dim[1], h->dim[2], h->dim[3]},
        .step = h->dim[1] * h->dim[2] * h->bpv,
        .datatype = h->datatype,
        .bpv = h->bpv,
        .big_endian = h->big_endian,
        .voxels = voxels,
        .spacing = {h->pixdim[1], h->pixdim[2], h->pixdim[3]},
    };
}

dkg_stored dkg_stored_of(const dkg_stored_image *image)
{
    const dkg_nifti_header *h = &image->header;
    return (dkg_stored){
        .dim = {h->dim[1], h->dim[2], h->dim[3]},
        .datatype = h->datatype,
        .bpv = h->bpv,
        .big_endian = h->big_endian,
        .slope = h->slope,
        .inter = h->inter,
        .voxels = image->voxels,
        .extension = image->extension,
    };
}

dkg_carrier_file dkg_carrier_file_of(const dkg_carrier *carrier, const dkg_nifti_header *source, dkg_geometry geometry, bool nifti2)
{
    return (dkg_carrier_file){
        .nx = carrier->nx,
        .ny = carrier->ny,
        .planes = carrier->planes,
        .carrier_bytes = carrier->carrier_bytes,
        .planes_per_slice = carrier->planes_per_slice,
        .paper = carrier->mode == DKG_MODE_PAPER,
        .nifti2 = nifti2,
        .geometry = geometry,
        .source = source,
        .extension = {(const uint8_t *)carrier->extension, carrier->extension_size},
        .voxels = {carrier->voxels, carrier->voxel_bytes},
    };
}

dkg_status dkg_check_output(const char *input, const char *output, dkg_error *err)
{
    char *image_in = dkg_image_name(input), *image_out = dkg_image_name(output);
    bool same = dkg_file_same(input, output) || (image_in && dkg_file_same(image_in, output)) ||
                (image_out && dkg_file_same(input, image_out)) || (image_in && image_out && dkg_file_same(image_in, image_out));
    free(image_in);
    free(image_out);
    if (!same) return DKG_OK;
    return dkg_fail(err, DKG_USAGE, "%s: input and output are the same file", output);
}

dkg_status dkg_open_carrier(const char *path, const dkg_log *log, dkg_stored_image **image, dkg_sealed **sealed, dkg_error *err)
{
    *image = NULL;
    *sealed = NULL;
    dkg_status status = dkg_stored_read(path, 0, image, err);
    if (status != DKG_OK) return status;
    dkg_stored stored = dkg_stored_of(*image);
    dkg_error why = {0};
    status = dkg_locate(&stored, log, sealed, &why);
    if (status == DKG_OK) return DKG_OK;
    dkg_stored_free(*image);
    *image = NULL;
    return dkg_fail(err, status, "%s: %s", path, why.text);
}
