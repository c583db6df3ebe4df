/* conv.c - convolution as sums of shifted planes; loop order out, in, y, taps, x with the inner loop at unit stride. */
#include "conv.h"

#include <string.h>

/* For output phase `phase` and kernel position k along one axis: which input plane is read (*part) at which distance.
 * False when this kernel position does not reach the phase. */
static bool axis_tap(const dkg_layer *l, uint32_t phase, uint32_t k, uint32_t *part, int *shift)
{
    if (l->transposed) { /* input row (y + 1 - k) / 2 where that is whole; y = 2 * row + phase */
        int twice = (int)phase + 1 - (int)k;
        *part = 0;
        *shift = twice / 2;
        return twice % 2 == 0;
    }
    int distance = (int)k - (int)(l->kernel / 2); /* input row stride * y + distance = stride * (y + shift) + part */
    *part = l->stride == 2 && distance % 2 != 0;
    *shift = (distance - (int)*part) / (int)l->stride;
    return true;
}

dkg_conv dkg_conv_plan(const dkg_layer *layer, uint32_t height, uint32_t width)
{
    dkg_conv c = {.layer = layer, .height = height, .width = width};
    c.down = layer->transposed ? 1 : layer->stride;
    c.up = layer->transposed ? layer->stride : 1;
    c.rows = height / c.down;
    c.columns = width / c.down;
    c.border = layer->stride == 1 ? layer->kernel / 2 : 1;
    c.pitch = c.columns + 2 * (size_t)c.border;
    c.plane = c.pitch * (c.rows + 2 * (size_t)c.border);
    c.image = c.plane * c.down * c.down;
    for (uint32_t phase = 0; phase < c.up * c.up; phase++) {
        for (uint32_t k = 0; k < layer->kernel * layer->kernel; k++) {
            uint32_t part_y, part_x;
            int dy, dx;
            if (!axis_tap(layer, phase / c.up, k / layer->kernel, &part_y, &dy)) continue;
            if (!axis_tap(layer, phase % c.up, k % layer->kernel, &part_x, &dx)) continue;
            struct dkg_tap *tap = &c.taps[phase][c.tap_count[phase]++];
            tap->weight = k;
            tap->offset = (part_y * c.down + part_x) * c.plane + (size_t)((int)c.border + dy) * c.pitch +
                          (size_t)((int)c.border + dx);
        }
    }
    return c;
}

size_t dkg_conv_source_size(const dkg_conv *conv) { return conv->image * conv->layer->in; }

void dkg_conv_load(const dkg_conv *conv, const int16_t *input, int16_t *source)
{
    for (uint32_t c = 0; c < conv->layer->in; c++) {
        for (uint32_t y = 0; y < conv->height; y++) {
            int16_t *row = source + c * conv->image + (y % conv->down) * conv->down * conv->plane +
                           (y / conv->down + conv->border) * conv->pitch + conv->border;
            for (uint32_t x = 0; x < conv->width; x++) row[(x % conv->down) * conv->plane + x / conv->down] = *input++;
        }
    }
}

size_t dkg_conv_scratch_size(const dkg_conv *conv)
{
    size_t width = (size_t)conv->columns * conv->up;
    return width * conv->rows * conv->up + width;
}

/* acc[x] += sum over the taps of weight * source, three taps per sweep so that acc is loaded and stored less often. */
static void add_taps(int32_t *restrict acc, size_t columns, const int16_t *source, const struct dkg_tap *tap, size_t count,
                     const int8_t *weights)
{
    for (; count >= 3; count -= 3, tap += 3) {
        const int16_t *s0 = source + tap[0].offset, *s1 = source + tap[1].offset, *s2 = source + tap[2].offset;
        int16_t q0 = weights[tap[0].weight], q1 = weights[tap[1].weight], q2 = weights[tap[2].weight];
        for (size_t x = 0; x < columns; x++) acc[x] += q0 * s0[x] + q1 * s1[x] + q2 * s2[x];
    }
    for (; count > 0; count--, tap++) {
        const int16_t *s = source + tap->offset;
        int16_t q = weights[tap->weight];
        for (size_t x = 0; x < columns; x++) acc[x] += q * s[x];
    }
}

/* Each output row holds its even columns, then its odd ones: puts them in order. */
static void interleave(int32_t *row, size_t columns, int32_t *spare)
{
    memcpy(spare, row, 2 * columns * sizeof *row);
    for (size_t x = 0; x < columns; x++) {
        row[2 * x] = spare[x];
        row[2 * x + 1] = spare[columns + x];
    }
}

void dkg_conv_channel(const dkg_conv *conv, const int16_t *source, uint32_t o, int32_t *scratch)
{
    const dkg_layer *l = conv->layer;
    size_t width = (size_t)conv->columns * conv->up, height = (size_t)conv->rows * conv->up;
    memset(scratch, 0, width * height * sizeof *scratch);
    for (uint32_t c = 0; c < l->in; c++) {
        size_t filter = l->transposed ? (size_t)c * l->out + o : (size_t)o * l->in + c;
        const int8_t *weights = l->weights + filter * l->kernel * l->kernel;
        for (size_t y = 0; y < height; y++) {
            const int16_t *from = source + c * conv->image + y / conv->up * conv->pitch;
            for (size_t half = 0; half < conv->up; half++) {
                size_t phase = y % conv->up * conv->up + half;
                add_taps(scratch + y * width + half * conv->columns, conv->columns, from, conv->taps[phase],
                         conv->tap_count[phase], weights);
            }
        }
    }
    if (conv->up == 2)
        for (size_t y = 0; y < height; y++) interleave(scratch + y * width, conv->columns, scratch + width * height);
}
