/* profile.h - a set of tuning values: what the kernels are compiled with and how they are launched. Speed, never bits. */
#ifndef DKG_OPENCL_PROFILE_H
#define DKG_OPENCL_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct dkg_profile {
    const char *name;
    unsigned lanes, vectors, pixels; /* conv.cl: output channels = lanes * vectors (at most 16), times pixels per work-item */
    unsigned channels;               /* of one work-item of the other kernels: 4, 8 or 16 */
    unsigned span, chunk;            /* pixels of one work-item of norm_apply.cl and norm_sums.cl */
    bool mad24, madd16;              /* which products of integers, see kernels/tuning.cl */
    bool in_float;                   /* direct convolutions in floats that hold integers */
    unsigned slots;                  /* images in flight, 1 or 2 */
    unsigned group;                  /* work-items of a group; 1: every item is a loop of its own (CPUs) */
} dkg_profile;

extern const dkg_profile dkg_profile_cpu, dkg_profile_gpu;

enum { DKG_PIXELS_MAX = 16 }; /* buffers are long enough for this many pixels beyond a row's end */

/* The compiler options of a profile; cut when size is too small (256 is enough). */
void dkg_profile_options(const dkg_profile *profile, char *out, size_t size);
/* For people: "8 x 2 channels, 6 pixels, 16-bit pairs, ...". */
void dkg_profile_describe(const dkg_profile *profile, char *out, size_t size);

#endif
