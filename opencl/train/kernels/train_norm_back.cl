/* train_norm_back.cl - the way back through activation and instance normalisation, in the two parts of train_norm.cl and with
 * its shape: sums over rows of the gradient and of its product with the normalised image, then the gradient before the norm.
 * dout: gradient after the activation, [panel][row][column][16]. */

/* Gradient between norm and activation. */
inline lanes before_activation(lanes dout, lanes normed, float slope) { return select(dout * slope, dout, normed > (lanes)(0)); }

kernel void train_norm_back_sums(global const float *restrict normed, global const float *restrict dout,
                                 global float *restrict partial, const train_norm_shape s)
{
    const int lane = (int)get_global_id(0) % DKG_LANE_GROUPS * DKG_LANES, panel = (int)get_global_id(1);
    const int chunk = (int)get_global_id(0) / DKG_LANE_GROUPS;
    const int y0 = chunk * s.rows, pixels = (min(y0 + s.rows, s.height) - y0) * s.width;
    if (pixels <= 0) return;
    const int at = (panel * s.height + y0) * s.width * DKG_PANEL + lane;
    lanes sum = (lanes)(0), along = (lanes)(0);
    for (int p = 0; p < pixels; p++) {
        const lanes n = load_lanes(0, normed + at + p * DKG_PANEL);
        const lanes d = before_activation(load_lanes(0, dout + at + p * DKG_PANEL), n, s.slope);
        sum += d;
        along = multiply_add(d, n, along);
    }
    partial += (panel * s.chunks + chunk) * 2 * DKG_PANEL + lane;
    store_lanes(sum, 0, partial);
    store_lanes(along, 0, partial + DKG_PANEL);
}

kernel void train_norm_back(global const float *restrict normed, global const float *restrict dout,
                            global const float *restrict partial, global const float *restrict scale,
                            global float *restrict out, const train_norm_shape s)
{
    const int lane = (int)get_global_id(0) % DKG_LANE_GROUPS * DKG_LANES, panel = (int)get_global_id(1);
    const int chunk = (int)get_global_id(0) / DKG_LANE_GROUPS;
    const int y0 = chunk * s.rows, y1 = min(y0 + s.rows, s.height);
    if (y0 >= y1) return;
    lanes mean = (lanes)(0), along = (lanes)(0), factor = (lanes)(1);
    if (s.norm) {
        partial += panel * s.chunks * 2 * DKG_PANEL + lane;
        for (int k = 0; k < s.chunks; k++) {
            mean += load_lanes(0, partial + k * 2 * DKG_PANEL);
            along += load_lanes(0, partial + (k * 2 + 1) * DKG_PANEL);
        }
        mean /= (float)(s.height * s.width);
        along /= (float)(s.height * s.width);
        factor = load_lanes(0, scale + s.scale + panel * DKG_PANEL + lane);
    }
    out += s.out.offset + panel * s.out.panel + lane;
    for (int y = y0; y < y1; y++)
        for (int x = 0; x < s.width; x++) {
            const int at = ((panel * s.height + y) * s.width + x) * DKG_PANEL + lane;
            const lanes n = load_lanes(0, normed + at);
            const lanes d = before_activation(load_lanes(0, dout + at), n, s.slope);
            store_lanes(factor * (d - mean - n * along), 0, out + y * s.out.row + x * s.out.pixel);
        }
}
