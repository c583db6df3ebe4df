/* fourier.c - mixed-radix transform, decimation in time. Own code because the libraries at hand are under the GPL or in single
 * precision (docs/adr). */
#include "metrics/fourier.h"

#include <math.h>
#include <stdlib.h>

struct dkg_fourier {
    size_t n;
    dkg_complex root[]; /* exp(-2 pi i k / n) */
};

static size_t factor(size_t n) { return n % 4 == 0 ? 4 : n % 2 == 0 ? 2 : n % 3 == 0 ? 3 : n % 5 == 0 ? 5 : n; }

static bool is_smooth(size_t n)
{
    while (n > 5) {
        if (factor(n) == n) return false;
        n /= factor(n);
    }
    return n > 0;
}

size_t dkg_fourier_length(size_t n)
{
    while (n > 1 && !is_smooth(n)) n--;
    return n;
}

dkg_status dkg_fourier_plan(size_t n, dkg_fourier **out, dkg_error *err)
{
    *out = NULL;
    if (!is_smooth(n)) return dkg_fail(err, DKG_USAGE, "no Fourier transform of length %zu: other prime factors than 2, 3, 5", n);
    uint64_t bytes;
    dkg_fourier *f = dkg_mul(n, sizeof(dkg_complex), &bytes) && dkg_add(bytes, sizeof *f, &bytes) ? dkg_calloc(bytes, 1) : NULL;
    if (!f) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a Fourier transform of length %zu", n);
    f->n = n;
    for (size_t k = 0; k < n; k++) {
        double angle = -2 * 3.14159265358979323846 * (double)k / (double)n;
        f->root[k] = (dkg_complex){cos(angle), sin(angle)};
    }
    *out = f;
    return DKG_OK;
}

void dkg_fourier_free(dkg_fourier *f) { free(f); }

static dkg_complex times(dkg_complex a, dkg_complex b) { return (dkg_complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }

static void join2(dkg_complex x[5])
{
    dkg_complex a = x[0], b = x[1];
    x[0] = (dkg_complex){a.re + b.re, a.im + b.im};
    x[1] = (dkg_complex){a.re - b.re, a.im - b.im};
}

static void join4(dkg_complex x[5])
{
    dkg_complex s = {x[0].re + x[2].re, x[0].im + x[2].im}, d = {x[0].re - x[2].re, x[0].im - x[2].im};
    dkg_complex t = {x[1].re + x[3].re, x[1].im + x[3].im}, e = {x[1].re - x[3].re, x[1].im - x[3].im};
    x[0] = (dkg_complex){s.re + t.re, s.im + t.im};
    x[1] = (dkg_complex){d.re + e.im, d.im - e.re};
    x[2] = (dkg_complex){s.re - t.re, s.im - t.im};
    x[3] = (dkg_complex){d.re - e.im, d.im + e.re};
}

/* by the definition: p is 3 or 5 */
static void join_odd(const dkg_fourier *f, size_t p, dkg_complex x[5])
{
    dkg_complex out[5];
    for (size_t r = 0; r < p; r++) {
        out[r] = x[0];
        for (size_t q = 1; q < p; q++) {
            dkg_complex t = times(x[q], f->root[q * r % p * (f->n / p)]);
            out[r].re += t.re;
            out[r].im += t.im;
        }
    }
    for (size_t r = 0; r < p; r++) x[r] = out[r];
}

static void transform(const dkg_fourier *f, size_t n, const dkg_complex *in, size_t stride, dkg_complex *out)
{
    if (n == 1) {
        *out = *in;
        return;
    }
    size_t p = factor(n), m = n / p, step = f->n / n;
    for (size_t q = 0; q < p; q++) transform(f, m, in + q * stride, stride * p, out + q * m);
    for (size_t k = 0; k < m; k++) {
        dkg_complex x[5] = {out[k]};
        for (size_t q = 1; q < p; q++) x[q] = times(out[q * m + k], f->root[q * k * step]);
        if (p == 4) join4(x);
        else if (p == 2) join2(x);
        else join_odd(f, p, x);
        for (size_t q = 0; q < p; q++) out[q * m + k] = x[q];
    }
}

void dkg_fourier_run(const dkg_fourier *f, const dkg_complex *in, size_t stride, dkg_complex *out) { transform(f, f->n, in, stride, out); }
