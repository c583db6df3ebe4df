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

static void join3(dkg_complex x[5])
{
    const double half_root_3 = 0.86602540378443864676;
    dkg_complex s = {x[1].re + x[2].re, x[1].im + x[2].im};
    dkg_complex d = {half_root_3 * (x[1].re - x[2].re), half_root_3 * (x[1].im - x[2].im)};
    dkg_complex m = {x[0].re - s.re / 2, x[0].im - s.im / 2};
    x[0] = (dkg_complex){x[0].re + s.re, x[0].im + s.im};
    x[1] = (dkg_complex){m.re + d.im, m.im - d.re};
    x[2] = (dkg_complex){m.re - d.im, m.im + d.re};
}

static void join5(dkg_complex x[5])
{
    /* cosine and sine of 72 and 144 degrees */
    const double c1 = 0.30901699437494742410, c2 = -0.80901699437494742410, s1 = 0.95105651629515357212, s2 = 0.58778525229247312917;
    dkg_complex a = {x[1].re + x[4].re, x[1].im + x[4].im}, b = {x[1].re - x[4].re, x[1].im - x[4].im};
    dkg_complex c = {x[2].re + x[3].re, x[2].im + x[3].im}, d = {x[2].re - x[3].re, x[2].im - x[3].im};
    dkg_complex u = {x[0].re + c1 * a.re + c2 * c.re, x[0].im + c1 * a.im + c2 * c.im};
    dkg_complex v = {x[0].re + c2 * a.re + c1 * c.re, x[0].im + c2 * a.im + c1 * c.im};
    dkg_complex p = {s1 * b.re + s2 * d.re, s1 * b.im + s2 * d.im}, q = {s2 * b.re - s1 * d.re, s2 * b.im - s1 * d.im};
    x[0] = (dkg_complex){x[0].re + a.re + c.re, x[0].im + a.im + c.im};
    x[1] = (dkg_complex){u.re + p.im, u.im - p.re};
    x[2] = (dkg_complex){v.re + q.im, v.im - q.re};
    x[3] = (dkg_complex){v.re - q.im, v.im + q.re};
    x[4] = (dkg_complex){u.re - p.im, u.im + p.re};
}

static void join(size_t p, dkg_complex x[5])
{
    switch (p) {
    case 2: join2(x); break;
    case 3: join3(x); break;
    case 4: join4(x); break;
    default: join5(x); break;
    }
}

static void transform(const dkg_fourier *f, size_t n, const dkg_complex *in, size_t stride, dkg_complex *out)
{
    size_t p = factor(n), m = n / p, step = f->n / n;
    dkg_complex x[5];
    if (m == 1) {
        for (size_t q = 0; q < p; q++) x[q] = in[q * stride];
        join(p, x);
        for (size_t q = 0; q < p; q++) out[q] = x[q];
        return;
    }
    for (size_t q = 0; q < p; q++) transform(f, m, in + q * stride, stride * p, out + q * m);
    for (size_t k = 0; k < m; k++) {
        x[0] = out[k];
        for (size_t q = 1; q < p; q++) x[q] = times(out[q * m + k], f->root[q * k * step]);
        join(p, x);
        for (size_t q = 0; q < p; q++) out[q * m + k] = x[q];
    }
}

void dkg_fourier_run(const dkg_fourier *f, const dkg_complex *in, size_t stride, dkg_complex *out)
{
    if (f->n == 1) *out = *in;
    else transform(f, f->n, in, stride, out);
}
