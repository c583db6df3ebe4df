/* metrics/distributions.h - what the bounds need beyond the public distributions. */
#ifndef DKG_METRICS_DISTRIBUTIONS_H
#define DKG_METRICS_DISTRIBUTIONS_H

#include <stdint.h>

/* Visits k and P(X = k) of the binomial law of n and 0 < p < 1, for all k within reach * (sd + 1) of the mode, ascending. */
void dkg_binomial_walk(uint64_t n, double p, double reach, void (*visit)(void *self, uint64_t k, double probability), void *self);

#endif
