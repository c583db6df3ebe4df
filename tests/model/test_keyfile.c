/* Key files: known files, round trips, what follows from them, and every way to be malformed. */
#include "cipher/keyfile.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "cipher/schedule.h"
#include "dkg/model.h"
#include "key_vectors.h"

enum { MOST = 1024, INNER = 64, CHECKSUM = 32 };

static int asked;

static size_t ask(void *self, const char *what, uint8_t out[1024], dkg_error *err)
{
    (void)err;
    asked++;
    ck_assert_str_eq(what, "the key file");
    size_t n = strlen(self);
    memcpy(out, self, n);
    return n;
}

static const uint8_t digest[32] = {1, 2, 3};
static const dkg_argon2 cheap = {2, 65536};

static dkg_bytes text(const char *s) { return (dkg_bytes){(const uint8_t *)s, strlen(s)}; }

static dkg_keyfile *make(const uint8_t *image, const char *model)
{
    dkg_keyfile *key = NULL;
    dkg_keyfile_options options = {digest, image, text(model)};
    ck_ok(dkg_keyfile_create(&options, &key, err));
    return key;
}

static void ck_same(const dkg_keyfile *a, const dkg_keyfile *b)
{
    uint8_t one[32], two[32], *images = malloc(2 * DKG_KEY_BYTES);
    dkg_bytes m = dkg_keyfile_model(a), n = dkg_keyfile_model(b);
    ck_assert_mem_eq(dkg_keyfile_id(a), dkg_keyfile_id(b), 16);
    ck_assert_mem_eq(dkg_keyfile_model_digest(a), dkg_keyfile_model_digest(b), 32);
    ck_assert_uint_eq(m.size, n.size);
    ck_assert(m.size == 0 || memcmp(m.at, n.at, m.size) == 0);
    dkg_keyfile_initial_image(a, images);
    dkg_keyfile_initial_image(b, images + DKG_KEY_BYTES);
    ck_assert(memcmp(images, images + DKG_KEY_BYTES, DKG_KEY_BYTES) == 0);
    dkg_keyfile_kek(a, one);
    dkg_keyfile_kek(b, two);
    ck_assert_mem_eq(one, two, 32);
    dkg_keyfile_factor(a, one);
    dkg_keyfile_factor(b, two);
    ck_assert_mem_eq(one, two, 32);
    free(images);
}

/* Files made by tests/vectors/make_keys.py, without and with a passphrase. */
START_TEST(known_files_give_known_keys)
{
    json_t *all = vectors_load("keys.json");
    static const char *const names[] = {"keyfile", "keyfile_wrapped"};
    char passphrase[64] = "";
    vectors_bytes(all, "passphrase", (uint8_t *)passphrase, sizeof passphrase - 1);
    for (size_t i = 0; i < 2; i++) {
        uint8_t file[MOST], core[128], out[32], *image = malloc(DKG_KEY_BYTES);
        size_t size = vectors_bytes(all, names[i], file, sizeof file);
        dkg_keyfile *key;
        asked = 0;
        ck_assert(dkg_is_keyfile(file, size));
        ck_assert_int_eq(dkg_keyfile_wrapped(file, size), i == 1);
        ck_ok(dkg_keyfile_parse(file, size, ask, passphrase, &key, err));
        ck_assert_int_eq(asked, (int)i);
        ck_vector(all, "keyfile_id", dkg_keyfile_id(key), 16);
        ck_vector(all, "model_digest", dkg_keyfile_model_digest(key), 32);
        ck_vector(all, "model", dkg_keyfile_model(key).at, dkg_keyfile_model(key).size);
        dkg_keyfile_initial_image(key, image);
        DKG_B2(out, 32, NULL, {image, DKG_KEY_BYTES});
        ck_vector(all, "initial_digest", out, 32);
        vectors_bytes(all, "core", core, sizeof core);
        dkg_keyfile_kek(key, out);
        ck_vector(all, "kek", out, 32);
        dkg_keyfile_factor(key, out);
        ck_vector(all, "factor", out, 32);
        dkg_keyfile_mark(key, core + 48, out);
        ck_vector(all, "mark", out, 8);
        dkg_keyfile_paper_key(key, core + 48, out);
        ck_vector(all, "paper_key", out, 32);
        if (i == 0) { /* what was read is written again, bit for bit */
            uint8_t *again;
            size_t again_size;
            ck_ok(dkg_keyfile_serialize(key, (dkg_bytes){0}, cheap, &again, &again_size, err));
            ck_assert_uint_eq(again_size, size);
            ck_assert_mem_eq(again, file, size);
            dkg_secret_free(again);
        }
        dkg_keyfile_free(key);
        free(image);
    }
    json_decref(all);
}
END_TEST

