/* conv.cl - integer convolution: for every pixel a sum over tap rows of one dot product along a contiguous run of input.
 *
 * A k x k convolution has k tap rows with runs of k * channels values; a transposed one is four of these, one per parity of
 * the output pixel; the products of the Winograd frequencies are 16 rows of a 1 x 1 convolution with weights per row.
 * Global size: (ceil(width / DKG_PIXELS), output channels / (DKG_LANES * DKG_VECTORS), rows). */

typedef struct conv_shape { /* equal to dkg_conv_shape of opencl/layers.h */
    int in_offset;  /* first pair of the run of pixel (0, 0) */
    int in_row;     /* pairs between rows of output */
    int in_pixel;   /* pairs between pixels of output */
    int tap_rows;   /* rows of taps */
    int tap_row;    /* pairs between rows of taps */
    int run;        /* pairs of one run */
    int weight_offset;
    int weight_row; /* int16 values between the weights of two rows of output, 0 if all rows share theirs */
    int out_offset; /* place of pixel (0, 0), channel 0 */
    int out_row, out_pixel;
    int width;      /* pixels of a row */
} conv_shape;

/* Arrays live in registers only if the loops over them are unrolled early. */
#define UNROLL _Pragma("unroll")

typedef DKG_JOIN(uint, DKG_LANES) sums;
typedef DKG_JOIN(int, DKG_LANES) products;
typedef DKG_JOIN(float, DKG_LANES) floats;
typedef DKG_JOIN(short, DKG_LANES2) weights16;

#if defined(__has_builtin) && DKG_MADD16 && DKG_LANES == 8 && defined(__AVX2__)
#if __has_builtin(__builtin_ia32_pmaddwd256)
#define DKG_USE_PMADDWD
#endif
#endif

/* weight[2i] * low half of pair + weight[2i + 1] * high half, for every lane i. Both factors fit 16 bits, the sum 32. */
inline sums pair_product(int pair, weights16 weight)
{
#ifdef DKG_USE_PMADDWD
    return as_uint8(__builtin_ia32_pmaddwd256(as_short16((int8)(pair)), weight));
#else
    products low = (products)(as_short2(pair).x), high = (products)(as_short2(pair).y);
    products even = DKG_JOIN(convert_int, DKG_LANES)(weight.even), odd = DKG_JOIN(convert_int, DKG_LANES)(weight.odd);
#if DKG_MAD24
    return DKG_JOIN(as_uint, DKG_LANES)(mad24(low, even, mul24(high, odd)));
#else
    return DKG_JOIN(as_uint, DKG_LANES)(low * even + high * odd);
#endif
#endif
}

/* The same added to a sum of floats. */
inline floats add_pair_product(floats sum, int pair, weights16 weight)
{
    const float low = as_short2(pair).x, high = as_short2(pair).y;
    return sum + low * DKG_JOIN(convert_float, DKG_LANES)(weight.even) + high * DKG_JOIN(convert_float, DKG_LANES)(weight.odd);
}

/* Floats hold the sums exactly while they stay below 2^24: activations are at most 4095 and weights at most 127, so 32
 * products sum to at most 32 * 4095 * 127 = 16,642,080 < 2^24 = 16,777,216, fused or not. After that many they are moved to
 * the integers. A single product of Winograd may be 16380 * 1143 > 2^24, so those are always integers. */
#define FLOAT_PAIRS 16

inline void convolve(global const int *in, global const short *weights, global uint *out, const conv_shape s, const bool in_float)
{
    const int x0 = (int)get_global_id(0) * DKG_PIXELS, block = (int)get_global_id(1), y = (int)get_global_id(2);
    if (x0 >= s.width) return;
    const int channel = block * DKG_LANES * DKG_VECTORS;
    weights += s.weight_offset + y * s.weight_row + channel / DKG_PANEL * (s.tap_rows * s.run * DKG_PANEL * 2) +
               channel % DKG_PANEL * 2;
    in += s.in_offset + y * s.in_row + x0 * s.in_pixel;

    /* Pixels beyond the row's end are computed from whatever follows in the buffer and not stored. */
    sums sum[DKG_PIXELS][DKG_VECTORS];
    floats part[DKG_PIXELS][DKG_VECTORS];
    UNROLL for (int p = 0; p < DKG_PIXELS; p++)
        UNROLL for (int v = 0; v < DKG_VECTORS; v++) {
            sum[p][v] = (sums)(0);
            part[p][v] = (floats)(0);
        }

    for (int row = 0; row < s.tap_rows; row++, in += s.tap_row)
        for (int k = 0; k < s.run; k++, weights += DKG_PANEL * 2) {
            weights16 weight[DKG_VECTORS];
            int pair[DKG_PIXELS];
            UNROLL for (int v = 0; v < DKG_VECTORS; v++) weight[v] = DKG_JOIN(vload, DKG_LANES2)(v, weights);
            UNROLL for (int p = 0; p < DKG_PIXELS; p++) pair[p] = in[p * s.in_pixel + k];
            UNROLL for (int p = 0; p < DKG_PIXELS; p++)
                UNROLL for (int v = 0; v < DKG_VECTORS; v++) {
                    if (in_float)
                        part[p][v] = add_pair_product(part[p][v], pair[p], weight[v]);
                    else
                        sum[p][v] += pair_product(pair[p], weight[v]);
                }
            if (in_float && ((k + 1) % FLOAT_PAIRS == 0 || k + 1 == s.run))
                UNROLL for (int p = 0; p < DKG_PIXELS; p++)
                    UNROLL for (int v = 0; v < DKG_VECTORS; v++) {
                        sum[p][v] += DKG_JOIN(as_uint, DKG_LANES)(DKG_JOIN(convert_int, DKG_LANES)(part[p][v]));
                        part[p][v] = (floats)(0);
                    }
        }

    out += s.out_offset + y * s.out_row + channel;
    UNROLL for (int p = 0; p < DKG_PIXELS; p++) {
        if (x0 + p >= s.width) return;
        UNROLL for (int v = 0; v < DKG_VECTORS; v++) DKG_JOIN(vstore, DKG_LANES)(sum[p][v], v, out + (x0 + p) * s.out_pixel);
    }
}

kernel void conv(global const int *restrict in, global const short *restrict weights, global uint *restrict out,
                 const conv_shape s)
{
    convolve(in, weights, out, s, false);
}

kernel void conv_float(global const int *restrict in, global const short *restrict weights, global uint *restrict out,
                       const conv_shape s)
{
    convolve(in, weights, out, s, true);
}
