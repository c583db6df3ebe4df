/* dispatch.c - the choice of kernels at run time. */
#include <string.h>

#include "cpu/cpu.h"

const dkg_cpu_kernels *dkg_cpu_kernels_of(dkg_cpu_path path)
{
    if (path == DKG_CPU_PORTABLE) return &dkg_cpu_portable;
#if defined(__x86_64__)
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512vl");
    if (path == DKG_CPU_SSE2) return &dkg_cpu_sse2;
    if (path == DKG_CPU_AVX2 && __builtin_cpu_supports("avx2")) return &dkg_cpu_avx2;
    if (path == DKG_CPU_AVX512BW && avx512) return &dkg_cpu_avx512bw;
    if (path == DKG_CPU_AVX512VNNI && avx512 && __builtin_cpu_supports("avx512vnni")) return &dkg_cpu_avx512vnni;
#endif
    return NULL;
}

bool dkg_cpu_can_run(dkg_cpu_path path) { return dkg_cpu_kernels_of(path) != NULL; }

dkg_status dkg_cpu_engine(const dkg_model *model, unsigned threads, dkg_engine **out, dkg_error *err)
{
    dkg_cpu_path path = DKG_CPU_PATHS - 1;
    while (!dkg_cpu_can_run(path)) path--;
    return dkg_cpu_engine_on(model, threads, path, out, err);
}

const char *dkg_cpu_path_name(size_t i)
{
    static const char *const names[DKG_CPU_PATHS] = {"portable", "sse2", "avx2", "avx512bw", "avx512vnni"};
    return i < DKG_CPU_PATHS ? names[i] : NULL;
}

dkg_status dkg_cpu_engine_named(const dkg_model *model, unsigned threads, const char *path, dkg_engine **out, dkg_error *err)
{
    *out = NULL;
    for (size_t i = 0; i < DKG_CPU_PATHS; i++) {
        if (strcmp(path, dkg_cpu_path_name(i)) != 0) continue;
        if (!dkg_cpu_can_run((dkg_cpu_path)i)) return dkg_fail(err, DKG_DEVICE, "this processor does not have %s", path);
        return dkg_cpu_engine_on(model, threads, (dkg_cpu_path)i, out, err);
    }
    return dkg_fail(err, DKG_USAGE, "the cpu engine has no path \"%s\"", path);
}
