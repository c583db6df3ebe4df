/* An image as a NIfTI volume in memory. */
#include "internal.h"
#include "dkg/itk.h"

#include <float.h>
#include <math.h>
#include <nifti2_io.h>
#include <stdlib.h>
#include <string.h>

enum { DIM_MAX = 32767 };

static uint16_t voxel_type(const dkg_image *image)
{
    if (image->components == 1) return image->datatype;
    if (image->datatype == NIFTI_TYPE_UINT8 && image->components == 3) return NIFTI_TYPE_RGB24;
    if (image->datatype == NIFTI_TYPE_UINT8 && image->components == 4) return NIFTI_TYPE_RGBA32;
    return 0;
}

/* Numbers that the floats of NIfTI-1 can hold. */
static bool world_is_usable(const dkg_image *image)
{
    for (int i = 0; i < 12; i++)
        if (!(fabs(image->to_world[i / 4][i % 4]) <= (double)FLT_MAX)) return false;
    return fabs(image->time_step) <= (double)FLT_MAX;
}

static void fill_geometry(const dkg_image *image, nifti_2_header *h)
{
    nifti_dmat44 world = {{{0}}};
    for (int row = 0; row < 3; row++)
        for (int column = 0; column < 4; column++) world.m[row][column] = image->to_world[row][column];
    world.m[3][3] = 1;
    nifti_dmat44_to_quatern(world, &h->quatern_b, &h->quatern_c, &h->quatern_d, &h->qoffset_x, &h->qoffset_y, &h->qoffset_z, &h->pixdim[1],
                            &h->pixdim[2], &h->pixdim[3], &h->pixdim[0]);
    h->pixdim[4] = image->time_step;
    h->qform_code = h->sform_code = NIFTI_XFORM_SCANNER_ANAT;
    memcpy(h->srow_x, image->to_world[0], sizeof h->srow_x);
    memcpy(h->srow_y, image->to_world[1], sizeof h->srow_y);
    memcpy(h->srow_z, image->to_world[2], sizeof h->srow_z);
    h->xyzt_units = NIFTI_UNITS_MM;
}

/* Voxels of the machine's order in little-endian order, in place. */
static void order(uint8_t *voxels, size_t size, size_t component)
{
    if (!dkg_host_is_big_endian() || component == 1) return;
    nifti_swap_Nbytes((int64_t)(size / component), (int)component, voxels);
}

dkg_status dkg_image_to_volume(const dkg_image *image, dkg_volume **out, dkg_error *err)
{
    uint16_t type = voxel_type(image);
    *out = NULL;
    if (!type)
        return dkg_fail(err, DKG_SOURCE, "voxels of %u components of type %u have no NIfTI form", (unsigned)image->components,
                        (unsigned)image->datatype);
    if (!world_is_usable(image)) return dkg_fail(err, DKG_SOURCE, "spacing, origin or orientation of the image are no finite numbers");
    nifti_2_header h = {.sizeof_hdr = DKG_NIFTI1_SIZE, .datatype = (int16_t)type, .scl_slope = 1};
    h.dim[0] = image->rank;
    for (uint32_t i = 0; i < 7; i++) {
        h.dim[i + 1] = i < image->rank ? (int64_t)image->dim[i] : 1;
        h.pixdim[i + 1] = 1;
        if (h.dim[i + 1] > DIM_MAX) h.sizeof_hdr = DKG_NIFTI2_SIZE;
    }
    fill_geometry(image, &h);
    int bytes, swap;
    nifti_datatype_sizes(type, &bytes, &swap);
    h.bitpix = (int16_t)(8 * bytes);
    h.vox_offset = h.sizeof_hdr + 4;
    size_t head = (size_t)h.vox_offset;
    uint8_t *file = malloc(head + image->voxels.size);
    if (!file) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu bytes", head + image->voxels.size);
    memset(file + head - 4, 0, 4); /* no extensions */
    (void)dkg_nifti_store(&h, file);
    memcpy(file + head, image->voxels.at, image->voxels.size);
    order(file + head, image->voxels.size, (size_t)bytes / image->components);
    dkg_status status = dkg_volume_parse((dkg_bytes){file, head + image->voxels.size}, NULL, out, err);
    free(file);
    return status;
}
