/* SP 800-22 section 2.6: peaks of the discrete Fourier transform. The transform is our own: Debian's free libraries for it
 * are of single precision or bound to the GPL (docs/adr). */
#include "metrics/sp800_22.h"

#include <math.h>
#include <stdlib.h>

typedef struct point { double re, im; } point; /* products by hand: those of <complex.h> look for infinities */

static point product(point a, point b) { return (point){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }

/* Cooley-Tukey by the smallest prime factor: out[k] = sum of in[j * stride] w^(j k), where w = root[total / n] is an n-th root
 * of unity. Quick for lengths with small factors, right for all. */
static void transform(const point *in, size_t n, size_t stride, const point *root, size_t total, point *out, point *spare)
{
    if (n == 1) {
        out[0] = in[0];
        return;
    }
    size_t r = 2;
    while (n % r != 0) r = r * r > n ? n : r + 1;
    size_t part = n / r, step = total / n;
    for (size_t q = 0; q < r; q++) transform(in + q * stride, part, stride * r, root, total, spare + q * part, out + q * part);
    for (size_t s = 0, k = 0; s < r; s++)
        for (size_t j = 0; j < part; j++, k++) {
            point sum = spare[j];
            for (size_t q = 1, at = k; q < r; q++, at = at + k < n ? at + k : at + k - n) {
                point term = product(spare[q * part + j], root[at * step]);
                sum.re += term.re;
                sum.im += term.im;
            }
            out[k] = sum;
        }
}

double dkg_sp_spectral(const uint8_t *bit, size_t n)
{
    point *in = calloc(4 * n, sizeof *in);
    if (!in) return NAN;
    point *root = in + n, *out = root + n, *spare = out + n;
    double turn = -2 * acos(-1) / (double)n, limit = (double)n * log(1 / 0.05);
    size_t below = 0;
    for (size_t i = 0; i < n; i++) {
        in[i].re = bit[i] ? 1 : -1;
        root[i] = (point){cos(turn * (double)i), sin(turn * (double)i)};
    }
    transform(in, n, 1, root, n, out, spare);
    for (size_t i = 0; i < n / 2; i++) below += out[i].re * out[i].re + out[i].im * out[i].im < limit;
    free(in);
    double expected = 0.95 * (double)n / 2;
    return erfc(fabs((double)below - expected) / sqrt((double)n * 0.95 * 0.05 / 4) / sqrt(2));
}
