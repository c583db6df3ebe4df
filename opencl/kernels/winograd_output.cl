/* winograd_output.cl - output transform of F(2x2, 3x3): a = (A^T M A) / 4 of every tile, modulo 2^32 until the last step.
 * The weights were transformed with 2G, so the sum is 4a exactly when |a| < 2^29 (docs/generator.md section 2).
 * Global size: (channels / DKG_CHANNELS, tiles across, tiles down). in: [16 frequencies][tile][channel]. */
kernel void winograd_output(global const uint *restrict in, global int *restrict out, int height, int width, int channels)
{
    const int c = (int)get_global_id(0) * DKG_CHANNELS, tx = (int)get_global_id(1), ty = (int)get_global_id(2);
    const int across = (int)get_global_size(1), plane = across * (int)get_global_size(2) * channels;
    in += (ty * across + tx) * channels + c;

    uints t[2][4]; /* A^T M */
    for (int i = 0; i < 4; i++) {
        const uints m0 = load_channels(0, in + i * plane), m1 = load_channels(0, in + (4 + i) * plane),
                    m2 = load_channels(0, in + (8 + i) * plane), m3 = load_channels(0, in + (12 + i) * plane);
        t[0][i] = m0 + m1 + m2;
        t[1][i] = m1 - m2 - m3;
    }
    for (int i = 0; i < 2 && 2 * ty + i < height; i++) {
        global int *to = out + ((2 * ty + i) * width + 2 * tx) * channels + c;
        store_channels(as_ints(t[i][0] + t[i][1] + t[i][2]) >> 2, 0, to);
        if (2 * tx + 1 < width) store_channels(as_ints(t[i][1] - t[i][2] - t[i][3]) >> 2, 0, to + channels);
    }
}
