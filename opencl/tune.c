/* tune.c - looks for the fastest tuning values of a device: one group of values after the other, from the best set so far. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "engine.h"
#include "tuning.h"

/* Values of a step; 0 and KEEP: as in the best set so far. */
typedef struct change {
    unsigned lanes, vectors, pixels, channels, span, chunk, slots, group;
    enum { KEEP, PLAIN, MAD24, FLOAT } arithmetic;
} change;

/* Tile and arithmetic decide most, so they come first; the quick search ends with them. */
static const change for_cpu[] = {
    {.lanes = 8, .vectors = 2, .pixels = 4}, {.lanes = 8, .vectors = 1, .pixels = 12}, {.arithmetic = PLAIN}, {.arithmetic = FLOAT},
    {.lanes = 8, .vectors = 2, .pixels = 5}, {.lanes = 8, .vectors = 1, .pixels = 8},  {.lanes = 4, .vectors = 4, .pixels = 4},
    {.chunk = 256}, {.chunk = 4096}, {.span = 16}, {.span = 256}, {.channels = 8},
};
static const change for_gpu[] = {
    {.lanes = 4, .vectors = 1, .pixels = 4}, {.lanes = 4, .vectors = 2, .pixels = 8}, {.arithmetic = MAD24}, {.arithmetic = FLOAT},
    {.arithmetic = PLAIN}, {.lanes = 8, .vectors = 1, .pixels = 4}, {.lanes = 4, .vectors = 1, .pixels = 12},
    {.lanes = 4, .vectors = 2, .pixels = 4}, {.group = 32}, {.group = 128}, {.group = 256}, {.chunk = 16}, {.chunk = 256},
    {.span = 1}, {.span = 16}, {.channels = 8}, {.slots = 1},
};
enum { QUICK = 4, COUNT_CPU = sizeof for_cpu / sizeof for_cpu[0], COUNT_GPU = sizeof for_gpu / sizeof for_gpu[0] };

static dkg_profile changed(dkg_profile p, const change *c)
{
#define TAKE(member) \
    if (c->member) p.member = c->member
    TAKE(lanes);
    TAKE(vectors);
    TAKE(pixels);
    TAKE(channels);
    TAKE(span);
    TAKE(chunk);
    TAKE(slots);
    TAKE(group);
#undef TAKE
    p.in_float = c->arithmetic == FLOAT || (p.in_float && c->arithmetic == KEEP);
    if (c->arithmetic == PLAIN || c->arithmetic == MAD24) {
        p.mad24 = c->arithmetic == MAD24;
        p.madd16 = false;
    }
    return p;
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct search {
    const dkg_model *model;
    const char *device;
    unsigned threads;
    uint8_t *images, *keys; /* BATCH of them */
} search;

enum { BATCH = 2, ROUNDS = 3 };

/* Seconds per key, the shortest of some rounds, after the known-answer test. profile NULL: that of the device's kind. *o is the
 * engine, for the caller to free. */
static dkg_status measure(const search *s, const dkg_profile *profile, dkg_opencl **o, double *seconds, dkg_error *err)
{
    const dkg_making how = {.profile = profile};
    *seconds = 0;
    dkg_status status = dkg_opencl_make(s->model, s->device, s->threads, &how, o, err);
    if (status == DKG_OK) status = dkg_engine_known_answer(&(*o)->engine, s->model, err);
    for (int round = 0; round <= ROUNDS && status == DKG_OK; round++) { /* the first one only warms up */
        const double start = now();
        dkg_engine *engine = &(*o)->engine;
        status = engine->generate(engine, s->images, DKG_KEY_ROWS, DKG_KEY_WIDTH, BATCH, s->keys, err);
        const double took = (now() - start) / BATCH;
        if (round == 1 || (round > 1 && took < *seconds)) *seconds = took;
    }
    return status;
}

static dkg_status look(const search *s, bool quick, const dkg_log *log, dkg_opencl *first, dkg_tuning_result *out, dkg_error *err)
{
    const bool gpu = first->profile.group > 1;
    const change *changes = gpu ? for_gpu : for_cpu;
    const size_t count = quick ? QUICK : gpu ? COUNT_GPU : COUNT_CPU;
    dkg_profile best = first->profile;
    dkg_status status = DKG_OK;
    for (size_t i = 0; i < count && status == DKG_OK; i++) {
        const dkg_profile profile = changed(best, &changes[i]);
        dkg_opencl *o = NULL;
        double seconds;
        status = dkg_progress(log, "timing", (double)i / (double)count, err);
        if (status != DKG_OK || !dkg_profile_is_valid(&profile)) continue;
        out->tried++;
        const dkg_status outcome = measure(s, &profile, &o, &seconds, err);
        if (outcome == DKG_NO_MEMORY)
            status = outcome;
        else if (outcome != DKG_OK)
            out->refused++;
        else if (seconds < 0.98 * out->seconds_best) { /* less is noise */
            out->seconds_best = seconds;
            best = profile;
        }
        if (o) dkg_engine_free(&o->engine);
    }
    if (status != DKG_OK) return status;
    dkg_profile_describe(&best, out->best, sizeof out->best);
    if (!dkg_tuning_write(&first->cl, first->device, &best, out->file, sizeof out->file))
        dkg_warn(log, "there is no cache folder that is the user's alone, so the result is not kept");
    return DKG_OK;
}

dkg_status dkg_opencl_tune(const dkg_model *model, const char *device, unsigned threads, bool quick, const dkg_log *log,
                           dkg_tuning_result *out, dkg_error *err)
{
    search s = {.model = model, .device = device, .threads = threads};
    dkg_opencl *first = NULL;
    *out = (dkg_tuning_result){.tried = 1};
    s.images = dkg_calloc(2 * BATCH, DKG_KEY_BYTES);
    if (!s.images) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %d keys", BATCH);
    s.keys = s.images + BATCH * DKG_KEY_BYTES;
    randombytes_buf(s.images, BATCH * DKG_KEY_BYTES);
    dkg_status status = measure(&s, NULL, &first, &out->seconds_before, err);
    if (status == DKG_OK) {
        out->seconds_best = out->seconds_before;
        snprintf(out->device, sizeof out->device, "%s", first->engine.device);
        dkg_profile_describe(&first->profile, out->before, sizeof out->before);
        status = look(&s, quick, log, first, out, err);
    }
    if (first) dkg_engine_free(&first->engine);
    free(s.images);
    return status;
}
