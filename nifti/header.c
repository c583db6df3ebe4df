/* Header bytes: our own bounded check first, then libnifti2's reading of a copy that has passed it. Every number that decides
 * about memory comes from the check; libnifti2 gives spacing and orientation. Its file reading is never used: it trusts
 * declared sizes. */
#include "internal.h"

#include <math.h>
#include <nifti2_io.h>
#include <string.h>

_Static_assert(sizeof(nifti_1_header) == DKG_NIFTI1_SIZE, "nifti_1_header must lie in memory as in the file");
_Static_assert(sizeof(nifti_2_header) == DKG_NIFTI2_SIZE, "nifti_2_header must lie in memory as in the file");

bool dkg_host_is_big_endian(void)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 0;
}

uint64_t dkg_nifti_data_size(const dkg_nifti_header *header) { return header->voxels * header->bpv; }

/* Version, byte order and kind from the size field and the magic, the only two that tell them. */
static dkg_status identify(const uint8_t *bytes, size_t size, dkg_nifti_header *out, dkg_error *err)
{
    if (size < DKG_NIFTI1_SIZE)
        return dkg_fail(err, DKG_SOURCE, "%zu bytes are too short for a NIfTI header of %d bytes", size, DKG_NIFTI1_SIZE);
    uint32_t little = dkg_load32(bytes);
    uint32_t big = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    out->big_endian = big == DKG_NIFTI1_SIZE || big == DKG_NIFTI2_SIZE;
    uint32_t header_size = out->big_endian ? big : little;
    if (header_size != DKG_NIFTI1_SIZE && header_size != DKG_NIFTI2_SIZE)
        return dkg_fail(err, DKG_SOURCE, "not a NIfTI file: it begins with 0x%08x, not with a header size of 348 or 540", (unsigned)big);
    if (header_size > size)
        return dkg_fail(err, DKG_SOURCE, "%zu bytes are too short for a NIfTI-2 header of %u bytes", size, (unsigned)header_size);
    out->version = header_size == DKG_NIFTI1_SIZE ? 1 : 2;
    const uint8_t *magic = bytes + (out->version == 1 ? 344 : 4);
    out->pair = magic[1] == 'i';
    if (magic[0] == 'n' && (magic[1] == '+' || magic[1] == 'i') && magic[2] == '0' + out->version && magic[3] == 0) return DKG_OK;
    if (out->version == 1 && memcmp(magic, "n+", 2) != 0 && memcmp(magic, "ni", 2) != 0)
        return dkg_fail(err, DKG_SOURCE, "an ANALYZE 7.5 header without the magic of NIfTI: convert the volume to NIfTI first");
    return dkg_fail(err, DKG_SOURCE, "not a NIfTI file: the magic is %02x%02x%02x%02x in hexadecimal digits, not that of NIfTI-%u",
                    magic[0], magic[1], magic[2], magic[3], (unsigned)out->version);
}

/* The fields of NIfTI-1 in the wider types of NIfTI-2, so that one check and one reading serve both. */
static void widen(const nifti_1_header *h, nifti_2_header *out)
{
    *out = (nifti_2_header){.sizeof_hdr = DKG_NIFTI2_SIZE};
    memcpy(out->magic, h->magic[1] == 'i' ? "ni2\0\r\n\032\n" : "n+2\0\r\n\032\n", sizeof out->magic);
    out->datatype = h->datatype;
    for (int i = 0; i < 8; i++) {
        out->dim[i] = h->dim[i];
        out->pixdim[i] = (double)h->pixdim[i];
    }
    out->scl_slope = (double)h->scl_slope;
    out->scl_inter = (double)h->scl_inter;
    memcpy(out->descrip, h->descrip, sizeof out->descrip);
    memcpy(out->aux_file, h->aux_file, sizeof out->aux_file);
    memcpy(out->intent_name, h->intent_name, sizeof out->intent_name);
    out->qform_code = h->qform_code;
    out->sform_code = h->sform_code;
    out->quatern_b = (double)h->quatern_b;
    out->quatern_c = (double)h->quatern_c;
    out->quatern_d = (double)h->quatern_d;
    out->qoffset_x = (double)h->qoffset_x;
    out->qoffset_y = (double)h->qoffset_y;
    out->qoffset_z = (double)h->qoffset_z;
    for (int i = 0; i < 4; i++) {
        out->srow_x[i] = (double)h->srow_x[i];
        out->srow_y[i] = (double)h->srow_y[i];
        out->srow_z[i] = (double)h->srow_z[i];
    }
    out->xyzt_units = (uint8_t)h->xyzt_units;
}

