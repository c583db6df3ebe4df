#include "report/array.h"

#include "common/volumes.h"
#include "report/shown.h"

#include <stdlib.h>
#include <string.h>

enum { RGB24 = 128, RGBA32 = 2304 };

static dkg_status set_depth(dkg_array *a, const char *path, const char *depth, dkg_error *err)
{
    dkg_shape *s = &a->shape;
    s->bits = (uint8_t)(8 * s->sample_bytes);
    if (strcmp(depth, "8") == 0 && s->sample_bytes == 2) {
        s->nx *= 2;
        s->sample_bytes = 1;
        s->bits = 8;
    } else if ((strcmp(depth, "12") == 0 || strcmp(depth, "16") == 0) && s->sample_bytes == 1) {
        return dkg_fail(err, DKG_USAGE, "%s: its samples have 8 bits, not %s", path, depth);
    } else if (strcmp(depth, "12") == 0) {
        s->bits = 12;
    }
    return DKG_OK;
}

dkg_status dkg_array_read_plain(const char *path, const char *depth, dkg_array *a, dkg_error *err)
{
    *a = (dkg_array){0};
    dkg_status status = dkg_volume_read(path, 0, &a->volume, err);
    if (status != DKG_OK) return status;
    const dkg_nifti_header *h = &a->volume->header;
    bool word = h->bpv == 2, colour = h->datatype == RGB24 || h->datatype == RGBA32;
    uint64_t columns = h->dim[1] * (word ? 1 : h->bpv);
    if (columns > UINT32_MAX || h->dim[2] > UINT32_MAX)
        return dkg_fail(err, DKG_SOURCE, "%s: a plane of %llu x %llu samples is too large", path, (unsigned long long)columns,
                        (unsigned long long)h->dim[2]);
    a->shape = (dkg_shape){.nx = (uint32_t)columns,
                           .ny = (uint32_t)h->dim[2],
                           .planes = h->voxels / (h->dim[1] * h->dim[2]),
                           .sample_bytes = word ? 2 : 1,
                           .channels = (uint8_t)(colour ? h->bpv : 1)};
    a->samples = a->volume->data.at;
    a->picture = dkg_picture_of_volume(h, a->samples);
    if (word && h->big_endian) {
        if (!(a->swapped = dkg_calloc(h->voxels, 2))) return dkg_fail(err, DKG_NO_MEMORY, "%s: no memory to turn its bytes", path);
        for (uint64_t i = 0; i < h->voxels; i++) {
            a->swapped[2 * i] = a->samples[2 * i + 1];
            a->swapped[2 * i + 1] = a->samples[2 * i];
        }
        a->samples = a->swapped;
    }
    return set_depth(a, path, depth, err);
}

dkg_status dkg_array_read(const char *path, const char *depth, const dkg_log *log, dkg_array *a, dkg_error *err)
{
    *a = (dkg_array){0};
    dkg_status status = dkg_open_carrier(path, log, &a->image, &a->sealed, err);
    if (status == DKG_FOREIGN) return dkg_array_read_plain(path, depth, a, err);
    if (status != DKG_OK) return status;
    const dkg_public_info *i = dkg_sealed_public(a->sealed);
    a->samples = dkg_sealed_ciphertext(a->sealed).at;
    a->shape = (dkg_shape){.nx = i->nx,
                           .ny = i->ny,
                           .planes = (uint64_t)i->slices * i->planes_per_slice,
                           .sample_bytes = i->carrier_bytes,
                           .channels = 1};
    a->picture = dkg_picture_of_planes(&a->shape, a->samples);
    return set_depth(a, path, depth, err);
}

void dkg_array_free(dkg_array *a)
{
    free(a->swapped);
    dkg_sealed_free(a->sealed);
    dkg_stored_free(a->image);
    dkg_volume_free(a->volume);
    *a = (dkg_array){0};
}

bool dkg_array_alike(const dkg_array *a, const dkg_array *b)
{
    const dkg_shape *x = &a->shape, *y = &b->shape;
    return x->nx == y->nx && x->ny == y->ny && x->planes == y->planes && x->sample_bytes == y->sample_bytes;
}