START_TEST(made_files_come_back)
{
    uint8_t *image = malloc(DKG_KEY_BYTES), *got = malloc(DKG_KEY_BYTES), *bytes;
    test_pattern(image, DKG_KEY_BYTES, 4);
    for (unsigned kind = 0; kind < 8; kind++) { /* image, model, passphrase */
        dkg_keyfile *key = make(kind & 1 ? image : NULL, kind & 2 ? "some model" : ""), *back;
        dkg_bytes passphrase = text(kind & 4 ? "secret" : "");
        size_t size;
        ck_ok(dkg_keyfile_serialize(key, passphrase, cheap, &bytes, &size, err));
        size_t wanted = 64 + 80 + (kind & 1 ? DKG_KEY_BYTES : 32u) + (kind & 2 ? 10u : 0u) + (kind & 4 ? 16u : 0u) + 32;
        ck_assert_uint_eq(size, wanted);
        ck_ok(dkg_keyfile_parse(bytes, size, ask, (char[]){"secret"}, &back, err));
        ck_same(key, back);
        if (kind & 1) {
            dkg_keyfile_initial_image(back, got);
            ck_assert(memcmp(got, image, DKG_KEY_BYTES) == 0);
        }
        dkg_keyfile_free(key);
        dkg_keyfile_free(back);
        dkg_secret_free(bytes);
    }
    free(image);
    free(got);
}
END_TEST

/* Two files share nothing; the factor depends on K0, model digest and initial image, the KEK on K0 alone. */
START_TEST(every_part_counts)
{
    dkg_keyfile *a = make(NULL, ""), *b = make(NULL, "");
    uint8_t one[32], two[32];
    ck_assert_mem_ne(dkg_keyfile_id(a), dkg_keyfile_id(b), 16);
    dkg_keyfile_kek(a, one);
    dkg_keyfile_kek(b, two);
    ck_assert_mem_ne(one, two, 32);
    static const struct {
        size_t at;
        bool kek;
    } parts[] = {{INNER + 0, true}, {INNER + 32, false}, {INNER + 80, false}};
    uint8_t *bytes;
    size_t size;
    ck_ok(dkg_keyfile_serialize(a, (dkg_bytes){0}, cheap, &bytes, &size, err));
    for (size_t i = 0; i < 3; i++) {
        dkg_keyfile *other;
        bytes[parts[i].at] ^= 1;
        DKG_B2(bytes + size - CHECKSUM, CHECKSUM, NULL, {bytes, size - CHECKSUM});
        ck_ok(dkg_keyfile_parse(bytes, size, NULL, NULL, &other, err));
        dkg_keyfile_factor(a, one);
        dkg_keyfile_factor(other, two);
        ck_assert_mem_ne(one, two, 32);
        dkg_keyfile_kek(a, one);
        dkg_keyfile_kek(other, two);
        ck_assert_int_eq(memcmp(one, two, 32) != 0, parts[i].kek);
        dkg_keyfile_free(other);
        bytes[parts[i].at] ^= 1;
    }
    dkg_secret_free(bytes);
    dkg_keyfile_free(a);
    dkg_keyfile_free(b);
}
END_TEST

static void ck_refused(const uint8_t *file, size_t size, dkg_status status, const char *part)
{
    uint8_t *exact = malloc(size ? size : 1); /* a read past the end is seen */
    dkg_keyfile *key = (dkg_keyfile *)exact;
    memcpy(exact, file, size);
    ck_fails(dkg_keyfile_parse(exact, size, ask, (char[]){"secret"}, &key, err), status, part);
    ck_assert_ptr_null(key);
    free(exact);
}

