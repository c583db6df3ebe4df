/* NIfTI files made byte by byte from the offsets of nifti1.h and nifti2.h, without the code under test. */
#ifndef DKG_TEST_SYNTHETIC_H
#define DKG_TEST_SYNTHETIC_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "dkg/nifti.h"
#include "support.h"

typedef struct type_row {
    int code, bytes;
} type_row;
/* volume-format section 3 */
static const type_row types[16] = {{2, 1},  {256, 1},  {4, 2},    {512, 2},  {128, 3}, {8, 4},     {768, 4},   {16, 4},
                                   {2304, 4}, {1024, 8}, {1280, 8}, {64, 8}, {32, 8},  {1536, 16}, {1792, 16}, {2048, 32}};

typedef struct synthetic {
    int version;
    bool big, pair;
    int rank, datatype;
    int64_t dim[8]; /* [1..7] */
    double offset;
} synthetic;

static inline void put(uint8_t *at, uint64_t v, int n, bool big)
{
    for (int i = 0; i < n; i++) at[big ? n - 1 - i : i] = (uint8_t)(v >> (8 * i));
}

/* A float (NIfTI-1) or double (NIfTI-2). */
static inline void put_real(uint8_t *at, double v, const synthetic *s)
{
    float f = (float)v;
    uint32_t f_bits;
    uint64_t d_bits;
    memcpy(&f_bits, &f, sizeof f_bits);
    memcpy(&d_bits, &v, sizeof d_bits);
    if (s->version == 1)
        put(at, f_bits, 4, s->big);
    else
        put(at, d_bits, 8, s->big);
}

/* Offsets of the fields the tests touch: {NIfTI-1, NIfTI-2}. */
enum { F_DIM, F_DATATYPE, F_BITPIX, F_PIXDIM, F_OFFSET, F_SLOPE, F_INTER, F_DESCRIP, F_AUX, F_QFORM, F_SFORM, F_QUATERN, F_QOFFSET, F_SROW,
       F_UNITS, F_INTENT_NAME, F_MAGIC };
static const int field_offset[][2] = {{40, 16},   {70, 12},   {72, 14},   {76, 104},  {108, 168}, {112, 176}, {116, 184}, {148, 240}, {228, 320},
                                      {252, 344}, {254, 348}, {256, 352}, {268, 376}, {280, 400}, {123, 500}, {328, 508}, {344, 4}};

static inline uint8_t *field(uint8_t *header, const synthetic *s, int name) { return header + field_offset[name][s->version - 1]; }
static inline size_t header_size(const synthetic *s) { return s->version == 1 ? 348 : 540; }

static inline void put_reals(uint8_t *header, const synthetic *s, int name, int n, const double *v)
{
    for (int i = 0; i < n; i++) put_real(field(header, s, name) + i * (s->version == 1 ? 4 : 8), v[i], s);
}

/* A code: 2 bytes in NIfTI-1, 4 in NIfTI-2 (units: 1 and 4). */
static inline void put_code(uint8_t *header, const synthetic *s, int name, int v)
{
    put(field(header, s, name), (uint64_t)v, s->version == 2 ? 4 : name == F_UNITS ? 1 : 2, s->big);
}

static inline void put_dim(uint8_t *header, const synthetic *s, int i, int64_t v)
{
    int n = s->version == 1 ? 2 : 8;
    put(field(header, s, F_DIM) + i * n, (uint64_t)v, n, s->big);
}

static inline void put_offset(uint8_t *header, const synthetic *s, double v)
{
    if (s->version == 1)
        put_real(field(header, s, F_OFFSET), v, s);
    else
        put(field(header, s, F_OFFSET), (uint64_t)(int64_t)v, 8, s->big);
}

/* Writes header_size(s) + 4 bytes: header and "no extension". */
static inline void make_header(uint8_t *out, const synthetic *s)
{
    memset(out, 0, header_size(s) + 4);
    put(out, header_size(s), 4, s->big);
    memcpy(field(out, s, F_MAGIC), s->version == 1 ? (s->pair ? "ni1" : "n+1") : (s->pair ? "ni2\0\r\n\032\n" : "n+2\0\r\n\032\n"),
           s->version == 1 ? 4 : 8);
    put_dim(out, s, 0, s->rank);
    for (int i = 1; i <= s->rank; i++) put_dim(out, s, i, s->dim[i]);
    put(field(out, s, F_DATATYPE), (uint64_t)s->datatype, 2, s->big);
    put_reals(out, s, F_PIXDIM, 8, (const double[]){1, 1, 1, 1, 1, 1, 1, 1});
    put_offset(out, s, s->offset);
}

static inline synthetic int16_3x4x5(void)
{
    return (synthetic){.version = 1, .rank = 3, .datatype = 4, .dim = {0, 3, 4, 5}, .offset = 352};
}

static inline dkg_bytes bytes_of(const dkg_buffer *b) { return (dkg_bytes){b->bytes, b->size}; }

/* A whole single file: header, pattern up to the offset, pattern as voxels, `tail` bytes. */
static inline dkg_buffer make_file(const synthetic *s, size_t data, size_t tail)
{
    dkg_buffer b = {0};
    uint8_t header[544];
    size_t rest = (size_t)s->offset - header_size(s) - 4 + data + tail;
    uint8_t *pattern = malloc(rest + 1);
    ck_assert_ptr_nonnull(pattern);
    make_header(header, s);
    test_pattern(pattern, rest, 7);
    dkg_append(&b, header, header_size(s) + 4);
    dkg_append(&b, pattern, rest);
    free(pattern);
    ck_assert(!b.failed);
    return b;
}

/* One gzip member of n bytes. */
static inline dkg_buffer gzip_of(const void *bytes, size_t n)
{
    dkg_buffer b = {0};
    z_stream z = {0};
    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t most = deflateBound(&z, n) + 64;
    uint8_t *packed = malloc(most);
    uint8_t *in = malloc(n + 1);
    ck_assert(packed && in);
    memcpy(in, bytes, n);
    z.next_in = in;
    z.avail_in = (uInt)n;
    z.next_out = packed;
    z.avail_out = (uInt)most;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    dkg_append(&b, packed, most - z.avail_out);
    deflateEnd(&z);
    free(packed);
    free(in);
    return b;
}

static inline const char *write_temp(const char *name, dkg_bytes bytes)
{
    const char *path = test_path(name);
    ck_ok(dkg_file_write(path, DKG_OUTPUT_REPLACE, bytes.at, bytes.size, err));
    return path;
}

/* The bytes of a file. */
static inline dkg_buffer slurp(const char *path)
{
    dkg_buffer b = {0};
    ck_ok(dkg_file_read(path, UINT64_MAX, &b.bytes, &b.size, err));
    b.capacity = b.size;
    return b;
}

static inline void ck_same(dkg_bytes a, dkg_bytes b, const char *what)
{
    ck_assert_msg(a.size == b.size, "%s: %zu bytes, expected %zu", what, a.size, b.size);
    ck_assert_msg(a.size == 0 || memcmp(a.at, b.at, a.size) == 0, "%s: other bytes", what);
}

#endif
