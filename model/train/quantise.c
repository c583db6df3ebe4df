/* quantise.c - the float generator becomes the exact integer model (generator.md sections 2 and 4). */
#include <math.h>
#include <stdlib.h>

#include "dkg/training.h"
#include "network/conv.h"
#include "network/layers.h"

enum { TABLE = 4096, TABLE_ZERO = 2048, PER_UNIT = 512, WEIGHT_MAX = 127, ACTIVATION_ONE = 128, SHIFT_MAX = 40 };

/* M / 2^s = t per unit of the last sum, with as many bits as a product with any sum leaves room for. */
static void set_scale(dkg_tanh_head *head, double scale)
{
    head->shift = SHIFT_MAX;
    while (head->shift > 1 && ldexp(scale, (int)head->shift) >= 1073741824.0) head->shift--;
    const double m = floor(ldexp(scale, (int)head->shift) + 0.5);
    head->multiplier = (int32_t)(m < 1073741824.0 ? m : 1073741824.0);
}

/* Value k of the taps of output channel o lies here. */
static size_t place(const dkg_layer *l, size_t o, size_t k)
{
    const size_t taps = (size_t)l->kernel * l->kernel;
    return l->transposed ? (k / taps * l->out + o) * taps + k % taps : o * l->in * taps + k;
}

static float largest(const dkg_layer *l, const float *w, size_t o)
{
    float max = 0;
    for (size_t k = 0; k < (size_t)l->in * l->kernel * l->kernel; k++) max = fmaxf(max, fabsf(w[place(l, o, k)]));
    return max;
}

static void quantise_channel(const dkg_layer *l, const float *w, size_t o, double max, int8_t *q)
{
    for (size_t k = 0; k < (size_t)l->in * l->kernel * l->kernel; k++) {
        const size_t at = place(l, o, k);
        q[at] = (int8_t)(max > 0 ? floor(WEIGHT_MAX * (double)w[at] / max + 0.5) : 0);
    }
}

dkg_status dkg_train_quantise(uint32_t channels, const float *weights, dkg_train_head head, dkg_model **out, dkg_error *err)
{
    dkg_layer layers[DKG_LAYERS];
    dkg_tanh_head tanh_head;
    float last = 0; /* largest weight of the last layer */
    *out = NULL;
    if (!dkg_channels_valid(channels))
        return dkg_fail(err, DKG_USAGE, "a model cannot have %u channels, must be a multiple of 4 in %d..%d", channels, DKG_CHANNELS_MIN,
                        DKG_CHANNELS_MAX);
    const size_t total = dkg_layers_describe(channels, NULL, layers);
    for (size_t i = 0; i < total; i++)
        if (!isfinite(weights[i]))
            return dkg_fail(err, DKG_DEVICE, "weight %zu of the trained network is not a finite number", i);
    int8_t *q = dkg_calloc(total, 1);
    if (!q) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu weights", total);

    const float *w = weights;
    for (size_t i = 0, at = 0; i < DKG_LAYERS; at += layers[i++].weight_count, w = weights + at) {
        last = 0;
        for (size_t o = 0; o < layers[i].out; o++) last = fmaxf(last, largest(&layers[i], w, o));
        const bool shared = head == DKG_TRAIN_TANH && i == DKG_LAYERS - 1;
        for (size_t o = 0; o < layers[i].out; o++)
            quantise_channel(&layers[i], w, o, (double)(shared ? last : largest(&layers[i], w, o)), q + at);
    }
    set_scale(&tanh_head, (double)last * PER_UNIT / (WEIGHT_MAX * ACTIVATION_ONE));
    for (int t = 0; t < TABLE; t++)
        dkg_train_bytes(DKG_TRAIN_TANH, &(float){(float)(t - TABLE_ZERO) / PER_UNIT}, 1, &tanh_head.table[t]);
    dkg_status status = dkg_model_from_weights(channels, q, total, head == DKG_TRAIN_TANH ? &tanh_head : NULL, out, err);
    free(q);
    return status;
}

