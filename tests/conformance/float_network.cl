/* The network of docs/generator.md in 32-bit floats, as one would write it without a definition in integers: the control. The same
 * lines are compiled as C (float_control.c) and as OpenCL C; every sum has one order. One call per output value, per channel
 * in the norm. */
#ifdef __OPENCL_VERSION__
#define GLOBAL __global
#else
#define GLOBAL
#endif

typedef struct float_shape {
    int in, out, height, width; /* channels; of the input */
    int side, stride, transposed; /* side: of the square of taps */
} float_shape;

/* a[o][y][x] = sum of weights * input, zero outside. */
static void conv_value(float_shape s, GLOBAL const float *input, GLOBAL const float *weights, GLOBAL float *a, int i)
{
    const int width = s.transposed ? s.width * s.stride : s.width / s.stride;
    const int height = s.transposed ? s.height * s.stride : s.height / s.stride;
    const int x = i % width, y = i / width % height, o = i / width / height;
    float sum = 0;
    for (int c = 0; c < s.in; c++)
        for (int ky = 0; ky < s.side; ky++)
            for (int kx = 0; kx < s.side; kx++) {
                int row = s.stride * y + ky - s.side / 2, column = s.stride * x + kx - s.side / 2, filter = o * s.in + c;
                if (s.transposed) {
                    if ((y + 1 - ky) % 2 != 0 || (x + 1 - kx) % 2 != 0) continue;
                    row = (y + 1 - ky) / 2;
                    column = (x + 1 - kx) / 2;
                    filter = c * s.out + o;
                }
                if (row < 0 || row >= s.height || column < 0 || column >= s.width) continue;
                sum += weights[(filter * s.side + ky) * s.side + kx] * input[(c * s.height + row) * s.width + column];
            }
    a[i] = sum;
}

/* Channel c of a, in place: 128 times the distance from the mean in standard deviations; residual blocks add their input,
 * all other layers cut off below 0. */
static void norm_channel(GLOBAL float *a, GLOBAL const float *shortcut, int pixels, int closes, int c)
{
    GLOBAL float *v = a + c * pixels;
    float sum = 0, squares = 0;
    for (int i = 0; i < pixels; i++) sum += v[i];
    const float mean = sum / (float)pixels;
    for (int i = 0; i < pixels; i++) squares += (v[i] - mean) * (v[i] - mean);
    const float scale = 128.0f / sqrt(squares / (float)pixels + 1e-5f);
    for (int i = 0; i < pixels; i++) {
        const float y = (v[i] - mean) * scale;
        v[i] = closes ? shortcut[c * pixels + i] + y : fmax(y, 0.0f);
    }
}

/* Value i of a, [c][y][x], to both keys [y][x][c]: the fold of the sum as an integer, and the byte of a tanh. */
static void head_value(GLOBAL const float *a, int pixels, GLOBAL unsigned char *keys, int i)
{
    const int at = i % pixels * 3 + i / pixels;
    const unsigned u = (unsigned)(int)rint(a[i]);
    keys[at] = (unsigned char)(u ^ u >> 8 ^ u >> 16);
    keys[3 * pixels + at] = (unsigned char)(int)rint(127.5f * (tanh(a[i] * 1e-5f) + 1.0f));
}

#ifdef __OPENCL_VERSION__
__kernel void conv(float_shape s, GLOBAL const float *input, GLOBAL const float *weights, GLOBAL float *a)
{
    conv_value(s, input, weights, a, (int)get_global_id(0));
}
__kernel void norm(GLOBAL float *a, GLOBAL const float *shortcut, int pixels, int closes)
{
    norm_channel(a, shortcut, pixels, closes, (int)get_global_id(0));
}
__kernel void head(GLOBAL const float *a, int pixels, GLOBAL unsigned char *keys)
{
    head_value(a, pixels, keys, (int)get_global_id(0));
}
#endif
