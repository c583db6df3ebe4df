/* The incomplete gamma function by its series and its continued fraction (Abramowitz and Stegun 6.5.29, 6.5.31; the
 * fraction evaluated by Lentz's method). */
#include "metrics/sp800_22.h"

#include <float.h>
#include <math.h>

enum { STEPS = 1000000 };

double dkg_gamma_upper(double a, double x)
{
    if (x <= 0) return 1;
    double front = exp(a * log(x) - x - lgamma(a));
    if (x < a + 1) {
        double term = 1 / a, sum = term;
        for (int k = 1; k < STEPS && term > sum * DBL_EPSILON; k++) sum += term *= x / (a + k);
        return 1 - front * sum;
    }
    const double tiny = DBL_MIN / DBL_EPSILON;
    double b = x + 1 - a, c = 1 / tiny, d = 1 / b, fraction = d;
    for (int k = 1; k < STEPS; k++) {
        double numerator = -k * (k - a);
        b += 2;
        d = numerator * d + b;
        c = b + numerator / c;
        if (fabs(d) < tiny) d = tiny;
        if (fabs(c) < tiny) c = tiny;
        d = 1 / d;
        fraction *= c * d;
        if (fabs(c * d - 1) < DBL_EPSILON) break;
    }
    return front * fraction;
}

double dkg_sp_chi_square(double chi_square, double degrees) { return dkg_gamma_upper(degrees / 2, chi_square / 2); }
