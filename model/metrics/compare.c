/* compare.c - two arrays, plane after plane: what differs, by how much (docs/metrics.md, sections 2, 5, 6). */
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/compare.h"
#include "metrics/similarity.h"

typedef struct slot {
    uint16_t *a, *b, *part_a, *part_b, *control;
    double *scratch;
    bool too_large;
    dkg_difference part[3];
    uint32_t *histogram;
    double ssim, ssim_control;
} slot;

struct dkg_compare {
    dkg_compare_options options;
    uint8_t seed[32];
    bool expects_uniform; /* the second array: expected values from the histogram of the first */
    bool similarity, windows; /* windows: planes hold at least one of SSIM */
    unsigned parts;
    dkg_part part[3];
    uint64_t done;
    dkg_compared sums;
    slot *slots;
    size_t slot_count;
};

typedef struct batch {
    dkg_compare *c;
    const uint8_t *a, *b;
} batch;

static uint64_t ones(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return x * 0x0101010101010101 >> 56;
}

uint64_t dkg_hamming(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint64_t sum = 0, x, y;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        memcpy(&x, a + i, 8);
        memcpy(&y, b + i, 8);
        sum += ones(x ^ y);
    }
    for (; i < n; i++) sum += ones((uint64_t)(a[i] ^ b[i]));
    return sum;
}

void dkg_difference_add(dkg_difference *d, const uint16_t *a, const uint16_t *b, size_t n, bool squares)
{
    enum { CHUNK = 32768 }; /* 32 bits hold that many differences */
    d->n += n;
    for (size_t at = 0; at < n; at += CHUNK) {
        size_t now = n - at < CHUNK ? n - at : CHUNK;
        const uint16_t *p = a + at, *q = b + at;
        uint32_t equal = 0, absolute = 0;
        uint64_t square = 0;
        for (size_t i = 0; i < now; i++) {
            uint32_t far = p[i] > q[i] ? (uint32_t)(p[i] - q[i]) : (uint32_t)(q[i] - p[i]);
            equal += far == 0;
            absolute += far;
        }
        for (size_t i = 0; squares && i < now; i++) {
            uint32_t far = p[i] > q[i] ? (uint32_t)(p[i] - q[i]) : (uint32_t)(q[i] - p[i]);
            square += far * far;
        }
        d->equal += equal;
        d->absolute += absolute;
        d->squares += square;
    }
}

/* The control image of plane z: uniform samples of the shape's bits, a stream of its own for every plane. */
static void control_plane(const dkg_compare *c, uint64_t z, uint16_t *out)
{
    size_t n = dkg_plane_samples(&c->options.shape);
    uint8_t nonce[24] = {0};
    dkg_store64(nonce, z);
    (void)crypto_stream_xchacha20((uint8_t *)out, n * sizeof *out, nonce, c->seed);
    for (size_t i = 0; i < n; i++) out[i] = dkg_load16((const uint8_t *)(out + i)) & (uint16_t)((1u << c->options.shape.bits) - 1);
}

static void compare_plane(void *context, size_t i)
{
    const batch *p = context;
    dkg_compare *c = p->c;
    const dkg_shape *shape = &c->options.shape;
    slot *s = &c->slots[i];
    size_t n = dkg_plane_samples(shape), bytes = n * shape->sample_bytes;
    const uint8_t *a = p->a + i * bytes, *b = p->b + i * bytes;
    memset(s->part, 0, sizeof s->part);
    bool a_in_range = dkg_samples_read(a, n, shape, s->a);
    s->too_large = !dkg_samples_read(b, n, shape, s->b) || !a_in_range;
    if (s->too_large) return;
    for (unsigned k = 0; k < c->parts; k++)
        dkg_difference_add(&s->part[k], dkg_part_of(s->a, n, c->part[k], s->part_a), dkg_part_of(s->b, n, c->part[k], s->part_b), n,
                           k == 0 && c->similarity);
    s->part[0].hamming = dkg_hamming(a, b, bytes);
    if (c->expects_uniform) {
        memset(s->histogram, 0, sizeof *s->histogram << shape->bits);
        for (size_t k = 0; k < n; k++) s->histogram[s->a[k]]++;
    }
    if (c->windows) {
        if (c->expects_uniform) control_plane(c, c->done + i, s->control);
        dkg_similarity(s->a, s->b, c->expects_uniform ? s->control : NULL, shape->nx, shape->ny, ldexp(1, shape->bits) - 1,
                       s->scratch, &s->ssim, &s->ssim_control);
    }
}

static dkg_status merge(dkg_compare *c, const slot *s, uint64_t z, dkg_error *err)
{
    if (s->too_large) return dkg_sample_too_large(&c->options.shape, z, err);
    for (unsigned k = 0; k < c->parts; k++) {
        dkg_difference *d = &c->sums.part[k];
        d->n += s->part[k].n;
        d->equal += s->part[k].equal;
        d->absolute += s->part[k].absolute;
        d->squares += s->part[k].squares;
        d->hamming += s->part[k].hamming;
    }
    for (size_t v = 0; c->expects_uniform && v < (size_t)1 << c->options.shape.bits; v++) c->sums.histogram[v] += s->histogram[v];
    c->sums.ssim += s->ssim;
    c->sums.ssim_control += s->ssim_control;
    return DKG_OK;
}

