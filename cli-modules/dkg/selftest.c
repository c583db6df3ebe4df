/* dkg selftest: the reference against published keys, every engine at hand against the reference, layer by layer and key by key. */
#include "dkg/commands.h"

#include "common/models.h"
#include "dkg/opencl.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct job {
    const char *modelFile, *device;
    bool full;
    int64_t threads;
} job;

/* One implementation: what --device calls it, and how it did. */
typedef struct subject {
    char name[32], device[160];
    dkg_engine *engine; /* on the model being tested; NULL: not compared, `why` says it */
    size_t compared, different;
    char why[1000];     /* or the first difference */
} subject;

typedef struct suite {
    const job *j;
    dkg_host *host;
    subject *subjects;
    size_t count;
    size_t steps, done; /* image sizes */
} suite;

/* BLAKE2b-256 of keys that tests/vectors/generator publishes: 32 x 32 pixels, n = 16, head fold. They were made by a second
 * implementation, so they test the reference itself. */
static const struct {
    uint8_t seed;
    const char *digest;
} published[] = {{1, "998c74cec6ff8bde9689be8fd43899467936c20225735d7e5ef9727abdbbcf84"},
               {2, "80d63880817960520fb9c5a3770ebf097f0766c0df8ae511acb197b91c4a14b3"},
               {3, "4f0c6f1944475e2d370f8cb9190fc5fbe6fde0178c0b3a74376c995d572e55da"}};
enum { PUBLISHED = sizeof published / sizeof published[0], PUBLISHED_SIDE = 32 };

static dkg_status reference_reproduces_published(unsigned threads, size_t *different, dkg_error *err)
{
    static const uint8_t nonce[crypto_stream_xchacha20_NONCEBYTES] = "DKGTEST";
    uint8_t image[PUBLISHED_SIDE * PUBLISHED_SIDE * 3], key[sizeof image], digest[32];
    dkg_status status = DKG_OK;
    *different = 0;
    for (size_t i = 0; i < PUBLISHED && status == DKG_OK; i++) {
        uint8_t seed[32];
        char hex[65];
        dkg_model *model = NULL;
        dkg_engine *engine = NULL;
        memset(seed, published[i].seed, sizeof seed);
        crypto_stream_xchacha20(image, sizeof image, nonce, seed);
        status = dkg_model_random(seed, DKG_CHANNELS_MIN, &model, err);
        if (status == DKG_OK) status = dkg_reference_engine(model, threads, &engine, err);
        if (status == DKG_OK) status = engine->generate(engine, image, PUBLISHED_SIDE, PUBLISHED_SIDE, 1, key, err);
        if (status == DKG_OK) {
            crypto_generichash(digest, sizeof digest, key, sizeof key, NULL, 0);
            *different += strcmp(sodium_bin2hex(hex, sizeof hex, digest, sizeof digest), published[i].digest) != 0;
        }
        dkg_engine_free(engine);
        dkg_model_free(model);
    }
    return status;
}

/* ---- one image on every engine ------------------------------------------------------------------------------------------- */
static void count_result(subject *s, dkg_status status, bool equal, const char *what, const dkg_error *why)
{
    s->compared++;
    if (status == DKG_OK && equal) return;
    if (s->different++ > 0) return;
    (void)snprintf(s->why, sizeof s->why, "%s%s%s", what, status == DKG_OK ? "" : ": ", status == DKG_OK ? "" : why->text);
}

static void compare_keys(const suite *t, const uint8_t *image, uint32_t height, uint32_t width, uint32_t n, const uint8_t *expected,
                         uint8_t *got)
{
    const size_t size = (size_t)height * width * 3;
    char what[100];
    (void)snprintf(what, sizeof what, "the key of %u x %u pixels, n = %u", width, height, n);
    for (size_t i = 0; i < t->count; i++) {
        dkg_engine *e = t->subjects[i].engine;
        dkg_error why = {0};
        if (!e) continue;
        const dkg_status status = e->generate(e, image, height, width, 1, got, &why);
        count_result(&t->subjects[i], status, status == DKG_OK && memcmp(expected, got, size) == 0, what, &why);
    }
}

