/* sensitivity.c - how much of a key changes when one bit of what it is made of does (docs/metrics.md, section 5). */
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/compare.h"

enum { SEED = 32 };

typedef struct study {
    const dkg_sensitivity_options *options;
    dkg_flip flip;
    dkg_engine *engine;      /* of options->model */
    int8_t *weights;         /* of that model, in digest order */
    size_t weight_count;
    uint8_t secret[SEED];    /* of the initial image */
    uint8_t *image, *changed_image, *key, *changed_key;
    uint16_t *a, *b;         /* both keys as samples */
    uint64_t drawn;          /* random numbers so far */
} study;

const char *dkg_flip_name(dkg_flip flip)
{
    static const char *const names[DKG_FLIPS] = {"initialImage", "weight", "secret", "model"};
    return names[flip];
}

static uint64_t draw(study *s, uint64_t below)
{
    uint8_t nonce[24] = {1}, x[8]; /* nonces from 0 make the secret, from 2 other models */
    dkg_store64(nonce + 8, s->drawn++);
    (void)crypto_stream_xchacha20(x, sizeof x, nonce, s->options->seed);
    return dkg_load64(x) % below;
}

/* As a key file's seed becomes its initial image (docs/volume-format.md, section 8). */
static void expand(const uint8_t secret[SEED], uint8_t *image)
{
    static const uint8_t nonce[24] = "DKG1 I0";
    (void)crypto_stream_xchacha20(image, DKG_KEY_BYTES, nonce, secret);
}

static dkg_status generate(dkg_engine *engine, const uint8_t *image, uint8_t *key, dkg_error *err)
{
    return engine->generate(engine, image, DKG_KEY_ROWS, DKG_KEY_WIDTH, 1, key, err);
}

static dkg_status generate_with(study *s, dkg_model *model, dkg_error *err)
{
    dkg_engine *engine = NULL;
    dkg_status status = s->options->engine(s->options->self, model, &engine, err);
    if (status == DKG_OK) status = generate(engine, s->image, s->changed_key, err);
    dkg_engine_free(engine);
    dkg_model_free(model);
    return status;
}

static dkg_status flip_weight(study *s, dkg_error *err)
{
    dkg_model *model = NULL;
    int8_t *weight = s->weights + draw(s, s->weight_count), before = *weight;
    *weight = (int8_t)(before < 127 ? before + 1 : before - 1);
    dkg_status status = dkg_model_from_weights(dkg_model_channels(s->options->model), s->weights, s->weight_count,
                                               dkg_model_tanh(s->options->model), &model, err);
    *weight = before;
    return status == DKG_OK ? generate_with(s, model, err) : status;
}

static dkg_status other_model(study *s, uint32_t position, dkg_error *err)
{
    dkg_model *model = NULL;
    uint8_t seed[SEED], nonce[24] = {2};
    dkg_store32(nonce + 8, position);
    (void)crypto_stream_xchacha20(seed, SEED, nonce, s->options->seed);
    dkg_status status = dkg_model_random(seed, dkg_model_channels(s->options->model), &model, err);
    return status == DKG_OK ? generate_with(s, model, err) : status;
}

