/* similarity.c - SSIM with the 11 x 11 Gaussian window, sd 1.5. The window is separable: every row is filtered once along
 * itself, the last eleven are kept, and their weighted sum is a row of windows. */
#include "metrics/similarity.h"

#include <math.h>

/* What is averaged under the window: a, a^2, and for each other image x: x, x^2, a x. */
enum { A, AA, B, BB, AB, C, CC, AC, FIELDS };

typedef struct window { double weight[DKG_SSIM_SIDE]; } window;

static window gaussian(void)
{
    window w;
    double sum = 0;
    for (int i = 0; i < DKG_SSIM_SIDE; i++) {
        double d = i - DKG_SSIM_SIDE / 2;
        w.weight[i] = exp(-d * d / (2 * 1.5 * 1.5));
        sum += w.weight[i];
    }
    for (int i = 0; i < DKG_SSIM_SIDE; i++) w.weight[i] /= sum;
    return w;
}

/* the ring of eleven filtered rows of every field, one row of products, one row of windows of every field */
size_t dkg_similarity_scratch(uint32_t nx) { return (size_t)nx * (DKG_SSIM_SIDE * FIELDS + 1 + FIELDS); }

/* out[x] = sum of weight[j] in[j][x]; the weights are symmetric */
static void filter(const window *w, const double *const in[DKG_SSIM_SIDE], size_t n, double *restrict out)
{
    const double w0 = w->weight[0], w1 = w->weight[1], w2 = w->weight[2], w3 = w->weight[3], w4 = w->weight[4], w5 = w->weight[5];
    const double *a = in[0], *b = in[1], *c = in[2], *d = in[3], *e = in[4], *f = in[5];
    const double *g = in[6], *h = in[7], *i = in[8], *j = in[9], *k = in[10];
    for (size_t x = 0; x < n; x++)
        out[x] = w0 * (a[x] + k[x]) + w1 * (b[x] + j[x]) + w2 * (c[x] + i[x]) + w3 * (d[x] + h[x]) + w4 * (e[x] + g[x]) + w5 * f[x];
}

static void filter_row(const window *w, const double *row, size_t n, double *out)
{
    const double *in[DKG_SSIM_SIDE];
    for (size_t j = 0; j < DKG_SSIM_SIDE; j++) in[j] = row + j;
    filter(w, in, n, out);
}

static void multiply(const uint16_t *a, const uint16_t *b, size_t n, double *out)
{
    for (size_t x = 0; x < n; x++) out[x] = (double)a[x] * b[x];
}

static void copy(const uint16_t *a, size_t n, double *out)
{
    for (size_t x = 0; x < n; x++) out[x] = a[x];
}

static double sum_row(const double *a, const double *aa, const double *b, const double *bb, const double *ab, size_t n, double c1, double c2)
{
    double sum = 0;
    for (size_t x = 0; x < n; x++) {
        double m = a[x] * b[x], squares = a[x] * a[x] + b[x] * b[x];
        sum += (2 * m + c1) * (2 * (ab[x] - m) + c2) / ((squares + c1) * (aa[x] + bb[x] - squares + c2));
    }
    return sum;
}

void dkg_similarity(const uint16_t *a, const uint16_t *b, const uint16_t *c, uint32_t nx, uint32_t ny, double most, double *scratch,
                    double *against_b, double *against_c)
{
    window w = gaussian();
    size_t across = nx - DKG_SSIM_SIDE + 1, fields = c ? FIELDS : C;
    double *row = scratch, *windows = row + nx, *ring = windows + (size_t)FIELDS * nx;
    double c1 = 0.01 * most * 0.01 * most, c2 = 0.03 * most * 0.03 * most, sum_b = 0, sum_c = 0;
    for (size_t y = 0; y < ny; y++) {
        const uint16_t *of[3] = {a + y * nx, b + y * nx, c ? c + y * nx : NULL};
        for (size_t f = 0; f < fields; f++) {
            const uint16_t *image = f <= AA ? of[0] : f <= AB ? of[1] : of[2];
            if (f == A || f == B || f == C) copy(image, nx, row);
            else multiply(f == AB || f == AC ? of[0] : image, image, nx, row);
            filter_row(&w, row, across, ring + (f * DKG_SSIM_SIDE + y % DKG_SSIM_SIDE) * nx);
        }
        if (y < DKG_SSIM_SIDE - 1) continue;
        for (size_t f = 0; f < fields; f++) {
            const double *in[DKG_SSIM_SIDE];
            for (size_t j = 0; j < DKG_SSIM_SIDE; j++) in[j] = ring + (f * DKG_SSIM_SIDE + (y + 1 + j) % DKG_SSIM_SIDE) * nx;
            filter(&w, in, across, windows + f * nx);
        }
        const double *v = windows;
        sum_b += sum_row(v + A * nx, v + AA * nx, v + B * nx, v + BB * nx, v + AB * nx, across, c1, c2);
        if (c) sum_c += sum_row(v + A * nx, v + AA * nx, v + C * nx, v + CC * nx, v + AC * nx, across, c1, c2);
    }
    double count = (double)across * (double)(ny - DKG_SSIM_SIDE + 1);
    *against_b = sum_b / count;
    *against_c = c ? sum_c / count : (double)NAN;
}
