/* metrics/fourier.h - discrete Fourier transform of any length 2^a 3^b 5^c, in binary64. */
#ifndef DKG_METRICS_FOURIER_H
#define DKG_METRICS_FOURIER_H

#include "dkg/base.h"

typedef struct dkg_complex { double re, im; } dkg_complex;
typedef struct dkg_fourier dkg_fourier;

/* The greatest length 2^a 3^b 5^c that is at most n >= 1. */
size_t dkg_fourier_length(size_t n);
/* DKG_USAGE: another length; DKG_NO_MEMORY. One plan may be used by many threads at once. */
DKG_MUST_USE dkg_status dkg_fourier_plan(size_t n, dkg_fourier **out, dkg_error *err);
void dkg_fourier_free(dkg_fourier *f);
/* out[k] = sum over j of in[j * stride] exp(-2 pi i j k / n); n numbers; not in place. */
void dkg_fourier_run(const dkg_fourier *f, const dkg_complex *in, size_t stride, dkg_complex *out);

#endif
