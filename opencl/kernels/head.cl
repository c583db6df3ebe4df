/* head.cl - the last layer's end: adds the seven columns of taps and makes key bytes (docs/generator.md section 2.5).
 * conv.cl left, for every input column, the sum over channels and tap rows of each (tap column, output):
 * in: [y][width + 6 columns][32], value 3 * tap column + output. Global size: (width, height). key: [y][x][3]. */

inline int column_sum(global const int *in, int output)
{
    int a = 0;
    for (int tap = 0; tap < 7; tap++) a += in[tap * 32 + 3 * tap + output];
    return a;
}

kernel void head_fold(global const int *restrict in, global uchar *restrict key)
{
    const int x = (int)get_global_id(0), y = (int)get_global_id(1), width = (int)get_global_size(0);
    in += (y * (width + 6) + x) * 32;
    key += (y * width + x) * 3;
    for (int o = 0; o < 3; o++) {
        const uint u = (uint)column_sum(in, o);
        key[o] = (uchar)(u ^ (u >> 8) ^ (u >> 16));
    }
}

kernel void head_tanh(global const int *restrict in, global uchar *restrict key, global const uchar *restrict table,
                      int multiplier, int shift)
{
    const int x = (int)get_global_id(0), y = (int)get_global_id(1), width = (int)get_global_size(0);
    in += (y * (width + 6) + x) * 32;
    key += (y * width + x) * 3;
    for (int o = 0; o < 3; o++) {
        const long t = ((long)column_sum(in, o) * multiplier + (1L << (shift - 1))) >> shift;
        key[o] = table[clamp(t, -2048L, 2047L) + 2048];
    }
}
