/* tuning.cl - comes first in the program: defaults of every tuning macro and the names of the vector types.
 *
 * All values are integers and no sum depends on its order, so these macros change speed and never bits (docs/generator.md
 * section 6). The defaults are the CPU profile; opencl/profile.c holds the others.
 *
 * Tensors lie [row][column][channel], channels padded with zeros to a multiple of 16, with a border of zeros wide enough
 * for every tap. Two neighbouring channels of an activation are read as one int ("pair"). Weights lie in panels of 16 output
 * channels: [panel][tap row][pair][16][2]. */
#ifndef DKG_LANES /* output channels of one vector in conv.cl: 4 or 8 */
#define DKG_LANES 8
#endif
#ifndef DKG_VECTORS /* vectors per work-item in conv.cl; lanes * vectors divides 16 */
#define DKG_VECTORS 2
#endif
#ifndef DKG_PIXELS /* pixels per work-item in conv.cl */
#define DKG_PIXELS 6
#endif
#ifndef DKG_CHANNELS /* channels per work-item of the other kernels: 4, 8 or 16 */
#define DKG_CHANNELS 16
#endif
#ifndef DKG_SPAN /* pixels per work-item of norm_apply.cl */
#define DKG_SPAN 64
#endif
#ifndef DKG_CHUNK /* pixels per work-item of norm_sums.cl */
#define DKG_CHUNK 1024
#endif
#ifndef DKG_MAD24 /* 1: mad24 for products, full rate on AMD's GPUs; 0: plain multiplication */
#define DKG_MAD24 0
#endif
#ifndef DKG_MADD16 /* 1: the processor's 16-bit pair product where compiler and target have it (pmaddwd) */
#define DKG_MADD16 1
#endif

#define DKG_PANEL 16
#define DKG_JOIN_(a, b) a##b
#define DKG_JOIN(a, b) DKG_JOIN_(a, b)
#define DKG_TWICE_4 8
#define DKG_TWICE_8 16
#define DKG_LANES2 DKG_JOIN(DKG_TWICE_, DKG_LANES)

/* One vector of channels, for everything but conv.cl. */
typedef DKG_JOIN(short, DKG_CHANNELS) shorts;
typedef DKG_JOIN(int, DKG_CHANNELS) ints;
typedef DKG_JOIN(uint, DKG_CHANNELS) uints;
typedef DKG_JOIN(long, DKG_CHANNELS) longs;
typedef DKG_JOIN(ulong, DKG_CHANNELS) ulongs;
#define load_channels DKG_JOIN(vload, DKG_CHANNELS)
#define store_channels DKG_JOIN(vstore, DKG_CHANNELS)
#define to_shorts DKG_JOIN(convert_short, DKG_CHANNELS)
#define to_ints DKG_JOIN(convert_int, DKG_CHANNELS)
#define to_longs DKG_JOIN(convert_long, DKG_CHANNELS)
#define to_ulongs DKG_JOIN(convert_ulong, DKG_CHANNELS)
#define to_uints DKG_JOIN(convert_uint, DKG_CHANNELS)
#define as_ints DKG_JOIN(as_int, DKG_CHANNELS)
#define as_ulongs DKG_JOIN(as_ulong, DKG_CHANNELS)
