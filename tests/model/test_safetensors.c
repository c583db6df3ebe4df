/* The model file: round trips, spellings that must not matter, and one refusal for every way to be wrong. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/model.h"
#include "support.h"

/* A file taken apart: header as JSON, data as bytes. */
typedef struct parts {
    json_t *header;
    uint8_t *data;
    size_t size;
} parts;

static dkg_model *make_model(bool tanh)
{
    static const uint8_t seed[32] = {9};
    dkg_model *fold, *model;
    dkg_tanh_head head = {.multiplier = -2000000000, .shift = 40};
    size_t count = 0;
    ck_ok(dkg_model_random(seed, 16, &fold, err));
    if (!tanh) return fold;
    for (size_t i = 0; i < DKG_LAYERS; i++) count += dkg_model_layer(fold, i)->weight_count;
    test_pattern(head.table, sizeof head.table, 4);
    ck_ok(dkg_model_from_weights(16, dkg_model_layer(fold, 0)->weights, count, &head, &model, err));
    dkg_model_free(fold);
    return model;
}

static parts take_apart(const dkg_model *model)
{
    uint8_t *file;
    size_t size;
    ck_ok(dkg_model_serialize(model, &file, &size, err));
    size_t length = (size_t)dkg_load64(file);
    parts p = {.header = json_loadb((const char *)file + 8, length, JSON_REJECT_DUPLICATES, NULL), .size = size - 8 - length};
    ck_assert_ptr_nonnull(p.header);
    p.data = malloc(p.size);
    memcpy(p.data, file + 8 + length, p.size);
    free(file);
    return p;
}

static void parts_free(parts *p)
{
    json_decref(p->header);
    free(p->data);
}

static dkg_status parse_text(const char *text, const parts *p, dkg_model **model, dkg_error *err)
{
    dkg_buffer file = {0};
    uint8_t word[8];
    dkg_store64(word, strlen(text));
    dkg_append(&file, word, sizeof word);
    dkg_append(&file, text, strlen(text));
    dkg_append(&file, p->data, p->size);
    ck_assert(!file.failed);
    dkg_status status = dkg_model_parse(file.bytes, file.size, model, err);
    if (status) ck_assert_ptr_null(*model);
    dkg_buffer_free(&file);
    return status;
}

static dkg_status parse_parts(const parts *p, size_t flags, dkg_model **model, dkg_error *err)
{
    char *text = json_dumps(p->header, flags);
    dkg_status status = parse_text(text, p, model, err);
    free(text);
    return status;
}

START_TEST(round_trip_keeps_digest_and_metadata)
{
    for (int tanh = 0; tanh < 2; tanh++) {
        dkg_model *model = make_model(tanh), *again;
        uint8_t *file, *second;
        size_t size, second_size;
        ck_ok(dkg_model_set_metadata(model, "dkg.train.command", "dkg train \"a b\" --steps 1\n\xc3\xbc", err));
        ck_ok(dkg_model_set_metadata(model, "a", "", err));
        ck_ok(dkg_model_serialize(model, &file, &size, err));
        ck_assert_uint_eq(dkg_load64(file) % 8, 0);
        ck_ok(dkg_model_parse(file, size, &again, err));
        ck_assert_mem_eq(dkg_model_digest(model), dkg_model_digest(again), DKG_DIGEST_BYTES);
        ck_assert_int_eq(dkg_model_head(again), tanh ? DKG_HEAD_TANH : DKG_HEAD_FOLD);
        if (tanh) {
            ck_assert_int_eq(dkg_model_tanh(again)->multiplier, -2000000000);
            ck_assert_uint_eq(dkg_model_tanh(again)->shift, 40);
        }
        for (size_t i = 0; dkg_model_metadata_key(model, i); i++) {
            const char *key = dkg_model_metadata_key(model, i);
            ck_assert_str_eq(key, dkg_model_metadata_key(again, i));
            ck_assert_str_eq(dkg_model_metadata(model, key), dkg_model_metadata(again, key));
        }
        ck_ok(dkg_model_serialize(again, &second, &second_size, err));
        ck_assert_uint_eq(size, second_size);
        ck_assert_mem_eq(file, second, size);
        free(file);
        free(second);
        dkg_model_free(model);
        dkg_model_free(again);
    }
}
END_TEST

