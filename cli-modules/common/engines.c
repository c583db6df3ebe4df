#include "common/engines.h"

#include "dkg/opencl.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* An OpenCL engine that has passed its known-answer test, or the reason why there is none. */
static dkg_status open_tested(const dkg_model *model, const char *device, unsigned threads, dkg_engine **out, dkg_error *err)
{
    dkg_status status = dkg_opencl_engine(model, device, threads, out, err);
    if (status != DKG_OK) return status;
    status = dkg_engine_known_answer(*out, model, err);
    if (status != DKG_OK) {
        dkg_engine_free(*out);
        *out = NULL;
    }
    return status;
}

dkg_status dkg_engines_open(const dkg_model *model, const char *device, unsigned threads, bool want_check, const dkg_log *log,
                            dkg_engines *out, dkg_error *err)
{
    dkg_error why = {0};
    dkg_status status = DKG_OK;
    *out = (dkg_engines){NULL, NULL};
    if (!device || strcmp(device, "auto") == 0) device = getenv("DKG_DEVICE");
    bool automatic = !device || !*device || strcmp(device, "auto") == 0;
    bool reference = !automatic && strcmp(device, "reference") == 0;
    bool named = !automatic && !reference && strcmp(device, "opencl") != 0;

    if (!reference) {
        status = open_tested(model, named ? device : "", threads, &out->keys, &why);
        if (status == DKG_USAGE && named) return dkg_fail(err, DKG_USAGE, "%s", why.text);
        if (status == DKG_NO_MEMORY) return dkg_fail(err, status, "%s", why.text);
        if (status != DKG_OK) dkg_warn(log, "%s; the slow reference engine makes the keys", why.text);
    }
    if (!out->keys) {
        status = dkg_reference_engine(model, threads, &out->keys, err);
        if (status != DKG_OK) return status;
    }
    if (!want_check) return DKG_OK;
    if (strcmp(out->keys->kind, "reference") != 0) {
        status = dkg_reference_engine(model, threads, &out->check, err);
    } else if (reference) {
        /* A machine without a usable device has nothing to compare with: that is no error, the result says so. */
        if (open_tested(model, "", threads, &out->check, NULL) != DKG_OK) out->check = NULL;
    }
    if (status != DKG_OK) dkg_engines_close(out);
    return status;
}

void dkg_engines_close(dkg_engines *engines)
{
    dkg_engine_free(engines->keys);
    dkg_engine_free(engines->check);
    *engines = (dkg_engines){NULL, NULL};
}

static double seconds(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void dkg_engines_estimate(const dkg_engines *engines, uint64_t rows, const dkg_log *log)
{
    enum { H = 16, W = 64 };
    static const uint8_t image[H * W * 3] = {0};
    uint8_t key[H * W * 3];
    if (!engines->keys || strcmp(engines->keys->kind, "reference") != 0) return;
    double start = seconds();
    if (engines->keys->generate(engines->keys, image, H, W, 1, key, NULL) != DKG_OK) return;
    double total = (seconds() - start) * (double)rows * DKG_KEY_WIDTH / (H * W);
    if (total < 10) return;
    dkg_warn(log, "the reference engine will need about %.0f %s for the keys; an OpenCL implementation is several times faster",
             total < 120 ? total : total / 60, total < 120 ? "seconds" : "minutes");
}
