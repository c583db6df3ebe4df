/* cipher/carrier.c - the volume that is written: cipher planes first, then the slab with both copies of the envelope. */
#include "cipher/carrier.h"

#include <stdlib.h>
#include <string.h>

#include "cipher/extension.h"

dkg_status dkg_carrier_new(const dkg_shape *shape, uint64_t envelope, dkg_carrier **out, dkg_error *err)
{
    uint64_t key_planes = dkg_key_planes(envelope, shape->plane);
    uint64_t planes = (uint64_t)shape->slices * shape->per_slice + key_planes; /* < 2^32: section 14's limits */
    dkg_carrier *c = calloc(1, sizeof *c);
    *out = NULL;
    if (c) c->voxels = dkg_calloc(planes, shape->plane);
    if (!c || !c->voxels) {
        dkg_carrier_free(c);
        return dkg_fail(err, DKG_NO_MEMORY, "out of memory for an encrypted volume of %llu bytes",
                        (unsigned long long)(planes * shape->plane));
    }
    c->nx = shape->nx;
    c->ny = shape->ny;
    c->slices = shape->slices;
    c->planes_per_slice = shape->per_slice;
    c->carrier_bytes = shape->cb;
    c->planes = (uint32_t)planes;
    c->key_planes = (uint32_t)key_planes;
    c->voxel_bytes = (size_t)(planes * shape->plane);
    *out = c;
    return DKG_OK;
}

dkg_status dkg_carrier_close(dkg_carrier *c, const dkg_envelope *e, uint32_t slots, dkg_error *err)
{
    c->mode = e->mode;
    c->epoch = e->epoch;
    c->slots = slots;
    memcpy(c->volume_id, e->salt, DKG_SALT_BYTES);
    dkg_slab_write(&e->shape, (dkg_bytes){e->bytes, (size_t)e->size}, c->voxels + e->shape.slice * e->shape.slices);
    c->extension = dkg_extension_write(e, c->planes, &c->extension_size);
    if (!c->extension) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for the header extension");
    return DKG_OK;
}

void dkg_carrier_free(dkg_carrier *carrier)
{
    if (!carrier) return;
    free(carrier->voxels);
    free(carrier->extension);
    free(carrier);
}
