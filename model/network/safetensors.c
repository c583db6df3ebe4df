/* safetensors.c - the model file: 8-byte header length, JSON header, raw tensors (generator.md section 4).
 * The reader trusts nothing: lengths are held against the file before use, and the tensors must tile the data exactly. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "layers.h"

enum {
    HEADER_MAX = 65536,
    TENSORS_MAX = DKG_LAYERS + 1, /* the layers and head.lut */
    TABLE_BYTES = 4096
};

typedef struct tensor {
    const char *name, *dtype;
    uint64_t shape[4];
    size_t dimensions;
    uint64_t bytes; /* one byte per element in both types used */
    uint64_t begin; /* offset in the data */
} tensor;

/* The tensors a model of n channels consists of, in digest order; returns their number. */
static size_t expected_tensors(uint32_t n, dkg_head head, tensor tensors[TENSORS_MAX])
{
    dkg_layer layers[DKG_LAYERS];
    dkg_layers_describe(n, NULL, layers);
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        const dkg_layer *l = &layers[i];
        tensors[i] = (tensor){.name = l->name, .dtype = "I8", .dimensions = 4, .bytes = l->weight_count};
        tensors[i].shape[0] = l->transposed ? l->in : l->out;
        tensors[i].shape[1] = l->transposed ? l->out : l->in;
        tensors[i].shape[2] = tensors[i].shape[3] = l->kernel;
    }
    if (head == DKG_HEAD_FOLD) return DKG_LAYERS;
    tensors[DKG_LAYERS] = (tensor){.name = "head.lut", .dtype = "U8", .shape = {TABLE_BYTES}, .dimensions = 1, .bytes = TABLE_BYTES};
    return TENSORS_MAX;
}

/* ---- writer ---------------------------------------------------------------------------------------------------------- */

static json_t *header_of(const dkg_model *model, const tensor *tensors, size_t count)
{
    json_t *header = json_object(), *metadata = json_object();
    bool ok = header && metadata && json_object_set(header, "__metadata__", metadata) == 0;
    const char *key;
    for (size_t i = 0; ok && (key = dkg_model_metadata_key(model, i)); i++)
        ok = json_object_set_new(metadata, key, json_string(dkg_model_metadata(model, key))) == 0;
    uint64_t at = 0;
    for (size_t i = 0; ok && i < count; i++) {
        json_t *shape = json_array();
        for (size_t d = 0; ok && d < tensors[i].dimensions; d++)
            ok = json_array_append_new(shape, json_integer((json_int_t)tensors[i].shape[d])) == 0;
        json_t *entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", tensors[i].dtype, "shape", shape, "data_offsets",
                                  (json_int_t)at, (json_int_t)(at + tensors[i].bytes));
        ok = json_object_set_new(header, tensors[i].name, entry) == 0 && ok;
        at += tensors[i].bytes;
    }
    json_decref(metadata);
    if (ok) return header;
    json_decref(header);
    return NULL;
}

dkg_status dkg_model_serialize(const dkg_model *model, uint8_t **bytes, size_t *size, dkg_error *err)
{
    tensor tensors[TENSORS_MAX];
    dkg_buffer file = {0};
    dkg_status status = DKG_OK;
    size_t count = expected_tensors(dkg_model_channels(model), dkg_model_head(model), tensors);
    *bytes = NULL;
    *size = 0;

    json_t *header = header_of(model, tensors, count);
    char *text = header ? json_dumps(header, JSON_COMPACT) : NULL;
    if (!text) {
        status = dkg_fail(err, DKG_NO_MEMORY, "no memory for the header of a model file");
        goto done;
    }
    /* Blanks after the JSON align the data to 8 bytes, as the format's other writers do. */
    size_t length = strlen(text), blanks = (8 - length % 8) % 8;
    if (length + blanks > HEADER_MAX) {
        status = dkg_fail(err, DKG_USAGE, "the header of the model file has %zu bytes with this metadata, at most %d are allowed",
                          length, HEADER_MAX);
        goto done;
    }
    uint8_t word[8];
    dkg_store64(word, length + blanks);
    dkg_append(&file, word, sizeof word);
    dkg_append(&file, text, length);
    dkg_append(&file, "        ", blanks);
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        const dkg_layer *l = dkg_model_layer(model, i);
        dkg_append(&file, l->weights, l->weight_count);
    }
    if (count == TENSORS_MAX) dkg_append(&file, dkg_model_tanh(model)->table, TABLE_BYTES);
    if (file.failed) {
        status = dkg_fail(err, DKG_NO_MEMORY, "no memory for a model file");
        goto done;
    }
    *bytes = file.bytes;
    *size = file.size;
    file = (dkg_buffer){0};
done:
    dkg_buffer_free(&file);
    free(text);
    json_decref(header);
    return status;
}

/* ---- reader ---------------------------------------------------------------------------------------------------------- */

