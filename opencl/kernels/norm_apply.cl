/* norm_apply.cl - normalises, then ReLU, or for the end of a residual block adds the block's input in place.
 * The constants come from norm_finish.cl, whose offset includes 2^62. |y| < 2^31 always: no value lies further than
 * sqrt(N) standard deviations from the mean; so y is computed modulo 2^32.
 * Global size: (channels / DKG_CHANNELS, ceil(width / DKG_SPAN), height). out_offset: place of pixel (0, 0); out_row:
 * values between rows. */
#define ACTIVATION_MAX 4095

kernel void norm_apply(global const int *restrict in, global const ulong *restrict offset, global const int *restrict scale,
                       global const uint *restrict shift, global short *restrict out, int out_offset, int out_row, int width,
                       int residual)
{
    const int c = (int)get_global_id(0) * DKG_CHANNELS, channels = (int)get_global_size(0) * DKG_CHANNELS;
    const int x0 = (int)get_global_id(1) * DKG_SPAN, y = (int)get_global_id(2), end = min(x0 + DKG_SPAN, width);
    const ulongs add = load_channels(0, offset + c), by = to_ulongs(load_channels(0, shift + c));
    const longs factor = to_longs(load_channels(0, scale + c));
    const uints excess = to_uints((ulongs)(1UL << 62) >> by);
    in += y * width * channels + c;
    out += out_offset + y * out_row + c;
    for (int x = x0; x < end; x++) {
        const ulongs scaled = as_ulongs(to_longs(load_channels(0, in + x * channels)) * factor) + add;
        ints v = as_ints(to_uints(scaled >> by) - excess);
        ints low = (ints)(0);
        if (residual) {
            v += to_ints(load_channels(0, out + x * channels));
            low = (ints)(-ACTIVATION_MAX);
        }
        store_channels(to_shorts(clamp(v, low, (ints)(ACTIVATION_MAX))), 0, out + x * channels);
    }
}