/* Sorted keys, blanks, foreign provenance and the tensors stored in another order: one digest. */
START_TEST(spelling_does_not_matter)
{
    dkg_model *model = make_model(true), *again;
    parts p = take_apart(model), moved = take_apart(model);
    json_object_set_new(json_object_get(p.header, "__metadata__"), "who", json_string("someone"));
    ck_ok(parse_parts(&p, JSON_INDENT(4) | JSON_SORT_KEYS | JSON_ENSURE_ASCII, &again, err));
    ck_assert_mem_eq(dkg_model_digest(model), dkg_model_digest(again), DKG_DIGEST_BYTES);
    ck_assert_str_eq(dkg_model_metadata(again, "who"), "someone");
    dkg_model_free(again);

    size_t at = 0;
    const char *name;
    json_t *entry;
    void *tmp;
    json_object_foreach_safe(moved.header, tmp, name, entry)
    {
        json_t *offsets = json_object_get(entry, "data_offsets");
        if (!offsets) continue;
        size_t begin = (size_t)json_integer_value(json_array_get(offsets, 0));
        size_t end = (size_t)json_integer_value(json_array_get(offsets, 1));
        /* Back to front: the last byte of the tensor becomes the last of what is left. */
        size_t target = moved.size - at - (end - begin);
        memcpy(moved.data + target, p.data + begin, end - begin);
        json_array_set_new(offsets, 0, json_integer((json_int_t)target));
        json_array_set_new(offsets, 1, json_integer((json_int_t)(target + end - begin)));
        at += end - begin;
    }
    ck_assert_mem_ne(moved.data, p.data, p.size);
    ck_ok(parse_parts(&moved, JSON_COMPACT, &again, err));
    ck_assert_mem_eq(dkg_model_digest(model), dkg_model_digest(again), DKG_DIGEST_BYTES);
    dkg_model_free(again);
    parts_free(&p);
    parts_free(&moved);
    dkg_model_free(model);
}
END_TEST

START_TEST(refuses_bad_frames)
{
    dkg_model *model = make_model(false), *none;
    uint8_t *file;
    size_t size;
    ck_ok(dkg_model_serialize(model, &file, &size, err));
    size_t length = (size_t)dkg_load64(file);
    ck_fails(dkg_model_parse(file, 0, &none, err), DKG_USAGE, "0 bytes is too short");
    ck_fails(dkg_model_parse(file, 7, &none, err), DKG_USAGE, "7 bytes is too short");
    ck_fails(dkg_model_parse(file, 8 + length - 1, &none, err), DKG_USAGE, "claims");
    ck_fails(dkg_model_parse(file, 8 + length, &none, err), DKG_USAGE, "inside the file");
    ck_fails(dkg_model_parse(file, size - 1, &none, err), DKG_USAGE, "out.weight");
    dkg_store64(file, UINT64_MAX);
    ck_fails(dkg_model_parse(file, size, &none, err), DKG_USAGE, "claims 18446744073709551615");
    dkg_store64(file, 65537);
    ck_fails(dkg_model_parse(file, size, &none, err), DKG_USAGE, "65537 bytes, at most 65536");
    dkg_store64(file, length - 16);
    ck_fails(dkg_model_parse(file, size, &none, err), DKG_USAGE, "not valid JSON");
    free(file);
    dkg_model_free(model);
}
END_TEST

START_TEST(refuses_bad_json)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"", "not valid JSON"},
        {"[]", "not a JSON object"},
        {"{}", "no __metadata__"},
        {"{\"__metadata__\":[]}", "no __metadata__"},
        {"{\"a\":1,\"a\":1}", "not valid JSON"},
        {"{\"__metadata__\":{\"dkg.format\":1}}", "dkg.format of the model file is not a string"},
        {"{\"__metadata__\":{\"\\u001b\\u000a\":1}}", "metadata ?? of"},
        {"{\"__metadata__\":{}}", "dkg.format of the model file is ''"},
    };
    parts p = {0};
    dkg_model *none;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_fails(parse_text(cases[i].text, &p, &none, err), DKG_USAGE, cases[i].sentence);
    char deep[5001];
    memset(deep, '[', 5000);
    deep[5000] = 0;
    ck_fails(parse_text(deep, &p, &none, err), DKG_USAGE, "not valid JSON");
}
END_TEST

