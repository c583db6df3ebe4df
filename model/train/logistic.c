/* logistic.c - the transformation domain's chaotic cipher: the paper's kind of conventional image encryption, not a secure one. */
#include <sodium.h>
#include <string.h>

#include "dkg/training.h"

enum { WARM_UP = 256, TRIAL = 256, DISTINCT_MIN = 96 };

typedef struct orbit {
    double x, r;
} orbit;

/* A byte of the orbit: bits 25 to 32 after the binary point. The leading ones follow the map's density, which is far from even. */
static uint8_t next(orbit *o)
{
    const double rest = 1 - o->x;
    o->x = o->r * o->x * rest;
    return (uint8_t)((uint64_t)(o->x * 4294967296.0) & 255);
}

static orbit start(const uint8_t key[32])
{
    const double unit = 1.0 / 18446744073709551616.0; /* 2^-64 */
    orbit o = {(double)dkg_load64(key) * unit, 3.99 + 0.01 * (double)dkg_load64(key + 8) * unit};
    for (int i = 0; i < WARM_UP; i++) (void)next(&o);
    return o;
}

/* 256 even bytes hold 162 different values; a fixed point holds one and a short cycle few. */
static bool degenerate(orbit o)
{
    bool seen[256] = {false};
    int distinct = 0;
    for (int i = 0; i < TRIAL; i++) {
        const uint8_t b = next(&o);
        distinct += !seen[b];
        seen[b] = true;
    }
    return distinct < DISTINCT_MIN;
}

void dkg_train_logistic_xor(const uint8_t key[32], uint8_t *bytes, size_t n)
{
    uint8_t k[32];
    memcpy(k, key, sizeof k);
    orbit o = start(k);
    while (degenerate(o)) {
        uint8_t again[32];
        (void)crypto_generichash(again, sizeof again, k, sizeof k, NULL, 0);
        memcpy(k, again, sizeof k);
        o = start(k);
    }
    for (size_t i = 0; i < n; i++) bytes[i] ^= next(&o);
}
