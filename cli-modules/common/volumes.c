#include "common/volumes.h"

#include <stdlib.h>
#include <string.h>

dkg_source dkg_source_of(const dkg_volume *volume)
{
    const dkg_nifti_header *h = &volume->header;
    dkg_source s = {
        .nx = h->dim[1],
        .ny = h->dim[2],
        .slices = 1,
        .datatype = h->datatype,
        .bpv = h->bpv,
        .kind = h->pair ? DKG_KIND_PAIR : DKG_KIND_SINGLE,
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

dkg_source dkg_source_of_file(dkg_bytes file, const char *name)
{
    return (dkg_source){.nx = file.size, .ny = 1, .slices = 1, .datatype = 2, .bpv = 1, .kind = DKG_KIND_FILE, .data = file, .name = name};
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

/* Of pairs both files are compared. */
static bool same_file(const char *a, const char *b)
{
    char *image_a = dkg_image_name(a), *image_b = dkg_image_name(b);
    bool same = dkg_file_same(a, b) || (image_a && dkg_file_same(image_a, b)) || (image_b && dkg_file_same(a, image_b)) ||
                (image_a && image_b && dkg_file_same(image_a, image_b));
    free(image_a);
    free(image_b);
    return same;
}

static dkg_status probe(const char *path, bool replace, dkg_error *err)
{
    dkg_output *output;
    dkg_status status = dkg_output_open(path, replace ? DKG_OUTPUT_REPLACE : 0, &output, err);
    if (status == DKG_OK) dkg_output_discard(output);
    return status;
}

dkg_status dkg_check_files(const char *const *inputs, size_t input_count, const char *const *outputs, size_t output_count, bool replace,
                           dkg_error *err)
{
    dkg_status status = DKG_OK;
    for (size_t i = 0; i < output_count && status == DKG_OK; i++) {
        if (!outputs[i]) continue;
        for (size_t k = 0; k < input_count; k++)
            if (inputs[k] && same_file(inputs[k], outputs[i]))
                return dkg_fail(err, DKG_USAGE, "%s: input and output are the same file", outputs[i]);
        for (size_t k = 0; k < i; k++)
            if (outputs[k] && same_file(outputs[k], outputs[i]))
                return dkg_fail(err, DKG_USAGE, "%s: two outputs have the same name", outputs[i]);
        status = probe(outputs[i], replace, err);
        char *image = dkg_image_name(outputs[i]);
        if (status == DKG_OK && image) status = probe(image, replace, err);
        free(image);
    }
    return status;
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

dkg_status dkg_check_carrier_name(const char *path, dkg_error *err)
{
    if (!path || ends_in(path, ".nii") || ends_in(path, ".nii.gz")) return DKG_OK;
    return dkg_fail(err, DKG_USAGE, "%s: the name of an encrypted volume must end in .nii or .nii.gz", path);
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
