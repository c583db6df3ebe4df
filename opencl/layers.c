/* layers.c - tensors of the network and the geometry of its convolutions. */
#include "layers.h"

/* 0 image; 1, 2 the first two layers; 3 the residual stream; 4 the middle of a block; 5, 6 upsampled. */
int dkg_layer_reads(size_t i)
{
    if (i < 3) return (int)i;
    if (i < 15) return i % 2 ? 3 : 4;
    return i == 15 ? 3 : (int)i - 11;
}

bool dkg_layer_adds(size_t i) { return i >= 3 && i < 15 && i % 2 == 0; }

int dkg_layer_writes(size_t i)
{
    if (i < 3) return (int)i + 1;
    if (i < 15) return i % 2 ? 4 : 3;
    return (int)i - 10;
}

static int round_up(int value, int to) { return (value + to - 1) / to * to; }

void dkg_tensor_describe(uint32_t channels, uint32_t height, uint32_t width, dkg_tensor tensors[DKG_TENSORS])
{
    static const struct {
        int times, shrink, border;
    } kinds[DKG_TENSORS] = {{0, 1, 3}, {1, 1, 1}, {2, 2, 1}, {4, 4, 1}, {4, 4, 1}, {2, 2, 1}, {1, 1, 3}};
    for (int i = 0; i < DKG_TENSORS; i++) {
        dkg_tensor *t = &tensors[i];
        t->height = (int)height / kinds[i].shrink;
        t->width = (int)width / kinds[i].shrink;
        t->border = kinds[i].border;
        /* The image has three channels and one of zeros, so that pairs stay aligned. */
        t->channels = kinds[i].times ? round_up((int)channels * kinds[i].times, DKG_PANEL) : 4;
        /* Tiles of Winograd are two pixels wide and may stick out by one. */
        t->rows = round_up(t->height, 2) + 2 * t->border;
        t->columns = round_up(t->width, 2) + 2 * t->border;
    }
}

size_t dkg_conv_parts(const dkg_packed *packed) { return packed->method == DKG_TRANSPOSED ? 4 : 1; }

static int32_t at(const dkg_tensor *t, int y, int x) /* first pair of pixel (y, x) */
{
    return ((y + t->border) * t->columns + x + t->border) * t->channels / 2;
}

dkg_conv_shape dkg_conv_of(const dkg_layer *layer, const dkg_packed *packed, const dkg_tensor *in, const dkg_tensor *out,
                           size_t part, int *rows)
{
    const int pixel = in->channels / 2, row = in->columns * pixel, outputs = packed->outputs;
    const int kernel = (int)layer->kernel, stride = (int)layer->stride, reach = kernel / 2;
    dkg_conv_shape s = {.in_row = row, .in_pixel = pixel, .tap_row = row, .out_pixel = outputs};
    switch (packed->method) {
    case DKG_DIRECT:
        s.in_offset = at(in, -reach, -reach);
        s.in_row = row * stride;
        s.in_pixel = pixel * stride;
        s.tap_rows = kernel;
        s.run = kernel * pixel;
        s.width = out->width;
        *rows = out->height;
        break;
    case DKG_WINOGRAD: /* one row per frequency, one pixel per tile */
        s.width = (out->height + 1) / 2 * ((out->width + 1) / 2);
        s.in_row = s.width * pixel;
        s.tap_rows = 1;
        s.run = pixel;
        s.weight_row = outputs * in->channels;
        *rows = 16;
        break;
    case DKG_TRANSPOSED: { /* an odd row or column sees two taps, an even one the middle tap */
        const int odd_y = (int)part / 2, odd_x = (int)part % 2;
        s.in_offset = at(in, 0, 0);
        s.tap_rows = 1 + odd_y;
        s.run = (1 + odd_x) * pixel;
        s.weight_offset = (int32_t)packed->parity_at[part];
        s.width = in->width;
        s.out_offset = (odd_y * out->width + odd_x) * outputs;
        s.out_row = 2 * out->width * outputs;
        s.out_pixel = 2 * outputs;
        *rows = in->height;
        return s;
    }
    case DKG_HEAD: /* one column of taps; the columns left and right of the image belong to the sums of its edge */
        s.in_offset = at(in, -reach, -reach);
        s.tap_rows = kernel;
        s.run = pixel;
        s.width = in->width + DKG_HEAD_COLUMNS - 1;
        *rows = in->height;
        break;
    }
    s.out_row = s.width * outputs;
    return s;
}
