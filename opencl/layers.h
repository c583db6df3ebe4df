/* layers.h - the network as conv.cl sees it: tensors with borders, weights in panels, convolutions as runs of pairs. */
#ifndef DKG_OPENCL_LAYERS_H
#define DKG_OPENCL_LAYERS_H

#include "dkg/model.h"

enum {
    DKG_PANEL = 16,   /* output channels of a panel of weights; channels are padded to it */
    DKG_TENSORS = 7,  /* activations that exist at one time or another, below */
    DKG_WINOGRAD_MAX = 131104, /* largest sum of |weights| of an output channel for which F(2x2, 3x3) is exact */
    DKG_HEAD_COLUMNS = 7,      /* tap columns the head adds up */
    DKG_HEAD_CHANNELS = 32     /* 3 * 7 sums, padded */
};

/* int16 [rows][columns][channels]; (0, 0) of the image lies `border` rows and columns inside the zeros. */
typedef struct dkg_tensor {
    int height, width;  /* of the image in it */
    int border, channels;
    int rows, columns;  /* with border */
} dkg_tensor;

/* Equal to conv_shape of kernels/conv.cl, which says what the members are. */
typedef struct dkg_conv_shape {
    int32_t in_offset, in_row, in_pixel, tap_rows, tap_row, run, weight_offset, weight_row, out_offset, out_row, out_pixel,
        width;
} dkg_conv_shape;

/* Packed weights of a layer, and how it is computed. */
typedef enum dkg_method { DKG_DIRECT, DKG_WINOGRAD, DKG_TRANSPOSED, DKG_HEAD } dkg_method;
typedef struct dkg_packed {
    dkg_method method;
    int outputs;         /* channels of the sums, a multiple of DKG_PANEL */
    size_t parity_at[4]; /* DKG_TRANSPOSED: first weight for output parity 2 * (y & 1) + (x & 1) */
    int16_t *weights;    /* freed with free() */
    size_t count;
} dkg_packed;

/* Which tensor layer i reads and which it writes (a residual block's end adds to the tensor it writes). */
int dkg_layer_reads(size_t i);
int dkg_layer_writes(size_t i);
bool dkg_layer_adds(size_t i);

void dkg_tensor_describe(uint32_t channels, uint32_t height, uint32_t width, dkg_tensor tensors[DKG_TENSORS]);
/* Weights of layer i of a model in panels; `input` is the tensor it reads. */
DKG_MUST_USE dkg_status dkg_pack_layer(const dkg_layer *layer, bool last, const dkg_tensor *input, dkg_packed *out,
                                       dkg_error *err);
/* Convolution number `part` of a layer (one; four for DKG_TRANSPOSED; DKG_WINOGRAD: the products, input [16][tile][channel]).
 * *rows: rows of output. The result lies in int32 [row][column][outputs] (DKG_WINOGRAD: [16][tile][outputs]). */
dkg_conv_shape dkg_conv_of(const dkg_layer *layer, const dkg_packed *packed, const dkg_tensor *in, const dkg_tensor *out,
                           size_t part, int *rows);
size_t dkg_conv_parts(const dkg_packed *packed);

#endif
