/* One implementation of the key generator against the published vectors (tests/vectors/generator): a line per combination of
 * path or profile, weights and image size, for tests/conformance/run to count.
 *
 * usage: conformance VECTORS reference|cpu|opencl [KEYS LAYERS]
 * KEYS: millions of multiplications; larger combinations are left out. LAYERS: layers are compared where all of them together,
 * each with those before it, take no more. Lines: implementation, path or profile, weights, size, "equal" or what is wrong, digests compared; with tabs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/dispatch.h"
#include "published.h"
#ifndef CONFORMANCE_WITHOUT_OPENCL
#include "engine.h"
#endif

typedef struct run {
    json_t *file;
    size_t count;
    uint64_t key_limit, layer_limit;
    size_t compared, different;
} run;

typedef dkg_status opener(const dkg_model *model, const void *which, dkg_engine **out, dkg_error *err);

static bool key_equals(dkg_engine *engine, const published *p, dkg_error *err)
{
    uint8_t *key = dkg_calloc((uint64_t)p->height * p->width, 3);
    const bool equal = key && engine->generate(engine, p->image, p->height, p->width, 1, key, err) == DKG_OK && published_is_key(p, key);
    free(key);
    return equal;
}

static bool layer_equals(dkg_engine *engine, const published *p, size_t layer, dkg_error *err)
{
    uint32_t shape[3];
    dkg_layer_shape(p->model, layer, p->height, p->width, shape);
    int16_t *out = dkg_calloc((uint64_t)shape[0] * shape[1] * shape[2], sizeof *out);
    const bool equal = out && engine->layer(engine, p->image, p->height, p->width, layer, out, err) == DKG_OK &&
                       published_is_layer(p, layer, out);
    free(out);
    return equal;
}

/* What is wrong, "equal" if nothing is. */
static void compare_digests(const run *r, dkg_engine *engine, const published *p, size_t *digests, char *outcome, size_t size)
{
    const uint64_t all_layers = published_cost(p) * (DKG_LAYERS / 2); /* each runs the layers before it again */
    const size_t layers = published_has_layers(p) && all_layers <= r->layer_limit ? DKG_LAYERS - 1 : 0;
    dkg_error err = {0};
    for (size_t l = 0; l < layers; l++, ++*digests)
        if (!layer_equals(engine, p, l, &err)) {
            snprintf(outcome, size, "different from layer %zu on %s", l, err.text);
            return;
        }
    ++*digests;
    if (key_equals(engine, p, &err))
        snprintf(outcome, size, "equal");
    else
        snprintf(outcome, size, "different key %s", err.text);
}

static void compare(run *r, const char *implementation, const char *profile, opener *open, const void *which, const published *p)
{
    dkg_engine *engine = NULL;
    dkg_error err = {0};
    char outcome[1000];
    size_t digests = 0;
    if (open(p->model, which, &engine, &err) == DKG_OK)
        compare_digests(r, engine, p, &digests, outcome, sizeof outcome);
    else
        snprintf(outcome, sizeof outcome, "error: %s", err.text);
    printf("%s\t%s\tseed %u, n = %u, %s\t%u x %u\t%s\t%zu\n", implementation, profile, p->seed, p->n, p->tanh ? "tanh" : "fold",
           p->height, p->width, outcome, digests);
    fflush(stdout);
    r->compared++;
    r->different += strcmp(outcome, "equal") != 0;
    dkg_engine_free(engine);
}

static void compare_all(run *r, const char *implementation, const char *profile, opener *open, const void *which)
{
    for (size_t i = 0; i < r->count; i++) {
        published p;
        dkg_error err = {0};
        if (published_read(r->file, i, &p, &err) != DKG_OK) {
            printf("%s\t%s\tvector %zu\t\terror: %s\t0\n", implementation, profile, i, err.text);
            r->different++;
        } else if (published_cost(&p) <= r->key_limit) {
            compare(r, implementation, profile, open, which, &p);
        }
        published_free(&p);
    }
}

static dkg_status open_reference(const dkg_model *model, const void *which, dkg_engine **out, dkg_error *err)
{
    (void)which;
    return dkg_reference_engine(model, 0, out, err);
}

static dkg_status open_cpu(const dkg_model *model, const void *which, dkg_engine **out, dkg_error *err)
{
    return dkg_cpu_engine_named(model, 0, which, out, err);
}

static void compare_cpu(run *r)
{
    for (size_t i = 0; i < DKG_CPU_PATHS; i++) {
        const char *name = dkg_cpu_path_name(i);
        if (dkg_cpu_can_run((dkg_cpu_path)i))
            compare_all(r, "cpu engine", name, open_cpu, name);
        else
            printf("cpu engine\t%s\tabsent: this processor does not have it\n", name);
    }
}

#ifndef CONFORMANCE_WITHOUT_OPENCL
typedef struct tuned {
    char device[32];
    const dkg_profile *profile;
} tuned;

static dkg_status open_opencl(const dkg_model *model, const void *which, dkg_engine **out, dkg_error *err)
{
    const tuned *t = which;
    return dkg_opencl_engine_tuned(model, t->device, 0, t->profile, out, err);
}

static void compare_opencl(run *r)
{
    const dkg_profile *const profiles[] = {&dkg_profile_cpu, &dkg_profile_gpu};
    dkg_device_info *devices = NULL;
    size_t count = 0;
    dkg_error err = {0};
    if (dkg_opencl_devices(&devices, &count, &err) != DKG_OK) fprintf(stderr, "%s\n", err.text);
    for (size_t d = 0; d < count; d++)
        for (size_t p = 0; p < sizeof profiles / sizeof profiles[0]; p++) {
            tuned which = {.profile = profiles[p]};
            char name[40];
            snprintf(which.device, sizeof which.device, "%zu", d);
            snprintf(name, sizeof name, "%s profile", profiles[p]->name);
            compare_all(r, devices[d].label, name, open_opencl, &which);
        }
    free(devices);
}
#endif

int main(int argc, char **argv)
{
    run r = {.key_limit = argc == 5 ? strtoull(argv[3], NULL, 10) : UINT64_MAX,
             .layer_limit = argc == 5 ? strtoull(argv[4], NULL, 10) : UINT64_MAX};
    const char *what = argc > 2 ? argv[2] : "";
    dkg_error err = {0};
    if (argc < 3 || dkg_start(&err) != DKG_OK || published_open(argv[1], &r.file, &r.count, &err) != DKG_OK) {
        fprintf(stderr, "%s\n", argc < 3 ? "usage: conformance VECTORS reference|cpu|opencl [KEYS LAYERS]" : err.text);
        return 2;
    }
    if (strcmp(what, "reference") == 0) compare_all(&r, "reference", "plain C", open_reference, NULL);
    if (strcmp(what, "cpu") == 0) compare_cpu(&r);
#ifndef CONFORMANCE_WITHOUT_OPENCL
    if (strcmp(what, "opencl") == 0) compare_opencl(&r);
#endif
    json_decref(r.file);
    return r.different > 0 || r.compared == 0;
}
