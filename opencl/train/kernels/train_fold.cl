/* train_fold.cl - both 7 x 7 layers work on three channels; their taps become channels: panels of 147 values, 49 * channel +
 * tap, so that each layer is a 1 x 1 convolution of them. Planes are [3][side + 6][side + 6] with a border of zeros. */
#define REACH 3
#define KERNEL 7
#define FOLDED (3 * KERNEL * KERNEL)

/* Value j of pixel p is the plane's at p + tap - 3 (sign 1) or, for the way back, at p - tap + 3 (sign -1).
 * Global size: (rows, panels). out: [panel][row][column][16]; of the last panel, values beyond 147 are zero. */
kernel void train_unfold(global const float *restrict plane, global float *restrict out, int side, int sign)
{
    const int y = (int)get_global_id(0), panel = (int)get_global_id(1), pitch = side + 2 * REACH;
    if (y >= side) return;
    out += (panel * side + y) * side * DKG_PANEL;
    for (int k = 0; k < DKG_PANEL; k++) {
        const int j = panel * DKG_PANEL + k, tap = j % (KERNEL * KERNEL);
        if (j >= FOLDED) return;
        global const float *from = plane + (j / (KERNEL * KERNEL) * pitch + y + REACH + sign * (tap / KERNEL - REACH)) * pitch +
                                   REACH + sign * (tap % KERNEL - REACH);
        for (int x = 0; x < side; x++) out[x * DKG_PANEL + k] = from[x];
    }
}

/* out[c][y][x]: sum over taps of value 49 * c + tap of pixel (y, x) + tap - 3, as far as it lies in the image.
 * Global size: (rows, 3). */
kernel void train_fold(global const float *restrict in, global float *restrict out, int side)
{
    const int y = (int)get_global_id(0), c = (int)get_global_id(1);
    if (y >= side) return;
    out += (c * side + y) * side;
    for (int x = 0; x < side; x++) out[x] = 0;
    for (int tap = 0; tap < KERNEL * KERNEL; tap++) {
        const int j = c * KERNEL * KERNEL + tap, row = y + tap / KERNEL - REACH, dx = tap % KERNEL - REACH;
        if (row < 0 || row >= side) continue;
        global const float *from = in + ((j / DKG_PANEL * side + row) * side + dx) * DKG_PANEL + j % DKG_PANEL;
        for (int x = max(0, -dx); x < min(side, side - dx); x++) out[x] += from[x * DKG_PANEL];
    }
}
