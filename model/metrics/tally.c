/* tally.c - counts and sums of one plane. Every sample is a uint16_t: loops over rows that compilers turn into vector code. */
#include "metrics/tally.h"

#include <string.h>

unsigned dkg_parts(uint8_t sample_bytes, uint8_t bits, dkg_part parts[3])
{
    if (sample_bytes == 1) {
        parts[0] = (dkg_part){"bytes", 8, 0, true};
        return 1;
    }
    parts[0] = (dkg_part){"words", bits, 0, true};
    if (bits != 16) return 1;
    parts[1] = (dkg_part){"low bytes", 8, 0, false};
    parts[2] = (dkg_part){"high bytes", 8, 8, false};
    return 3;
}

dkg_status dkg_check_alpha(double *alpha, dkg_error *err)
{
    if (*alpha == 0) *alpha = 0.01;
    if (*alpha > 0 && *alpha < 0.5) return DKG_OK;
    return dkg_fail(err, DKG_USAGE, "significance %g, must be above 0 and below 0.5", *alpha);
}

dkg_status dkg_check_shape(dkg_shape *s, double *alpha, dkg_error *err)
{
    uint64_t plane = (uint64_t)s->nx * s->ny, all;
    if (s->channels == 0) s->channels = 1;
    dkg_status status = dkg_check_alpha(alpha, err);
    if (status != DKG_OK) return status;
    if (s->nx == 0 || s->ny == 0 || s->planes == 0 || plane > 1u << 30 || !dkg_mul(plane, s->planes, &all) || all >> 32)
        return dkg_fail(err, DKG_USAGE, "%llu planes of %u x %u samples cannot be measured", (unsigned long long)s->planes, s->nx, s->ny);
    if (!(s->sample_bytes == 1 && s->bits == 8) && !(s->sample_bytes == 2 && s->bits > 8 && s->bits <= 16))
        return dkg_fail(err, DKG_USAGE, "samples of %u bits in %u bytes cannot be measured", (unsigned)s->bits, (unsigned)s->sample_bytes);
    if (s->nx % s->channels)
        return dkg_fail(err, DKG_USAGE, "rows of %u samples do not hold pixels of %u channels", s->nx, (unsigned)s->channels);
    return DKG_OK;
}

dkg_status dkg_check_planes(const dkg_shape *shape, uint64_t done, uint64_t count, dkg_error *err)
{
    if (count <= shape->planes - done) return DKG_OK;
    return dkg_fail(err, DKG_USAGE, "%llu planes after %llu, but only %llu were announced", (unsigned long long)count,
                    (unsigned long long)done, (unsigned long long)shape->planes);
}

dkg_status dkg_sample_too_large(const dkg_shape *shape, uint64_t z, dkg_error *err)
{
    return dkg_fail(err, DKG_USAGE, "plane %llu holds a sample above %u, the greatest of %u bits", (unsigned long long)z,
                    (1u << shape->bits) - 1, (unsigned)shape->bits);
}

size_t dkg_plane_samples(const dkg_shape *shape) { return (size_t)shape->nx * shape->ny; }

size_t dkg_planes_at_once(const dkg_shape *shape, unsigned threads)
{
    uint64_t most = 2 * (uint64_t)(threads ? threads : dkg_cpu_count());
    return (size_t)(shape->planes < most ? shape->planes : most);
}

bool dkg_samples_read(const uint8_t *plane, size_t n, const dkg_shape *shape, uint16_t *out)
{
    uint16_t seen = 0;
    if (shape->sample_bytes == 1) {
        for (size_t i = 0; i < n; i++) out[i] = plane[i];
        return true;
    }
    memcpy(out, plane, n * sizeof *out);
    if (dkg_load16((const uint8_t *)&(uint16_t){1}) != 1) /* not on a little-endian machine */
        for (size_t i = 0; i < n; i++) out[i] = dkg_load16(plane + 2 * i);
    for (size_t i = 0; i < n; i++) seen |= out[i];
    return seen >> shape->bits == 0;
}

