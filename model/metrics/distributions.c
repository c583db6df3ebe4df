/* distributions.c - tails and quantiles (docs/metrics.md). Tails are computed directly, never as 1 - lower, so that small ones
 * keep their relative precision; quantiles bisect the tail, which is slow enough not to matter and needs no second formula. */
#include "metrics/distributions.h"

#include <math.h>
#include <stdlib.h>

#include "dkg/metrics.h"

static const double pi = 3.14159265358979323846;

double dkg_normal_tail(double z) { return 0.5 * erfc(z / sqrt(2)); }

/* x with tail(x, parameter) = p between low and high; the tail falls. */
static double bisect(double (*tail)(double, double), double parameter, double p, double low, double high)
{
    for (int i = 0; i < 200; i++) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) break;
        if (tail(middle, parameter) > p) low = middle;
        else high = middle;
    }
    return low + (high - low) / 2;
}

static double normal_tail_of(double z, double unused)
{
    (void)unused;
    return dkg_normal_tail(z);
}

double dkg_normal_quantile(double p)
{
    if (!(p >= 0 && p <= 1)) return (double)NAN;
    if (p == 0 || p == 1) return p == 0 ? -(double)INFINITY : (double)INFINITY;
    /* of two symmetric problems the one whose tail is small */
    return p < 0.5 ? -bisect(normal_tail_of, 0, p, 0, 40) : bisect(normal_tail_of, 0, 1 - p, 0, 40);
}

/* ln Gamma(a + 1) - (ln sqrt(2 pi a) + a ln a - a), Stirling's series: error below 1e-15 for a >= 20 */
static double stirling(double a)
{
    double r = 1 / (a * a);
    return (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r / 1188)))) / a;
}

/* x^a e^-x / Gamma(a + 1); the second form does not cancel when a and x are large and close */
static double gamma_front(double a, double x)
{
    if (x == 0) return 0;
    if (a < 20) return exp(a * log(x) - x - lgamma(a + 1));
    double u = (x - a) / a;
    return exp(-a * (u - log1p(u)) - stirling(a)) / sqrt(2 * pi * a);
}

enum { TERMS = 1000000 }; /* more than any a below 10^10 needs */

/* P(a, x) by its series; for x < a + 1 */
static double gamma_series(double a, double x)
{
    double term = 1, sum = 1;
    for (int i = 1; i < TERMS && term > sum * 1e-17; i++) {
        term *= x / (a + i);
        sum += term;
    }
    return gamma_front(a, x) * sum;
}

/* Q(a, x) by Legendre's continued fraction, evaluated from the front (Lentz); for x >= a + 1 */
static double gamma_fraction(double a, double x)
{
    double b = x + 1 - a, c = INFINITY, d = 1 / b, h = d;
    for (int i = 1; i < TERMS; i++) {
        double an = -i * (i - a);
        b += 2;
        d = 1 / (an * d + b);
        c = b + an / c;
        h *= c * d;
        if (fabs(c * d - 1) < 4e-16) break;
    }
    return gamma_front(a, x) * a * h;
}

double dkg_gamma_tail(double a, double x)
{
    if (!(a > 0 && x >= 0)) return (double)NAN;
    if (isinf(x)) return 0;
    return x < a + 1 ? 1 - gamma_series(a, x) : gamma_fraction(a, x);
}

/* P(a, x), the lower function */
static double gamma_below(double a, double x) { return x < a + 1 ? gamma_series(a, x) : 1 - gamma_fraction(a, x); }

double dkg_chi_square_tail(double x, double dof) { return dkg_gamma_tail(dof / 2, x / 2); }

double dkg_chi_square_critical(double alpha, double dof)
{
    if (!(alpha > 0 && alpha < 1 && dof > 0)) return (double)NAN;
    return bisect(dkg_chi_square_tail, dof, alpha, 0, dof + 60 * sqrt(2 * dof) + 1600);
}

double dkg_poisson_tail(uint64_t k, double mean)
{
    if (!(mean >= 0)) return (double)NAN;
    return mean == 0 ? 0 : gamma_below((double)k + 1, mean);
}