/* Bytes per voxel by the datatype alone; 0: not supported (volume-format section 3). */
static uint16_t bytes_per_voxel(int datatype)
{
    switch (datatype) {
    case NIFTI_TYPE_UINT8:
    case NIFTI_TYPE_INT8: return 1;
    case NIFTI_TYPE_INT16:
    case NIFTI_TYPE_UINT16: return 2;
    case NIFTI_TYPE_RGB24: return 3;
    case NIFTI_TYPE_INT32:
    case NIFTI_TYPE_UINT32:
    case NIFTI_TYPE_FLOAT32:
    case NIFTI_TYPE_RGBA32: return 4;
    case NIFTI_TYPE_INT64:
    case NIFTI_TYPE_UINT64:
    case NIFTI_TYPE_FLOAT64:
    case NIFTI_TYPE_COMPLEX64: return 8;
    case NIFTI_TYPE_FLOAT128:
    case NIFTI_TYPE_COMPLEX128: return 16;
    case NIFTI_TYPE_COMPLEX256: return 32;
    default: return 0;
    }
}

static dkg_status check_shape(const nifti_2_header *h, dkg_nifti_header *out, dkg_error *err)
{
    uint64_t bytes;
    if (h->dim[0] < 1 || h->dim[0] > 7)
        return dkg_fail(err, DKG_SOURCE, "dim[0] is %lld, must be 1..7", (long long)h->dim[0]);
    out->rank = (uint32_t)h->dim[0];
    out->dim[0] = out->rank;
    out->voxels = 1;
    for (uint32_t i = 1; i < 8; i++) {
        out->dim[i] = 1;
        if (i > out->rank) continue;
        if (h->dim[i] < 1) return dkg_fail(err, DKG_SOURCE, "dim[%u] is %lld, must be at least 1", (unsigned)i, (long long)h->dim[i]);
        out->dim[i] = (uint64_t)h->dim[i];
        if (!dkg_mul(out->voxels, out->dim[i], &out->voxels))
            return dkg_fail(err, DKG_SOURCE, "the product of the dimensions up to dim[%u] = %lld exceeds 64 bits", (unsigned)i,
                            (long long)h->dim[i]);
    }
    out->bpv = bytes_per_voxel(h->datatype);
    if (out->bpv == 0) return dkg_fail(err, DKG_SOURCE, "datatype is %d, which is not supported", (int)h->datatype);
    out->datatype = (uint16_t)h->datatype;
    if (!dkg_mul(out->voxels, out->bpv, &bytes) || bytes > INT64_MAX)
        return dkg_fail(err, DKG_SOURCE, "%llu voxels of %u bytes exceed 63 bits", (unsigned long long)out->voxels, (unsigned)out->bpv);
    return DKG_OK;
}

/* `offset` as a double: exact for every value that can be accepted, NaN and fractions of NIfTI-1 included. */
static dkg_status check_offset(double offset, dkg_nifti_header *out, dkg_error *err)
{
    unsigned first = out->pair ? 0 : out->version == 1 ? DKG_NIFTI1_SIZE + 4 : DKG_NIFTI2_SIZE + 4;
    if (!(offset >= first && offset <= (double)DKG_NIFTI_HEAD_MAX) || offset != floor(offset))
        return dkg_fail(err, DKG_SOURCE, "vox_offset is %.17g, must be a whole number of %u..%llu", offset, first,
                        (unsigned long long)DKG_NIFTI_HEAD_MAX);
    out->data_offset = (uint64_t)offset;
    return DKG_OK;
}

