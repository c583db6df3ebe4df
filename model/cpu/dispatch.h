/* dispatch.h - which kernels this processor can run, and an engine on given ones: what the tests need besides dkg/model.h. */
#ifndef DKG_CPU_DISPATCH_H
#define DKG_CPU_DISPATCH_H

#include "dkg/model.h"

/* From the slowest to the fastest. */
typedef enum dkg_cpu_path {
    DKG_CPU_PORTABLE,
    DKG_CPU_SSE2,
    DKG_CPU_AVX2,
    DKG_CPU_AVX512BW,
    DKG_CPU_AVX512VNNI,
    DKG_CPU_PATHS
} dkg_cpu_path;

bool dkg_cpu_can_run(dkg_cpu_path path);
/* dkg_cpu_engine on one path; DKG_DEVICE where the processor cannot run it. */
DKG_MUST_USE dkg_status dkg_cpu_engine_on(const dkg_model *model, unsigned threads, dkg_cpu_path path, dkg_engine **out, dkg_error *err);

#endif
