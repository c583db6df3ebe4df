/* Whole volumes made with fixed randomness and the fast generator: the bytes in tests/vectors/volume/known.json for ever.
 * `test_known_answers write FILE` writes such a file, to add cases; tests/reader/volume.py reads them without this code. */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "volume.h"

static const char VECTORS[] = "tests/vectors/volume/known.json", PASSPHRASE[] = "correct horse battery staple";

typedef struct known {
    const char *name;
    dkg_mode mode;
    uint16_t datatype, bpv;
    uint64_t nx, ny, slices;
    bool stream, factor, everything, fixed_image;
} known;

static const known cases[] = {
    {"hybrid, one recipient", DKG_MODE_HYBRID, 4, 2, 10, 9, 3, false, false, false, false},
    {"aead, one recipient", DKG_MODE_AEAD, 4, 2, 10, 9, 3, false, false, false, false},
    {"paper, one key file", DKG_MODE_PAPER, 4, 2, 10, 9, 3, false, false, false, false},
    {"paper, fixed image", DKG_MODE_PAPER, 2, 1, 16, 16, 3, false, false, false, true},
    {"hybrid, recipient, passphrase, key file and signature", DKG_MODE_HYBRID, 16, 4, 7, 5, 4, false, false, true, false},
    {"hybrid, second factor", DKG_MODE_HYBRID, 128, 3, 12, 11, 2, false, true, false, false},
    {"hybrid, stream layout", DKG_MODE_HYBRID, 64, 8, 3, 5, 7, true, false, false, false},
};
enum { CASES = sizeof cases / sizeof *cases };

static json_t *base64_of(const uint8_t *bytes, size_t size)
{
    size_t room = sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(room);
    ck_assert_ptr_nonnull(text);
    sodium_bin2base64(text, room, bytes, size, sodium_base64_VARIANT_ORIGINAL);
    json_t *value = json_string(text);
    free(text);
    return value;
}

static json_t *digest_of(const void *bytes, size_t size)
{
    uint8_t hash[32];
    crypto_generichash(hash, sizeof hash, bytes, size, NULL, 0);
    return json_string(test_hex(hash, sizeof hash));
}

/* Everything a reader needs and must find. */
static json_t *make(const known *k)
{
    uint8_t seed[32] = {0}, signing[64], *keyfile_bytes = NULL;
    size_t keyfile_size = 0;
    dkg_keyfile *keyfile = NULL;
    dkg_source *s = source_make(k->datatype, k->bpv, k->nx, k->ny, k->slices, 99);
    seed[0] = (uint8_t)(k - cases + 1);
    (void)volume_keyfile(); /* draws its own randomness the first time */
    test_fixed_random(seed);
    dkg_keyfile_options new_key = {.model_digest = dkg_model_digest(volume_model())};
    ck_ok(dkg_keyfile_create(&new_key, &keyfile, err));
    ck_ok(dkg_keyfile_serialize(keyfile, (dkg_bytes){NULL, 0}, DKG_ARGON2_DEFAULT, &keyfile_bytes, &keyfile_size, err));
    dkg_signing_key_generate(signing);
    dkg_encrypt_options o = options_make(k->mode);
    o.stream = k->stream;
    o.fixed_image = k->fixed_image;
    o.note = k->name;
    s->name = "known.nii";
    o.locks.key_factor = k->factor;
    if (k->mode == DKG_MODE_PAPER || k->factor || k->everything) o.locks.keyfile = keyfile;
    if (k->everything) {
        o.locks.passphrase = (dkg_bytes){(const uint8_t *)PASSPHRASE, sizeof PASSPHRASE - 1};
        o.locks.cost = (dkg_argon2){2, 65536};
        o.locks.signing_key = signing;
    }
    dkg_carrier *c = encrypt_with(s, &o);
    json_t *out = json_pack("{s:s,s:s,s:[i,i,i],s:i,s:o,s:o,s:s,s:o,s:s,s:s,s:o,s:o}", "name", k->name, "mode", dkg_mode_name(k->mode),
                            "dim", (int)c->nx, (int)c->ny, (int)c->planes, "carrier_bytes", (int)c->carrier_bytes,
                            "voxels", base64_of(c->voxels, c->voxel_bytes), "extension_digest", digest_of(c->extension, c->extension_size),
                            "identity", test_hex(volume_identity()->scalar, 32), "keyfile", base64_of(keyfile_bytes, keyfile_size),
                            "passphrase", PASSPHRASE, "model_digest", test_hex(dkg_model_digest(volume_model()), 32),
                            "head_digest", digest_of(s->head.at, s->head.size), "data_digest", digest_of(s->data.at, s->data.size));
    ck_assert_ptr_nonnull(out);
    dkg_carrier_free(c);
    dkg_secret_free(keyfile_bytes);
    dkg_keyfile_free(keyfile);
    source_free(s);
    test_fixed_random(NULL);
    return out;
}

START_TEST(volumes_are_what_they_always_were)
{
    json_t *all = json_load_file(VECTORS, 0, NULL);
    ck_assert_msg(json_array_size(all) == CASES, "%s", VECTORS);
    const known *k = &cases[_i];
    json_t *made = make(k), *kept = json_array_get(all, (size_t)_i);
    const char *name;
    json_t *value;
    json_object_foreach(kept, name, value) ck_assert_msg(json_equal(value, json_object_get(made, name)), "%s: %s", k->name, name);
    ck_assert_uint_eq(json_object_size(made), json_object_size(kept));
    json_decref(made);
    json_decref(all);
}
END_TEST

static const char *write_to;
START_TEST(write_vectors)
{
    json_t *all = json_array();
    for (size_t i = 0; i < CASES; i++) json_array_append_new(all, make(&cases[i]));
    ck_assert_int_eq(json_dump_file(all, write_to, JSON_INDENT(1)), 0);
    json_decref(all);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "write") == 0) write_to = argv[2];
    Suite *s = suite_create("known answers");
    TCase *c = tcase_create("known answers");
    tcase_set_timeout(c, 60);
    if (write_to)
        tcase_add_test(c, write_vectors);
    else
        tcase_add_loop_test(c, volumes_are_what_they_always_were, 0, CASES);
    suite_add_tcase(s, c);
    return test_run(s, (Suite *)0);
}