/* One byte changed with the checksum made right again: each has its own sentence. */
START_TEST(every_wrong_field_is_named)
{
    static const struct {
        size_t at;
        uint8_t to;
        dkg_status status;
        const char *part;
    } wrong[] = {
        {0, 'X', DKG_USAGE, "DKGKEY1"},           {7, 1, DKG_USAGE, "DKGKEY1"},
        {8, 2, DKG_USAGE, "version 2.0"},         {9, 1, DKG_USAGE, "version 257.0"},
        {12, 2, DKG_USAGE, "protection 2"},       {13, 1, DKG_USAGE, "header is not zero"},
        {14, 1, DKG_USAGE, "header is not zero"}, {15, 1, DKG_USAGE, "header is not zero"},
        {32, 1, DKG_USAGE, "Argon2 values"},      {47, 1, DKG_USAGE, "Argon2 values"},
        {48, 1, DKG_USAGE, "Argon2 values"},      {55, 1, DKG_USAGE, "Argon2 values"},
        {56, 115, DKG_USAGE, "header says 115"},  {56, 113, DKG_USAGE, "header says 113"},
        {63, 0xFF, DKG_USAGE, "header says"},
        {64 + 64, 33, DKG_USAGE, "33 bytes"},     {64 + 66, 3, DKG_USAGE, "196640 bytes"},
        {64 + 68, 1, DKG_USAGE, "content is not zero"}, {64 + 71, 1, DKG_USAGE, "content is not zero"},
        {64 + 72, 1, DKG_USAGE, "added up"},        {64 + 79, 0xFF, DKG_USAGE, "added up"},
    };
    dkg_keyfile *key = make(NULL, "mm");
    uint8_t *bytes;
    size_t size;
    ck_ok(dkg_keyfile_serialize(key, (dkg_bytes){0}, cheap, &bytes, &size, err));
    dkg_keyfile_free(key);
    ck_assert_uint_eq(size, 210);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint8_t kept = bytes[wrong[i].at];
        bytes[wrong[i].at] = wrong[i].to;
        DKG_B2(bytes + size - CHECKSUM, CHECKSUM, NULL, {bytes, size - CHECKSUM});
        ck_refused(bytes, size, wrong[i].status, wrong[i].part);
        bytes[wrong[i].at] = kept;
    }
    /* the whole image announced, but not there */
    dkg_store32(bytes + INNER + 64, DKG_KEY_BYTES);
    DKG_B2(bytes + size - CHECKSUM, CHECKSUM, NULL, {bytes, size - CHECKSUM});
    ck_refused(bytes, size, DKG_USAGE, "added up");
    dkg_secret_free(bytes);
}
END_TEST

/* A higher minor version only adds what may be skipped. */
START_TEST(higher_minor_versions_are_read)
{
    dkg_keyfile *key = make(NULL, ""), *back;
    uint8_t *bytes;
    size_t size;
    ck_ok(dkg_keyfile_serialize(key, (dkg_bytes){0}, cheap, &bytes, &size, err));
    bytes[10] = 7;
    DKG_B2(bytes + size - CHECKSUM, CHECKSUM, NULL, {bytes, size - CHECKSUM});
    ck_ok(dkg_keyfile_parse(bytes, size, NULL, NULL, &back, err));
    ck_same(key, back);
    dkg_keyfile_free(key);
    dkg_keyfile_free(back);
    dkg_secret_free(bytes);
}
END_TEST

START_TEST(every_flipped_bit_and_every_cut_is_refused)
{
    dkg_keyfile *key = make(NULL, "m");
    uint8_t *bytes;
    size_t size;
    ck_ok(dkg_keyfile_serialize(key, (dkg_bytes){0}, cheap, &bytes, &size, err));
    dkg_keyfile_free(key);
    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_refused(bytes, size, DKG_USAGE, "");
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t n = 0; n < size; n++) ck_refused(bytes, n, DKG_USAGE, "");
    /* shorter than any key file, yet consistent */
    dkg_store64(bytes + 56, 111);
    DKG_B2(bytes + 64 + 111, CHECKSUM, NULL, {bytes, 64 + 111});
    ck_refused(bytes, 64 + 111 + 32, DKG_USAGE, "the least is 112");
    dkg_secret_free(bytes);
}
END_TEST

