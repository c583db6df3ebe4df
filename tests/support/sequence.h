/* Weights and images that C and Python make alike, so that no file has to hold them (tests/train/peer.py). */
#ifndef DKG_TEST_TRAIN_SEQUENCE_H
#define DKG_TEST_TRAIN_SEQUENCE_H

#include <stddef.h>
#include <stdint.h>

/* Uniform in -0.035..0.035: as wide as weights are at the start. With much wider ones float32 strays from float64 within
 * twenty steps, PyTorch's too. */
void sequence_weights(float *weights, size_t count);
/* Source and target image of step `step`, `size` bytes each. */
void sequence_images(uint8_t *source, uint8_t *target, size_t size, uint32_t step);

#endif