static dkg_status compare_layer(const suite *t, const dkg_model *model, dkg_engine *reference, const uint8_t *image, uint32_t height,
                                uint32_t width, size_t layer, dkg_error *err)
{
    uint32_t shape[3];
    char what[200];
    dkg_layer_shape(model, layer, height, width, shape);
    const size_t values = (size_t)shape[0] * shape[1] * shape[2];
    int16_t *expected = dkg_calloc(2 * (uint64_t)values, sizeof *expected), *got = expected + values;
    if (!expected) return dkg_fail(err, DKG_NO_MEMORY, "no memory for layer %zu", layer);
    (void)snprintf(what, sizeof what, "layer %zu, %s, of %u x %u pixels, n = %u", layer, dkg_model_layer(model, layer)->name, width,
                   height, dkg_model_channels(model));
    const dkg_status status = reference->layer(reference, image, height, width, layer, expected, err);
    for (size_t i = 0; i < t->count && status == DKG_OK; i++) {
        dkg_engine *e = t->subjects[i].engine;
        dkg_error why = {0};
        if (!e) continue;
        const dkg_status made = e->layer(e, image, height, width, layer, got, &why);
        count_result(&t->subjects[i], made, made == DKG_OK && memcmp(expected, got, values * sizeof *got) == 0, what, &why);
    }
    free(expected);
    return status;
}

static dkg_status compare_size(suite *t, const dkg_model *model, dkg_engine *reference, uint32_t height, uint32_t width, bool layers,
                               dkg_error *err)
{
    static const uint8_t nonce[crypto_stream_xchacha20_NONCEBYTES] = "selftest";
    const size_t size = (size_t)height * width * 3;
    uint8_t *memory = dkg_calloc(size, 3), *image = memory, *expected = memory + size, *got = expected + size;
    if (!memory) return dkg_fail(err, DKG_NO_MEMORY, "no memory for an image of %u x %u pixels", width, height);
    crypto_stream_xchacha20(image, size, nonce, dkg_model_digest(model));
    dkg_status status = DKG_OK;
    for (size_t i = 0; layers && i + 1 < DKG_LAYERS && status == DKG_OK; i++)
        status = compare_layer(t, model, reference, image, height, width, i, err);
    if (status == DKG_OK) status = reference->generate(reference, image, height, width, 1, expected, err);
    if (status == DKG_OK) compare_keys(t, image, height, width, dkg_model_channels(model), expected, got);
    free(memory);
    t->done++;
    if (status == DKG_OK) status = dkg_progress(dkg_host_log(t->host), "comparing", (double)t->done / (double)t->steps, err);
    return status;
}

/* ---- a model on every engine --------------------------------------------------------------------------------------------- */
static void open_subject(subject *s, const dkg_model *model, unsigned threads)
{
    dkg_error why = {0};
    const dkg_status status = strncmp(s->name, "cpu:", 4) == 0 ? dkg_cpu_engine_named(model, threads, s->name + 4, &s->engine, &why)
                                                               : dkg_opencl_engine(model, s->name, threads, &s->engine, &why);
    if (status == DKG_OK)
        (void)snprintf(s->device, sizeof s->device, "%s", s->engine->device);
    else if (s->compared == 0)
        (void)snprintf(s->why, sizeof s->why, "%s", why.text);
    else /* it worked on the model before */
        count_result(s, status, false, "another model", &why);
}

/* Narrow, square, and in full: a whole block, the shortest, and one in between. */
static const struct {
    uint32_t height, width;
    bool layers;
} sizes[] = {{24, 40, true}, {32, 32, true}, {64, 64, true}, {64, 256, false}, {152, 256, false}, {256, 256, false}};
enum { SIZES_FULL = sizeof sizes / sizeof sizes[0], SIZES_QUICK = 2 };

static dkg_status test_model(suite *t, const dkg_model *model, size_t size_count, dkg_error *err)
{
    const unsigned threads = (unsigned)t->j->threads;
    dkg_engine *reference;
    dkg_status status = dkg_reference_engine(model, threads, &reference, err);
    for (size_t i = 0; i < t->count && status == DKG_OK; i++) open_subject(&t->subjects[i], model, threads);
    for (size_t i = 0; i < size_count && status == DKG_OK; i++)
        status = compare_size(t, model, reference, sizes[i].height, sizes[i].width, sizes[i].layers, err);
    for (size_t i = 0; i < t->count; i++) {
        dkg_engine_free(t->subjects[i].engine);
        t->subjects[i].engine = NULL;
    }
    dkg_engine_free(reference);
    return status;
}

/* --full: models besides the one asked for, so that every number of channels is near one that was tested. */
static const uint32_t more_channels[] = {16, 20, 84};
enum { MORE = sizeof more_channels / sizeof more_channels[0] };