const uint16_t *dkg_part_of(const uint16_t *samples, size_t n, dkg_part part, uint16_t *out)
{
    if (part.whole) return samples;
    for (size_t i = 0; i < n; i++) out[i] = (uint16_t)(samples[i] >> part.shift & 255);
    return out;
}

/* Sum of products. Bytes: products of signed words, which processors add up in pairs, as long as 32 bits hold them. */
static uint64_t dot(const uint16_t *a, const uint16_t *b, size_t n, bool bytes)
{
    enum { CHUNK = 32768 };
    uint64_t sum = 0;
    if (!bytes) {
        for (size_t i = 0; i < n; i++) sum += (uint32_t)a[i] * b[i];
        return sum;
    }
    while (n > 0) {
        const int16_t *x = (const int16_t *)a, *y = (const int16_t *)b;
        size_t now = n < CHUNK ? n : CHUNK;
        int32_t part = 0;
        for (size_t i = 0; i < now; i++) part += x[i] * y[i];
        sum += (uint64_t)part;
        a += now;
        b += now;
        n -= now;
    }
    return sum;
}

typedef struct sums { uint64_t x, xx; } sums;

/* A plane, and how wide its samples are. */
typedef struct field {
    const uint16_t *p;
    size_t nx, ny;
    bool bytes;
} field;

/* Sums over the columns from..to-1 of the rows from_row..to_row-1. */
static sums sums_of(const field *f, size_t from, size_t to, size_t from_row, size_t to_row)
{
    sums s = {0, 0};
    for (size_t y = from_row; y < to_row; y++) {
        const uint16_t *p = f->p + y * f->nx + from;
        for (size_t i = 0; i < to - from; i++) s.x += p[i];
        s.xx += dot(p, p, to - from, f->bytes);
    }
    return s;
}

/* Pairs of every sample with the one dy rows and dx columns further. all: sums of the plane; the sums of either side leave out
 * a border, which is small. */
static void add_pairs(dkg_pair_sums *s, const field *f, size_t dx, size_t dy, sums all)
{
    size_t nx = f->nx, ny = f->ny;
    if (dx >= nx || dy >= ny) return;
    sums right = sums_of(f, nx - dx, nx, 0, ny - dy), below = sums_of(f, 0, nx, ny - dy, ny);
    sums left = sums_of(f, 0, dx, dy, ny), above = sums_of(f, 0, nx, 0, dy);
    s->n += (nx - dx) * (ny - dy);
    s->x += all.x - right.x - below.x;
    s->xx += all.xx - right.xx - below.xx;
    s->y += all.x - left.x - above.x;
    s->yy += all.xx - left.xx - above.xx;
    for (size_t y = 0; y + dy < ny; y++) s->xy += dot(f->p + y * nx, f->p + (y + dy) * nx + dx, nx - dx, f->bytes);
}

/* Pairs of two channels of one pixel. */
static void add_channels(dkg_pair_sums *s, const uint16_t *p, size_t n, size_t channels)
{
    for (size_t i = 0; i < n; i += channels)
        for (size_t a = 0; a < channels; a++)
            for (size_t b = a + 1; b < channels; b++) {
                uint64_t x = p[i + a], y = p[i + b];
                dkg_pair_sums_add(s, &(dkg_pair_sums){1, x, y, x * x, y * y, x * y});
            }
}

static uint64_t count_equal(const uint16_t *p, size_t nx, size_t ny, size_t dx, size_t dy, uint64_t *of)
{
    uint64_t equal = 0;
    if (dx >= nx || dy >= ny) return 0;
    for (size_t y = 0; y + dy < ny; y++) {
        const uint16_t *a = p + y * nx, *b = p + (y + dy) * nx + dx;
        uint32_t in_row = 0;
        for (size_t i = 0; i < nx - dx; i++) in_row += a[i] == b[i];
        equal += in_row;
    }
    *of += (nx - dx) * (ny - dy);
    return equal;
}

