/* spectrum.c - autocorrelation of planes. Power spectra add up over planes, so that a lattice common to all stands out. */
#include "metrics/spectrum.h"

#include <math.h>
#include <stdlib.h>

#include "metrics/fourier.h"

struct dkg_spectrum {
    size_t nx, w, h;
    dkg_fourier *row, *column;
};

static size_t side(uint32_t n) { return dkg_fourier_length(n < DKG_SPECTRUM_SIDE ? n : DKG_SPECTRUM_SIDE); }

dkg_status dkg_spectrum_open(uint32_t nx, uint32_t ny, dkg_spectrum **out, dkg_error *err)
{
    dkg_spectrum *s = *out = dkg_calloc(1, sizeof *s);
    if (!s) return dkg_fail(err, DKG_NO_MEMORY, "no memory for an autocorrelation");
    s->nx = nx;
    s->w = side(nx);
    s->h = side(ny);
    dkg_status status = dkg_fourier_plan(s->w, &s->row, err);
    if (status == DKG_OK) status = dkg_fourier_plan(s->h, &s->column, err);
    if (status != DKG_OK) {
        dkg_spectrum_free(s);
        *out = NULL;
    }
    return status;
}

void dkg_spectrum_free(dkg_spectrum *s)
{
    if (!s) return;
    dkg_fourier_free(s->row);
    dkg_fourier_free(s->column);
    free(s);
}

size_t dkg_spectrum_size(const dkg_spectrum *s) { return s->w * s->h; }
/* two planes: rows transformed, then columns, each as a row */
size_t dkg_spectrum_scratch(const dkg_spectrum *s) { return 2 * s->w * s->h; }

/* w x h numbers at the head of scratch, row after row; the result takes their place, column after column. */
static const dkg_complex *transform(const dkg_spectrum *s, dkg_complex *scratch)
{
    size_t n = s->w * s->h;
    dkg_complex *a = scratch, *b = scratch + n;
    for (size_t y = 0; y < s->h; y++) dkg_fourier_run(s->row, a + y * s->w, 1, b + y * s->w);
    for (size_t x = 0; x < s->w; x++) dkg_fourier_run(s->column, b + x, s->w, a + x * s->h);
    return a;
}

void dkg_spectrum_add(const dkg_spectrum *s, const uint16_t *plane, double *power, void *scratch)
{
    size_t n = s->w * s->h;
    dkg_complex *a = scratch;
    uint64_t sum = 0;
    for (size_t y = 0; y < s->h; y++)
        for (size_t x = 0; x < s->w; x++) sum += plane[y * s->nx + x];
    double mean = (double)sum / (double)n;
    for (size_t y = 0; y < s->h; y++)
        for (size_t x = 0; x < s->w; x++) a[y * s->w + x] = (dkg_complex){(double)plane[y * s->nx + x] - mean, 0};
    const dkg_complex *t = transform(s, a);
    for (size_t i = 0; i < n; i++) power[i] += (t[i].re * t[i].re + t[i].im * t[i].im) / (double)n;
}

double dkg_spectrum_peak(const dkg_spectrum *s, double *power, uint64_t planes, void *scratch, uint64_t *shifts)
{
    size_t n = s->w * s->h, own = 0;
    dkg_complex *a = scratch;
    /* power lies column after column: back to rows; a spectrum of real planes is its own mirror image, so that a forward
     * transform serves as the inverse */
    for (size_t x = 0; x < s->w; x++)
        for (size_t y = 0; y < s->h; y++) a[y * s->w + x] = (dkg_complex){power[x * s->h + y], 0};
    const dkg_complex *t = transform(s, a);
    double peak = 0, none = t[0].re;
    for (size_t i = 1; i < n; i++) {
        size_t x = i / s->h, y = i % s->h;
        bool opposite = 2 * x % s->w == 0 && 2 * y % s->h == 0;
        own += opposite;
        peak = fmax(peak, fabs(t[i].re) * (opposite ? sqrt(0.5) : 1));
    }
    *shifts = (n - 1 - own) / 2 + own;
    /* rounding leaves a trace of a constant plane, or of none at all */
    return none > 1e-9 && *shifts > 0 ? peak / none * sqrt((double)n * (double)planes) : (double)NAN;
}
