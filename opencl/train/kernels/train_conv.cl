/* train_conv.cl - for every pixel of a grid the sum over taps and input channels: a convolution of any stride, one of the four
 * parities of a transposed one, and the way back of both.
 * Global size: (lane groups * chunks of pixels, panels of outputs). */

typedef struct train_conv_shape { /* equal to conv_shape of opencl/train/ops.c */
    train_grid in, out;
    int width, pixels; /* of the grid */
    int panels;        /* of inputs */
    int block;         /* panels of inputs whose weights and pixels of a chunk fit the fastest cache together */
    int chunk;         /* pixels of one work-item */
    int weights, kernel_taps; /* where the layer's weights begin; taps of its kernel */
    int add;           /* 1: to what is there */
    int taps;          /* of this grid */
    int offset[DKG_TAPS], tap[DKG_TAPS]; /* of each: floats from the pixel, its number in the kernel */
} train_conv_shape;

kernel void train_conv(global const float *restrict in, global const float *restrict weights, global float *restrict out,
                       const train_conv_shape s)
{
    const int lane = (int)get_global_id(0) % DKG_LANE_GROUPS * DKG_LANES, panel = (int)get_global_id(1);
    const int first = (int)get_global_id(0) / DKG_LANE_GROUPS * s.chunk, end = min(first + s.chunk, s.pixels);
    weights += s.weights + panel * s.panels * s.kernel_taps * (DKG_PANEL * DKG_PANEL) + lane;
    in += s.in.offset;
    out += s.out.offset + panel * s.out.panel + lane;

    for (int block = 0; block < s.panels; block += s.block) {
        const int block_end = min(block + s.block, s.panels);
        int y = first / s.width, x = first % s.width;
        for (int p0 = first; p0 < end; p0 += DKG_PIXELS) {
            /* Pixels beyond the end are the last one again, and not stored. */
            int from[DKG_PIXELS], to[DKG_PIXELS];
            UNROLL for (int p = 0; p < DKG_PIXELS; p++) {
                from[p] = y * s.in.row + x * s.in.pixel;
                to[p] = y * s.out.row + x * s.out.pixel;
                if (p0 + p + 1 < end && ++x == s.width) {
                    x = 0;
                    y++;
                }
            }
            lanes sum[DKG_PIXELS];
            UNROLL for (int p = 0; p < DKG_PIXELS; p++)
                sum[p] = block || s.add ? load_lanes(0, out + to[p]) : (lanes)(0);
            for (int i = block; i < block_end; i++)
                for (int t = 0; t < s.taps; t++) {
                    global const float *w = weights + (i * s.kernel_taps + s.tap[t]) * (DKG_PANEL * DKG_PANEL);
                    global const float *a[DKG_PIXELS]; /* constant places from here on: no addresses to compute */
                    UNROLL for (int p = 0; p < DKG_PIXELS; p++) a[p] = in + i * s.in.panel + s.offset[t] + from[p];
                    UNROLL for (int c = 0; c < DKG_PANEL; c++) {
                        const lanes weight = load_lanes(0, w + c * DKG_PANEL);
                        UNROLL for (int p = 0; p < DKG_PIXELS; p++) sum[p] = multiply_add((lanes)(a[p][c]), weight, sum[p]);
                    }
                }
            UNROLL for (int p = 0; p < DKG_PIXELS; p++)
                if (p0 + p < end) store_lanes(sum[p], 0, out + to[p]);
        }
    }
}
