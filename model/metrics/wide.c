#include "metrics/wide.h"

#include <math.h>

typedef struct wide { uint64_t high, low; } wide;

static wide product(uint64_t a, uint64_t b)
{
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t middle = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1 + (uint32_t)middle;
    return (wide){a1 * b1 + (middle >> 32) + (other >> 32), a * b};
}

double dkg_product_difference(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    wide x = product(a, b), y = product(c, d);
    double sign = 1;
    if (x.high < y.high || (x.high == y.high && x.low < y.low)) {
        wide swap = x;
        x = y;
        y = swap;
        sign = -1;
    }
    uint64_t high = x.high - y.high - (x.low < y.low), low = x.low - y.low;
    return sign * (ldexp((double)high, 64) + (double)low);
}
