/* The models in model/models open, are the ones their README names, and say whether they were trained. */
#include <stdlib.h>
#include <string.h>

#include "dkg/model.h"
#include "support.h"

#define FOLDER "model/models/"

START_TEST(untrained_model_is_as_published)
{
    uint8_t *file, *readme;
    size_t size, readme_size;
    dkg_model *model;
    ck_ok(dkg_file_read(FOLDER "deepkeygen-n64-untrained.safetensors", 1 << 24, &file, &size, err));
    ck_ok(dkg_model_parse(file, size, &model, err));
    ck_assert_uint_eq(dkg_model_channels(model), 64);
    ck_assert_int_eq(dkg_model_head(model), DKG_HEAD_FOLD);
    ck_assert_str_eq(dkg_model_metadata(model, "dkg.train.steps"), "0");
    ck_assert_ptr_nonnull(strstr(dkg_model_metadata(model, "dkg.train.note"), "untrained"));

    ck_ok(dkg_file_read(FOLDER "README.md", 1 << 20, &readme, &readme_size, err));
    const char *digest = test_hex(dkg_model_digest(model), DKG_DIGEST_BYTES);
    bool named = false;
    for (size_t i = 0; !named && i + 64 <= readme_size; i++) named = memcmp(readme + i, digest, 64) == 0;
    ck_assert_msg(named, "README.md does not name the digest %s", digest);
    free(readme);
    free(file);
    dkg_model_free(model);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shipped models");
    TCase *all = tcase_create("all");
    tcase_add_test(all, untrained_model_is_as_published);
    suite_add_tcase(suite, all);
    return test_run(suite, (Suite *)0);
}
