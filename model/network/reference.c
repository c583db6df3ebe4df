/* reference.c - the plain C engine whose bits are the definition of a key (generator.md section 2). */
#include <stdio.h>
#include <stdlib.h>

#include "conv.h"
#include "head.h"
#include "layers.h"
#include "norm.h"

typedef struct reference {
    dkg_engine base;
    const dkg_model *model;
    unsigned threads;
} reference;

/* One layer on one image: what the threads share. */
typedef struct pass {
    const dkg_model *model;
    size_t layer;
    dkg_conv conv;
    int16_t *source;         /* padded input */
    const int16_t *shortcut; /* input of the residual block that ends here, or NULL */
    int16_t *out;            /* [channel][y][x]; NULL in the last layer */
    uint8_t *key;            /* of the last layer */
    int32_t *scratch;        /* one piece per worker */
    size_t scratch_each;
    unsigned workers;
} pass;

static void finish_channel(const pass *p, uint32_t o, const int32_t *sums, size_t pixels)
{
    if (!p->out) {
        dkg_head_apply(p->model, sums, pixels, p->key + o);
        return;
    }
    dkg_norm norm = dkg_norm_of(sums, pixels);
    const int16_t *shortcut = p->shortcut ? p->shortcut + o * pixels : NULL;
    int16_t *out = p->out + o * pixels;
    for (size_t i = 0; i < pixels; i++) {
        int64_t y = dkg_norm_apply(&norm, sums[i]);
        out[i] = (int16_t)(shortcut ? dkg_clamp(shortcut[i] + y, -DKG_ACTIVATION_MAX, DKG_ACTIVATION_MAX)
                                    : dkg_clamp(y, 0, DKG_ACTIVATION_MAX));
    }
}

static void run_worker(void *context, size_t worker)
{
    const pass *p = context;
    int32_t *scratch = p->scratch + worker * p->scratch_each;
    size_t pixels = (size_t)p->conv.rows * p->conv.columns * p->conv.up * p->conv.up;
    for (uint32_t o = (uint32_t)worker; o < p->conv.layer->out; o += p->workers) {
        dkg_conv_channel(&p->conv, p->source, o, scratch);
        finish_channel(p, o, scratch, pixels);
    }
}

/* Runs p->layer on input; makes p->out, or fills p->key in the last layer. */
static dkg_status run_layer(pass *p, const int16_t *input, uint32_t height, uint32_t width, dkg_error *err)
{
    uint32_t in[3] = {0, height, width}, shape[3];
    if (p->layer > 0) dkg_layer_shape(p->model, p->layer - 1, height, width, in);
    dkg_layer_shape(p->model, p->layer, height, width, shape);
    uint64_t count = (uint64_t)shape[0] * shape[1] * shape[2];
    bool last = p->layer == DKG_LAYERS - 1;

    p->conv = dkg_conv_plan(dkg_model_layer(p->model, p->layer), in[1], in[2]);
    p->scratch_each = dkg_conv_scratch_size(&p->conv);
    p->source = dkg_calloc(dkg_conv_source_size(&p->conv), sizeof *p->source);
    p->scratch = dkg_calloc((uint64_t)p->workers * p->scratch_each, sizeof *p->scratch);
    p->out = last ? NULL : dkg_calloc(count, sizeof *p->out);
    dkg_status status = DKG_OK;
    if (!p->source || !p->scratch || (!last && !p->out)) {
        free(p->out);
        p->out = NULL;
        status = dkg_fail(err, DKG_NO_MEMORY, "no memory for layer %zu of an image of %u x %u pixels", p->layer, width, height);
    } else {
        dkg_conv_load(&p->conv, input, p->source);
        dkg_parallel(p->workers, p->workers, run_worker, p);
    }
    free(p->source);
    free(p->scratch);
    return status;
}

/* Runs layers 0..last; *out receives the output of layer `last` ([channel][y][x], freed with free()) unless that is the head. */
static dkg_status run_layers(const reference *self, const uint8_t *image, uint32_t height, uint32_t width, size_t last,
                             int16_t **out, uint8_t *key, dkg_error *err)
{
    pass p = {.model = self->model, .key = key, .workers = self->threads ? self->threads : dkg_cpu_count()};
    size_t pixels = (size_t)height * width;
    dkg_status status = DKG_OK;
    int16_t *block_input = NULL;
    int16_t *x = dkg_calloc(3 * (uint64_t)pixels, sizeof *x);
    *out = NULL;
    if (!x) return dkg_fail(err, DKG_NO_MEMORY, "no memory for an image of %u x %u pixels", width, height);
    for (size_t i = 0; i < 3 * pixels; i++) x[i % 3 * pixels + i / 3] = (int16_t)(2 * image[i] - 255);

    for (p.layer = 0; p.layer <= last; p.layer++) {
        p.shortcut = dkg_layer_closes_block(p.layer) ? block_input : NULL;
        status = run_layer(&p, x, height, width, err);
        if (status) goto done;
        if (dkg_layer_opens_block(p.layer)) {
            free(block_input);
            block_input = x;
        } else {
            free(x);
        }
        x = p.out;
    }
    *out = x;
    x = NULL;
done:
    free(block_input);
    free(x);
    return status;
}

static dkg_status generate(dkg_engine *engine, const uint8_t *images, uint32_t height, uint32_t width, size_t count,
                           uint8_t *keys, dkg_error *err)
{
    dkg_status status = dkg_check_image_size(height, width, err);
    size_t bytes = (size_t)height * width * 3;
    for (size_t i = 0; status == DKG_OK && i < count; i++) {
        int16_t *none;
        status = run_layers((const reference *)engine, images + i * bytes, height, width, DKG_LAYERS - 1, &none, keys + i * bytes, err);
    }
    return status;
}

static dkg_status layer_output(dkg_engine *engine, const uint8_t *image, uint32_t height, uint32_t width, size_t layer,
                               int16_t *out, dkg_error *err)
{
    const reference *self = (const reference *)engine;
    int16_t *made = NULL;
    uint32_t shape[3];
    dkg_status status = dkg_check_image_size(height, width, err);
    if (status) return status;
    if (layer >= DKG_LAYERS - 1) return dkg_fail(err, DKG_USAGE, "layer %zu has no output to show, must be 0..16", layer);
    status = run_layers(self, image, height, width, layer, &made, NULL, err);
    if (status) return status;
    dkg_layer_shape(self->model, layer, height, width, shape);
    size_t n = (size_t)shape[0] * shape[1] * shape[2];
    for (size_t i = 0; i < n; i++) out[i] = made[i];
    free(made);
    return DKG_OK;
}

static void destroy(dkg_engine *engine) { free(engine); }

dkg_status dkg_reference_engine(const dkg_model *model, unsigned threads, dkg_engine **out, dkg_error *err)
{
    *out = NULL;
    reference *r = dkg_calloc(1, sizeof *r);
    if (!r) return dkg_fail(err, DKG_NO_MEMORY, "no memory for an engine");
    r->base = (dkg_engine){.kind = "reference", .batch = 1, .generate = generate, .layer = layer_output, .destroy = destroy};
    snprintf(r->base.device, sizeof r->base.device, "reference, plain C");
    r->model = model;
    r->threads = threads;
    *out = &r->base;
    return DKG_OK;
}
