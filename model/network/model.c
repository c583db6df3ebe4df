/* model.c - the model: weights, the proof that int32 is enough, the digest, metadata, untrained models from a seed. */
#include <assert.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arith.h"
#include "layers.h"

struct dkg_model {
    uint32_t channels;
    dkg_head head;
    dkg_tanh_head tanh; /* meaningful when head is DKG_HEAD_TANH */
    int8_t *weights;    /* of all layers, digest order */
    dkg_layer layers[DKG_LAYERS];
    uint8_t digest[DKG_DIGEST_BYTES];
    json_t *metadata; /* object of strings; jansson keeps the order of insertion */
};

/* Metadata the digest covers in its own way; they follow from the model and cannot be set. */
static bool is_structural(const char *key)
{
    static const char *const names[] = {"dkg.format", "dkg.n", "dkg.blocks", "dkg.head", "dkg.head.m", "dkg.head.s"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(key, names[i]) == 0) return true;
    return false;
}

/* The proof that no sum leaves int32: the last layer has the most taps, 49 * n (the others at most 36 * n), and with weights in
 * [-127, 127] even they stay below 2^31 for every allowed n. */
static_assert(49LL * DKG_CHANNELS_MAX * 127 * DKG_ACTIVATION_MAX <= INT32_MAX, "sums of the last layer fit int32");

static dkg_status check_weights(const dkg_layer layers[DKG_LAYERS], dkg_error *err)
{
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        const dkg_layer *l = &layers[i];
        for (size_t k = 0; k < l->weight_count; k++)
            if (l->weights[k] == -128)
                return dkg_fail(err, DKG_USAGE, "weight %zu of %s is -128, must be -127..127", k, l->name);
    }
    return DKG_OK;
}

static void compute_digest(dkg_model *m)
{
    uint8_t words[24] = "DKGM";
    crypto_generichash_state state;
    dkg_store32(words + 4, 1);
    dkg_store32(words + 8, m->channels);
    dkg_store32(words + 12, DKG_RESIDUAL_BLOCKS);
    dkg_store32(words + 16, (uint32_t)m->head);
    crypto_generichash_init(&state, NULL, 0, sizeof m->digest);
    crypto_generichash_update(&state, words, 20);
    if (m->head == DKG_HEAD_TANH) {
        dkg_store32(words, (uint32_t)m->tanh.multiplier);
        dkg_store32(words + 4, m->tanh.shift);
        crypto_generichash_update(&state, words, 8);
        crypto_generichash_update(&state, m->tanh.table, sizeof m->tanh.table);
    }
    for (size_t i = 0; i < DKG_LAYERS; i++)
        crypto_generichash_update(&state, (const unsigned char *)m->layers[i].weights, m->layers[i].weight_count);
    crypto_generichash_final(&state, m->digest, sizeof m->digest);
}

static bool describe(dkg_model *m)
{
    char text[16];
    m->metadata = json_object();
    snprintf(text, sizeof text, "%u", m->channels);
    bool ok = json_object_set_new(m->metadata, "dkg.format", json_string("1")) == 0 &&
              json_object_set_new(m->metadata, "dkg.n", json_string(text)) == 0 &&
              json_object_set_new(m->metadata, "dkg.blocks", json_string("6")) == 0 &&
              json_object_set_new(m->metadata, "dkg.head", json_string(m->head == DKG_HEAD_TANH ? "tanh" : "fold")) == 0;
    if (!ok || m->head == DKG_HEAD_FOLD) return ok;
    snprintf(text, sizeof text, "%d", m->tanh.multiplier);
    ok = json_object_set_new(m->metadata, "dkg.head.m", json_string(text)) == 0;
    snprintf(text, sizeof text, "%u", m->tanh.shift);
    return ok && json_object_set_new(m->metadata, "dkg.head.s", json_string(text)) == 0;
}

