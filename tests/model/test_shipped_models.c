/* The models in model/models open, are the ones their README names, say how they were trained, and make good keys. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "dkg/model.h"
#include "support.h"

#define FOLDER "model/models/"

static const struct {
    const char *file;
    uint32_t channels;
    dkg_head head;
    const char *steps, *self_test;
} shipped[] = {
    {"deepkeygen-n64-v1.safetensors", 64, DKG_HEAD_FOLD, "300", "pass"},
    {"deepkeygen-n16-v1.safetensors", 16, DKG_HEAD_FOLD, "200", "pass"},
    {"deepkeygen-n16-tanh-v1.safetensors", 16, DKG_HEAD_TANH, "300", "fail"},
};

static dkg_model *load(int i)
{
    char path[200];
    uint8_t *file;
    size_t size;
    dkg_model *model;
    snprintf(path, sizeof path, FOLDER "%s", shipped[i].file);
    ck_ok(dkg_file_read(path, 1 << 24, &file, &size, err));
    ck_ok(dkg_model_parse(file, size, &model, err));
    free(file);
    return model;
}

START_TEST(models_are_as_published)
{
    uint8_t *readme;
    size_t size;
    dkg_model *model = load(_i);
    ck_assert_uint_eq(dkg_model_channels(model), shipped[_i].channels);
    ck_assert_int_eq((int)dkg_model_head(model), (int)shipped[_i].head);
    ck_assert_str_eq(dkg_model_metadata(model, "dkg.train.steps"), shipped[_i].steps);
    ck_assert_str_eq(dkg_model_metadata(model, "dkg.train.selfTest"), shipped[_i].self_test);
    ck_assert_str_eq(dkg_model_metadata(model, "dkg.train.images"), "374 of 9 files");

    ck_ok(dkg_file_read(FOLDER "README.md", 1 << 20, &readme, &size, err));
    const char *digest = test_hex(dkg_model_digest(model), DKG_DIGEST_BYTES);
    const char *line = strstr((const char *)readme, shipped[_i].file), *end = line ? strchr(line, '\n') : NULL;
    ck_assert_msg(line && end, "README.md does not name %s", shipped[_i].file);
    const char *named = strstr(line, digest);
    ck_assert_msg(named && named < end, "README.md does not name the digest %s of %s", digest, shipped[_i].file);
    free(readme);
    dkg_model_free(model);
}
END_TEST

/* On an image of noise, as in hybrid mode. */
START_TEST(keys_are_as_their_metadata_say)
{
    dkg_model *model = load(_i);
    dkg_engine *engine;
    uint8_t *image = malloc(DKG_KEY_BYTES), *key = malloc(DKG_KEY_BYTES);
    test_pattern(image, DKG_KEY_BYTES, 5);
    ck_ok(dkg_cpu_engine(model, 0, &engine, err));
    ck_ok(engine->generate(engine, image, DKG_KEY_ROWS, DKG_KEY_WIDTH, 1, key, err));
    const dkg_key_test test = dkg_test_key(key, DKG_KEY_ROWS, DKG_KEY_WIDTH);
    ck_assert_msg(test.good == (strcmp(shipped[_i].self_test, "pass") == 0), "%s: chi-square %.1f", shipped[_i].file, test.chi_square);
    dkg_engine_free(engine);
    dkg_model_free(model);
    free(image);
    free(key);
}
END_TEST

int main(void)
{
    enum { SHIPPED = sizeof shipped / sizeof shipped[0] };
    Suite *suite = suite_create("shipped models");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60);
    tcase_add_loop_test(all, models_are_as_published, 0, SHIPPED);
    tcase_add_loop_test(all, keys_are_as_their_metadata_say, 0, SHIPPED);
    suite_add_tcase(suite, all);
    return test_run(suite, (Suite *)0);
}
