/* train_tuning.cl - comes first in the program of training: tuning macros and the names of the vector types.
 *
 * Images lie in panels of 16 channels: [panel][row][column][16], some with a border of zeros; a shape says where pixel (0, 0)
 * of panel 0 is. Weights of a layer lie [panel of outputs][panel of inputs][tap][16 inputs][16 outputs]. Channels that fill no
 * panel are zeros with zero weights, and stay so: their gradients are zero. */
#ifndef DKG_LANES /* channels of one work-item: 4, 8 or 16 */
#define DKG_LANES 16
#endif
#ifndef DKG_PIXELS /* pixels of one tile of train_conv.cl: with 16 lanes, what the vector registers hold */
#ifdef __AVX512F__
#define DKG_PIXELS 12
#else
#define DKG_PIXELS 6
#endif
#endif
#ifndef DKG_INPUTS /* input channels of one tile of train_gradient.cl: 4 or 8 */
#ifdef __AVX512F__
#define DKG_INPUTS 8
#else
#define DKG_INPUTS 4
#endif
#endif

#define DKG_PANEL 16
#define DKG_TAPS 16 /* at most, of a layer */
#define DKG_JOIN_(a, b) a##b
#define DKG_JOIN(a, b) DKG_JOIN_(a, b)
#define DKG_LANE_GROUPS (DKG_PANEL / DKG_LANES)
/* Arrays live in registers only if the loops over them are unrolled early. */
#define UNROLL _Pragma("unroll")

/* What the device does in one instruction; mad() is two on CPUs. */
#if defined(FP_FAST_FMAF) || defined(__FMA__)
#define multiply_add fma
#else
#define multiply_add mad
#endif

typedef DKG_JOIN(float, DKG_LANES) lanes;
#define load_lanes DKG_JOIN(vload, DKG_LANES)
#define store_lanes DKG_JOIN(vstore, DKG_LANES)

/* A grid of pixels in an image: where pixel (0, 0) of panel 0 lies, and the floats between rows, pixels and panels of it. */
typedef struct train_grid { /* equal to train_grid of opencl/train/ops.c */
    int offset, row, pixel, panel;
} train_grid;
