/* arith.h - the integer operations of generator.md section 2 that C leaves to the implementation or does not have. */
#ifndef DKG_NETWORK_ARITH_H
#define DKG_NETWORK_ARITH_H

#include <stdint.h>

/* v >> s with the sign kept, which is floor(v / 2^s); C does not promise that for negative values. */
static inline int64_t dkg_shift_right(int64_t v, unsigned s) { return v >= 0 ? v >> s : ~(~v >> s); }

/* floor(a / b), b > 0; C rounds towards zero. */
static inline int64_t dkg_floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

static inline int64_t dkg_clamp(int64_t v, int64_t low, int64_t high) { return v < low ? low : v > high ? high : v; }

#endif
