/* train_norm.cl - instance normalisation and activation, forwards. Items work on whole rows, so that sums need no barrier:
 * train_norm_sums leaves mean and squared deviation of its rows, train_norm puts those of all rows together.
 * Global size of both: (lane groups * chunks of rows, panels). partial: [panel][chunk][2][16]. */

typedef struct train_norm_shape { /* equal to norm_shape of opencl/train/ops.c */
    train_grid out;  /* of train_norm.cl: the activation; of train_norm_back.cl: the gradient before the norm */
    train_grid add;  /* forwards: the image to be added at the end of a residual block */
    int width, height;
    int rows;        /* of one work-item */
    int chunks;
    int scale;       /* where the layer's factors begin, 16 per panel */
    int norm;        /* 0: activation alone */
    float slope;     /* below zero: 1 none, 0 ReLU */
} train_norm_shape;

kernel void train_norm_sums(global const float *restrict in, global float *restrict partial, const train_norm_shape s)
{
    const int lane = (int)get_global_id(0) % DKG_LANE_GROUPS * DKG_LANES, panel = (int)get_global_id(1);
    const int chunk = (int)get_global_id(0) / DKG_LANE_GROUPS;
    const int y0 = chunk * s.rows, pixels = (min(y0 + s.rows, s.height) - y0) * s.width;
    if (pixels <= 0) return;
    in += (panel * s.height + y0) * s.width * DKG_PANEL + lane;
    partial += (panel * s.chunks + chunk) * 2 * DKG_PANEL + lane;
    lanes sum = (lanes)(0), squares = (lanes)(0);
    for (int p = 0; p < pixels; p++) sum += load_lanes(0, in + p * DKG_PANEL);
    const lanes mean = sum / (float)pixels;
    for (int p = 0; p < pixels; p++) {
        const lanes d = load_lanes(0, in + p * DKG_PANEL) - mean;
        squares = multiply_add(d, d, squares);
    }
    store_lanes(mean, 0, partial);
    store_lanes(squares, 0, partial + DKG_PANEL);
}

/* in becomes the normalised image. */
kernel void train_norm(global float *restrict in, global const float *restrict partial, global float *restrict scale,
                       global float *restrict out, global const float *restrict add, const train_norm_shape s)
{
    const int lane = (int)get_global_id(0) % DKG_LANE_GROUPS * DKG_LANES, panel = (int)get_global_id(1);
    const int chunk = (int)get_global_id(0) / DKG_LANE_GROUPS;
    const int y0 = chunk * s.rows, y1 = min(y0 + s.rows, s.height);
    if (y0 >= y1) return;
    lanes mean = (lanes)(0), factor = (lanes)(1);
    if (s.norm) {
        lanes squares = (lanes)(0);
        partial += panel * s.chunks * 2 * DKG_PANEL + lane;
        for (int k = 0; k < s.chunks; k++)
            mean += load_lanes(0, partial + k * 2 * DKG_PANEL) * (float)(min(s.rows, s.height - k * s.rows) * s.width);
        mean /= (float)(s.height * s.width);
        for (int k = 0; k < s.chunks; k++) {
            const lanes d = load_lanes(0, partial + k * 2 * DKG_PANEL) - mean;
            squares += load_lanes(0, partial + (k * 2 + 1) * DKG_PANEL) +
                       d * d * (float)(min(s.rows, s.height - k * s.rows) * s.width);
        }
        factor = 1.0f / sqrt(squares / (float)(s.height * s.width) + 1e-5f);
        if (chunk == 0) store_lanes(factor, 0, scale + s.scale + panel * DKG_PANEL + lane);
    }
    in += panel * s.height * s.width * DKG_PANEL + lane;
    out += s.out.offset + panel * s.out.panel + lane;
    add += s.add.offset + panel * s.add.panel + lane;
    for (int y = y0; y < y1; y++)
        for (int x = 0; x < s.width; x++) {
            global float *at = in + (y * s.width + x) * DKG_PANEL;
            const lanes normed = (load_lanes(0, at) - mean) * factor;
            lanes v = select(normed * s.slope, normed, normed > (lanes)(0)); /* what is not a number stays so */
            if (s.add.panel) v += load_lanes(0, add + y * s.add.row + x * s.add.pixel);
            store_lanes(normed, 0, at);
            store_lanes(v, 0, out + y * s.out.row + x * s.out.pixel);
        }
}