/* A decimal integer in [low, high] from metadata; no sign but '-', no blanks. */
static bool whole_number(const char *text, int64_t low, int64_t high, int64_t *out)
{
    size_t length = text ? strlen(text) : 0, sign = length && text[0] == '-';
    if (length == sign || length > 11 || strspn(text + sign, "0123456789") != length - sign) return false;
    *out = strtoll(text, NULL, 10);
    return *out >= low && *out <= high;
}

/* For sentences: text from the file cut to size, nothing but printable ASCII. */
static const char *printable(const char *text, char out[48])
{
    size_t i = 0;
    for (; text && text[i] && i < 47; i++) out[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    out[i] = 0;
    return out;
}

/* Channels and head from the metadata. */
static dkg_status read_metadata(json_t *metadata, uint32_t *n, dkg_head *head, dkg_tanh_head *tanh, dkg_error *err)
{
    char shown[48];
    const char *key;
    json_t *value;
    int64_t number = 0;
    if (!json_is_object(metadata)) return dkg_fail(err, DKG_USAGE, "the model file has no __metadata__ object");
    json_object_foreach(metadata, key, value)
        if (!json_is_string(value))
            return dkg_fail(err, DKG_USAGE, "metadata %s of the model file is not a string", printable(key, shown));

    const char *text = json_string_value(json_object_get(metadata, "dkg.format"));
    if (!text || strcmp(text, "1") != 0)
        return dkg_fail(err, DKG_USAGE, "dkg.format of the model file is '%s', must be 1", printable(text, shown));
    text = json_string_value(json_object_get(metadata, "dkg.n"));
    if (!whole_number(text, 0, INT32_MAX, &number) || !dkg_channels_valid((uint64_t)number))
        return dkg_fail(err, DKG_USAGE, "dkg.n of the model file is '%s', must be a multiple of 4 in %d..%d", printable(text, shown),
                        DKG_CHANNELS_MIN, DKG_CHANNELS_MAX);
    *n = (uint32_t)number;
    text = json_string_value(json_object_get(metadata, "dkg.blocks"));
    if (!text || strcmp(text, "6") != 0)
        return dkg_fail(err, DKG_USAGE, "dkg.blocks of the model file is '%s', must be 6", printable(text, shown));
    text = json_string_value(json_object_get(metadata, "dkg.head"));
    *head = text && strcmp(text, "tanh") == 0 ? DKG_HEAD_TANH : DKG_HEAD_FOLD;
    if (*head == DKG_HEAD_FOLD && (!text || strcmp(text, "fold") != 0))
        return dkg_fail(err, DKG_USAGE, "dkg.head of the model file is '%s', must be fold or tanh", printable(text, shown));
    if (*head == DKG_HEAD_FOLD) return DKG_OK;

    text = json_string_value(json_object_get(metadata, "dkg.head.m"));
    if (!whole_number(text, INT32_MIN, INT32_MAX, &number))
        return dkg_fail(err, DKG_USAGE, "dkg.head.m of the model file is '%s', must be a 32-bit integer", printable(text, shown));
    tanh->multiplier = (int32_t)number;
    text = json_string_value(json_object_get(metadata, "dkg.head.s"));
    if (!whole_number(text, 1, 40, &number))
        return dkg_fail(err, DKG_USAGE, "dkg.head.s of the model file is '%s', must be 1..40", printable(text, shown));
    tanh->shift = (uint32_t)number;
    return DKG_OK;
}

static bool equals_integer(const json_t *value, uint64_t expected)
{
    return json_is_integer(value) && json_integer_value(value) >= 0 && (uint64_t)json_integer_value(value) == expected;
}

/* Holds one header entry against the tensor expected there and takes its offset. */
static dkg_status read_tensor(const json_t *entry, tensor *t, uint64_t data_size, dkg_error *err)
{
    if (!json_is_object(entry) || json_object_size(entry) != 3)
        return dkg_fail(err, DKG_USAGE, "tensor %s is missing, or has not exactly dtype, shape and data_offsets", t->name);
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    if (!dtype || strcmp(dtype, t->dtype) != 0) {
        char shown[48];
        return dkg_fail(err, DKG_USAGE, "tensor %s has dtype '%s', must be %s", t->name, printable(dtype, shown), t->dtype);
    }
    const json_t *shape = json_object_get(entry, "shape"), *offsets = json_object_get(entry, "data_offsets");
    bool same = json_array_size(shape) == t->dimensions;
    for (size_t d = 0; same && d < t->dimensions; d++) same = equals_integer(json_array_get(shape, d), t->shape[d]);
    if (!same) return dkg_fail(err, DKG_USAGE, "tensor %s has not the shape that dkg.n demands", t->name);
    const json_t *begin = json_array_get(offsets, 0);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || json_integer_value(begin) < 0 ||
        (uint64_t)json_integer_value(begin) > data_size)
        return dkg_fail(err, DKG_USAGE, "tensor %s does not begin inside the file", t->name);
    t->begin = (uint64_t)json_integer_value(begin);
    if (t->bytes > data_size - t->begin || !equals_integer(json_array_get(offsets, 1), t->begin + t->bytes))
        return dkg_fail(err, DKG_USAGE, "tensor %s does not span %" PRIu64 " bytes inside the file", t->name, t->bytes);
    return DKG_OK;
}

