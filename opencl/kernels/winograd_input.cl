/* winograd_input.cl - input transform of F(2x2, 3x3): V = B^T d B of every 4x4 patch, patches two pixels apart.
 * Every value is a sum of four activations, at most 16380, so int16 suffices.
 * Global size: (channels / DKG_CHANNELS, tiles across, tiles down). out: [16 frequencies][tile][channel]. */
kernel void winograd_input(global const short *restrict in, global short *restrict out, int row, int channels)
{
    const int c = (int)get_global_id(0) * DKG_CHANNELS, tx = (int)get_global_id(1), ty = (int)get_global_id(2);
    const int across = (int)get_global_size(1), plane = across * (int)get_global_size(2) * channels;
    in += ty * 2 * row + tx * 2 * channels + c;
    out += (ty * across + tx) * channels + c;

    shorts t[4][4]; /* B^T d */
    for (int i = 0; i < 4; i++) {
        const shorts d0 = load_channels(0, in + i * channels), d1 = load_channels(0, in + row + i * channels),
                     d2 = load_channels(0, in + 2 * row + i * channels), d3 = load_channels(0, in + 3 * row + i * channels);
        t[0][i] = d0 - d2;
        t[1][i] = d1 + d2;
        t[2][i] = d2 - d1;
        t[3][i] = d1 - d3;
    }
    for (int i = 0; i < 4; i++) {
        store_channels(t[i][0] - t[i][2], 0, out + (4 * i + 0) * plane);
        store_channels(t[i][1] + t[i][2], 0, out + (4 * i + 1) * plane);
        store_channels(t[i][2] - t[i][1], 0, out + (4 * i + 2) * plane);
        store_channels(t[i][1] - t[i][3], 0, out + (4 * i + 3) * plane);
    }
}
