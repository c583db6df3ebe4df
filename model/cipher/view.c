/* cipher/view.c - canonical voxels and views (docs/volume-format.md, sections 10.2 and 10.3). Hosts flip axes, relabel types,
 * copy to floats and add offsets; none of that changes the integers, and here they come back. */
#include "cipher/view.h"

#include <math.h>
#include <string.h>

enum { U8 = 2, I16 = 4, I32 = 8, F32 = 16, F64 = 64, I8 = 256, U16 = 512, U32 = 768, I64 = 1024, U64 = 1280 };

static uint16_t scalar_bytes(uint16_t datatype)
{
    switch (datatype) {
    case U8: case I8: return 1;
    case I16: case U16: return 2;
    case I32: case U32: case F32: return 4;
    case I64: case U64: case F64: return 8;
    default: return 0;
    }
}

dkg_status dkg_stored_check(const dkg_stored *s, dkg_error *err)
{
    uint64_t size = s->bpv;
    if (scalar_bytes(s->datatype) == 0 || scalar_bytes(s->datatype) != s->bpv)
        return dkg_fail(err, DKG_FOREIGN, "voxels of type %u with %u bytes cannot hold an encrypted volume", s->datatype, s->bpv);
    for (size_t i = 0; i < 3; i++)
        if (s->dim[i] < 1 || !dkg_mul(size, s->dim[i], &size))
            return dkg_fail(err, DKG_FOREIGN, "a volume of %llu x %llu x %llu voxels cannot be an encrypted one",
                            (unsigned long long)s->dim[0], (unsigned long long)s->dim[1], (unsigned long long)s->dim[2]);
    if (size != s->voxels.size)
        return dkg_fail(err, DKG_FOREIGN, "%zu bytes of voxels, the dimensions ask for %llu", s->voxels.size,
                        (unsigned long long)size);
    return DKG_OK;
}

bool dkg_stored_scaled(const dkg_stored *s)
{
    bool ignored = !isfinite(s->slope) || s->slope == 0;
    return !ignored && (s->slope != 1 || s->inter != 0);
}

dkg_view dkg_view_make(const dkg_stored *stored, unsigned number, uint8_t cb, bool scaled)
{
    static const uint8_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    const uint8_t *order = orders[number / 8];
    const uint64_t stride[3] = {1, stored->dim[0], stored->dim[0] * stored->dim[1]};
    dkg_view v = {.stored = stored, .cb = cb, .scaled = scaled, .identity = number == 0, .size = cb};
    for (unsigned i = 0; i < 3; i++) {
        unsigned axis = order[i];
        bool flip = (number >> i) & 1;
        v.dim[i] = stored->dim[axis];
        v.step[i] = flip ? 0 - stride[axis] : stride[axis];
        if (flip) v.origin += (v.dim[i] - 1) * stride[axis];
        v.size *= v.dim[i]; /* checked against the bytes by dkg_stored_check(); cb <= 2 cannot overflow what is in memory */
    }
    return v;
}

static uint64_t load_bits(const uint8_t *p, unsigned n, bool big)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < n; i++) bits |= (uint64_t)p[big ? n - 1 - i : i] << (8 * i);
    return bits;
}

/* Two's complement without implementation-defined conversions. */
static double to_signed(uint64_t bits, unsigned width)
{
    uint64_t sign = UINT64_C(1) << (width - 1);
    return bits & sign ? -(double)((sign << 1) - bits) : (double)bits;
}

static double load_value(const dkg_stored *s, uint64_t index)
{
    uint64_t bits = load_bits(s->voxels.at + index * s->bpv, s->bpv, s->big_endian);
    uint32_t low = (uint32_t)bits;
    float single;
    double value;
    switch (s->datatype) {
    case I8: return to_signed(bits, 8);
    case I16: return to_signed(bits, 16);
    case I32: return to_signed(bits, 32);
    case I64: return to_signed(bits, 64);
    case F32: memcpy(&single, &low, sizeof single); return (double)single;
    case F64: memcpy(&value, &bits, sizeof value); return value;
    default: return (double)bits;
    }
}

/* Section 10.2; 0 for a lost voxel. Where |q - r| <= 1/4, half up and half to even are the same q. */
static uint16_t canonical(const dkg_view *v, uint64_t index)
{
    double r = load_value(v->stored, index);
    if (v->scaled) {
        r *= v->stored->slope;
        r += v->stored->inter; /* a statement of its own: never fused with the product */
    }
    double low = v->cb == 1 ? -128.25 : -32768.25, high = v->cb == 1 ? 255.25 : 65535.25;
    if (!(r >= low && r <= high)) return 0;
    int32_t q = (int32_t)(r + 65536.5) - 65536;
    double off = r - q;
    if (off > 0.25 || off < -0.25) return 0;
    return (uint16_t)((uint32_t)q & (v->cb == 1 ? 0xFFu : 0xFFFFu));
}

void dkg_view_read(const dkg_view *v, uint64_t offset, size_t n, uint8_t *out)
{
    const uint8_t *stored = dkg_view_as_stored(v);
    if (stored) {
        memcpy(out, stored + offset, n);
        return;
    }
    uint64_t voxel = offset / v->cb;
    uint64_t x = voxel % v->dim[0], y = voxel / v->dim[0] % v->dim[1], z = voxel / v->dim[0] / v->dim[1];
    uint64_t row = v->origin + y * v->step[1] + z * v->step[2];
    for (size_t i = 0; i < n; i += v->cb) {
        uint16_t value = canonical(v, row + x * v->step[0]);
        out[i] = (uint8_t)value;
        if (v->cb == 2) out[i + 1] = (uint8_t)(value >> 8);
        if (++x < v->dim[0]) continue;
        x = 0;
        if (++y == v->dim[1]) {
            y = 0;
            z++;
        }
        row = v->origin + y * v->step[1] + z * v->step[2];
    }
}

uint64_t dkg_view_find(const dkg_view *v, const uint8_t mark[8], uint64_t offset, uint64_t step, uint64_t end)
{
    uint16_t first = v->cb == 1 ? mark[0] : dkg_load16(mark);
    uint64_t voxel = offset / v->cb, voxels = step / v->cb;
    uint64_t x = voxel % v->dim[0], y = voxel / v->dim[0] % v->dim[1], z = voxel / v->dim[0] / v->dim[1];
    for (; offset < end; offset += step) {
        if (canonical(v, v->origin + x * v->step[0] + y * v->step[1] + z * v->step[2]) == first) {
            uint8_t found[8];
            dkg_view_read(v, offset, sizeof found, found);
            if (memcmp(found, mark, sizeof found) == 0) return offset;
        }
        x += voxels;
        if (x < v->dim[0]) continue; /* divisions only where a row ends */
        y += x / v->dim[0];
        x %= v->dim[0];
        z += y / v->dim[1];
        y %= v->dim[1];
    }
    return end;
}

const uint8_t *dkg_view_as_stored(const dkg_view *v)
{
    const dkg_stored *s = v->stored;
    bool integer = s->datatype != F32 && s->datatype != F64;
    bool same = v->identity && !v->scaled && integer && s->bpv == v->cb && (!s->big_endian || v->cb == 1);
    return same ? s->voxels.at : NULL;
}
