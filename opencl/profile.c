/* profile.c - the tuning values for CPUs and GPUs (docs/generator.md section 7). */
#include "profile.h"

#include <stdio.h>

/* One work-item per group with explicit vectors: CPU implementations do not vectorise across items around a loop. Twelve
 * sums of 8 lanes, two weights, a broadcast and a product fill the sixteen registers of AVX2. One image at a time: its kernels
 * keep every thread busy, and PoCL 3.1 was seen to stop with "pocl_release_dlhandle_cache: Assertion `found->ref_count > 0'
 * failed" when several queues ran one kernel. */
const dkg_profile dkg_profile_cpu = {.name = "cpu",
                                     .lanes = 8,
                                     .vectors = 2,
                                     .pixels = 6,
                                     .channels = 16,
                                     .span = 64,
                                     .chunk = 1024,
                                     .mad24 = false,
                                     .madd16 = true,
                                     .slots = 1,
                                     .group = 1};

/* Neighbouring items take neighbouring channels, so that loads coalesce; 32 sums per item leave room for many groups. */
const dkg_profile dkg_profile_gpu = {.name = "gpu",
                                     .lanes = 4,
                                     .vectors = 1,
                                     .pixels = 8,
                                     .channels = 4,
                                     .span = 4,
                                     .chunk = 64,
                                     .mad24 = false,
                                     .madd16 = false,
                                     .slots = 2,
                                     .group = 64};

void dkg_profile_options(const dkg_profile *profile, char *out, size_t size)
{
    snprintf(out, size,
             "-cl-std=CL1.2 -w -DDKG_LANES=%u -DDKG_VECTORS=%u -DDKG_PIXELS=%u -DDKG_CHANNELS=%u -DDKG_SPAN=%u -DDKG_CHUNK=%u "
             "-DDKG_MAD24=%d -DDKG_MADD16=%d",
             profile->lanes, profile->vectors, profile->pixels, profile->channels, profile->span, profile->chunk,
             profile->mad24, profile->madd16);
}

void dkg_profile_describe(const dkg_profile *p, char *out, size_t size)
{
    snprintf(out, size, "%u x %u channels, %u pixels, %s%s, group %u, channels %u, span %u, chunk %u, %u in flight", p->lanes,
             p->vectors, p->pixels, p->mad24 ? "mad24" : p->madd16 ? "16-bit pairs" : "int32", p->in_float ? " and float" : "",
             p->group, p->channels, p->span, p->chunk, p->slots);
}
