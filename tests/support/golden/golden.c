#include "golden.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef DKG_SOURCE_DIR
#define DKG_SOURCE_DIR "."
#endif

static json_t *vectors(void)
{
    json_error_t where;
    json_t *root = json_load_file(DKG_SOURCE_DIR "/tests/vectors/generator/golden.json", 0, &where);
    ck_assert_msg(root != NULL, "golden.json: %s", where.text);
    return root;
}

static uint32_t number(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    ck_assert_msg(json_is_integer(value), "golden.json: no number %s", name);
    return (uint32_t)json_integer_value(value);
}

static void hex_text(const json_t *value, char out[GOLDEN_HEX])
{
    ck_assert_msg(json_string_length(value) == GOLDEN_HEX - 1, "golden.json: a digest is missing");
    memcpy(out, json_string_value(value), GOLDEN_HEX);
}

size_t golden_read(golden_case cases[GOLDEN_MAX])
{
    json_t *root = vectors();
    const json_t *list = json_object_get(root, "cases");
    size_t count = json_array_size(list);
    ck_assert_msg(count > 0 && count <= GOLDEN_MAX, "golden.json: %zu cases", count);
    for (size_t i = 0; i < count; i++) {
        const json_t *from = json_array_get(list, i), *layers = json_object_get(from, "layers");
        golden_case *c = &cases[i];
        *c = (golden_case){.seed = number(from, "seed"), .n = number(from, "n"), .height = number(from, "height"),
                           .width = number(from, "width"), .has_layers = layers != NULL};
        c->tanh = strcmp(json_string_value(json_object_get(from, "head")), "tanh") == 0;
        hex_text(json_object_get(from, "model"), c->model);
        hex_text(json_object_get(from, "key"), c->key);
        for (size_t l = 0; layers && l < DKG_LAYERS - 1; l++) hex_text(json_array_get(layers, l), c->layers[l]);
        snprintf(c->name, sizeof c->name, "seed %u n %u %s %ux%u", c->seed, c->n, c->tanh ? "tanh" : "fold", c->height, c->width);
    }
    json_decref(root);
    return count;
}

/* The same weights under the tanh head of the vectors. */
static dkg_model *with_tanh(dkg_model *fold)
{
    json_t *root = vectors();
    const json_t *parameters = json_object_get(root, "tanh");
    dkg_tanh_head head = {.multiplier = (int32_t)number(parameters, "m"), .shift = number(parameters, "s")};
    for (uint64_t i = 0; i < sizeof head.table; i++) head.table[i] = (uint8_t)(i * 2654435761U >> 7);
    size_t count = 0;
    for (size_t i = 0; i < DKG_LAYERS; i++) count += dkg_model_layer(fold, i)->weight_count;
    dkg_model *model;
    ck_ok(dkg_model_from_weights(dkg_model_channels(fold), dkg_model_layer(fold, 0)->weights, count, &head, &model, err));
    dkg_model_free(fold);
    json_decref(root);
    return model;
}

dkg_model *golden_model(const golden_case *c)
{
    uint8_t seed[32];
    dkg_model *model;
    memset(seed, (int)c->seed, sizeof seed);
    ck_ok(dkg_model_random(seed, c->n, &model, err));
    return c->tanh ? with_tanh(model) : model;
}

uint8_t *golden_image(const golden_case *c)
{
    static const uint8_t nonce[crypto_stream_xchacha20_NONCEBYTES] = "DKGTEST";
    uint8_t seed[32];
    size_t n = (size_t)c->height * c->width * 3;
    uint8_t *image = malloc(n);
    ck_assert_ptr_nonnull(image);
    memset(seed, (int)c->seed, sizeof seed);
    crypto_stream_xchacha20(image, n, nonce, seed);
    return image;
}

/* A sanitizer makes every product several times slower; the wide networks show it nothing new. */
#ifdef __SANITIZE_ADDRESS__
enum { SLOW = 1 << 22 };
#else
enum { SLOW = 1 << 24 };
#endif

bool golden_is_slow(const golden_case *c) { return (uint64_t)c->n * c->n * c->height * c->width >= SLOW; }

const char *golden_key_digest(const uint8_t *key, size_t n)
{
    uint8_t digest[32];
    crypto_generichash(digest, sizeof digest, key, n, NULL, 0);
    return test_hex(digest, sizeof digest);
}

const char *golden_layer_digest(const int16_t *values, size_t n)
{
    uint8_t *bytes = malloc(2 * n);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < n; i++) dkg_store16(bytes + 2 * i, (uint16_t)values[i]);
    const char *hex = golden_key_digest(bytes, 2 * n);
    free(bytes);
    return hex;
}

void golden_check(dkg_engine *engine, const dkg_model *model, const golden_case *c)
{
    size_t bytes = (size_t)c->height * c->width * 3;
    uint8_t *image = golden_image(c), *key = malloc(bytes);
    ck_assert_ptr_nonnull(key);
    ck_ok(engine->generate(engine, image, c->height, c->width, 1, key, err));
    const char *got = golden_key_digest(key, bytes);
    ck_assert_msg(strcmp(got, c->key) == 0, "%s: key is %s, expected %s", c->name, got, c->key);
    for (size_t l = 0; c->has_layers && !golden_is_slow(c) && l < DKG_LAYERS - 1; l++) {
        uint32_t shape[3];
        dkg_layer_shape(model, l, c->height, c->width, shape);
        size_t n = (size_t)shape[0] * shape[1] * shape[2];
        int16_t *values = malloc(n * sizeof *values);
        ck_assert_ptr_nonnull(values);
        ck_ok(engine->layer(engine, image, c->height, c->width, l, values, err));
        got = golden_layer_digest(values, n);
        ck_assert_msg(strcmp(got, c->layers[l]) == 0, "%s: layer %zu is %s, expected %s", c->name, l, got, c->layers[l]);
        free(values);
    }
    free(image);
    free(key);
}
