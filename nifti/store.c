/* A header as bytes of a single little-endian file. */
#include "internal.h"

#include <nifti2_io.h>
#include <string.h>

/* The same header in the narrower types of NIfTI-1; dimensions and numbers must fit. */
static nifti_1_header narrow(const nifti_2_header *h)
{
    nifti_1_header out = {.sizeof_hdr = DKG_NIFTI1_SIZE, .regular = 'r'};
    memcpy(out.magic, "n+1", sizeof out.magic);
    out.datatype = h->datatype;
    out.bitpix = h->bitpix;
    for (int i = 0; i < 8; i++) {
        out.dim[i] = (short)h->dim[i];
        out.pixdim[i] = (float)h->pixdim[i];
    }
    out.vox_offset = (float)h->vox_offset;
    out.scl_slope = (float)h->scl_slope;
    out.xyzt_units = (char)h->xyzt_units;
    memcpy(out.descrip, h->descrip, sizeof out.descrip);
    memcpy(out.intent_name, h->intent_name, sizeof out.intent_name);
    out.qform_code = (short)h->qform_code;
    out.sform_code = (short)h->sform_code;
    out.quatern_b = (float)h->quatern_b;
    out.quatern_c = (float)h->quatern_c;
    out.quatern_d = (float)h->quatern_d;
    out.qoffset_x = (float)h->qoffset_x;
    out.qoffset_y = (float)h->qoffset_y;
    out.qoffset_z = (float)h->qoffset_z;
    for (int i = 0; i < 4; i++) {
        out.srow_x[i] = (float)h->srow_x[i];
        out.srow_y[i] = (float)h->srow_y[i];
        out.srow_z[i] = (float)h->srow_z[i];
    }
    return out;
}

size_t dkg_nifti_store(const nifti_2_header *h, uint8_t *out)
{
    if (h->sizeof_hdr == DKG_NIFTI1_SIZE) {
        nifti_1_header h1 = narrow(h);
        if (dkg_host_is_big_endian()) nifti_swap_as_nifti1(&h1);
        memcpy(out, &h1, sizeof h1);
        return sizeof h1;
    }
    nifti_2_header h2 = *h;
    memcpy(h2.magic, "n+2\0\r\n\032\n", sizeof h2.magic);
    if (dkg_host_is_big_endian()) nifti_swap_as_nifti2(&h2);
    memcpy(out, &h2, sizeof h2);
    return sizeof h2;
}
