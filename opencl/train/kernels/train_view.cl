/* train_view.cl - what both networks see of bytes and of u (docs/generator.md section 5). u: [3][row][column]. A view has its
 * channels in one panel: cos(pi u) of three, then sin(pi u) for head "phase" (0), tanh(u) for head "tanh" (1).
 * Global size: rows. bytes: [row][column][3]. */
#define REACH 3

/* The generator's input: p / 127.5 - 1, in planes of train_fold.cl. */
kernel void train_source(global const uchar *restrict bytes, global float *restrict plane, int side)
{
    const int y = (int)get_global_id(0), pitch = side + 2 * REACH;
    if (y >= side) return;
    for (int x = 0; x < side; x++)
        for (int c = 0; c < 3; c++)
            plane[(c * pitch + y + REACH) * pitch + x + REACH] = (float)bytes[(y * side + x) * 3 + c] / 127.5f - 1.0f;
}

/* A real key: byte k stands for u = (k + 0.5) / 128, or for tanh(u) = k / 127.5 - 1. */
kernel void train_target(global const uchar *restrict bytes, global float *restrict view, const train_grid g, int side, int head)
{
    const int y = (int)get_global_id(0);
    if (y >= side) return;
    for (int x = 0; x < side; x++)
        for (int c = 0; c < 3; c++) {
            const float byte = (float)bytes[(y * side + x) * 3 + c];
            global float *to = view + g.offset + y * g.row + x * g.pixel + c;
            to[0] = head ? byte / 127.5f - 1.0f : cospi((byte + 0.5f) / 128.0f);
            if (!head) to[3] = sinpi((byte + 0.5f) / 128.0f);
        }
}

kernel void train_view(global const float *restrict u, int first, global float *restrict view, const train_grid g, int side,
                       int head)
{
    const int y = (int)get_global_id(0);
    if (y >= side) return;
    for (int c = 0; c < 3; c++)
        for (int x = 0; x < side; x++) {
            const float v = u[first + (c * side + y) * side + x];
            global float *to = view + g.offset + y * g.row + x * g.pixel + c;
            to[0] = head ? tanh(v) : cospi(v);
            if (!head) to[3] = sinpi(v);
        }
}

/* dview: [row][column][16]; du: planes of train_fold.cl. */
kernel void train_view_back(global const float *restrict u, global const float *restrict dview, global float *restrict du,
                            int side, int head)
{
    const int y = (int)get_global_id(0), pitch = side + 2 * REACH;
    if (y >= side) return;
    for (int c = 0; c < 3; c++)
        for (int x = 0; x < side; x++) {
            const float v = u[(c * side + y) * side + x];
            global const float *d = dview + (y * side + x) * DKG_PANEL + c;
            const float t = tanh(v);
            du[(c * pitch + y + REACH) * pitch + x + REACH] =
                head ? d[0] * (1.0f - t * t) : 3.14159265f * (d[3] * cospi(v) - d[0] * sinpi(v));
        }
}

/* u goes to the pool. */
kernel void train_store(global const float *restrict u, global float *restrict pool, int first, int side)
{
    const int y = (int)get_global_id(0);
    if (y >= side) return;
    for (int i = y * side * 3; i < (y + 1) * side * 3; i++) pool[first + i] = u[i];
}
