/* Key schedule: known answers computed by tests/vectors/make_keys.py, and the rules for blocks. */
#include "cipher/schedule.h"

#include <stdlib.h>

#include "dkg/model.h"
#include "key_vectors.h"

START_TEST(parts_hash_as_one_message)
{
    uint8_t one[32], two[32], key[32], keyed[32];
    test_pattern(key, sizeof key, 1);
    DKG_B2(one, 32, NULL, DKG_TEXT("abcdef"));
    DKG_B2(two, 32, NULL, DKG_TEXT("abc"), DKG_TEXT(""), DKG_TEXT("def"));
    DKG_B2(keyed, 32, key, DKG_TEXT("abcdef"));
    ck_assert_mem_eq(one, two, 32);
    ck_assert_mem_ne(one, keyed, 32);
}
END_TEST

START_TEST(nonces_are_counter_and_purpose)
{
    uint8_t nonce[24];
    dkg_nonce(nonce, 0x0807060504030201, DKG_NONCE_METADATA);
    ck_assert_str_eq(test_hex(nonce, 24), "010203040506070802000000000000000000000000000000");
}
END_TEST

START_TEST(subkeys_match_known_answers)
{
    json_t *all = vectors_load("schedule.json"), *cases = json_object_get(all, "derive"), *one;
    size_t i;
    ck_assert_uint_ge(json_array_size(cases), 3);
    json_array_foreach(cases, i, one)
    {
        uint8_t fk[32], core[96], kf[32];
        dkg_schedule s;
        ck_assert_uint_eq(vectors_bytes(one, "fk", fk, 32), 32);
        ck_assert_uint_eq(vectors_bytes(one, "core", core, 96), 96);
        ck_assert_uint_eq(vectors_bytes(one, "kf", kf, 32), 32);
        dkg_schedule_derive(fk, core, kf, &s);
        ck_vector(one, "aead", s.aead, 32);
        ck_vector(one, "gen", s.gen, 32);
        ck_vector(one, "gcheck", s.gcheck, 32);
        ck_vector(one, "meta", s.meta, 32);
        ck_vector(one, "mac", s.mac, 32);
        ck_vector(one, "commitment", s.commitment, 32);
        ck_vector(one, "slots", s.slots, 32);
    }
    json_decref(all);
}
END_TEST

START_TEST(images_match_known_answers)
{
    json_t *all = vectors_load("schedule.json"), *cases = json_object_get(all, "image"), *one;
    size_t i;
    uint8_t *image = malloc(DKG_KEY_BYTES), *initial = malloc(DKG_KEY_BYTES);
    ck_assert_uint_ge(json_array_size(cases), 3);
    json_array_foreach(cases, i, one)
    {
        uint8_t gen[32], seed[32], digest[32];
        vectors_bytes(one, "gen", gen, 32);
        bool secret = vectors_bytes(one, "seed", seed, 32) == 32;
        if (secret) dkg_xstream(initial, DKG_KEY_BYTES, seed, (const uint8_t[24]){"DKG1 I0"});
        uint32_t rows = vectors_number(one, "rows");
        dkg_initial_image(gen, secret ? initial : NULL, vectors_number(one, "z"), vectors_number(one, "j"), rows, image);
        DKG_B2(digest, 32, NULL, {image, (size_t)rows * 768});
        ck_vector(one, "digest", digest, 32);
    }
    free(image);
    free(initial);
    json_decref(all);
}
END_TEST

START_TEST(fixed_image_is_the_initial_one)
{
    uint8_t *image = malloc(DKG_KEY_BYTES), *initial = malloc(DKG_KEY_BYTES);
    test_pattern(initial, DKG_KEY_BYTES, 3);
    dkg_initial_image(NULL, initial, 5, 1, DKG_KEY_ROWS, image);
    ck_assert_mem_eq(image, initial, DKG_KEY_BYTES);
    free(image);
    free(initial);
}
END_TEST

/* Section 6: the last block has only the rows it needs, 64 to 256, a multiple of 4; paper mode always 256. */
START_TEST(blocks_cover_their_slice)
{
    static const struct {
        uint64_t slice;
        uint32_t blocks, last;
    } cases[] = {
        {1, 1, 64},           {64 * 768, 1, 64},     {64 * 768 + 1, 1, 68},         {240 * 240 * 2, 1, 152},
        {196608, 1, 256},     {196608 - 1, 1, 256},  {196608 - 3072, 1, 252},       {196609, 2, 64},
        {512 * 512 * 2, 3, 172}, {0x7FFFFFFF, 10923, 172},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t n = dkg_block_count(cases[i].slice);
        ck_assert_uint_eq(n, cases[i].blocks);
        ck_assert_uint_eq(dkg_block_rows(cases[i].slice, n - 1, false), cases[i].last);
        ck_assert_uint_eq(dkg_block_rows(cases[i].slice, n - 1, true), 256);
        if (n > 1) ck_assert_uint_eq(dkg_block_rows(cases[i].slice, 0, false), 256);
        uint64_t covered = (uint64_t)(n - 1) * DKG_KEY_BYTES + (uint64_t)cases[i].last * 768;
        ck_assert_uint_ge(covered, cases[i].slice);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("schedule");
    TCase *t = tcase_create("all");
    tcase_add_test(t, parts_hash_as_one_message);
    tcase_add_test(t, nonces_are_counter_and_purpose);
    tcase_add_test(t, subkeys_match_known_answers);
    tcase_add_test(t, images_match_known_answers);
    tcase_add_test(t, fixed_image_is_the_initial_one);
    tcase_add_test(t, blocks_cover_their_slice);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