static int by_offset(const void *a, const void *b)
{
    uint64_t x = ((const tensor *)a)->begin, y = ((const tensor *)b)->begin;
    return (x > y) - (x < y);
}

/* Every byte of the data belongs to exactly one tensor. */
static dkg_status check_tiling(const tensor *tensors, size_t count, uint64_t data_size, dkg_error *err)
{
    tensor sorted[TENSORS_MAX];
    uint64_t at = 0;
    memcpy(sorted, tensors, count * sizeof *tensors);
    qsort(sorted, count, sizeof *sorted, by_offset);
    for (size_t i = 0; i < count; i++) {
        if (sorted[i].begin != at)
            return dkg_fail(err, DKG_USAGE, "%s tensor %s at offset %" PRIu64 " of the model file",
                            sorted[i].begin > at ? "a gap before" : "an overlap with", sorted[i].name, sorted[i].begin);
        at += sorted[i].bytes;
    }
    if (at != data_size)
        return dkg_fail(err, DKG_USAGE, "%" PRIu64 " bytes after the last tensor of the model file", data_size - at);
    return DKG_OK;
}

/* Parses the JSON header and finds where the data begins. */
static dkg_status read_header(const uint8_t *bytes, size_t size, json_t **header, dkg_bytes *data, dkg_error *err)
{
    dkg_cursor c = dkg_cursor_over(bytes, size);
    uint64_t length = dkg_read64(&c);
    if (c.failed) return dkg_fail(err, DKG_USAGE, "a model file of %zu bytes is too short", size);
    if (length > c.left)
        return dkg_fail(err, DKG_USAGE, "the header of the model file claims %" PRIu64 " bytes of %zu", length, c.left);
    if (length > HEADER_MAX)
        return dkg_fail(err, DKG_USAGE, "the header of the model file has %" PRIu64 " bytes, at most %d are allowed", length, HEADER_MAX);
    const uint8_t *text = dkg_read_bytes(&c, (size_t)length);
    json_error_t where;
    *header = json_loadb((const char *)text, (size_t)length, JSON_REJECT_DUPLICATES, &where);
    if (!*header) return dkg_fail(err, DKG_USAGE, "the header of the model file is not valid JSON at byte %d", where.position);
    if (!json_is_object(*header)) return dkg_fail(err, DKG_USAGE, "the header of the model file is not a JSON object");
    *data = (dkg_bytes){c.at, c.left};
    return DKG_OK;
}

static dkg_status keep_provenance(dkg_model *model, json_t *metadata, dkg_error *err)
{
    const char *key;
    json_t *value;
    json_object_foreach(metadata, key, value)
    {
        if (dkg_model_metadata(model, key)) continue; /* follows from the model */
        dkg_status status = dkg_model_set_metadata(model, key, json_string_value(value), err);
        if (status) return status;
    }
    return DKG_OK;
}

dkg_status dkg_model_parse(const uint8_t *bytes, size_t size, dkg_model **out, dkg_error *err)
{
    json_t *header = NULL;
    int8_t *weights = NULL;
    dkg_model *model = NULL;
    dkg_bytes data = {0};
    tensor tensors[TENSORS_MAX];
    dkg_tanh_head tanh;
    dkg_head head = DKG_HEAD_FOLD;
    uint32_t n = 0;
    *out = NULL;

    dkg_status status = read_header(bytes, size, &header, &data, err);
    if (status) goto done;
    json_t *metadata = json_object_get(header, "__metadata__");
    status = read_metadata(metadata, &n, &head, &tanh, err);
    if (status) goto done;
    size_t count = expected_tensors(n, head, tensors);
    for (size_t i = 0; i < count; i++) {
        status = read_tensor(json_object_get(header, tensors[i].name), &tensors[i], data.size, err);
        if (status) goto done;
    }
    if (json_object_size(header) != count + 1) {
        status = dkg_fail(err, DKG_USAGE, "the model file has %zu tensors, must have %zu", json_object_size(header) - 1, count);
        goto done;
    }
    status = check_tiling(tensors, count, data.size, err);
    if (status) goto done;

    weights = dkg_calloc(data.size, 1);
    if (!weights) {
        status = dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu bytes of weights", data.size);
        goto done;
    }
    size_t at = 0;
    for (size_t i = 0; i < DKG_LAYERS; at += tensors[i++].bytes)
        memcpy(weights + at, data.at + tensors[i].begin, tensors[i].bytes);
    if (head == DKG_HEAD_TANH) memcpy(tanh.table, data.at + tensors[DKG_LAYERS].begin, TABLE_BYTES);
    status = dkg_model_from_weights(n, weights, at, head == DKG_HEAD_TANH ? &tanh : NULL, &model, err);
    if (status) goto done;
    status = keep_provenance(model, metadata, err);
    if (status) goto done;
    *out = model;
    model = NULL;
done:
    dkg_model_free(model);
    free(weights);
    json_decref(header);
    return status;
}
