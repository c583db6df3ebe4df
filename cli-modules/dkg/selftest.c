/* dkg selftest: every engine at hand against the reference, key by key and layer by layer. */
#include "dkg/commands.h"

#include "common/models.h"
#include "dkg/opencl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct job {
    const char *modelFile, *device;
    bool full;
    int64_t threads;
} job;

/* One image shape: the key and, when full, each layer. Counts comparisons and mismatches. */
typedef struct tally {
    size_t compared, different;
} tally;

static void fill(uint8_t *image, size_t n, uint32_t seed)
{
    uint32_t s = seed * 2654435761u + 1;
    for (size_t i = 0; i < n; i++) {
        s = s * 1664525u + 1013904223u;
        image[i] = (uint8_t)(s >> 24);
    }
}

static dkg_status compare(dkg_engine *engine, dkg_engine *reference, const dkg_model *model, uint32_t height, uint32_t width, bool layers,
                          tally *t, dkg_error *err)
{
    size_t n = (size_t)height * width * 3;
    uint8_t *image = dkg_calloc(n, 3), *a = image + n, *b = a + n;
    if (!image) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a test image");
    fill(image, n, height * 1000 + width);
    dkg_status status = engine->generate(engine, image, height, width, 1, a, err);
    if (status == DKG_OK) status = reference->generate(reference, image, height, width, 1, b, err);
    if (status == DKG_OK) {
        t->compared++;
        t->different += memcmp(a, b, n) != 0;
    }
    for (size_t i = 0; layers && i + 1 < DKG_LAYERS && status == DKG_OK; i++) {
        uint32_t shape[3];
        dkg_layer_shape(model, i, height, width, shape);
        size_t values = (size_t)shape[0] * shape[1] * shape[2];
        int16_t *x = dkg_calloc(2 * values, sizeof *x);
        if (!x) status = dkg_fail(err, DKG_NO_MEMORY, "no memory for layer %zu", i);
        if (status == DKG_OK) status = engine->layer(engine, image, height, width, i, x, err);
        if (status == DKG_OK) status = reference->layer(reference, image, height, width, i, x + values, err);
        if (status == DKG_OK) {
            t->compared++;
            t->different += memcmp(x, x + values, values * sizeof *x) != 0;
        }
        free(x);
    }
    free(image);
    return status;
}

static dkg_status test_device(const job *j, const dkg_model *model, dkg_engine *reference, const char *device, dkg_host *host, bool *good,
                              dkg_error *err)
{
    static const uint32_t shapes[][2] = {{32, 32}, {64, 64}, {24, 40}, {64, 256}, {152, 256}};
    size_t count = j->full ? sizeof shapes / sizeof shapes[0] : 3;
    dkg_engine *engine;
    dkg_error why = {0};
    tally t = {0, 0};
    char text[1400];
    dkg_status status = strcmp(device, "cpu") == 0 ? dkg_cpu_engine(model, (unsigned)j->threads, &engine, &why)
                                                   : dkg_opencl_engine(model, device, (unsigned)j->threads, &engine, &why);
    for (size_t i = 0; i < count && status == DKG_OK; i++) {
        status = compare(engine, reference, model, shapes[i][0], shapes[i][1], j->full && i < 3, &t, &why);
        if (dkg_progress(dkg_host_log(host), device, (double)(i + 1) / (double)count, err) != DKG_OK) status = DKG_CANCELLED;
    }
    *good = *good && status == DKG_OK && t.different == 0;
    (void)snprintf(text, sizeof text, "%s: %zu comparisons, %zu mismatches%s%s", engine ? engine->device : "no engine", t.compared,
                   t.different, status == DKG_OK ? "" : "; ", status == DKG_OK ? "" : why.text);
    dkg_result_text(host, device, text);
    dkg_engine_free(engine);
    return status == DKG_CANCELLED || status == DKG_NO_MEMORY ? status : DKG_OK;
}

static dkg_status selftest_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    dkg_model *model = NULL;
    dkg_engine *reference = NULL;
    dkg_device_info *devices = NULL;
    size_t count = 0, tested = 0;
    bool good = true, all = !j->device || strcmp(j->device, "auto") == 0;
    dkg_status status = dkg_models_for_writing(j->modelFile, NULL, &model, err);
    if (status == DKG_OK) status = dkg_reference_engine(model, (unsigned)j->threads, &reference, err);
    if (status == DKG_OK) status = dkg_opencl_devices(&devices, &count, err);
    if (status == DKG_OK && (all || strcmp(j->device, "cpu") == 0)) {
        status = test_device(j, model, reference, "cpu", host, &good, err);
        tested++;
    }
    for (size_t i = 0; i < count && status == DKG_OK; i++) {
        if (!all && strcmp(j->device, devices[i].name) != 0 && !strstr(devices[i].label, j->device)) continue;
        status = test_device(j, model, reference, devices[i].name, host, &good, err);
        tested++;
    }
    if (status == DKG_OK && !all && tested == 0) status = dkg_fail(err, DKG_USAGE, "--device %s: there is no such device", j->device);
    if (status == DKG_OK && !good) status = dkg_fail(err, DKG_DEVICE, "a device does not reproduce the reference's keys; its keys are never used");
    if (status == DKG_OK) dkg_result_text(host, "statusText", "ok");
    free(devices);
    dkg_engine_free(reference);
    dkg_model_free(model);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {BIND(STRING, modelFile), BIND(STRING, device), BIND(BOOLEAN, full), BIND(INTEGER, threads)};

DKG_COMMAND(selftest, job, selftest_run)