START_TEST(wrong_passphrase_and_forged_costs_are_refused)
{
    json_t *all = vectors_load("keys.json");
    uint8_t file[MOST], kept[MOST];
    size_t size = vectors_bytes(all, "keyfile_wrapped", file, sizeof file);
    json_decref(all);
    memcpy(kept, file, size);
    ck_refused(file, size, DKG_NO_KEY, "passphrase does not open");
    dkg_keyfile *key;
    ck_fails(dkg_keyfile_parse(file, size, NULL, NULL, &key, err), DKG_NO_KEY, "needs a passphrase");
    static const struct {
        size_t at;
        uint32_t value;
    } costs[] = {{48, 0}, {48, 11}, {52, 7}, {52, 2097153}, {52, UINT32_MAX}};
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        dkg_store32(file + costs[i].at, costs[i].value);
        DKG_B2(file + size - CHECKSUM, CHECKSUM, NULL, {file, size - CHECKSUM});
        asked = 0;
        ck_refused(file, size, DKG_POLICY, "outside the accepted");
        ck_assert_int_eq(asked, 0); /* no one types a passphrase for a forged file */
        memcpy(file, kept, size);
    }
    /* the header is bound to the wrapped content: another id, right checksum and right passphrase */
    char passphrase[] = "Gr\xc3\xbc\xc3\x9f" "e, world";
    file[16] ^= 1;
    DKG_B2(file + size - CHECKSUM, CHECKSUM, NULL, {file, size - CHECKSUM});
    ck_fails(dkg_keyfile_parse(file, size, ask, passphrase, &key, err), DKG_NO_KEY, "does not open");
    ck_ok(dkg_keyfile_parse(kept, size, ask, passphrase, &key, err));
    dkg_keyfile_free(key);
}
END_TEST

START_TEST(writing_refuses_what_it_should)
{
    dkg_keyfile *key = NULL;
    dkg_keyfile_options none = {0};
    ck_fails(dkg_keyfile_create(&none, &key, err), DKG_USAGE, "digest");
    key = make(NULL, "");
    uint8_t *bytes = (uint8_t *)key;
    size_t size = 1;
    ck_fails(dkg_keyfile_serialize(key, text("secret"), (dkg_argon2){1, 65536}, &bytes, &size, err), DKG_POLICY, "1 passes");
    ck_assert_ptr_null(bytes);
    ck_assert_uint_eq(size, 0);
    ck_fails(dkg_keyfile_serialize(key, (dkg_bytes){(const uint8_t *)"\0", 1}, cheap, &bytes, &size, err), DKG_USAGE, "NUL");
    dkg_keyfile_free(key);
}
END_TEST

/* Nothing of the inner part can be found in a wrapped file. */
START_TEST(wrapped_files_hide_their_content)
{
    dkg_keyfile *key = make(NULL, "a model text to look for");
    uint8_t *plain, *wrapped, *again;
    size_t n, m;
    ck_ok(dkg_keyfile_serialize(key, (dkg_bytes){0}, cheap, &plain, &n, err));
    ck_ok(dkg_keyfile_serialize(key, text("secret"), cheap, &wrapped, &m, err));
    ck_ok(dkg_keyfile_serialize(key, text("secret"), cheap, &again, &m, err));
    ck_assert_mem_ne(wrapped + 32, again + 32, 16); /* psalt is fresh */
    for (size_t i = INNER; i + 16 <= n - CHECKSUM; i++) {
        if (dkg_is_zero(plain + i, 8)) continue;
        for (size_t k = 64; k + 16 <= m; k++) ck_assert(memcmp(plain + i, wrapped + k, 16) != 0);
    }
    dkg_secret_free(plain);
    dkg_secret_free(wrapped);
    dkg_secret_free(again);
    dkg_keyfile_free(key);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("keyfile");
    TCase *t = tcase_create("all");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, known_files_give_known_keys);
    tcase_add_test(t, made_files_come_back);
    tcase_add_test(t, every_part_counts);
    tcase_add_test(t, every_wrong_field_is_named);
    tcase_add_test(t, higher_minor_versions_are_read);
    tcase_add_test(t, every_flipped_bit_and_every_cut_is_refused);
    tcase_add_test(t, wrong_passphrase_and_forged_costs_are_refused);
    tcase_add_test(t, writing_refuses_what_it_should);
    tcase_add_test(t, wrapped_files_hide_their_content);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