START_TEST(refuses_bad_metadata)
{
    static const struct {
        const char *key, *value, *sentence;
    } cases[] = {
        {"dkg.format", "2", "dkg.format of the model file is '2'"},
        {"dkg.n", "12", "dkg.n of the model file is '12'"},
        {"dkg.n", "88", "dkg.n of the model file is '88'"},
        {"dkg.n", " 16", "dkg.n of the model file is ' 16'"},
        {"dkg.n", "+16", "dkg.n"},
        {"dkg.n", "-", "dkg.n"},
        {"dkg.n", "", "dkg.n"},
        {"dkg.n", "16x", "dkg.n"},
        {"dkg.n", "4294967312", "dkg.n"},
        {"dkg.n", "99999999999999999999999999", "dkg.n"},
        {"dkg.n", "20", "shape"},
        {"dkg.blocks", "9", "dkg.blocks of the model file is '9'"},
        {"dkg.head", "sigmoid", "dkg.head of the model file is 'sigmoid'"},
        {"dkg.head", "fold", "20 tensors"},
        {"dkg.head.m", "2147483648", "dkg.head.m of the model file is '2147483648'"},
        {"dkg.head.s", "0", "dkg.head.s of the model file is '0'"},
        {"dkg.head.s", "41", "dkg.head.s of the model file is '41'"},
    };
    dkg_model *model = make_model(true), *none;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        parts p = take_apart(model);
        if (strcmp(cases[i].sentence, "20 tensors") == 0)
            json_object_set_new(p.header, "another", json_object()); /* head.lut is foreign to a fold head, too */
        json_object_set_new(json_object_get(p.header, "__metadata__"), cases[i].key, json_string(cases[i].value));
        ck_fails(parse_parts(&p, JSON_COMPACT, &none, err), DKG_USAGE, cases[i].sentence);
        parts_free(&p);
    }
    dkg_model_free(model);
}
END_TEST

/* Replaces one field of one tensor's entry by the given JSON (NULL: removes it) and expects the sentence. */
static void refuses_tensor(const char *tensor, const char *field, const char *json, const char *sentence)
{
    dkg_model *model = make_model(true), *none;
    parts p = take_apart(model);
    json_t *entry = json_object_get(p.header, tensor);
    if (json)
        json_object_set_new(entry, field, json_loads(json, JSON_DECODE_ANY, NULL));
    else
        json_object_del(entry, field);
    ck_fails(parse_parts(&p, JSON_COMPACT, &none, err), DKG_USAGE, sentence);
    parts_free(&p);
    dkg_model_free(model);
}

START_TEST(refuses_bad_tensors)
{
    /* down1.weight: 16*3*49 = 2352 bytes; down2.weight: 32*16*9 = 4608 bytes. */
    refuses_tensor("down1.weight", "dtype", "\"U8\"", "down1.weight has dtype 'U8', must be I8");
    refuses_tensor("head.lut", "dtype", "\"I8\"", "head.lut has dtype 'I8', must be U8");
    refuses_tensor("down1.weight", "dtype", "8", "down1.weight has dtype ''");
    refuses_tensor("down1.weight", "dtype", NULL, "down1.weight is missing, or has not exactly");
    refuses_tensor("down1.weight", "more", "1", "down1.weight is missing, or has not exactly");
    refuses_tensor("down1.weight", "shape", "[16,3,49]", "down1.weight has not the shape");
    refuses_tensor("down1.weight", "shape", "[3,16,7,7]", "down1.weight has not the shape");
    refuses_tensor("down1.weight", "shape", "[16,3,7,7.0]", "down1.weight has not the shape");
    refuses_tensor("down1.weight", "shape", "[16,3,7,7,1]", "down1.weight has not the shape");
    refuses_tensor("up1.weight", "shape", "[32,64,3,3]", "up1.weight has not the shape");
    refuses_tensor("down1.weight", "data_offsets", "[0]", "down1.weight does not begin");
    refuses_tensor("down1.weight", "data_offsets", "[-1,2351]", "down1.weight does not begin");
    refuses_tensor("down1.weight", "data_offsets", "\"0\"", "down1.weight does not begin");
    refuses_tensor("down1.weight", "data_offsets", "[9223372036854775807,2352]", "down1.weight does not begin");
    refuses_tensor("down1.weight", "data_offsets", "[0,2351]", "down1.weight does not span 2352 bytes");
    refuses_tensor("down1.weight", "data_offsets", "[0,2353]", "down1.weight does not span 2352 bytes");
    refuses_tensor("down1.weight", "data_offsets", "[1,2353]", "down1.weight");
    refuses_tensor("down1.weight", "data_offsets", "[1,2353]", "a gap before tensor down1.weight at offset 1");
    refuses_tensor("down2.weight", "data_offsets", "[2351,6959]", "an overlap with tensor down2.weight at offset 2351");
    refuses_tensor("down2.weight", "data_offsets", "[2353,6961]", "a gap before tensor down2.weight at offset 2353");
}
END_TEST