static dkg_status test_models(suite *t, const dkg_model *model, dkg_error *err)
{
    t->steps = t->j->full ? SIZES_FULL + MORE : SIZES_QUICK;
    dkg_status status = test_model(t, model, t->j->full ? SIZES_FULL : SIZES_QUICK, err);
    for (size_t i = 0; t->j->full && i < MORE && status == DKG_OK; i++) {
        const uint8_t seed[32] = {(uint8_t)(i + 1)};
        dkg_model *more;
        status = dkg_model_random(seed, more_channels[i], &more, err);
        if (status == DKG_OK) status = test_model(t, more, 1, err);
        dkg_model_free(more);
    }
    return status;
}

/* ---- who is compared ----------------------------------------------------------------------------------------------------- */
static bool is(const char *a, const char *b) { return strcmp(a, b) == 0; }

static bool wanted(const char *device, const char *kind, const char *name, const char *label)
{
    return is(device, "auto") || is(device, kind) || is(device, name) || strstr(label, device);
}

static dkg_status list_subjects(suite *t, const char *device, dkg_error *err)
{
    dkg_device_info *devices;
    size_t count, paths = 0;
    const dkg_status status = dkg_opencl_devices(&devices, &count, err);
    if (status != DKG_OK) return status;
    while (dkg_cpu_path_name(paths)) paths++;
    t->subjects = dkg_calloc(paths + count, sizeof *t->subjects);
    for (size_t i = 0; t->subjects && i < paths + count; i++) {
        subject *s = &t->subjects[t->count];
        if (i < paths)
            (void)snprintf(s->name, sizeof s->name, "cpu:%s", dkg_cpu_path_name(i));
        else
            (void)snprintf(s->name, sizeof s->name, "%.31s", devices[i - paths].name);
        t->count += wanted(device, i < paths ? "cpu" : "opencl", s->name, i < paths ? "" : devices[i - paths].label);
    }
    free(devices);
    if (!t->subjects) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu engines", paths + count);
    if (t->count == 0 && !is(device, "reference")) return dkg_fail(err, DKG_USAGE, "--device %s: there is no such device", device);
    return DKG_OK;
}

static void show(const suite *t, size_t reference_different)
{
    size_t compared = 0, different = reference_different, absent = 0;
    char text[1400];
    (void)snprintf(text, sizeof text, "reference, plain C: %d comparisons with published keys, %zu mismatches", (int)PUBLISHED,
                   reference_different);
    dkg_result_text(t->host, "reference", text);
    for (size_t i = 0; i < t->count; i++) {
        const subject *s = &t->subjects[i];
        if (s->compared == 0)
            (void)snprintf(text, sizeof text, "not compared: %s", s->why);
        else
            (void)snprintf(text, sizeof text, "%s: %zu comparisons, %zu mismatches%s%s", s->device, s->compared, s->different,
                           s->different ? "; first " : "", s->different ? s->why : "");
        dkg_result_text(t->host, s->name, text);
        compared += s->compared;
        different += s->different;
        absent += s->compared == 0;
    }
    dkg_result_integer(t->host, "comparisons", (int64_t)(compared + PUBLISHED));
    dkg_result_integer(t->host, "mismatches", (int64_t)different);
    dkg_result_integer(t->host, "notCompared", (int64_t)absent);
}

static dkg_status selftest_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    suite t = {.j = j, .host = host};
    dkg_model *model = NULL;
    size_t reference_different = 0;
    dkg_status status = dkg_models_for_writing(j->modelFile, NULL, &model, err);
    if (status == DKG_OK) status = list_subjects(&t, j->device ? j->device : "auto", err);
    if (status == DKG_OK) status = reference_reproduces_published((unsigned)j->threads, &reference_different, err);
    if (status == DKG_OK && t.count > 0) status = test_models(&t, model, err);
    if (status == DKG_OK) show(&t, reference_different);
    for (size_t i = 0; i < t.count && status == DKG_OK; i++)
        if (t.subjects[i].different)
            status = dkg_fail(err, DKG_DEVICE, "%s does not reproduce the reference's keys: %s", t.subjects[i].name, t.subjects[i].why);
    if (status == DKG_OK && reference_different)
        status = dkg_fail(err, DKG_DEVICE, "the reference of this build does not reproduce %zu of %d published keys", reference_different,
                          (int)PUBLISHED);
    if (status == DKG_OK) dkg_result_text(host, "statusText", "ok");
    free(t.subjects);
    dkg_model_free(model);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {BIND(STRING, modelFile), BIND(STRING, device), BIND(BOOLEAN, full), BIND(INTEGER, threads)};

DKG_COMMAND(selftest, job, selftest_run)
