#include "common/engines.h"

#include "dkg/opencl.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Engines from the fastest to the slowest; "gpu" is the first OpenCL device that is one. */
static const char *const by_speed[] = {"gpu", "cpu", "opencl", "reference"};
enum { KINDS = sizeof by_speed / sizeof by_speed[0] };

static bool is(const char *a, const char *b) { return strcmp(a, b) == 0; }

static dkg_status open_gpu(const dkg_model *model, unsigned threads, const dkg_log *log, dkg_engine **out, dkg_error *err)
{
    dkg_device_info *devices = NULL;
    size_t count = 0, i = 0;
    dkg_status status = dkg_opencl_devices(&devices, &count, err);
    while (i < count && !(devices[i].gpu && devices[i].usable)) i++;
    if (status == DKG_OK && i == count) status = dkg_fail(err, DKG_USAGE, "no GPU found");
    if (status == DKG_OK) status = dkg_opencl_open(model, devices[i].name, threads, log, out, err);
    free(devices);
    return status;
}

/* An engine that has passed its known-answer test (the reference needs none), or the reason why there is none.
 * kind: of by_speed, "cpu:<path>", or the name of an OpenCL device. */
static dkg_status open_tested(const dkg_model *model, const char *kind, unsigned threads, const dkg_log *log, dkg_engine **out,
                              dkg_error *err)
{
    dkg_status status;
    *out = NULL;
    if (is(kind, "reference")) return dkg_reference_engine(model, threads, out, err);
    if (is(kind, "gpu")) return open_gpu(model, threads, log, out, err);
    if (is(kind, "cpu"))
        status = dkg_cpu_engine(model, threads, out, err);
    else if (strncmp(kind, "cpu:", 4) == 0)
        status = dkg_cpu_engine_named(model, threads, kind + 4, out, err);
    else
        return dkg_opencl_open(model, is(kind, "opencl") ? "" : kind, threads, log, out, err);
    if (status == DKG_OK) status = dkg_engine_known_answer(*out, model, err);
    if (status != DKG_OK) {
        dkg_engine_free(*out);
        *out = NULL;
    }
    return status;
}

/* The engine that was asked for; where it does not work, one that does. */
static dkg_status open_keys(const dkg_model *model, const char *device, unsigned threads, const dkg_log *log, dkg_engine **out,
                            dkg_error *err)
{
    const char *const asked[] = {device, "cpu", "reference"};
    const bool automatic = is(device, "auto"), named = !automatic && !is(device, "opencl");
    const char *const *kinds = automatic ? by_speed : asked;
    for (size_t i = 0;; i++) {
        dkg_error why = {0};
        if (i > 0 && is(kinds[i], kinds[0])) continue;
        const dkg_status status = open_tested(model, kinds[i], threads, log, out, &why);
        if (status == DKG_OK) return DKG_OK;
        const bool unknown = status == DKG_USAGE && named && i == 0, last = is(kinds[i], "reference");
        if (unknown || last || status == DKG_NO_MEMORY) return dkg_fail(err, status, "%s", why.text);
        if (status == DKG_USAGE && is(kinds[i], "gpu")) continue; /* most machines have none: no news */
        dkg_warn(log, "%s; another engine makes the keys", why.text);
    }
}

/* The fastest engine of another kind. The reference as the only engine has nothing to compare with: no error, the result says so. */
static dkg_status open_check(const dkg_model *model, unsigned threads, const char *used, const dkg_log *log, dkg_engine **out,
                             dkg_error *err)
{
    dkg_error why = {0};
    dkg_status status = DKG_OK;
    *out = NULL;
    for (size_t i = 0; i < KINDS && !*out; i++) {
        const char *kind = is(by_speed[i], "gpu") ? "opencl" : by_speed[i];
        if (is(kind, used)) continue;
        status = open_tested(model, by_speed[i], threads, log, out, &why);
    }
    return *out || is(used, "reference") ? DKG_OK : dkg_fail(err, status, "%s", why.text);
}

dkg_status dkg_engines_open(const dkg_model *model, const char *device, unsigned threads, bool want_check, const dkg_log *log,
                            dkg_engines *out, dkg_error *err)
{
    *out = (dkg_engines){NULL, NULL};
    if (!device || is(device, "auto")) device = getenv("DKG_DEVICE");
    if (!device || !*device) device = "auto";
    dkg_status status = open_keys(model, device, threads, log, &out->keys, err);
    if (status == DKG_OK && want_check) status = open_check(model, threads, out->keys->kind, log, &out->check, err);
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
    dkg_warn(log, "the reference engine will need about %.0f %s for the keys; --device auto is many times faster",
             total < 120 ? total : total / 60, total < 120 ? "seconds" : "minutes");
}
