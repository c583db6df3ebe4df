#include "published.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

dkg_status published_open(const char *path, json_t **file, size_t *count, dkg_error *err)
{
    json_error_t where;
    *file = json_load_file(path, 0, &where);
    if (!*file) return dkg_fail(err, DKG_USAGE, "%s: %s", path, where.text);
    *count = json_array_size(json_object_get(*file, "cases"));
    return DKG_OK;
}

static uint32_t number(const json_t *object, const char *name)
{
    return (uint32_t)json_integer_value(json_object_get(object, name));
}

/* The same weights under the tanh head of the vectors. */
static dkg_status give_tanh(const json_t *file, dkg_model **model, dkg_error *err)
{
    const json_t *parameters = json_object_get(file, "tanh");
    dkg_model *fold = *model;
    dkg_tanh_head head = {.multiplier = (int32_t)number(parameters, "m"), .shift = number(parameters, "s")};
    size_t count = 0;
    for (uint64_t i = 0; i < sizeof head.table; i++) head.table[i] = (uint8_t)(i * 2654435761u >> 7);
    for (size_t i = 0; i < DKG_LAYERS; i++) count += dkg_model_layer(fold, i)->weight_count;
    const dkg_status status = dkg_model_from_weights(dkg_model_channels(fold), dkg_model_layer(fold, 0)->weights, count, &head, model, err);
    dkg_model_free(fold);
    return status;
}

static bool equals(const json_t *expected, const uint8_t *bytes, size_t size)
{
    uint8_t digest[DKG_DIGEST_BYTES];
    char hex[2 * sizeof digest + 1];
    crypto_generichash(digest, sizeof digest, bytes, size, NULL, 0);
    sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
    return json_is_string(expected) && strcmp(hex, json_string_value(expected)) == 0;
}

static dkg_status check_model(const published *p, dkg_error *err)
{
    char hex[2 * DKG_DIGEST_BYTES + 1];
    sodium_bin2hex(hex, sizeof hex, dkg_model_digest(p->model), DKG_DIGEST_BYTES);
    const char *expected = json_string_value(json_object_get(p->vector, "model"));
    if (expected && strcmp(hex, expected) == 0) return DKG_OK;
    return dkg_fail(err, DKG_DEVICE, "the model of seed %u, n = %u is %s, published is %s", p->seed, p->n, hex, expected ? expected : "none");
}

dkg_status published_read(const json_t *file, size_t i, published *out, dkg_error *err)
{
    static const uint8_t nonce[crypto_stream_xchacha20_NONCEBYTES] = "DKGTEST";
    uint8_t seed[32];
    *out = (published){.vector = json_array_get(json_object_get(file, "cases"), i)};
    const char *head = json_string_value(json_object_get(out->vector, "head"));
    out->seed = number(out->vector, "seed");
    out->n = number(out->vector, "n");
    out->height = number(out->vector, "height");
    out->width = number(out->vector, "width");
    out->tanh = head && strcmp(head, "tanh") == 0;
    memset(seed, (int)out->seed, sizeof seed);
    dkg_status status = dkg_model_random(seed, out->n, &out->model, err);
    if (status == DKG_OK && out->tanh) status = give_tanh(file, &out->model, err);
    if (status == DKG_OK) status = check_model(out, err);
    const size_t size = (size_t)out->height * out->width * 3;
    out->image = status == DKG_OK ? dkg_calloc(size, 1) : NULL;
    if (status == DKG_OK && !out->image) status = dkg_fail(err, DKG_NO_MEMORY, "no memory for an image");
    if (status == DKG_OK)
        crypto_stream_xchacha20(out->image, size, nonce, seed);
    else
        published_free(out);
    return status;
}

void published_free(published *p)
{
    dkg_model_free(p->model);
    free(p->image);
    *p = (published){0};
}

static size_t layer_values(const published *p, size_t layer)
{
    uint32_t shape[3];
    dkg_layer_shape(p->model, layer, p->height, p->width, shape);
    return (size_t)shape[0] * shape[1] * shape[2];
}

uint64_t published_cost(const published *p)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        const dkg_layer *l = dkg_model_layer(p->model, i);
        const uint64_t pixels = layer_values(p, i) / l->out / (l->transposed ? (uint64_t)l->stride * l->stride : 1);
        sum += l->weight_count * pixels;
    }
    return sum / 1000000;
}

bool published_is_key(const published *p, const uint8_t *key)
{
    return equals(json_object_get(p->vector, "key"), key, (size_t)p->height * p->width * 3);
}

bool published_has_layers(const published *p) { return json_object_get(p->vector, "layers") != NULL; }

bool published_is_layer(const published *p, size_t layer, const int16_t *values)
{
    const size_t count = layer_values(p, layer);
    uint8_t *bytes = dkg_calloc(count, 2);
    for (size_t i = 0; bytes && i < count; i++) dkg_store16(bytes + 2 * i, (uint16_t)values[i]);
    const bool equal = bytes && equals(json_array_get(json_object_get(p->vector, "layers"), layer), bytes, 2 * count);
    free(bytes);
    return equal;
}
