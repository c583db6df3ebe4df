/* Byte entropy and adjacent correlation of planes. Sums are integers, so any order of the planes gives the same result. */
#include "dkg/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct pair_sums {
    uint64_t n, x, y, xx, yy, xy; /* a plane holds at most 2^31 pairs of 16-bit samples: no sum reaches 2^63 */
} pair_sums;

typedef struct plane_sums {
    uint64_t histogram[256];
    pair_sums direction[3]; /* horizontal, vertical, diagonal */
} plane_sums;

typedef struct measuring {
    const uint8_t *samples;
    uint32_t nx, ny;
    uint8_t bytes;
    plane_sums *of_plane;
} measuring;

static uint64_t sample(const uint8_t *p, uint8_t bytes) { return bytes == 1 ? p[0] : dkg_load16(p); }

static void add_pairs(const measuring *m, const uint8_t *plane, uint32_t dx, uint32_t dy, pair_sums *s)
{
    size_t row = (size_t)m->nx * m->bytes, ahead = (size_t)dy * row + (size_t)dx * m->bytes;
    for (uint32_t y = 0; y + dy < m->ny; y++)
        for (uint32_t x = 0; x + dx < m->nx; x++) {
            const uint8_t *p = plane + y * row + (size_t)x * m->bytes;
            uint64_t a = sample(p, m->bytes), b = sample(p + ahead, m->bytes);
            s->n++;
            s->x += a;
            s->y += b;
            s->xx += a * a;
            s->yy += b * b;
            s->xy += a * b;
        }
}

static void measure_plane(void *context, size_t i)
{
    const measuring *m = context;
    size_t size = (size_t)m->nx * m->ny * m->bytes;
    const uint8_t *plane = m->samples + i * size;
    plane_sums *s = &m->of_plane[i];
    for (size_t k = 0; k < size; k++) s->histogram[plane[k]]++;
    add_pairs(m, plane, 1, 0, &s->direction[0]);
    add_pairs(m, plane, 0, 1, &s->direction[1]);
    add_pairs(m, plane, 1, 1, &s->direction[2]);
}

/* Pearson's r from sums per plane; long double keeps n*sum(xy) of 10^9 16-bit samples exact enough (64-bit mantissa). */
static double correlation(const plane_sums *planes, uint64_t count, size_t direction)
{
    long double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (uint64_t i = 0; i < count; i++) {
        const pair_sums *s = &planes[i].direction[direction];
        n += (long double)s->n;
        x += (long double)s->x;
        y += (long double)s->y;
        xx += (long double)s->xx;
        yy += (long double)s->yy;
        xy += (long double)s->xy;
    }
    long double vx = n * xx - x * x, vy = n * yy - y * y;
    return vx > 0 && vy > 0 ? (double)((n * xy - x * y) / sqrtl(vx * vy)) : (double)NAN;
}

dkg_status dkg_measure_planes(const uint8_t *samples, uint32_t nx, uint32_t ny, uint64_t planes, uint8_t sample_bytes,
                              unsigned threads, dkg_plane_metrics *out, dkg_error *err)
{
    memset(out, 0, sizeof *out);
    measuring m = {samples, nx, ny, sample_bytes, dkg_calloc(planes, sizeof(plane_sums))};
    if (!m.of_plane) return dkg_fail(err, DKG_NO_MEMORY, "no memory to measure %llu planes", (unsigned long long)planes);
    dkg_parallel(threads, (size_t)planes, measure_plane, &m);

    uint64_t total[256] = {0};
    for (uint64_t i = 0; i < planes; i++)
        for (size_t v = 0; v < 256; v++) total[v] += m.of_plane[i].histogram[v];
    double n = (double)nx * (double)ny * (double)planes * sample_bytes;
    for (size_t v = 0; v < 256; v++)
        if (total[v]) out->entropy -= (double)total[v] / n * log2((double)total[v] / n);
    out->entropy_expected = 8 - 255 / (2 * n * log(2));
    out->horizontal = correlation(m.of_plane, planes, 0);
    out->vertical = correlation(m.of_plane, planes, 1);
    out->diagonal = correlation(m.of_plane, planes, 2);
    free(m.of_plane);
    return DKG_OK;
}
