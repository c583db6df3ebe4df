/* The kernels under Oclgrind, which sees data races, accesses out of bounds and misuse of the API: this program runs itself
 * there on images so small that every kind of edge occurs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "opencl_test.h"
#include "support.h"

/* Exit code: 0 the engine under Oclgrind equals the reference. */
static int run_small(void)
{
    static const uint32_t sizes[][2] = {{8, 12}, {4, 8}};
    dkg_profile in_float = dkg_profile_gpu;
    const dkg_profile *profiles[] = {&dkg_profile_cpu, &dkg_profile_gpu, &in_float};
    static const size_t first[] = {0, 0, 1}, end[] = {2, 1, 2}; /* of the sizes, for each profile: Oclgrind is slow */
    uint8_t seed[32] = {1}, image[8 * 12 * 3], expected[sizeof image], key[sizeof image];
    dkg_error err = {0};
    dkg_model *model = NULL;
    dkg_engine *reference = NULL, *engine = NULL;
    if (dkg_start(&err) || dkg_model_random(seed, 20, &model, &err) || dkg_reference_engine(model, 1, &reference, &err)) goto done;
    in_float.in_float = true;
    in_float.name = "float";
    for (size_t p = 0; p < sizeof profiles / sizeof profiles[0]; p++) {
        if (dkg_opencl_engine_tuned(model, "0", 0, profiles[p], &engine, &err)) goto done;
        for (size_t s = first[p]; s < end[p]; s++) {
            const size_t size = (size_t)sizes[s][0] * sizes[s][1] * 3;
            test_pattern(image, size, s);
            if (reference->generate(reference, image, sizes[s][0], sizes[s][1], 1, expected, &err) ||
                engine->generate(engine, image, sizes[s][0], sizes[s][1], 1, key, &err))
                goto done;
            if (memcmp(key, expected, size) != 0) {
                dkg_fail(&err, DKG_DEVICE, "%s: profile %s computes another key", engine->device, profiles[p]->name);
                goto done;
            }
        }
        dkg_engine_free(engine);
        engine = NULL;
    }
    printf("equal\n");
done:
    if (err.status != DKG_OK) fprintf(stderr, "%s\n", err.text);
    dkg_engine_free(engine);
    dkg_engine_free(reference);
    dkg_model_free(model);
    return err.status != DKG_OK;
}

int main(int argc, char **argv) { return test_under_oclgrind(argc, argv, "OpenCL kernels under Oclgrind", 280, run_small); }