/* ---- calibration ------------------------------------------------------------------------------------------------------------- */
/* The last layer's sums as [y][x][c], from the output of the layer before. */
static dkg_status last_sums(const dkg_model *model, const uint8_t *image, uint32_t height, uint32_t width, unsigned threads, int32_t *sums,
                            dkg_error *err)
{
    dkg_engine *engine = NULL;
    const dkg_layer *l = dkg_model_layer(model, DKG_LAYERS - 1);
    const dkg_conv conv = dkg_conv_plan(l, height, width);
    const size_t pixels = (size_t)height * width;
    int16_t *input = dkg_calloc(l->in * (uint64_t)pixels, sizeof *input), *source = dkg_calloc(dkg_conv_source_size(&conv), sizeof *source);
    int32_t *scratch = dkg_calloc(dkg_conv_scratch_size(&conv), sizeof *scratch);
    dkg_status status = input && source && scratch ? dkg_cpu_engine(model, threads, &engine, err)
                                                   : dkg_fail(err, DKG_NO_MEMORY, "no memory for an image of %ux%u pixels", width, height);
    if (status == DKG_OK) status = engine->layer(engine, image, height, width, DKG_LAYERS - 2, input, err);
    if (status == DKG_OK) {
        dkg_conv_load(&conv, input, source);
        for (uint32_t o = 0; o < 3; o++) {
            dkg_conv_channel(&conv, source, o, scratch);
            for (size_t i = 0; i < pixels; i++) sums[3 * i + o] = scratch[i];
        }
    }
    dkg_engine_free(engine);
    free(input);
    free(source);
    free(scratch);
    return status;
}

dkg_status dkg_train_calibrate(dkg_model **model, const uint8_t *image, const float *u, uint32_t height, uint32_t width, unsigned threads,
                               dkg_error *err)
{
    const dkg_tanh_head *old = dkg_model_tanh(*model);
    const size_t n = (size_t)3 * height * width;
    double together = 0, square = 0;
    dkg_model *better = NULL;
    dkg_layer layers[DKG_LAYERS];
    if (!old) return dkg_fail(err, DKG_USAGE, "only a tanh head has a scale to calibrate");
    int32_t *sums = dkg_calloc(n, sizeof *sums);
    dkg_status status = sums ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no memory for an image of %ux%u pixels", width, height);
    if (status == DKG_OK) status = last_sums(*model, image, height, width, threads, sums, err);
    for (size_t i = 0; status == DKG_OK && i < n; i++) {
        together += (double)sums[i] * (double)u[i];
        square += (double)sums[i] * (double)sums[i];
    }
    free(sums);
    if (status != DKG_OK) return status;
    if (!(together > 0) || !isfinite(together))
        return dkg_fail(err, DKG_GENERATOR, "the integer network does not follow the trained one: no scale fits");
    dkg_tanh_head head = *old;
    set_scale(&head, PER_UNIT * together / square);
    const uint32_t channels = dkg_model_channels(*model);
    const size_t count = dkg_layers_describe(channels, NULL, layers);
    /* the weights of all layers lie one after another */
    status = dkg_model_from_weights(channels, dkg_model_layer(*model, 0)->weights, count, &head, &better, err);
    if (status != DKG_OK) return status;
    dkg_model_free(*model);
    *model = better;
    return DKG_OK;
}

dkg_status dkg_train_try(dkg_engine *engine, const dkg_train_data *data, uint8_t *keys, dkg_error *err)
{
    uint8_t *image = dkg_calloc(DKG_KEY_BYTES, 1);
    dkg_status status = image ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no memory for an initial image");
    for (size_t i = 0; i < DKG_TRAIN_KEYS && status == DKG_OK; i++) {
        dkg_train_held_out(data, i, DKG_KEY_ROWS, DKG_KEY_WIDTH, image);
        status = engine->generate(engine, image, DKG_KEY_ROWS, DKG_KEY_WIDTH, 1, keys + i * DKG_KEY_BYTES, err);
    }
    free(image);
    return status;
}
