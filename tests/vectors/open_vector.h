/* Opening a vector as its line in volumes.json says. */
#ifndef DKG_TEST_OPEN_VECTOR_H
#define DKG_TEST_OPEN_VECTOR_H

#include <jansson.h>

#include "dkg/cipher.h"

typedef struct outcome {
    int exit;               /* exit code of section 12 */
    char text[768];         /* of the error */
    bool warning;
    uint8_t damaged[64];    /* 1: slice is damaged */
    uint32_t damaged_count;
    bool released;
    uint8_t digest[32];     /* of what was released */
} outcome;

/* The file of the vectors' folder as JSON. */
json_t *vectors_load(const char *name);
/* "<vectors>/<name>" in a static buffer. */
const char *vectors_path(const char *name);
const char *vectors_keys(const char *name, const char *suffix);
dkg_identity vectors_identity(const char *name);
dkg_keyfile *vectors_keyfile(const char *name);  /* free it */
const dkg_model *vectors_model(int seed);        /* n = 16, one per process and seed */
dkg_engine *vectors_engine(int seed);

outcome open_vector(const json_t *line);

#endif
