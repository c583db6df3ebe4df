/* kernels_body.h - the kernels of every instruction set. The file that includes it defines first
 *
 *   vector                a vector of LANES int32
 *   LANES, ROWS           its lanes; pixels computed together: ROWS * DKG_CPU_PANEL sums stay in registers
 *   INTERLEAVED           how load_weights wants the weights (kernels.h)
 *   zero(), store(p, v)
 *   load_weights(p)       2 * LANES weights
 *   pair, load_pair(p)    two neighbouring activations, for every lane
 *   add_products(s, x, w) s + x[0] * w[0] + x[1] * w[1], modulo 2^32
 *   KERNELS, NAME         the table to fill and what people read
 *
 * Everything but the products is plain C over channels, which compilers turn into vectors themselves. */
#include "cpu/kernels.h"

static inline __attribute__((always_inline)) void products_of(const dkg_cpu_products *j, size_t first, size_t rows, size_t vectors)
{
    const int16_t *source = j->source + first * j->source_step, *weights = j->weights;
    int32_t *out = j->out + first * j->out_step;
    const size_t step = j->source_step, pairs = j->pairs;
    vector sums[ROWS][DKG_CPU_PANEL];
    for (size_t r = 0; r < rows; r++)
        for (size_t v = 0; v < vectors; v++) sums[r][v] = zero();
    for (size_t t = 0; t < j->tap_count; t++) {
        const int16_t *x = source + j->taps[t];
        for (size_t p = 0; p < pairs; p++, x += 2, weights += vectors * 2 * LANES) {
            vector w[DKG_CPU_PANEL];
            for (size_t v = 0; v < vectors; v++) w[v] = load_weights(weights + v * 2 * LANES);
            for (size_t r = 0; r < rows; r++) {
                const pair both = load_pair(x + r * step);
                for (size_t v = 0; v < vectors; v++) sums[r][v] = add_products(sums[r][v], both, w[v]);
            }
        }
    }
    for (size_t r = 0; r < rows; r++)
        for (size_t v = 0; v < vectors; v++) store(out + r * j->out_step + v * LANES, sums[r][v]);
}

static void products(const dkg_cpu_products *j)
{
    size_t i = 0;
    if (j->vectors == DKG_CPU_PANEL) {
        for (; i + ROWS <= j->pixels; i += ROWS) products_of(j, i, ROWS, DKG_CPU_PANEL);
        for (; i < j->pixels; i++) products_of(j, i, 1, DKG_CPU_PANEL);
    } else {
        for (; i + ROWS <= j->pixels; i += ROWS) products_of(j, i, ROWS, 1);
        for (; i < j->pixels; i++) products_of(j, i, 1, 1);
    }
}

/* The residual layers have 4n channels, a multiple of 16. */
enum { CHANNELS_TOGETHER = 16 };
typedef int16_t activations __attribute__((vector_size(2 * CHANNELS_TOGETHER), aligned(2), may_alias));

/* B^T d B of 16 channels of one tile with B^T = (1 0 -1 0 | 0 1 1 0 | 0 -1 1 0 | 0 1 0 -1); all of it fits 15 bits. */
static inline __attribute__((always_inline)) void tile_in(const int16_t *source, size_t pixel, size_t pitch, size_t plane, int16_t *out)
{
    activations d[4], t[4][4], u[4];
    for (size_t x = 0; x < 4; x++) {
        for (size_t y = 0; y < 4; y++) d[y] = *(const activations *)(source + x * pixel + y * pitch);
        t[0][x] = d[0] - d[2];
        t[1][x] = d[1] + d[2];
        t[2][x] = d[2] - d[1];
        t[3][x] = d[1] - d[3];
    }
    for (size_t y = 0; y < 4; y++) {
        u[0] = t[y][0] - t[y][2];
        u[1] = t[y][1] + t[y][2];
        u[2] = t[y][2] - t[y][1];
        u[3] = t[y][1] - t[y][3];
        for (size_t x = 0; x < 4; x++) *(activations *)(out + (4 * y + x) * plane) = u[x];
    }
}

static void tiles_in(const dkg_cpu_tiles *t, const int16_t *source, size_t pitch, int16_t *out)
{
    for (size_t i = 0; i < t->tiles; i++)
        for (size_t c = 0; c < t->columns; c += CHANNELS_TOGETHER)
            tile_in(source + 2 * i * t->columns + c, t->columns, pitch, t->plane, out + i * t->columns + c);
}

/* Four times the sum, modulo 2^32, to the sum: floor(v / 4) of v read as signed. */
static inline int32_t quarter(uint32_t v) { return (int32_t)((v ^ 0x80000000u) >> 2) - 0x20000000; }