START_TEST(refuses_missing_foreign_and_left_over_bytes)
{
    dkg_model *model = make_model(false), *none;
    parts p = take_apart(model);
    p.data = realloc(p.data, p.size + 1);
    p.data[p.size++] = 0;
    ck_fails(parse_parts(&p, JSON_COMPACT, &none, err), DKG_USAGE, "1 bytes after the last tensor");
    p.size--;
    json_object_set_new(p.header, "extra", json_object());
    ck_fails(parse_parts(&p, JSON_COMPACT, &none, err), DKG_USAGE, "19 tensors, must have 18");
    json_object_del(p.header, "extra");
    p.data[5] = 0x80;
    ck_fails(parse_parts(&p, JSON_COMPACT, &none, err), DKG_USAGE, "weight 5 of down1.weight is -128");
    p.data[5] = 0x81;
    ck_ok(parse_parts(&p, JSON_COMPACT, &none, err));
    dkg_model_free(none);
    json_object_set_new(json_object_get(p.header, "__metadata__"), "dkg.head.s", json_string("3"));
    ck_fails(parse_parts(&p, JSON_COMPACT, &none, err), DKG_USAGE, "dkg.head.s");
    json_object_del(json_object_get(p.header, "__metadata__"), "dkg.head.s");
    json_object_del(p.header, "res3.conv1.weight");
    ck_fails(parse_parts(&p, JSON_COMPACT, &none, err), DKG_USAGE, "res3.conv1.weight is missing");
    parts_free(&p);
    dkg_model_free(model);
}
END_TEST

START_TEST(writer_refuses_a_header_its_reader_would_refuse)
{
    dkg_model *model = make_model(false);
    uint8_t *file = (uint8_t *)model;
    size_t size = 1;
    char *note = malloc(65536);
    memset(note, 'x', 65535);
    note[65535] = 0;
    ck_ok(dkg_model_set_metadata(model, "note", note, err));
    ck_fails(dkg_model_serialize(model, &file, &size, err), DKG_USAGE, "at most 65536");
    ck_assert_ptr_null(file);
    ck_assert_uint_eq(size, 0);
    free(note);
    dkg_model_free(model);
}
END_TEST

/* Every byte of the header changed: refused, or the same weights (a change of provenance or of a blank). */
START_TEST(survives_every_changed_header_byte)
{
    dkg_model *model = make_model(false), *again;
    uint8_t *file;
    size_t size, accepted = 0;
    ck_ok(dkg_model_set_metadata(model, "note", "abc", err));
    ck_ok(dkg_model_serialize(model, &file, &size, err));
    size_t length = (size_t)dkg_load64(file);
    for (size_t i = 0; i < 8 + length; i++) {
        file[i] ^= 1;
        dkg_status status = dkg_model_parse(file, size, &again, NULL);
        if (status == DKG_OK) {
            accepted++;
            ck_assert_mem_eq(dkg_model_digest(model), dkg_model_digest(again), DKG_DIGEST_BYTES);
        } else {
            ck_assert_int_eq(status, DKG_USAGE);
        }
        dkg_model_free(again);
        file[i] ^= 1;
    }
    ck_assert_uint_ge(accepted, 7); /* the letters of "note" and "abc" */
    ck_assert_uint_le(accepted, 16);
    free(file);
    dkg_model_free(model);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("safetensors");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 120);
    tcase_add_test(all, round_trip_keeps_digest_and_metadata);
    tcase_add_test(all, spelling_does_not_matter);
    tcase_add_test(all, refuses_bad_frames);
    tcase_add_test(all, refuses_bad_json);
    tcase_add_test(all, refuses_bad_metadata);
    tcase_add_test(all, refuses_bad_tensors);
    tcase_add_test(all, refuses_missing_foreign_and_left_over_bytes);
    tcase_add_test(all, writer_refuses_a_header_its_reader_would_refuse);
    tcase_add_test(all, survives_every_changed_header_byte);
    suite_add_tcase(suite, all);
    return test_run(suite, (Suite *)0);
}
