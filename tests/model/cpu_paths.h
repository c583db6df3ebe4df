/* Every path of the cpu engine that this processor can run; the others are skipped by name. */
#ifndef DKG_TEST_CPU_PATHS_H
#define DKG_TEST_CPU_PATHS_H

#include "cpu/dispatch.h"
#include "support.h"

static inline bool cpu_path_here(dkg_cpu_path path)
{
    static const char *const names[DKG_CPU_PATHS] = {"portable", "SSE2", "AVX2", "AVX-512BW", "AVX-512 VNNI"};
    if (dkg_cpu_can_run(path)) return true;
    test_skip(names[path], "this processor cannot run this path of the cpu engine");
    return false;
}

/* for each path in turn */
#define EACH_CPU_PATH(path) (dkg_cpu_path path = 0; path < DKG_CPU_PATHS; path++) if (cpu_path_here(path))

#endif