/* Bits that differ between horizontal neighbours, through the histograms of both bytes of their XOR. */
static void count_differing(dkg_tally *t, const uint16_t *p, size_t nx, size_t ny, size_t step, unsigned bits)
{
    uint64_t low[256] = {0}, high[256] = {0};
    if (step >= nx) return;
    for (size_t y = 0; y < ny; y++)
        for (size_t i = 0; i + step < nx; i++) {
            unsigned x = (unsigned)(p[y * nx + i] ^ p[y * nx + i + step]);
            low[x & 255]++;
            if (bits > 8) high[x >> 8]++;
        }
    for (unsigned v = 0; v < 256; v++)
        for (unsigned bit = 0; bit < 8; bit++) {
            if (!(v >> bit & 1)) continue;
            t->differ[bit] += low[v];
            t->differ[bit + 8] += high[v];
        }
    t->differ_of += (nx - step) * ny;
}

void dkg_tally_plane(dkg_tally *t, uint32_t *histogram, const uint16_t *plane, const uint16_t *before, const dkg_shape *shape,
                     unsigned bits, unsigned what, bool differ)
{
    size_t nx = shape->nx, ny = shape->ny, n = nx * ny, step = shape->channels;
    field f = {plane, nx, ny, bits <= 8};
    t->samples += n;
    if (what & DKG_MEASURE_COUNTS) {
        for (size_t i = 0; i < n; i++) histogram[plane[i]]++;
        if (differ) count_differing(t, plane, nx, ny, step, bits);
    }
    sums all = {0, 0};
    if (what & (DKG_MEASURE_NEIGHBOURS | DKG_MEASURE_LAGS)) all = sums_of(&f, 0, nx, 0, ny);
    if (what & DKG_MEASURE_NEIGHBOURS) {
        add_pairs(&t->pairs[DKG_HORIZONTAL], &f, step, 0, all);
        add_pairs(&t->pairs[DKG_VERTICAL], &f, 0, 1, all);
        add_pairs(&t->pairs[DKG_DIAGONAL], &f, step, 1, all);
        if (step > 1) add_channels(&t->pairs[DKG_CHANNELS], plane, n, step);
        if (before) {
            sums first = sums_of(&(field){before, nx, ny, f.bytes}, 0, nx, 0, ny);
            dkg_pair_sums_add(&t->pairs[DKG_THROUGH],
                              &(dkg_pair_sums){n, first.x, all.x, first.xx, all.xx, dot(before, plane, n, f.bytes)});
        }
    }
    if (what & DKG_MEASURE_LAGS) {
        for (size_t lag = 2; lag <= 8; lag++) {
            add_pairs(&t->pairs[DKG_LAG_ROWS + lag - 2], &f, lag * step, 0, all);
            add_pairs(&t->pairs[DKG_LAG_COLUMNS + lag - 2], &f, 0, lag, all);
        }
        t->equal_rows += count_equal(plane, nx, ny, DKG_LAG_EQUAL * step, 0, &t->equal_rows_of);
        t->equal_columns += count_equal(plane, nx, ny, 0, DKG_LAG_EQUAL, &t->equal_columns_of);
    }
}

void dkg_tally_add(dkg_tally *to, const dkg_tally *t)
{
    to->samples += t->samples;
    for (size_t i = 0; i < DKG_PLACES; i++) dkg_pair_sums_add(&to->pairs[i], &t->pairs[i]);
    to->equal_rows += t->equal_rows;
    to->equal_columns += t->equal_columns;
    to->equal_rows_of += t->equal_rows_of;
    to->equal_columns_of += t->equal_columns_of;
    for (size_t i = 0; i < 16; i++) to->differ[i] += t->differ[i];
    to->differ_of += t->differ_of;
}
