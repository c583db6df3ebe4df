/* The envelope in the header extension (volume-format section 9). */
#include <stdlib.h>
#include <string.h>

#include "cipher/extension.h"
#include "support.h"
#include "volume.h"

static uint8_t *read_text(const char *text, size_t *size) { return dkg_extension_envelope((dkg_bytes){(const uint8_t *)text, strlen(text)}, size); }

START_TEST(what_is_written_is_read)
{
    dkg_source *s = source_make(4, 2, 8, 8, 4, 1);
    dkg_carrier *c = encrypt_simply(s, DKG_MODE_AEAD);
    size_t size;
    uint8_t *bytes = read_text(c->extension, &size);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(size, 1168);
    ck_assert_mem_eq(bytes, c->voxels + 4 * 128, size);
    free(bytes);
    char padded[4096] = {0}; /* as a file holds it: spaces, LF, and zeros of a host */
    memcpy(padded, c->extension, c->extension_size);
    memset(padded + c->extension_size, ' ', 15);
    padded[c->extension_size + 15] = '\n';
    bytes = dkg_extension_envelope((dkg_bytes){(const uint8_t *)padded, sizeof padded}, &size);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(size, 1168);
    free(bytes);
    dkg_carrier_free(c);
    source_free(s);
}
END_TEST

START_TEST(a_large_envelope_is_left_out)
{
    dkg_source *s = source_make(2, 1, 4, 4, 200000, 1); /* 32 bytes per slice: 6.4 MB */
    dkg_encrypt_options o = options_make(DKG_MODE_AEAD);
    o.nifti2 = true;
    dkg_carrier *c = encrypt_with(s, &o);
    size_t size = 1;
    ck_assert_uint_lt(c->extension_size, 400);
    ck_assert(strstr(c->extension, "\"note\":\"encrypted volume, not an image\"}"));
    ck_assert_ptr_null(read_text(c->extension, &size));
    ck_assert_uint_eq(size, 0);
    dkg_carrier_free(c);
    source_free(s);
}
END_TEST

START_TEST(other_texts_hold_nothing)
{
    static const char *const texts[] = {"", "   ", "{", "[]", "\"DKG1\"", "{}", "{\"format\":\"DKG1\"}", "{\"envelope\":\"AAAA\"}",
        "{\"format\":\"DKG2\",\"envelope\":\"AAAA\"}", "{\"format\":1,\"envelope\":\"AAAA\"}", "{\"format\":\"DKG1\",\"envelope\":7}",
        "{\"format\":\"DKG1\",\"envelope\":\"\"}", "{\"format\":\"DKG1\",\"envelope\":\"AAA\"}", "{\"format\":\"DKG1\",\"envelope\":\"AA*A\"}",
        "{\"format\":\"DKG1\",\"envelope\":\"AAAA\"} x", "{\"format\":\"DKG1\",\"envelope\":\"AAAA\",\"envelope\":\"AAAA\"}"};
    size_t size;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ck_assert_msg(read_text(texts[i], &size) == NULL, "%s", texts[i]);
        ck_assert_uint_eq(size, 0);
    }
    uint8_t *bytes = read_text("{\"format\":\"DKG1\",\"envelope\":\"AQID\"}", &size);
    ck_assert(bytes && size == 3 && bytes[2] == 3);
    free(bytes);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("extension");
    TCase *c = tcase_create("extension");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, what_is_written_is_read);
    tcase_add_test(c, a_large_envelope_is_left_out);
    tcase_add_test(c, other_texts_hold_nothing);
    suite_add_tcase(s, c);
    return test_run(s, (Suite *)0);
}
