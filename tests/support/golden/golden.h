/* The golden vectors of the key generator, tests/vectors/generator/golden.json: made and checked by tests/reader/generator.py,
 * which shares no code with the library. */
#ifndef DKG_TEST_GOLDEN_H
#define DKG_TEST_GOLDEN_H

#include "dkg/model.h"
#include "support.h"

enum { GOLDEN_MAX = 64, GOLDEN_HEX = 65 };

typedef struct golden_case {
    uint32_t seed, n, height, width;
    bool tanh;
    bool has_layers;
    char model[GOLDEN_HEX], key[GOLDEN_HEX], layers[DKG_LAYERS - 1][GOLDEN_HEX]; /* BLAKE2b-256 in hex */
    char name[64];                                                            /* "seed 1 n 16 fold 64x96" */
} golden_case;

/* Reads every case; a missing or malformed file fails the test. */
size_t golden_read(golden_case cases[GOLDEN_MAX]);
/* Model, image and digests of a case, made by the library. */
dkg_model *golden_model(const golden_case *c);
uint8_t *golden_image(const golden_case *c); /* free() */
/* True for the large cases that only slow tests run: from 256x256 at n 16, from 64x64 at n 64; with AddressSanitizer from 32x32
 * at n 64. */
bool golden_is_slow(const golden_case *c);
/* Hex digest of a key or, as int16 little-endian, of a layer. */
const char *golden_key_digest(const uint8_t *key, size_t n);
const char *golden_layer_digest(const int16_t *values, size_t n);
/* Holds the engine's key, and unless the case is slow every layer that is recorded, against the case. */
void golden_check(dkg_engine *engine, const dkg_model *model, const golden_case *c);

#endif
