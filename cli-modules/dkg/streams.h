/* Byte streams for test programs of randomness: ours and its controls. */
#ifndef DKG_CLI_STREAMS_H
#define DKG_CLI_STREAMS_H

#include <stddef.h>
#include <stdint.h>

/* rand(): the example generator of ISO C (C99 7.20.2.2), low byte of each value. Weak on purpose. */
typedef struct dkg_iso_rand { uint32_t next; } dkg_iso_rand;
void dkg_iso_rand_bytes(dkg_iso_rand *state, uint8_t *out, size_t n);

/* MT19937 (Matsumoto and Nishimura 1998), little-endian words. Fit for simulation, not for keys. */
typedef struct dkg_mt19937 { uint32_t word[624]; size_t at; } dkg_mt19937;
void dkg_mt19937_seed(dkg_mt19937 *state, uint32_t seed);
uint32_t dkg_mt19937_next(dkg_mt19937 *state);
#endif
