/* metrics/spectrum.h - the greatest two-dimensional autocorrelation (docs/metrics.md, section 4), through summed power spectra. */
#ifndef DKG_METRICS_SPECTRUM_H
#define DKG_METRICS_SPECTRUM_H

#include "dkg/metrics.h"

enum { DKG_SPECTRUM_SIDE = 512, DKG_SPECTRUM_PLANES = 16 };

/* For planes of nx x ny samples: works on the w x h samples of their upper left corner, w and h the greatest 2^a 3^b 5^c up to
 * the sides and DKG_SPECTRUM_SIDE. */
typedef struct dkg_spectrum dkg_spectrum;
DKG_MUST_USE dkg_status dkg_spectrum_open(uint32_t nx, uint32_t ny, dkg_spectrum **out, dkg_error *err);
void dkg_spectrum_free(dkg_spectrum *s);
size_t dkg_spectrum_size(const dkg_spectrum *s); /* w * h */
/* Numbers of scratch memory a run needs. */
size_t dkg_spectrum_scratch(const dkg_spectrum *s);
/* power[w * h] += |transform of the plane less its mean|^2 / w / h. Different planes may run at once. scratch: 16-byte numbers. */
void dkg_spectrum_add(const dkg_spectrum *s, const uint16_t *plane, double *power, void *scratch);
/* The greatest |r| over all circular shifts but none, times sqrt(samples of all planes); a shift that is its own opposite counts
 * 1/sqrt(2), for it has twice the variance. NaN: constant planes. *shifts: distinct ones. Overwrites power. */
double dkg_spectrum_peak(const dkg_spectrum *s, double *power, uint64_t planes, void *scratch, uint64_t *shifts);

#endif
