/* kernels.h - what an instruction set has to offer the cpu engine, and the shapes both sides agree on.
 *
 * Activations are int16 [y][x][channel] with a border of zeros, so that the two channels of a pair lie side by side and one
 * multiply-add instruction takes two taps of a filter. Sums are int32 [y][x][channel]. Channels are padded to whole vectors. */
#ifndef DKG_CPU_KERNELS_H
#define DKG_CPU_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DKG_CPU_POSITIONS = 16,  /* of a Winograd tile: 4 x 4 inputs for 2 x 2 outputs */
    DKG_CPU_PANEL = 2,       /* vectors of output channels that are computed together */
    DKG_CPU_LANES_MAX = 16
};

/* For `pixels` pixels in a row and one panel of output channels: sums of weight * source over all taps and channel pairs,
 * modulo 2^32. Weights lie in the order they are used: [tap][pair][vector][2 * lanes]. */
typedef struct dkg_cpu_products {
    const int16_t *source;  /* of the first pixel */
    size_t source_step;     /* int16 values from one pixel to the next */
    size_t pixels;
    const size_t *taps;     /* offset of each tap from the pixel's source */
    size_t tap_count;
    size_t pairs;           /* channel pairs of a tap */
    const int16_t *weights;
    size_t vectors;         /* 1..DKG_CPU_PANEL */
    int32_t *out;
    size_t out_step;        /* int32 values from one pixel to the next */
} dkg_cpu_products;

/* A row of Winograd tiles. */
typedef struct dkg_cpu_tiles {
    size_t tiles;
    size_t columns;         /* channels, a multiple of the lanes */
    size_t plane;           /* values from one position to the next */
} dkg_cpu_tiles;

/* Statistics of a channel, in parts that can be added up in any order: sum of a, and sum of a * a = high * 2^32 + low. */
typedef struct dkg_cpu_moments {
    int64_t *sum;
    uint64_t *low, *high;
} dkg_cpu_moments;

/* The norm of every channel: y = (uint32)((a * factor + offset) >> shift) - bias, less 2^24 (norm.c). */
typedef struct dkg_cpu_scale {
    int32_t *factor;
    uint64_t *offset, *shift;
    uint32_t *bias;
} dkg_cpu_scale;

typedef struct dkg_cpu_kernels {
    const char *name;
    size_t lanes;           /* int32 values of a vector */
    bool interleaved;       /* weights of a vector: [lane][2], else [2][lane] */
    void (*products)(const dkg_cpu_products *job);
    /* 4 x 4 inputs of each tile, from the tile's upper left pixel, transformed: out[position][tile][channel]. */
    void (*tiles_in)(const dkg_cpu_tiles *t, const int16_t *source, size_t pitch, int16_t *out);
    /* in[position][tile][t->columns] to 2 x 2 sums of each tile, in rows of `pitch` and pixels of `channels` values; what
     * lies beyond `width` pixels, or in a second row where there is none, is left out. */
    void (*tiles_out)(const dkg_cpu_tiles *t, const int32_t *in, int32_t *sums, size_t channels, size_t pitch, size_t width,
                      bool two_rows);
    void (*moments)(const int32_t *sums, size_t pixels, size_t channels, const dkg_cpu_moments *m);
    /* shortcut NULL: norm, ReLU, clamp. Else norm, added to the shortcut, clamp; out may be the shortcut. */
    void (*normalise)(const int32_t *sums, size_t pixels, size_t channels, const dkg_cpu_scale *s, const int16_t *shortcut,
                      int16_t *out);
} dkg_cpu_kernels;

extern const dkg_cpu_kernels dkg_cpu_portable;
#if defined(__x86_64__)
extern const dkg_cpu_kernels dkg_cpu_sse2, dkg_cpu_avx2, dkg_cpu_avx512bw, dkg_cpu_avx512vnni;
#endif

#endif