static bool all_finite(const nifti_dmat44 *m)
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++)
            if (!isfinite(m->m[i][j])) return false;
    return true;
}

/* Spacing and orientation as libnifti2 reads them; the forms also as stored, for the carrier. */
static dkg_status interpret(const nifti_2_header *h, dkg_nifti_header *out, dkg_error *err)
{
    nifti_image *nim = nifti_convert_n2hdr2nim(*h, NULL);
    if (!nim) return dkg_fail(err, DKG_NO_MEMORY, "no memory for the reading of a header");
    out->pixdim[0] = h->pixdim[0] < 0 ? -1 : 1;
    for (int i = 1; i < 8; i++) out->pixdim[i] = nim->pixdim[i];
    out->xyzt_units = (uint8_t)(nim->xyz_units | nim->time_units);
    /* codes lie in 0..5; what does not fit the field is no code */
    out->qform_code = (int16_t)(nim->qform_code <= INT16_MAX ? nim->qform_code : 0);
    out->sform_code = (int16_t)(nim->sform_code <= INT16_MAX ? nim->sform_code : 0);
    const nifti_dmat44 *to_world = nim->sform_code > 0 && all_finite(&nim->sto_xyz) ? &nim->sto_xyz : &nim->qto_xyz;
    for (int i = 0; i < 3; i++) memcpy(out->to_world[i], to_world->m[i], sizeof out->to_world[i]);
    nifti_image_free(nim);

    const double quatern[3] = {h->quatern_b, h->quatern_c, h->quatern_d};
    const double qoffset[3] = {h->qoffset_x, h->qoffset_y, h->qoffset_z};
    memcpy(out->quatern, quatern, sizeof quatern);
    memcpy(out->qoffset, qoffset, sizeof qoffset);
    memcpy(out->srow[0], h->srow_x, sizeof out->srow[0]);
    memcpy(out->srow[1], h->srow_y, sizeof out->srow[1]);
    memcpy(out->srow[2], h->srow_z, sizeof out->srow[2]);
    /* libnifti2 turns a NaN into 0, which would make lost voxels look whole */
    out->slope = h->scl_slope;
    out->inter = h->scl_inter;
    return DKG_OK;
}

static bool any_text(const char *field, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (field[i] != 0) return true;
    return false;
}

dkg_status dkg_nifti_header_parse(const uint8_t *bytes, size_t size, dkg_nifti_header *out, dkg_error *err)
{
    nifti_2_header h;
    dkg_nifti_header header = {0};
    double offset;
    *out = header;
    dkg_status status = identify(bytes, size, &header, err);
    if (status != DKG_OK) return status;
    bool swap = header.big_endian != dkg_host_is_big_endian();
    if (header.version == 1) {
        nifti_1_header h1;
        memcpy(&h1, bytes, sizeof h1);
        if (swap) nifti_swap_as_nifti1(&h1);
        widen(&h1, &h);
        offset = (double)h1.vox_offset;
        header.has_text = any_text(h1.db_name, sizeof h1.db_name);
    } else {
        memcpy(&h, bytes, sizeof h);
        if (swap) nifti_swap_as_nifti2(&h);
        offset = (double)h.vox_offset;
    }
    status = check_shape(&h, &header, err);
    if (status != DKG_OK) return status;
    status = check_offset(offset, &header, err);
    if (status != DKG_OK) return status;
    status = interpret(&h, &header, err);
    if (status != DKG_OK) return status;
    header.has_text = header.has_text || any_text(h.descrip, sizeof h.descrip) || any_text(h.aux_file, sizeof h.aux_file) ||
                      any_text(h.intent_name, sizeof h.intent_name);
    *out = header;
    return DKG_OK;
}
