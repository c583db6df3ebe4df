/* conv.h - exact integer convolution of one layer (generator.md section 2, step 2), one output channel at a time. */
#ifndef DKG_NETWORK_CONV_H
#define DKG_NETWORK_CONV_H

#include "dkg/model.h"

/* Strides are taken out of the inner loop: a stride-2 convolution reads four planes, the even and odd rows and columns of its
 * input, and a transposed one writes four phases of its output. What remains is a sum of shifted planes of rows x columns:
 * acc[phase][y][x] += weight * source[y + dy][x + dx], with a border of zeros around every plane. */
typedef struct dkg_conv {
    const dkg_layer *layer;
    uint32_t height, width;     /* of the input */
    uint32_t rows, columns;     /* of a plane, without border */
    uint32_t down, up;          /* input planes and output phases per axis: 1 or 2 */
    uint32_t border;
    size_t pitch, plane, image; /* int16 elements of a padded row, plane and input channel */
    struct dkg_tap {
        size_t weight;  /* ky * kernel + kx */
        size_t offset;  /* of the element for (y, x) = (0, 0) within the channel */
    } taps[4][49];
    size_t tap_count[4];
} dkg_conv;

dkg_conv dkg_conv_plan(const dkg_layer *layer, uint32_t height, uint32_t width);
/* Elements of the padded source; it must be zero before dkg_conv_load. */
size_t dkg_conv_source_size(const dkg_conv *conv);
/* input: [in][height][width]. */
void dkg_conv_load(const dkg_conv *conv, const int16_t *input, int16_t *source);
/* Elements of the scratch memory below: the output plane and one row. */
size_t dkg_conv_scratch_size(const dkg_conv *conv);
/* The sums of output channel o as [y][x] at the start of scratch. */
void dkg_conv_channel(const dkg_conv *conv, const int16_t *source, uint32_t o, int32_t *scratch);

#endif
