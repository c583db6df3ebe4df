/* The encrypted volume as a NIfTI file: volume-format section 9, field by field. */
#include "internal.h"

#include <float.h>
#include <math.h>
#include <nifti2_io.h>
#include <string.h>

enum { DIM_MAX = 32767, ECODE_COMMENT = 6 };
#define OFFSET_MAX ((uint64_t)1 << 24) /* exact in the float of NIfTI-1 */

/* A number that NIfTI-1's float can hold. */
static bool usable(double x) { return isfinite(x) && fabs(x) <= (double)FLT_MAX; }

static bool all_usable(const double *x, int n)
{
    for (int i = 0; i < n; i++)
        if (!usable(x[i])) return false;
    return true;
}

static double spacing(double x) { return usable(x) && x > 0 ? x : 1; }

/* A form with a number that is not finite is left out as a whole. */
static void keep_forms(const dkg_nifti_header *s, double planes_per_slice, nifti_2_header *h)
{
    if (all_usable(s->quatern, 3) && all_usable(s->qoffset, 3)) {
        h->qform_code = s->qform_code;
        h->quatern_b = s->quatern[0];
        h->quatern_c = s->quatern[1];
        h->quatern_d = s->quatern[2];
        h->qoffset_x = s->qoffset[0];
        h->qoffset_y = s->qoffset[1];
        h->qoffset_z = s->qoffset[2];
    }
    if (all_usable(s->srow[0], 4) && all_usable(s->srow[1], 4) && all_usable(s->srow[2], 4)) {
        h->sform_code = s->sform_code;
        memcpy(h->srow_x, s->srow[0], sizeof h->srow_x);
        memcpy(h->srow_y, s->srow[1], sizeof h->srow_y);
        memcpy(h->srow_z, s->srow[2], sizeof h->srow_z);
        h->srow_x[2] /= planes_per_slice;
        h->srow_y[2] /= planes_per_slice;
        h->srow_z[2] /= planes_per_slice;
    }
}

static nifti_2_header fill(const dkg_carrier_file *c, int64_t vox_offset)
{
    const dkg_nifti_header *s = c->source;
    nifti_2_header h = {.sizeof_hdr = c->nifti2 ? DKG_NIFTI2_SIZE : DKG_NIFTI1_SIZE, .vox_offset = vox_offset, .scl_slope = 1};
    h.datatype = c->carrier_bytes == 1 ? NIFTI_TYPE_UINT8 : NIFTI_TYPE_UINT16;
    h.bitpix = (int16_t)(8 * c->carrier_bytes);
    const int64_t dim[8] = {3, c->nx, c->ny, c->planes, 1, 1, 1, 1};
    memcpy(h.dim, dim, sizeof dim);
    for (int i = 0; i < 4; i++) h.pixdim[i] = 1;
    if (s) h.xyzt_units = s->xyzt_units & 7;
    if (s && c->geometry != DKG_GEOMETRY_STRIP) {
        h.pixdim[0] = s->pixdim[0] < 0 ? -1 : 1;
        h.pixdim[1] = spacing(s->pixdim[1]);
        h.pixdim[2] = spacing(s->pixdim[2]);
        h.pixdim[3] = usable(s->pixdim[3]) && s->pixdim[3] > 0 ? s->pixdim[3] / c->planes_per_slice : 1;
    }
    if (s && c->geometry == DKG_GEOMETRY_KEEP) keep_forms(s, c->planes_per_slice, &h);
    strcpy(h.descrip, c->paper ? "DKG1 PAPER MODE - NOT SECURE - research only" : "DKG1 encrypted volume, not an image");
    strcpy(h.intent_name, "DKG1");
    return h;
}

static dkg_status check(const dkg_carrier_file *c, uint64_t extension, dkg_error *err)
{
    uint64_t voxels, bytes;
    if (!c->nifti2 && (c->nx > DIM_MAX || c->ny > DIM_MAX || c->planes > DIM_MAX)) {
        dkg_status status = dkg_fail(err, DKG_POLICY, "the encrypted volume needs %u x %u voxels in %u planes, NIfTI-1 holds %d of each",
                                     (unsigned)c->nx, (unsigned)c->ny, (unsigned)c->planes, DIM_MAX);
        return dkg_fail_hint(err, status, "choose the stream layout (--layout stream),\nor a NIfTI-2 file (--nifti2), which several programs cannot open");
    }
    if (c->nx == 0 || c->ny == 0 || c->planes == 0 || c->planes_per_slice == 0 || c->carrier_bytes < 1 || c->carrier_bytes > 2 ||
        !dkg_mul((uint64_t)c->nx * c->ny, c->planes, &voxels) || !dkg_mul(voxels, c->carrier_bytes, &bytes) || bytes != c->voxels.size)
        return dkg_fail(err, DKG_INTERNAL, "a carrier of %u x %u x %u voxels of %u bytes was given %zu bytes", (unsigned)c->nx, (unsigned)c->ny,
                        (unsigned)c->planes, (unsigned)c->carrier_bytes, c->voxels.size);
    if (DKG_NIFTI2_SIZE + 4 + extension > OFFSET_MAX)
        return dkg_fail(err, DKG_INTERNAL, "an extension of %llu bytes is more than a carrier can hold", (unsigned long long)extension);
    return DKG_OK;
}

/* esize and ecode, the text, spaces, one line feed as last byte. */
static void append_extension(dkg_buffer *b, dkg_bytes text, size_t esize)
{
    uint8_t head[8];
    dkg_store32(head, (uint32_t)esize);
    dkg_store32(head + 4, ECODE_COMMENT);
    dkg_append(b, head, sizeof head);
    dkg_append(b, text.at, text.size);
    for (size_t i = sizeof head + text.size; i + 1 < esize; i++) dkg_append(b, " ", 1);
    dkg_append(b, "\n", 1);
}

dkg_status dkg_carrier_write(const char *path, unsigned flags, const dkg_carrier_file *carrier, dkg_error *err)
{
    dkg_buffer head = {0};
    uint64_t esize = carrier->extension.size ? ((uint64_t)carrier->extension.size + 9 + 15) / 16 * 16 : 0;
    dkg_status status = check(carrier, esize, err);
    if (status != DKG_OK) return dkg_fail_in(err, status, path);
    nifti_2_header h2 = fill(carrier, (int64_t)esize + 4 + (carrier->nifti2 ? DKG_NIFTI2_SIZE : DKG_NIFTI1_SIZE));
    uint8_t bytes[DKG_NIFTI2_SIZE];
    dkg_append(&head, bytes, dkg_nifti_store(&h2, bytes));
    const uint8_t extender[4] = {esize > 0, 0, 0, 0};
    dkg_append(&head, extender, sizeof extender);
    if (esize) append_extension(&head, carrier->extension, (size_t)esize);
    if (head.failed)
        status = dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", path);
    else
        status = dkg_volume_write(path, flags, false, (dkg_bytes){head.bytes, head.size}, (dkg_bytes){0}, carrier->voxels, (dkg_bytes){0}, err);
    dkg_buffer_free(&head);
    return status;
}
