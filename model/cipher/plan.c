/* cipher/plan.c - layout, limits and policy of an encryption. */
#include "cipher/plan.h"

#include <inttypes.h>

#include "cipher/metadata.h"

static dkg_status check_source(const dkg_source *s, dkg_error *err)
{
    uint64_t size = s->bpv;
    if (s->bpv == 0 || dkg_type_bytes(s->datatype) != s->bpv)
        return dkg_fail(err, DKG_SOURCE, "datatype %u with %u bytes per voxel is not supported", s->datatype, s->bpv);
    if (s->nx < 1 || s->ny < 1 || s->slices < 1 || !dkg_mul(size, s->nx, &size) || !dkg_mul(size, s->ny, &size) ||
        !dkg_mul(size, s->slices, &size) || size != s->data.size)
        return dkg_fail(err, DKG_SOURCE, "%" PRIu64 " slices of %" PRIu64 " x %" PRIu64 " voxels of %u bytes are not the %zu bytes given",
                        s->slices, s->nx, s->ny, s->bpv, s->data.size);
    if (!dkg_kind_ok(s->kind, s->nifti_version))
        return dkg_fail(err, DKG_SOURCE, "kind %u of NIfTI version %u is not supported", s->kind, s->nifti_version);
    if (s->kind == DKG_KIND_FILE && (s->datatype != 2 || s->head.size || s->tail.size))
        return dkg_fail(err, DKG_SOURCE, "a file that is sealed whole is bytes alone, without header and tail");
    size_t before = s->kind == DKG_KIND_PAIR ? s->image_head.size : s->head.size;
    if (s->data_offset != before)
        return dkg_fail(err, DKG_SOURCE, "data offset %" PRIu64 " does not agree with the %zu bytes before the voxels", s->data_offset,
                        before);
    return DKG_OK;
}

static dkg_status check_paper(const dkg_locks *l, dkg_error *err)
{
    if (!l->keyfile) return dkg_fail(err, DKG_USAGE, "paper mode needs a key file");
    if (l->recipient_count || l->passphrase.size || l->signing_key || l->key_factor)
        return dkg_fail(err, DKG_USAGE, "paper mode takes a key file alone: no recipient, passphrase, signature or second factor");
    return DKG_OK;
}

static dkg_status check_options(const dkg_encrypt_options *o, uint8_t kind, dkg_error *err)
{
    if (o->mode != DKG_MODE_HYBRID && o->mode != DKG_MODE_AEAD && o->mode != DKG_MODE_PAPER)
        return dkg_fail(err, DKG_USAGE, "there is no mode %d", (int)o->mode);
    if (o->carrier_bytes > 1)
        return dkg_fail(err, DKG_USAGE, "%u carrier bytes per voxel cannot be forced, only 1", o->carrier_bytes);
    if (kind == DKG_KIND_FILE && !o->stream) return dkg_fail(err, DKG_USAGE, "a file that is sealed whole needs the stream layout");
    if (o->fixed_image && o->mode != DKG_MODE_PAPER) return dkg_fail(err, DKG_USAGE, "a fixed initial image belongs to paper mode");
    if (o->locks.key_factor && !o->locks.keyfile)
        return dkg_fail(err, DKG_USAGE, "a second factor is asked for without a key file");
    if (o->mode == DKG_MODE_PAPER) {
        dkg_status status = check_paper(&o->locks, err);
        if (status != DKG_OK) return status;
    }
    if (o->mode == DKG_MODE_AEAD) return DKG_OK;
    if (!o->model || !o->engine) return dkg_fail(err, DKG_USAGE, "mode %s needs a model and an engine", dkg_mode_name(o->mode));
    if (o->mode == DKG_MODE_HYBRID && dkg_model_head(o->model) == DKG_HEAD_TANH)
        return dkg_fail(err, DKG_POLICY, "a model with the tanh head is for paper mode and research, not for hybrid mode");
    return DKG_OK;
}

/* 512 x 384 is one generator block; small data get fewer columns and rows, so that the slab stays small too. */
static void stream_shape(uint64_t bytes, uint32_t *nx, uint32_t *ny)
{
    uint32_t columns = 64;
    while (columns < 512 && (uint64_t)columns * columns < bytes) columns *= 2;
    uint64_t rows = bytes / columns + (bytes % columns != 0);
    *nx = columns;
    *ny = rows < 16 ? 16 : rows > 384 ? 384 : (uint32_t)rows;
}

dkg_status dkg_plan_make(const dkg_source *source, const dkg_encrypt_options *options, dkg_plan *out, dkg_error *err)
{
    dkg_plan p = {.datatype = source->datatype};
    dkg_status status = check_source(source, err);
    if (status == DKG_OK) status = check_options(options, source->kind, err);
    if (status != DKG_OK) return status;
    uint64_t slices = source->slices;
    uint32_t nx = 0, ny = 0;
    uint16_t bpv = source->bpv;
    uint8_t cb = options->carrier_bytes ? options->carrier_bytes : dkg_type_carrier_bytes(source->datatype);
    if (options->stream) {
        stream_shape(source->data.size, &nx, &ny);
        uint64_t plane = (uint64_t)nx * ny;
        slices = source->data.size / plane + (source->data.size % plane != 0);
        p.datatype = 0;
        bpv = cb = 1;
    } else if (source->nx <= UINT32_MAX && source->ny <= UINT32_MAX) {
        nx = (uint32_t)source->nx;
        ny = (uint32_t)source->ny;
    }
    if (slices > DKG_SLICES_MAX || !dkg_shape_make(nx, ny, (uint32_t)slices, bpv, cb, &p.shape)) {
        (void)dkg_fail(err, DKG_POLICY, "%" PRIu64 " slices of %" PRIu64 " x %" PRIu64 " voxels are beyond the format's limits", slices,
                       source->nx, source->ny);
        return options->stream ? DKG_POLICY : dkg_fail_hint(err, DKG_POLICY, "--layout stream stores the data as a byte string");
    }
    if (options->locks.key_factor) p.flags |= DKG_FLAG_FACTOR;
    if (options->stream) p.flags |= DKG_FLAG_STREAM;
    if (options->fixed_image) p.flags |= DKG_FLAG_FIXED_IMAGE;
    *out = p;
    return DKG_OK;
}

dkg_status dkg_plan_check_planes(const dkg_plan *plan, uint64_t envelope, bool nifti2, dkg_error *err)
{
    const dkg_shape *s = &plan->shape;
    uint64_t planes = (uint64_t)s->slices * s->per_slice + dkg_key_planes(envelope, s->plane);
    if (nifti2 || (planes <= DKG_NIFTI1_DIM_MAX && s->nx <= DKG_NIFTI1_DIM_MAX && s->ny <= DKG_NIFTI1_DIM_MAX)) return DKG_OK;
    (void)dkg_fail(err, DKG_POLICY,
                   "the encrypted volume needs %" PRIu32 " x %" PRIu32 " x %" PRIu64 " voxels, and NIfTI-1 holds at most 32767 along an axis",
                   s->nx, s->ny, planes);
    return dkg_fail_hint(err, DKG_POLICY, "--layout stream packs the data into fewer, larger planes\n"
                                          "--nifti2 writes NIfTI-2, which some programs cannot open");
}