/* A^T m A with A^T = (1 1 1 0 | 0 1 -1 -1). */
static inline __attribute__((always_inline)) void tile_out(const uint32_t *restrict in, size_t plane, int32_t *restrict y00,
                                                           int32_t *restrict y01, int32_t *restrict y10, int32_t *restrict y11,
                                                           size_t columns)
{
    for (size_t c = 0; c < columns; c++) {
        uint32_t a[4], b[4];
        for (size_t x = 0; x < 4; x++) {
            const uint32_t *m = in + c + x * plane;
            const uint32_t m1 = m[4 * plane], m2 = m[8 * plane];
            a[x] = m[0] + m1 + m2;
            b[x] = m1 - m2 - m[12 * plane];
        }
        y00[c] = quarter(a[0] + a[1] + a[2]);
        y01[c] = quarter(a[1] - a[2] - a[3]);
        y10[c] = quarter(b[0] + b[1] + b[2]);
        y11[c] = quarter(b[1] - b[2] - b[3]);
    }
}

static void tiles_out(const dkg_cpu_tiles *t, const int32_t *in, int32_t *sums, size_t channels, size_t pitch, size_t width,
                      bool two_rows)
{
    int32_t beyond[3][DKG_CPU_PANEL * LANES]; /* sums outside the image */
    for (size_t i = 0; i < t->tiles; i++) {
        const bool two_columns = 2 * i + 1 < width;
        int32_t *y = sums + 2 * i * channels, *below = y + pitch;
        tile_out((const uint32_t *)in + i * t->columns, t->plane, y, two_columns ? y + channels : beyond[0],
                 two_rows ? below : beyond[1], two_rows && two_columns ? below + channels : beyond[2], t->columns);
    }
}

/* Four squares of int32 values stay below 2^64, so that they are split into halves once for all four. */
static inline __attribute__((always_inline)) void moments_of(const int32_t *restrict a, size_t pixels, size_t channels,
                                                             int64_t *restrict sum, uint64_t *restrict low, uint64_t *restrict high)
{
    for (size_t c = 0; c < channels; c++) {
        int64_t s = 0;
        uint64_t squares = 0;
        for (size_t p = 0; p < pixels; p++) {
            const int64_t v = a[p * channels + c];
            s += v;
            squares += (uint64_t)(v * v);
        }
        sum[c] += s;
        low[c] += squares & 0xffffffff;
        high[c] += squares >> 32;
    }
}

static void moments(const int32_t *sums, size_t pixels, size_t channels, const dkg_cpu_moments *m)
{
    size_t p = 0;
    for (; p + 4 <= pixels; p += 4) moments_of(sums + p * channels, 4, channels, m->sum, m->low, m->high);
    for (; p < pixels; p++) moments_of(sums + p * channels, 1, channels, m->sum, m->low, m->high);
}

enum { ACTIVATION_MAX = 4095 };

static inline int32_t scaled(int32_t a, int32_t factor, uint64_t offset, uint64_t shift, uint32_t bias)
{
    const uint64_t v = (uint64_t)((int64_t)a * factor) + offset;
    return (int32_t)((uint32_t)(v >> shift) - bias) - (1 << 24);
}

static inline int32_t clamp(int32_t v, int32_t low, int32_t high)
{
    v = v < low ? low : v;
    return v > high ? high : v;
}

static inline __attribute__((always_inline)) void relu_pixel(const int32_t *restrict a, size_t channels, const int32_t *restrict factor,
                                                             const uint64_t *restrict offset, const uint64_t *restrict shift,
                                                             const uint32_t *restrict bias, int16_t *restrict out)
{
    for (size_t c = 0; c < channels; c++)
        out[c] = (int16_t)clamp(scaled(a[c], factor[c], offset[c], shift[c], bias[c]), 0, ACTIVATION_MAX);
}

static inline __attribute__((always_inline)) void add_pixel(const int32_t *restrict a, size_t channels, const int32_t *restrict factor,
                                                            const uint64_t *restrict offset, const uint64_t *restrict shift,
                                                            const uint32_t *restrict bias, const int16_t *shortcut, int16_t *out)
{
    for (size_t c = 0; c < channels; c++)
        out[c] = (int16_t)clamp(shortcut[c] + scaled(a[c], factor[c], offset[c], shift[c], bias[c]), -ACTIVATION_MAX, ACTIVATION_MAX);
}

static void normalise(const int32_t *sums, size_t pixels, size_t channels, const dkg_cpu_scale *s, const int16_t *shortcut, int16_t *out)
{
    for (size_t i = 0; i < pixels * channels; i += channels) {
        if (shortcut)
            add_pixel(sums + i, channels, s->factor, s->offset, s->shift, s->bias, shortcut + i, out + i);
        else
            relu_pixel(sums + i, channels, s->factor, s->offset, s->shift, s->bias, out + i);
    }
}

const dkg_cpu_kernels KERNELS = {.name = NAME, .lanes = LANES, .interleaved = INTERLEAVED, .products = products, .tiles_in = tiles_in,
                                 .tiles_out = tiles_out, .moments = moments, .normalise = normalise};
