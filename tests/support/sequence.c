#include "sequence.h"

/* A linear congruential generator modulo 2^32; the upper bits are used. */
static uint32_t next(uint32_t *state) { return *state = *state * 1664525u + 1013904223u; }

void sequence_weights(float *weights, size_t count)
{
    uint32_t state = 1;
    for (size_t i = 0; i < count; i++) weights[i] = (float)(((double)(next(&state) >> 8) / 16777216 - 0.5) * 0.07);
}

static void bytes(uint8_t *out, size_t size, uint32_t state)
{
    for (size_t i = 0; i < size; i++) out[i] = (uint8_t)(next(&state) >> 24);
}

void sequence_images(uint8_t *source, uint8_t *target, size_t size, uint32_t step)
{
    bytes(source, size, 1000 + step);
    bytes(target, size, 2000 + step);
}