/* changed_key: the key after the change at a position. */
static dkg_status change(study *s, uint32_t position, dkg_error *err)
{
    if (s->flip == DKG_FLIP_WEIGHT) return flip_weight(s, err);
    if (s->flip == DKG_FLIP_MODEL) return other_model(s, position, err);
    if (s->flip == DKG_FLIP_IMAGE) {
        memcpy(s->changed_image, s->image, DKG_KEY_BYTES);
        s->changed_image[draw(s, DKG_KEY_BYTES)] ^= 1;
    } else {
        uint64_t bit = draw(s, 8 * SEED);
        s->secret[bit / 8] ^= (uint8_t)(1u << bit % 8);
        expand(s->secret, s->changed_image);
        s->secret[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    return generate(s->engine, s->changed_image, s->changed_key, err);
}

static void compare(study *s, double out[3], bool *equal)
{
    dkg_difference d = {0};
    for (size_t i = 0; i < DKG_KEY_BYTES; i++) {
        s->a[i] = s->key[i];
        s->b[i] = s->changed_key[i];
    }
    dkg_difference_add(&d, s->a, s->b, DKG_KEY_BYTES, false);
    out[0] = 100 * (double)dkg_hamming(s->key, s->changed_key, DKG_KEY_BYTES) / (8.0 * DKG_KEY_BYTES);
    out[1] = 100 * (double)(d.n - d.equal) / (double)d.n;
    out[2] = 100 * (double)d.absolute / (255.0 * (double)d.n);
    *equal = d.equal == d.n;
}

static dkg_status prepare(study *s, dkg_error *err)
{
    const dkg_model *model = s->options->model;
    for (size_t i = 0; i < DKG_LAYERS; i++) s->weight_count += dkg_model_layer(model, i)->weight_count;
    s->weights = dkg_calloc(s->weight_count, 1);
    s->image = dkg_secret_alloc(DKG_KEY_BYTES);
    s->changed_image = dkg_secret_alloc(DKG_KEY_BYTES);
    s->key = dkg_secret_alloc(DKG_KEY_BYTES);
    s->changed_key = dkg_secret_alloc(DKG_KEY_BYTES);
    s->a = dkg_secret_alloc(DKG_KEY_BYTES * sizeof *s->a);
    s->b = dkg_secret_alloc(DKG_KEY_BYTES * sizeof *s->b);
    if (!s->weights || !s->image || !s->changed_image || !s->key || !s->changed_key || !s->a || !s->b)
        return dkg_fail(err, DKG_NO_MEMORY, "no memory to study the sensitivity of keys");
    size_t at = 0;
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        const dkg_layer *layer = dkg_model_layer(model, i);
        memcpy(s->weights + at, layer->weights, layer->weight_count);
        at += layer->weight_count;
    }
    static const uint8_t nonce[24] = {0};
    (void)crypto_stream_xchacha20(s->secret, SEED, nonce, s->options->seed);
    expand(s->secret, s->image);
    dkg_status status = s->options->engine(s->options->self, model, &s->engine, err);
    return status == DKG_OK ? generate(s->engine, s->image, s->key, err) : status;
}

static dkg_spread spread(const double *values, size_t n)
{
    dkg_spread r = {0, 0, values[0], values[0]};
    for (size_t i = 0; i < n; i++) {
        r.mean += values[3 * i] / (double)n;
        r.least = fmin(r.least, values[3 * i]);
        r.greatest = fmax(r.greatest, values[3 * i]);
    }
    for (size_t i = 0; i < n; i++) r.deviation += (values[3 * i] - r.mean) * (values[3 * i] - r.mean);
    r.deviation = n > 1 ? sqrt(r.deviation / (double)(n - 1)) : 0;
    return r;
}

static uint32_t outside(const double *values, size_t n, dkg_interval i)
{
    uint32_t count = 0;
    for (size_t k = 0; k < n; k++) count += !(values[3 * k] >= i.low && values[3 * k] <= i.high);
    return count;
}

static void summarise(dkg_sensitivity *out, const double *values, double alpha)
{
    size_t n = out->positions;
    out->hamming = spread(values, n);
    out->npcr = spread(values + 1, n);
    out->uaci = spread(values + 2, n);
    out->hamming_failures = outside(values, n, dkg_hamming_interval(8 * (uint64_t)DKG_KEY_BYTES, alpha));
    out->npcr_failures = outside(values + 1, n, dkg_npcr_interval(8, DKG_KEY_BYTES, alpha));
    out->uaci_failures = outside(values + 2, n, dkg_uaci_interval(8, DKG_KEY_BYTES, alpha));
    out->failures_allowed = (uint32_t)dkg_failures_allowed(n, alpha);
    bool good = out->absorbed == 0 && out->hamming_failures <= out->failures_allowed &&
                out->npcr_failures <= out->failures_allowed && out->uaci_failures <= out->failures_allowed;
    out->verdict = good ? DKG_VERDICT_CONSISTENT : DKG_VERDICT_NOT_CONSISTENT;
}

dkg_status dkg_measure_sensitivity(const dkg_sensitivity_options *options, dkg_flip flip, dkg_sensitivity *out, double *values,
                                   dkg_error *err)
{
    memset(out, 0, sizeof *out);
    double alpha = options->alpha, *all;
    if (options->positions < 1 || options->positions > 10000)
        return dkg_fail(err, DKG_USAGE, "%u positions, must be 1..10000", options->positions);
    dkg_status status = dkg_check_alpha(&alpha, err);
    if (status != DKG_OK) return status;
    study *s = dkg_secret_alloc(sizeof *s);
    if (!s) return dkg_fail(err, DKG_NO_MEMORY, "no secret memory");
    s->options = options;
    s->flip = flip;
    all = dkg_calloc(options->positions, 3 * sizeof *all);
    status = all ? prepare(s, err) : dkg_fail(err, DKG_NO_MEMORY, "no memory for %u positions", options->positions);
    uint32_t absorbed = 0;
    for (uint32_t i = 0; i < options->positions && status == DKG_OK; i++) {
        bool equal = false;
        status = change(s, i, err);
        if (status == DKG_OK) compare(s, all + 3 * (size_t)i, &equal);
        absorbed += equal;
        if (status == DKG_OK)
            status = dkg_progress(options->log, "changing one bit", (double)(i + 1) / (double)options->positions, err);
    }
    if (status == DKG_OK) {
        out->positions = options->positions;
        out->absorbed = absorbed;
        summarise(out, all, alpha);
        if (values) memcpy(values, all, 3 * sizeof *all * options->positions);
    }
    free(all);
    dkg_engine_free(s->engine);
    free(s->weights);
    dkg_secret_free(s->a);
    dkg_secret_free(s->b);
    dkg_secret_free(s->image);
    dkg_secret_free(s->changed_image);
    dkg_secret_free(s->key);
    dkg_secret_free(s->changed_key);
    dkg_secret_free(s);
    return status;
}