dkg_status dkg_compare_add(dkg_compare *c, const uint8_t *a, const uint8_t *b, uint64_t planes, dkg_error *err)
{
    size_t bytes = dkg_plane_samples(&c->options.shape) * c->options.shape.sample_bytes;
    dkg_status status = dkg_check_planes(&c->options.shape, c->done, planes, err);
    if (status != DKG_OK) return status;
    while (planes > 0) {
        size_t now = planes < c->slot_count ? (size_t)planes : c->slot_count;
        batch p = {c, a, b};
        dkg_parallel(c->options.threads, now, compare_plane, &p);
        for (size_t i = 0; i < now; i++) {
            status = merge(c, &c->slots[i], c->done + i, err);
            if (status != DKG_OK) return status;
        }
        a += now * bytes;
        b += now * bytes;
        c->done += now;
        planes -= now;
    }
    return DKG_OK;
}

dkg_status dkg_compare_finish(dkg_compare *c, dkg_metric_list *rows, dkg_error *err)
{
    const dkg_shape *shape = &c->options.shape;
    if (c->done != shape->planes)
        return dkg_fail(err, DKG_USAGE, "%llu planes were compared, but %llu announced", (unsigned long long)c->done,
                        (unsigned long long)shape->planes);
    dkg_compared sums = c->sums;
    sums.ssim = c->windows ? c->sums.ssim / (double)shape->planes : (double)NAN;
    sums.ssim_control = c->windows && c->expects_uniform ? c->sums.ssim_control / (double)shape->planes : (double)NAN;
    return dkg_compare_rows(&c->options, c->part, c->parts, c->similarity, &sums, rows, err);
}

static dkg_status allocate(dkg_compare *c, dkg_error *err)
{
    const dkg_shape *shape = &c->options.shape;
    size_t n = dkg_plane_samples(shape), bins = (size_t)1 << shape->bits;
    bool ok = (c->slots = dkg_calloc(c->slot_count, sizeof *c->slots)) && (c->sums.histogram = dkg_calloc(bins, sizeof(uint64_t)));
    for (size_t i = 0; ok && i < c->slot_count; i++) {
        slot *s = &c->slots[i];
        ok = (s->a = dkg_calloc(n, sizeof *s->a)) && (s->b = dkg_calloc(n, sizeof *s->b)) &&
             (s->part_a = dkg_calloc(n, sizeof *s->part_a)) && (s->part_b = dkg_calloc(n, sizeof *s->part_b)) &&
             (s->histogram = dkg_calloc(bins, sizeof *s->histogram)) &&
             (!c->expects_uniform || (s->control = dkg_calloc(n, sizeof *s->control))) &&
             (!c->windows || (s->scratch = dkg_calloc(dkg_similarity_scratch(shape->nx), sizeof *s->scratch)));
    }
    return ok ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no memory to compare planes of %u x %u samples", shape->nx, shape->ny);
}

dkg_status dkg_compare_begin(const dkg_compare_options *options, dkg_compare **out, dkg_error *err)
{
    *out = NULL;
    dkg_compare_options o = *options;
    dkg_status status = dkg_check_shape(&o.shape, &o.alpha, err);
    if (status != DKG_OK) return status;
    dkg_compare *c = dkg_calloc(1, sizeof *c);
    if (!c) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a comparison");
    c->options = o;
    if (o.seed) memcpy(c->seed, o.seed, sizeof c->seed);
    c->expects_uniform = dkg_pair_expects_uniform(o.pair);
    c->similarity = o.similarity || c->expects_uniform || o.pair == DKG_PAIR_DECRYPTED;
    c->windows = c->similarity && o.shape.nx >= DKG_SSIM_SIDE && o.shape.ny >= DKG_SSIM_SIDE;
    c->slot_count = dkg_planes_at_once(&o.shape, o.threads);
    c->parts = dkg_parts(o.shape.sample_bytes, o.shape.bits, c->part);
    status = allocate(c, err);
    if (status == DKG_OK) *out = c;
    else dkg_compare_free(c);
    return status;
}

void dkg_compare_free(dkg_compare *c)
{
    if (!c) return;
    for (size_t i = 0; c->slots && i < c->slot_count; i++) {
        free(c->slots[i].a);
        free(c->slots[i].b);
        free(c->slots[i].part_a);
        free(c->slots[i].part_b);
        free(c->slots[i].control);
        free(c->slots[i].scratch);
        free(c->slots[i].histogram);
    }
    free(c->slots);
    free(c->sums.histogram);
    free(c);
}

dkg_status dkg_compare_arrays(const dkg_compare_options *options, const uint8_t *a, const uint8_t *b, dkg_metric_list *rows, dkg_error *err)
{
    dkg_compare *c = NULL;
    dkg_status status = dkg_compare_begin(options, &c, err);
    if (status == DKG_OK) status = dkg_compare_add(c, a, b, options->shape.planes, err);
    if (status == DKG_OK) status = dkg_compare_finish(c, rows, err);
    dkg_compare_free(c);
    return status;
}
