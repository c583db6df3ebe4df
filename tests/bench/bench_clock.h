/* bench_clock.h - seconds of a clock that never goes back. */
#ifndef DKG_BENCH_CLOCK_H
#define DKG_BENCH_CLOCK_H

#include <time.h>

static inline double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#endif
