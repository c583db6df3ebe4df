#include "dkg/streams.h"

void dkg_iso_rand_bytes(dkg_iso_rand *state, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        state->next = state->next * 1103515245u + 12345u;
        out[i] = (uint8_t)(state->next / 65536u % 32768u);
    }
}

enum { N = 624, M = 397 };

void dkg_mt19937_seed(dkg_mt19937 *s, uint32_t seed)
{
    s->word[0] = seed;
    for (uint32_t i = 1; i < N; i++) s->word[i] = 1812433253u * (s->word[i - 1] ^ s->word[i - 1] >> 30) + i;
    s->at = N;
}

static void twist(dkg_mt19937 *s)
{
    for (size_t i = 0; i < N; i++) {
        uint32_t y = (s->word[i] & 0x80000000u) | (s->word[(i + 1) % N] & 0x7fffffffu);
        s->word[i] = s->word[(i + M) % N] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    s->at = 0;
}

uint32_t dkg_mt19937_next(dkg_mt19937 *s)
{
    if (s->at == N) twist(s);
    uint32_t y = s->word[s->at++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}
