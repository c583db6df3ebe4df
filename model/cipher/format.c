/* cipher/format.c - datatypes, plane arithmetic, slab and trailer (docs/volume-format.md, sections 3 and 4). */
#include "cipher/format.h"

#include <string.h>

#include "cipher/schedule.h"

static const char TRAILER_MAGIC[8] = {'D', 'K', 'G', '1', 'T', 'R', 'L', 'R'};

uint16_t dkg_type_bytes(uint16_t datatype)
{
    switch (datatype) {
    case 2: case 256: return 1;
    case 4: case 512: return 2;
    case 128: return 3;
    case 8: case 16: case 768: case 2304: return 4;
    case 32: case 64: case 1024: case 1280: return 8;
    case 1536: case 1792: return 16;
    case 2048: return 32;
    default: return 0;
    }
}

uint8_t dkg_type_carrier_bytes(uint16_t datatype)
{
    return dkg_type_bytes(datatype) % 2 ? 1 : 2;
}

bool dkg_shape_make(uint32_t nx, uint32_t ny, uint32_t slices, uint16_t bpv, uint8_t cb, dkg_shape *out)
{
    uint64_t plane, slice;
    if (nx < 1 || ny < 1 || slices < 1 || slices > DKG_SLICES_MAX) return false;
    if ((cb != 1 && cb != 2) || bpv < 1 || bpv > 32 || bpv % cb) return false;
    if (!dkg_mul((uint64_t)nx * ny, bpv, &slice) || slice > DKG_SLICE_BYTES_MAX) return false;
    plane = (uint64_t)nx * ny * cb;
    *out = (dkg_shape){nx, ny, slices, bpv, cb, (uint32_t)(bpv / cb), plane, slice};
    return true;
}

static uint64_t ceil_div(uint64_t a, uint64_t b) { return a / b + (a % b != 0); }

uint64_t dkg_key_planes(uint64_t envelope, uint64_t plane)
{
    return ceil_div(envelope, plane) + ceil_div(envelope + DKG_TRAILER_BYTES, plane);
}

void dkg_trailer_write(const dkg_trailer *t, uint8_t out[DKG_TRAILER_BYTES])
{
    memset(out, 0, DKG_TRAILER_BYTES);
    memcpy(out, TRAILER_MAGIC, 8);
    dkg_store16(out + 8, 1);
    out[12] = t->cb;
    dkg_store64(out + 16, t->envelope);
    dkg_store32(out + 24, t->nx);
    dkg_store32(out + 28, t->ny);
    dkg_store64(out + 32, t->planes);
    dkg_store32(out + 40, t->key_planes);
    DKG_B2(out + 48, 16, NULL, {out, 48});
}

bool dkg_trailer_read(const uint8_t in[DKG_TRAILER_BYTES], dkg_trailer *out)
{
    uint8_t sum[16];
    if (memcmp(in, TRAILER_MAGIC, 8) != 0) return false;
    DKG_B2(sum, 16, NULL, {in, 48});
    if (memcmp(sum, in + 48, 16) != 0) return false;
    *out = (dkg_trailer){in[12], dkg_load64(in + 16), dkg_load32(in + 24), dkg_load32(in + 28), dkg_load64(in + 32),
                         dkg_load32(in + 40)};
    uint64_t plane = (uint64_t)out->nx * out->ny; /* < 2^64 */
    return dkg_load16(in + 8) == 1 && dkg_load16(in + 10) == 0 && dkg_is_zero(in + 13, 3) && dkg_is_zero(in + 44, 4) &&
           (out->cb == 1 || out->cb == 2) && plane > 0 && plane <= DKG_SLICE_BYTES_MAX && out->envelope <= (UINT64_C(1) << 40) &&
           out->key_planes == dkg_key_planes(out->envelope, plane * out->cb) && out->planes > out->key_planes;
}

void dkg_slab_write(const dkg_shape *shape, dkg_bytes envelope, uint8_t *out)
{
    uint64_t key_planes = dkg_key_planes(envelope.size, shape->plane);
    size_t size = (size_t)(key_planes * shape->plane);
    size_t second = size - DKG_TRAILER_BYTES - envelope.size;
    memcpy(out, envelope.at, envelope.size);
    memset(out + envelope.size, 0, second - envelope.size);
    memcpy(out + second, envelope.at, envelope.size);
    dkg_trailer trailer = {shape->cb, envelope.size, shape->nx, shape->ny,
                           (uint64_t)shape->slices * shape->per_slice + key_planes, (uint32_t)key_planes};
    dkg_trailer_write(&trailer, out + size - DKG_TRAILER_BYTES);
}
