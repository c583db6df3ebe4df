/* metrics/wide.h - differences of products of 64-bit sums, where binary64 would cancel. */
#ifndef DKG_METRICS_WIDE_H
#define DKG_METRICS_WIDE_H

#include <stdint.h>

/* a*b - c*d, computed exactly, then rounded once or twice. */
double dkg_product_difference(uint64_t a, uint64_t b, uint64_t c, uint64_t d);

#endif
