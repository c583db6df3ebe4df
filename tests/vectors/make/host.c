/* What other programs do to a carrier: axes, flips, types, scales, crops, under a plain header of their own. */
#include <math.h>
#include <string.h>

#include "bench.h"

typedef struct image {
    uint64_t dim[3];
    const uint8_t *voxels;
    uint8_t bytes;
} image;

static double value_at(const image *m, const uint64_t x[3])
{
    const uint8_t *p = m->voxels + ((x[2] * m->dim[1] + x[1]) * m->dim[0] + x[0]) * m->bytes;
    return m->bytes == 1 ? *p : dkg_load16(p);
}

static size_t size_of(uint16_t datatype) { return dkg_type_bytes(datatype) ? dkg_type_bytes(datatype) : 1; }

/* A double as the bits of a stored voxel; integers wrap, as hosts that relabel do. */
static uint64_t stored_bits(double v, uint16_t datatype)
{
    if (datatype == 16) {
        float f = (float)v;
        uint32_t bits;
        memcpy(&bits, &f, 4);
        return bits;
    }
    if (datatype == 64) {
        uint64_t bits;
        memcpy(&bits, &v, 8);
        return bits;
    }
    return (uint64_t)(int64_t)v;
}

static void append(dkg_buffer *b, uint64_t bits, size_t n, bool big_endian)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < n; i++) bytes[big_endian ? n - 1 - i : i] = (uint8_t)(bits >> (8 * i));
    dkg_append(b, bytes, n);
}

static void set(uint8_t *at, uint64_t bits, size_t n, bool big_endian)
{
    for (size_t i = 0; i < n; i++) at[big_endian ? n - 1 - i : i] = (uint8_t)(bits >> (8 * i));
}

static void set_float(uint8_t *at, double value, bool big_endian) { set(at, stored_bits(value, 16), 4, big_endian); }

static void header(const host *h, const uint64_t dim[3], uint16_t datatype, double slope, uint8_t out[352])
{
    const bool big = h->big_endian;
    memset(out, 0, 352);
    set(out, 348, 4, big);
    set(out + 40, h->dim4 > 1 ? 4 : 3, 2, big);
    for (size_t i = 0; i < 7; i++) set(out + 42 + 2 * i, i < 3 ? dim[i] : i == 3 && h->dim4 ? h->dim4 : 1, 2, big);
    set(out + 70, datatype, 2, big);
    set(out + 72, 8 * size_of(datatype), 2, big);
    for (size_t i = 0; i < 4; i++) set_float(out + 76 + 4 * i, 1, big);
    set_float(out + 108, 352, big);
    set_float(out + 112, slope, big);
    set_float(out + 116, h->inter, big);
    memcpy(out + 148, "written by a host", 17);
    memcpy(out + 344, "n+1", 4);
}

void host_rewrite(draft *d, const host *h)
{
    const dkg_carrier *c = d->carrier;
    (void)file(d);
    const image m = {{c->nx, c->ny, c->planes}, d->file.bytes + d->voxels_at, c->carrier_bytes};
    const bool moved = h->axis[0] || h->axis[1] || h->axis[2];
    const unsigned axis[3] = {moved ? h->axis[0] : 0, moved ? h->axis[1] : 1, moved ? h->axis[2] : 2};
    const uint16_t datatype = h->datatype ? h->datatype : c->carrier_bytes == 1 ? 2 : 512;
    const double slope = h->slope != 0 ? h->slope : 1;
    uint64_t dim[3], s[3];
    uint8_t head[352];
    dkg_buffer out = {0};
    for (size_t i = 0; i < 3; i++) dim[i] = m.dim[axis[i]] - h->crop[axis[i]];
    header(h, dim, datatype, slope, head);
    dkg_append(&out, head, sizeof head);
    for (unsigned t = 0; t < (h->dim4 ? h->dim4 : 1u); t++)
        for (s[2] = 0; s[2] < dim[2]; s[2]++)
            for (s[1] = 0; s[1] < dim[1]; s[1]++)
                for (s[0] = 0; s[0] < dim[0]; s[0]++) {
                    uint64_t x[3];
                    for (size_t i = 0; i < 3; i++) x[axis[i]] = h->flip[axis[i]] ? m.dim[axis[i]] - 1 - s[i] : s[i];
                    double v = value_at(&m, x);
                    if (h->divide) v = floor(v / h->divide);
                    if (h->encode) v = (v - h->inter) / slope;
                    append(&out, stored_bits(v, datatype), size_of(datatype), h->big_endian);
                }
    must(!out.failed);
    dkg_buffer_free(&d->file);
    d->file = out;
    d->voxels_at = sizeof head;
}
