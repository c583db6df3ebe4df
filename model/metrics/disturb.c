/* disturb.c - noise, cuts and flipped bits in a ciphertext (docs/metrics.md, section 8). */
#include <math.h>
#include <sodium.h>

#include "metrics/tally.h"

const char *dkg_disturbance_name(dkg_disturbance_kind kind)
{
    static const char *const names[] = {"saltAndPepper", "gaussian", "cropping", "bitFlip"};
    return names[kind];
}

const dkg_disturbance *dkg_disturbances(size_t *count)
{
    static const dkg_disturbance all[] = {
        {DKG_SALT_AND_PEPPER, 0.01}, {DKG_SALT_AND_PEPPER, 0.05}, {DKG_SALT_AND_PEPPER, 0.1}, {DKG_SALT_AND_PEPPER, 0.25},
        {DKG_GAUSSIAN, 1},           {DKG_GAUSSIAN, 5},           {DKG_GAUSSIAN, 10},         {DKG_CROPPING, 1.0 / 16},
        {DKG_CROPPING, 1.0 / 8},     {DKG_CROPPING, 1.0 / 4},     {DKG_CROPPING, 1.0 / 2},    {DKG_BIT_FLIP, 0},
    };
    *count = sizeof all / sizeof all[0];
    return all;
}

/* A fixed stream of random numbers. */
typedef struct numbers {
    const uint8_t *seed;
    uint64_t block;
    uint8_t bytes[4096];
    size_t at;
} numbers;

static uint64_t next(numbers *r)
{
    if (r->at == 0) {
        uint8_t nonce[24] = {0};
        dkg_store64(nonce, r->block++);
        (void)crypto_stream_xchacha20(r->bytes, sizeof r->bytes, nonce, r->seed);
    }
    uint64_t x = dkg_load64(r->bytes + r->at);
    r->at = (r->at + 8) % sizeof r->bytes;
    return x;
}

/* uniform in (0, 1), never 0 */
static double uniform(numbers *r) { return ((double)(next(r) >> 11) + 0.5) * 0x1p-53; }

static uint16_t get(const uint8_t *samples, const dkg_shape *s, uint64_t i)
{
    return s->sample_bytes == 1 ? samples[i] : dkg_load16(samples + 2 * i);
}

/* Returns whether the sample is another one now. */
static bool put(uint8_t *samples, const dkg_shape *s, uint64_t i, uint16_t value)
{
    uint16_t before = get(samples, s, i);
    if (s->sample_bytes == 1) samples[i] = (uint8_t)value;
    else dkg_store16(samples + 2 * i, value);
    return value != before;
}

static uint64_t salt_and_pepper(uint8_t *samples, const dkg_shape *s, uint64_t n, double density, numbers *r)
{
    uint64_t changed = 0;
    uint16_t most = (uint16_t)((1u << s->bits) - 1);
    for (uint64_t i = 0; i < n; i++) {
        double u = uniform(r);
        if (u < density) changed += put(samples, s, i, u < density / 2 ? 0 : most);
    }
    return changed;
}

/* Box and Muller's pairs; rounded and clipped to the samples' range. */
static uint64_t gaussian(uint8_t *samples, const dkg_shape *s, uint64_t n, double sd, numbers *r)
{
    uint64_t changed = 0;
    double most = ldexp(1, s->bits) - 1, angle = 0, radius = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (i % 2 == 0) {
            radius = sd * sqrt(-2 * log(uniform(r)));
            angle = 2 * 3.14159265358979323846 * uniform(r);
        }
        double value = rint(get(samples, s, i) + radius * (i % 2 ? sin(angle) : cos(angle)));
        changed += put(samples, s, i, (uint16_t)fmin(fmax(value, 0), most));
    }
    return changed;
}

/* A rectangle of samples, the same in every plane. */
typedef struct box { uint64_t x0, x1, y0, y1; } box;

