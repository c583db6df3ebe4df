/* bounds.c - what uniform arrays are expected to score (docs/metrics.md, sections 2 to 5). */
#include <math.h>

#include "metrics/distributions.h"
#include "metrics/rows.h"

static const double none = (double)NAN;

static double levels(unsigned bits) { return ldexp(1, (int)bits); }

dkg_interval dkg_interval_around(double mean, double deviation, double alpha)
{
    double half = dkg_normal_quantile(1 - alpha / 2) * deviation;
    return (dkg_interval){mean, deviation, mean - half, mean + half};
}

uint64_t dkg_npcr_equal_critical(unsigned bits, uint64_t n, double alpha) { return dkg_poisson_critical(alpha, (double)n / levels(bits)); }

dkg_interval dkg_npcr_interval(unsigned bits, uint64_t n, double alpha)
{
    double f = levels(bits) - 1, m = (double)n, deviation = 100 * sqrt(f / m) / (f + 1);
    if (n == 0) return (dkg_interval){none, none, none, none};
    /* with few equal samples expected the normal law is too strict: Poisson */
    double low = bits > 12 ? 100 * (1 - (double)dkg_npcr_equal_critical(bits, n, alpha) / m)
                           : 100 * (f - dkg_normal_quantile(1 - alpha) * sqrt(f / m)) / (f + 1);
    return (dkg_interval){100 * f / (f + 1), deviation, low, (double)INFINITY};
}

dkg_interval dkg_uaci_interval(unsigned bits, uint64_t n, double alpha)
{
    double f = levels(bits) - 1, m = (double)n;
    if (n == 0) return (dkg_interval){none, none, none, none};
    double variance = (f + 2) * (f * f + 2 * f + 3) / (18 * (f + 1) * (f + 1) * f * m);
    return dkg_interval_around(100 * (f + 2) / (3 * f + 3), 100 * sqrt(variance), alpha);
}

dkg_interval dkg_hamming_interval(uint64_t n_bits, double alpha)
{
    return n_bits ? dkg_interval_around(50, 50 / sqrt((double)n_bits), alpha) : (dkg_interval){none, none, none, none};
}

dkg_interval dkg_correlation_interval(uint64_t pairs, double alpha)
{
    return pairs > 1 ? dkg_interval_around(0, 1 / sqrt((double)(pairs - 1)), alpha) : (dkg_interval){none, none, none, none};
}

dkg_interval dkg_chi_square_interval(unsigned bits, double alpha)
{
    double dof = levels(bits) - 1;
    return (dkg_interval){dof, sqrt(2 * dof), 0, dkg_chi_square_critical(alpha, dof)};
}

/* Moments of one value's share of the entropy, g(k) = -(k/n) log2(k/n), with k binomial. */
typedef struct entropy_moments {
    double n, mean, around; /* around: a tangent point, to keep the second moments from cancelling */
    double g, gg, gk;       /* E g; E (g - Eg)^2 and E (g - Eg)(k - mean), filled by the second walk */
} entropy_moments;

static double share(double k, double n) { return k > 0 ? -(k / n) * log2(k / n) : 0; }

static void first_moment(void *self, uint64_t k, double p)
{
    entropy_moments *e = self;
    e->g += p * share((double)k, e->n);
}

static void second_moments(void *self, uint64_t k, double p)
{
    entropy_moments *e = self;
    double g = share((double)k, e->n) - e->g, d = (double)k - e->mean;
    /* the counts add up to n, so that whatever is linear in them adds nothing: take it out */
    g -= e->around * d;
    e->gg += p * g * g;
    e->gk += p * g * d;
}

dkg_interval dkg_entropy_interval(unsigned bits, uint64_t n, double alpha)
{
    if (n == 0) return (dkg_interval){none, none, none, none};
    double m = levels(bits), p = 1 / m;
    entropy_moments e = {.n = (double)n, .mean = (double)n * p};
    e.around = -(log2(p) + 1 / log(2)) / e.n; /* g'(mean) */
    dkg_binomial_walk(n, p, 24, first_moment, &e);
    dkg_binomial_walk(n, p, 24, second_moments, &e);
    double variance = e.mean * (1 - p);
    double rest = fmax(0, e.gg - e.gk * e.gk / variance);
    return dkg_interval_around(m * e.g, sqrt(m * rest / (1 - p)), alpha);
}

dkg_interval dkg_local_entropy_interval(uint32_t k, double alpha, bool published)
{
    /* mean and sd of one block, exact sums over the multinomial law of 1936 bytes (tests/metrics/check.py recomputes both) */
    const double mean = 7.902469316646556, deviation = 0.00869422583929578;
    if (k == 0) return (dkg_interval){none, none, none, none};
    return dkg_interval_around(mean, deviation / (published ? k : sqrt(k)), alpha);
}

uint64_t dkg_failures_allowed(uint64_t n, double alpha) { return dkg_binomial_critical(0.001, n, alpha); }
