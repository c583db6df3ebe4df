/* train_gradient.cl - gradient of a layer's weights: for every tap, input and output channel a sum over the pixels of a grid.
 * A convolution's grid is its output, that of a transposed one its input.
 * Global size: (parts: lane groups * tiles of inputs * taps or fewer, panels of inputs, panels of outputs). */

typedef struct train_gradient_shape { /* equal to gradient_shape of opencl/train/ops.c */
    train_grid in, out;
    int width, height;
    int rows;          /* of the grid in one block: both images' rows fit a fast cache */
    int weights, taps; /* where the layer's weights begin; taps of its kernel */
    int add;           /* 1: to what is there */
    int in_offset[DKG_TAPS], out_offset[DKG_TAPS]; /* of each tap: floats from the pixel in both images */
} train_gradient_shape;

kernel void train_gradient(global const float *restrict in, global const float *restrict out, global float *restrict gradient,
                           const train_gradient_shape s)
{
    const int i = (int)get_global_id(1), panel = (int)get_global_id(2), tiles = DKG_PANEL / DKG_INPUTS;
    in += s.in.offset + i * s.in.panel;
    out += s.out.offset + panel * s.out.panel;
    gradient += s.weights + (panel * (int)get_global_size(1) + i) * s.taps * (DKG_PANEL * DKG_PANEL);

    for (int y0 = 0; y0 < s.height; y0 += s.rows) {
        const int y1 = min(y0 + s.rows, s.height);
        for (int part = (int)get_global_id(0); part < DKG_LANE_GROUPS * tiles * s.taps; part += (int)get_global_size(0)) {
            const int lane = part % DKG_LANE_GROUPS * DKG_LANES, c = part / DKG_LANE_GROUPS % tiles * DKG_INPUTS;
            const int tap = part / DKG_LANE_GROUPS / tiles;
            global float *g = gradient + (tap * DKG_PANEL + c) * DKG_PANEL + lane;
            lanes sum[DKG_INPUTS];
            UNROLL for (int k = 0; k < DKG_INPUTS; k++) sum[k] = y0 || s.add ? load_lanes(0, g + k * DKG_PANEL) : (lanes)(0);
            for (int y = y0; y < y1; y++) {
                global const float *a = in + s.in_offset[tap] + y * s.in.row + c;
                global const float *b = out + s.out_offset[tap] + y * s.out.row + lane;
                for (int x = 0; x < s.width; x++, a += s.in.pixel, b += s.out.pixel) {
                    const lanes of_out = load_lanes(0, b);
                    UNROLL for (int k = 0; k < DKG_INPUTS; k++) sum[k] = multiply_add((lanes)(a[k]), of_out, sum[k]);
                }
            }
            UNROLL for (int k = 0; k < DKG_INPUTS; k++) store_lanes(sum[k], 0, g + k * DKG_PANEL);
        }
    }
}