dkg_status dkg_model_from_weights(uint32_t channels, const int8_t *weights, size_t count, const dkg_tanh_head *tanh,
                                  dkg_model **out, dkg_error *err)
{
    *out = NULL;
    if (!dkg_channels_valid(channels))
        return dkg_fail(err, DKG_USAGE, "a model cannot have %u channels, must be a multiple of 4 in %d..%d", channels,
                        DKG_CHANNELS_MIN, DKG_CHANNELS_MAX);
    if (tanh && (tanh->shift < 1 || tanh->shift > 40))
        return dkg_fail(err, DKG_USAGE, "the shift of the tanh head is %u, must be 1..40", tanh->shift);

    dkg_status status = DKG_NO_MEMORY;
    dkg_model *m = dkg_calloc(1, sizeof *m);
    if (!m) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a model");
    m->channels = channels;
    size_t total = dkg_layers_describe(channels, NULL, m->layers);
    if (count != total) {
        status = dkg_fail(err, DKG_USAGE, "a model of %u channels has %zu weights, not %zu", channels, total, count);
        goto done;
    }
    if (tanh) {
        m->head = DKG_HEAD_TANH;
        m->tanh = *tanh;
    }
    m->weights = dkg_calloc(total, 1);
    if (!m->weights || !describe(m)) {
        status = dkg_fail(err, DKG_NO_MEMORY, "no memory for a model of %zu weights", total);
        goto done;
    }
    memcpy(m->weights, weights, total);
    dkg_layers_describe(channels, m->weights, m->layers);
    status = check_weights(m->layers, err);
    if (status) goto done;
    compute_digest(m);
    *out = m;
    m = NULL;
done:
    dkg_model_free(m);
    return status;
}

dkg_status dkg_model_random(const uint8_t seed[32], uint32_t channels, dkg_model **out, dkg_error *err)
{
    static const uint8_t nonce[crypto_stream_xchacha20_NONCEBYTES] = "DKGMINIT";
    enum { CHUNK = 4096 }; /* weights per piece of the stream: a whole number of its 64-byte blocks */
    dkg_layer layers[DKG_LAYERS];
    dkg_status status;
    *out = NULL;
    /* Invalid channels take the smallest network here and are refused with their own sentence below. */
    size_t total = dkg_layers_describe(dkg_channels_valid(channels) ? channels : DKG_CHANNELS_MIN, NULL, layers);
    int8_t *weights = dkg_calloc(total, 1);
    if (!weights) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu weights", total);
    for (size_t at = 0; at < total; at += CHUNK) {
        uint8_t b[4 * CHUNK] = {0};
        size_t n = total - at < CHUNK ? total - at : CHUNK;
        crypto_stream_xchacha20_xor_ic(b, b, sizeof b, nonce, at * 4 / 64, seed);
        for (size_t i = 0; i < n; i++) {
            int sum = b[4 * i] + b[4 * i + 1] + b[4 * i + 2] + b[4 * i + 3] - 510;
            weights[at + i] = (int8_t)dkg_clamp(dkg_shift_right(sum, 2), -127, 127);
        }
    }
    status = dkg_model_from_weights(channels, weights, total, NULL, out, err);
    free(weights);
    return status;
}

void dkg_model_free(dkg_model *model)
{
    if (!model) return;
    free(model->weights);
    json_decref(model->metadata);
    free(model);
}

uint32_t dkg_model_channels(const dkg_model *model) { return model->channels; }
dkg_head dkg_model_head(const dkg_model *model) { return model->head; }
const uint8_t *dkg_model_digest(const dkg_model *model) { return model->digest; }
const dkg_layer *dkg_model_layer(const dkg_model *model, size_t i) { return &model->layers[i]; }
const dkg_tanh_head *dkg_model_tanh(const dkg_model *model) { return model->head == DKG_HEAD_TANH ? &model->tanh : NULL; }

const char *dkg_model_metadata(const dkg_model *model, const char *key)
{
    return json_string_value(json_object_get(model->metadata, key));
}

const char *dkg_model_metadata_key(const dkg_model *model, size_t i)
{
    void *at = json_object_iter(model->metadata);
    while (at && i-- > 0) at = json_object_iter_next(model->metadata, at);
    return at ? json_object_iter_key(at) : NULL;
}

dkg_status dkg_model_set_metadata(dkg_model *model, const char *key, const char *value, dkg_error *err)
{
    if (is_structural(key)) return dkg_fail(err, DKG_USAGE, "metadata %s follows from the model and cannot be set", key);
    json_t *text = json_string(value);
    if (!text) return dkg_fail(err, DKG_USAGE, "the value of a metadata key is not UTF-8 text");
    if (json_object_set_new(model->metadata, key, text) != 0)
        return dkg_fail(err, DKG_USAGE, "a metadata key is not UTF-8 text");
    return DKG_OK;
}