void dkg_binomial_walk(uint64_t n, double p, double reach, void (*visit)(void *self, uint64_t k, double probability), void *self)
{
    /* Unnormalised from the mode outwards, twice: first for the sum, then for the visits, always the small ones first. */
    double mean = (double)n * p, odds = p / (1 - p);
    uint64_t mode = (uint64_t)mean;
    uint64_t away = (uint64_t)(reach * sqrt(mean * (1 - p)) + reach);
    uint64_t first = mode > away ? mode - away : 0, last = n - mode > away ? mode + away : n;
    double front = 1, sum = 0;
    for (uint64_t k = mode; k > first; k--) front *= (double)k / ((double)(n - k + 1) * odds);
    double q = front;
    for (uint64_t k = first;; k++) {
        sum += q;
        if (k == last) break;
        q *= (double)(n - k) / (double)(k + 1) * odds;
    }
    q = front;
    for (uint64_t k = first;; k++) {
        visit(self, k, q / sum);
        if (k == last) break;
        q *= (double)(n - k) / (double)(k + 1) * odds;
    }
}

/* ln C(n, k) p^k q^(n-k) without cancellation: Stirling's corrections and the deviances of k and n - k */
static double binomial_probability(uint64_t k, uint64_t n, double p)
{
    double q = 1 - p, x = (double)k, y = (double)(n - k), m = (double)n;
    if (x < 20 || y < 20) return exp(lgamma(m + 1) - lgamma(x + 1) - lgamma(y + 1) + x * log(p) + y * log1p(-p));
    double u = (x - m * p) / (m * p), v = (y - m * q) / (m * q);
    double deviance = m * p * ((1 + u) * log1p(u) - u) + m * q * ((1 + v) * log1p(v) - v);
    return exp(stirling(m) - stirling(x) - stirling(y) - deviance) * sqrt(m / (2 * pi * x * y));
}

double dkg_binomial_tail(uint64_t k, uint64_t n, double p)
{
    if (!(p >= 0 && p <= 1)) return (double)NAN;
    if (k >= n || p == 0) return 0;
    if (p == 1) return 1;
    /* the side that falls off from k: its first term carries the precision */
    bool above = (double)k + 1 > (double)n * p;
    uint64_t i = above ? k + 1 : k;
    double term = binomial_probability(i, n, p), sum = 0;
    while (term > sum * 1e-17) {
        sum += term;
        if (above ? i == n : i == 0) break;
        if (above) {
            term *= (double)(n - i) / (double)(i + 1) * (p / (1 - p));
            i++;
        } else {
            term *= (double)i / (double)(n - i + 1) * ((1 - p) / p);
            i--;
        }
    }
    return above ? sum : 1 - sum;
}

uint64_t dkg_poisson_critical(double alpha, double mean)
{
    if (!(alpha > 0 && alpha < 1 && mean >= 0)) return 0;
    uint64_t low = 0, high = (uint64_t)(mean + 60 * sqrt(mean) + 1600);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (dkg_poisson_tail(middle, mean) > alpha) low = middle + 1;
        else high = middle;
    }
    return low;
}

uint64_t dkg_binomial_critical(double alpha, uint64_t n, double p)
{
    if (!(alpha > 0 && alpha < 1 && p >= 0 && p <= 1)) return 0;
    uint64_t low = 0, high = n;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (dkg_binomial_tail(middle, n, p) > alpha) low = middle + 1;
        else high = middle;
    }
    return low;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov's law, by the one of its two series that falls off quickly */
static double kolmogorov_tail(double x)
{
    double sum = 0;
    if (x < 1.18) {
        for (int j = 1; j <= 9; j += 2) sum += x > 0 ? exp(-j * j * pi * pi / (8 * x * x)) : 0;
        return x > 0 ? 1 - sqrt(2 * pi) / x * sum : 1;
    }
    for (int j = 1; j <= 9; j++) sum += (j % 2 ? 2 : -2) * exp(-2.0 * j * j * x * x);
    return sum;
}

double dkg_uniformity(double *p, size_t n)
{
    if (n == 0) return (double)NAN;
    qsort(p, n, sizeof *p, ascending);
    double far = 0, count = (double)n;
    for (size_t i = 0; i < n; i++) far = fmax(far, fmax((double)(i + 1) / count - p[i], p[i] - (double)i / count));
    return kolmogorov_tail((sqrt(count) + 0.12 + 0.11 / sqrt(count)) * far);
}