/* In the middle, of the plane's proportions. */
static box middle(const dkg_shape *s, double share)
{
    uint64_t across = s->nx / s->channels, w = (uint64_t)rint((double)across * sqrt(share));
    uint64_t h = w ? (uint64_t)rint((double)across * s->ny * share / (double)w) : 0;
    h = h < s->ny ? h : s->ny;
    uint64_t x0 = (across - w) / 2 * s->channels, y0 = (s->ny - h) / 2;
    return (box){x0, x0 + w * s->channels, y0, y0 + h};
}

static uint64_t crop(uint8_t *samples, const dkg_shape *s, double share)
{
    uint64_t changed = 0;
    box b = middle(s, share);
    for (uint64_t z = 0; z < s->planes; z++)
        for (uint64_t y = b.y0; y < b.y1; y++)
            for (uint64_t x = b.x0; x < b.x1; x++) changed += put(samples, s, (z * s->ny + y) * s->nx + x, 0);
    return changed;
}

static uint64_t flip(uint8_t *samples, const dkg_shape *s, uint64_t n, double share, numbers *r)
{
    uint64_t changed = 0;
    if (share == 0) {
        uint64_t bit = next(r) % (n * s->bits), i = bit / s->bits;
        return put(samples, s, i, (uint16_t)(get(samples, s, i) ^ 1u << bit % s->bits));
    }
    for (uint64_t i = 0; i < n; i++) {
        unsigned mask = 0;
        for (unsigned bit = 0; bit < s->bits; bit++) mask |= (unsigned)(uniform(r) < share) << bit;
        changed += put(samples, s, i, (uint16_t)(get(samples, s, i) ^ mask));
    }
    return changed;
}

dkg_status dkg_disturb(uint8_t *samples, const dkg_shape *shape, dkg_disturbance d, const uint8_t seed[32], uint64_t *changed,
                       dkg_error *err)
{
    *changed = 0;
    dkg_shape s = *shape;
    double alpha = 0, most = d.kind == DKG_GAUSSIAN ? 65535 : 1;
    dkg_status status = dkg_check_shape(&s, &alpha, err);
    if (status != DKG_OK) return status;
    if (!(d.amount >= 0 && d.amount <= most))
        return dkg_fail(err, DKG_USAGE, "%s by %g, must be 0..%g", dkg_disturbance_name(d.kind), d.amount, most);
    numbers r = {.seed = seed};
    uint64_t n = (uint64_t)s.nx * s.ny * s.planes;
    switch (d.kind) {
    case DKG_SALT_AND_PEPPER: *changed = salt_and_pepper(samples, &s, n, d.amount, &r); break;
    case DKG_GAUSSIAN: *changed = gaussian(samples, &s, n, d.amount, &r); break;
    case DKG_CROPPING: *changed = crop(samples, &s, d.amount); break;
    case DKG_BIT_FLIP: *changed = flip(samples, &s, n, d.amount, &r); break;
    }
    return DKG_OK;
}

double dkg_disturbed_mse(const uint8_t *plain, const dkg_shape *shape, dkg_disturbance d)
{
    double levels = ldexp(1, shape->bits), sum = 0, n = (double)shape->nx * shape->ny * (double)shape->planes;
    /* a flipped bit changes its sample by its weight, whatever the sample: the mean square of the weights */
    if (d.kind == DKG_BIT_FLIP && d.amount == 0) return (levels * levels - 1) / 3 / shape->bits / n;
    if (d.kind != DKG_SALT_AND_PEPPER && d.kind != DKG_CROPPING) return (double)NAN;
    /* a sample that was set, to whatever, decrypts to a uniform one */
    box b = d.kind == DKG_CROPPING ? middle(shape, d.amount) : (box){0, shape->nx, 0, shape->ny};
    for (uint64_t z = 0; z < shape->planes; z++)
        for (uint64_t y = b.y0; y < b.y1; y++)
            for (uint64_t x = b.x0; x < b.x1; x++) {
                double p = get(plain, shape, (z * shape->ny + y) * shape->nx + x) - (levels - 1) / 2;
                sum += (levels * levels - 1) / 12 + p * p;
            }
    return (d.kind == DKG_CROPPING ? 1 : d.amount) * sum / n;
}
