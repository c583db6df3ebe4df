/* bech32: the test vectors of BIP 173, and the rules a key text depends on. */
#include "cipher/bech32.h"

#include <stdio.h>
#include <string.h>

#include "support.h"

enum { MOST = 64 };

/* Valid texts of BIP 173, lower-case prefix, size of what they stand for. */
START_TEST(published_texts_are_read_and_written_again)
{
    static const struct {
        const char *text, *prefix;
        size_t n;
    } valid[] = {
        {"A12UEL5L", "a", 0},
        {"a12uel5l", "a", 0},
        {"an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
         "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio", 0},
        {"abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "abcdef", 20},
        {"11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j", "1", 51},
        {"split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", "split", 30},
        {"?1ezyfcl", "?", 0},
    };
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++) {
        uint8_t bytes[MOST];
        char text[128], lower[128];
        const char *why;
        ck_assert_msg(dkg_bech32_decode(valid[i].text, strlen(valid[i].text), valid[i].prefix, bytes, valid[i].n, &why), "%s: %s",
                      valid[i].text, why);
        for (size_t k = 0; k <= strlen(valid[i].text); k++)
            lower[k] = (char)(valid[i].text[k] >= 'A' && valid[i].text[k] <= 'Z' ? valid[i].text[k] + 32 : valid[i].text[k]);
        dkg_bech32_encode(valid[i].prefix, bytes, valid[i].n, text);
        ck_assert_str_eq(text, lower);
        ck_assert_uint_eq(strlen(text) + 1, DKG_BECH32_TEXT(strlen(valid[i].prefix), valid[i].n));
    }
}
END_TEST

static void refused(const char *text, size_t size, const char *prefix, size_t n, const char *part)
{
    uint8_t bytes[MOST], zeros[MOST] = {0};
    const char *why = NULL;
    memset(bytes, 0xAA, sizeof bytes);
    ck_assert_msg(!dkg_bech32_decode(text, size, prefix, bytes, n, &why), "%s was accepted", text);
    ck_assert_msg(why && strstr(why, part), "%s: %s", text, why);
    ck_assert_mem_eq(bytes, zeros, n);
}

/* Invalid texts of BIP 173; its length limit does not hold here, so the text that only breaks it is missing. */
START_TEST(published_wrong_texts_are_refused)
{
    static const struct {
        const char *text, *prefix, *why;
    } wrong[] = {
        {"\x20" "1nwldj5", " ", "space"},      {"\x7f" "1axkwrx", "\x7f", "outside"}, {"\x80" "1eym55h", "\x80", "outside"},
        {"pzry9x0s0muk", "pzry9x0s0muk", "start"}, {"1pzry9x0s0muk", "p", "start"},  {"x1b4n0q5v", "x", "length"},
        {"li1dgmt3", "li", "length"},          {"de1lg7wt\xff", "de", "outside"},     {"A1G7SGD8", "a", "checksum"},
        {"10a06t8", "a", "start"},             {"1qzzfhee", "a", "start"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refused(wrong[i].text, strlen(wrong[i].text), wrong[i].prefix, 0, wrong[i].why);
}
END_TEST

START_TEST(every_length_comes_back)
{
    for (size_t n = 0; n < MOST; n++) {
        uint8_t in[MOST], out[MOST];
        char text[128];
        const char *why;
        test_pattern(in, n, n);
        dkg_bech32_encode("age", in, n, text);
        ck_assert(dkg_bech32_decode(text, strlen(text), "age", out, n, &why));
        ck_assert_mem_eq(in, out, n);
        refused(text, strlen(text), "age", n + 1, "length");
        refused(text, strlen(text) - 1, "age", n, "length");
    }
}
END_TEST

/* BIP 173 promises that any one wrong character is found; here all of them, for a text of 32 bytes. */
START_TEST(every_wrong_character_is_found)
{
    uint8_t in[32];
    char text[64];
    test_pattern(in, sizeof in, 9);
    dkg_bech32_encode("age", in, sizeof in, text);
    for (size_t at = 0; at < strlen(text); at++) {
        char kept = text[at];
        for (int c = 1; c < 256; c++) {
            if (c == (unsigned char)kept) continue;
            text[at] = (char)c;
            refused(text, 62, "age", 32, "");
        }
        text[at] = kept;
    }
}
END_TEST

START_TEST(mixed_case_is_refused_and_either_case_read)
{
    uint8_t out[32];
    const char *why;
    char text[] = "age1tuym07t6gz6sygrfwpjtgwe8gyds0f92rls9xu9jw5vcy6vr6vxsfwe54n";
    ck_assert(dkg_bech32_decode(text, 62, "age", out, 32, &why));
    text[0] = 'A';
    refused(text, 62, "age", 32, "case");
    for (size_t i = 0; i < 62; i++)
        if (text[i] >= 'a') text[i] = (char)(text[i] - 32);
    ck_assert(dkg_bech32_decode(text, 62, "age", out, 32, &why));
}
END_TEST

/* The checksums are right; only the four unused bits of 32 bytes differ: 0, 1, 2, 4, 8, 15. */
START_TEST(padding_bits_must_be_zero)
{
    static const char *const ends[] = {"q5cu47z", "pfwgqrs", "z8aakd0", "ymj7n3c", "g2vceql", "0t40fp6"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char text[64];
        uint8_t out[32];
        const char *why;
        snprintf(text, sizeof text, "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq%s", ends[i]);
        if (i == 0)
            ck_assert(dkg_bech32_decode(text, strlen(text), "age", out, 32, &why));
        else
            refused(text, strlen(text), "age", 32, "unused last bits");
    }
}
END_TEST

/* The same bytes with the checksum of BIP 350. */
START_TEST(bech32m_is_refused)
{
    refused("age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqpyvemq", 62, "age", 32, "checksum");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("bech32");
    TCase *t = tcase_create("all");
    tcase_add_test(t, published_texts_are_read_and_written_again);
    tcase_add_test(t, published_wrong_texts_are_refused);
    tcase_add_test(t, every_length_comes_back);
    tcase_add_test(t, every_wrong_character_is_found);
    tcase_add_test(t, mixed_case_is_refused_and_either_case_read);
    tcase_add_test(t, padding_bits_must_be_zero);
    tcase_add_test(t, bech32m_is_refused);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
