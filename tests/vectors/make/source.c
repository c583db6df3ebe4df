/* Sources: pattern bytes under a true NIfTI header. */
#include <sodium.h>
#include <string.h>

#include "remember.h"
#include "support.h"

static void put(uint8_t *at, uint64_t value, size_t n, bool big_endian)
{
    for (size_t i = 0; i < n; i++) at[big_endian ? n - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

static void put_float(uint8_t *at, float value, bool big_endian)
{
    uint32_t bits;
    memcpy(&bits, &value, 4);
    put(at, bits, 4, big_endian);
}

/* dim[1..3], a slab of 0.5 x 0.75 x 2 mm, an identity-like sform: enough for any program. */
static void nifti1(uint8_t *h, const recipe *r, uint16_t bpv, uint32_t offset)
{
    const bool big = r->big_endian;
    const uint16_t dim[4] = {3, (uint16_t)r->nx, (uint16_t)r->ny, (uint16_t)r->slices};
    static const float spacing[4] = {1, 0.5f, 0.75f, 2};
    put(h, 348, 4, big);
    for (size_t i = 0; i < 8; i++) put(h + 40 + 2 * i, i < 4 ? dim[i] : 1, 2, big);
    put(h + 70, r->datatype, 2, big);
    put(h + 72, 8u * bpv, 2, big);
    for (size_t i = 0; i < 4; i++) put_float(h + 76 + 4 * i, spacing[i], big);
    put_float(h + 108, (float)offset, big);
    h[123] = 2;                /* mm */
    put(h + 254, 1, 2, big);   /* sform_code: scanner */
    for (size_t i = 0; i < 3; i++) put_float(h + 280 + 20 * i, spacing[i + 1], big);
    memcpy(h + 344, r->pair ? "ni1" : "n+1", 4);
}

static void put_double(uint8_t *at, double value, bool big_endian)
{
    uint64_t bits;
    memcpy(&bits, &value, 8);
    put(at, bits, 8, big_endian);
}

static void nifti2(uint8_t *h, const recipe *r, uint16_t bpv, uint32_t offset)
{
    const bool big = r->big_endian;
    const uint32_t dim[4] = {3, r->nx, r->ny, r->slices};
    static const double spacing[4] = {1, 0.5, 0.75, 2};
    put(h, 540, 4, big);
    memcpy(h + 4, r->pair ? "ni2\0\r\n\032\n" : "n+2\0\r\n\032\n", 8);
    put(h + 12, r->datatype, 2, big);
    put(h + 14, 8u * bpv, 2, big);
    for (size_t i = 0; i < 8; i++) put(h + 16 + 8 * i, i < 4 ? dim[i] : 1, 8, big);
    for (size_t i = 0; i < 4; i++) put_double(h + 104 + 8 * i, spacing[i], big);
    put(h + 168, offset, 8, big);
    put(h + 348, 1, 4, big);
    for (size_t i = 0; i < 3; i++) put_double(h + 400 + 40 * i, spacing[i + 1], big);
    put(h + 500, 2, 4, big);
}

dkg_source *source_of(const char *name, const recipe *r)
{
    const uint16_t bpv = dkg_type_bytes(r->datatype);
    uint32_t header = r->nifti2_source ? 540 : 348, head = header + (r->pair ? 0 : 4), image_head = r->pair ? 16 : 0;
    uint32_t tail = r->tail ? 7 : 0;
    size_t size = (size_t)r->nx * r->ny * r->slices * bpv;
    uint8_t seed[32], *bytes = calloc(1, head + image_head + size + tail);
    dkg_source *s = calloc(1, sizeof *s);
    must(bytes && s);
    DKG_B2(seed, 32, NULL, {(const uint8_t *)name, strlen(name)});
    (r->nifti2_source ? nifti2 : nifti1)(bytes, r, bpv, r->pair ? image_head : head);
    test_pattern(bytes + head, image_head + size + tail, dkg_load64(seed));
    if (!r->pair) memset(bytes + header, 0, 4);
    const uint8_t *data = bytes + head + image_head;
    *s = (dkg_source){.nx = r->nx, .ny = r->ny, .slices = r->slices, .datatype = r->datatype, .bpv = bpv,
                      .kind = r->pair ? 2 : 1, .nifti_version = r->nifti2_source ? 2 : 1, .big_endian = r->big_endian,
                      .gzipped = r->gzipped, .data_offset = r->pair ? image_head : head, .head = {bytes, head},
                      .image_head = {bytes + head, image_head}, .data = {data, size}, .tail = {data + size, tail},
                      .name = r->source_name};
    return s;
}

void source_release(dkg_source *s)
{
    union { const uint8_t *in; void *out; } bytes = {s->head.at};
    free(bytes.out);
    free(s);
}
