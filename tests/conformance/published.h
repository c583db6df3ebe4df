/* The published vectors of the key generator (tests/vectors/generator) without a test framework, so that a program for another
 * processor reads them too. */
#ifndef DKG_CONFORMANCE_PUBLISHED_H
#define DKG_CONFORMANCE_PUBLISHED_H

#include <jansson.h>

#include "dkg/model.h"

typedef struct published {
    uint32_t seed, n, height, width;
    bool tanh;
    const json_t *vector; /* of the file: digests under "key" and "layers" */
    dkg_model *model;
    uint8_t *image;       /* height * width * 3 bytes */
} published;

/* The file; *count how many vectors it has. Freed with json_decref(). */
DKG_MUST_USE dkg_status published_open(const char *path, json_t **file, size_t *count, dkg_error *err);
/* Model and image of vector i, which stay the caller's: published_free(). */
DKG_MUST_USE dkg_status published_read(const json_t *file, size_t i, published *out, dkg_error *err);
void published_free(published *p);
/* Millions of multiplications of a key. */
uint64_t published_cost(const published *p);

/* Do the bytes have the published digest? layer: 0..16. */
bool published_is_key(const published *p, const uint8_t *key);
bool published_has_layers(const published *p);
bool published_is_layer(const published *p, size_t layer, const int16_t *values);

#endif
