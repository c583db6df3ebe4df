/* Numbers as text in every locale, and suggestions. */
#include <locale.h>
#include <math.h>

#include "sample.h"

#include "host/values.h"

START_TEST(integers)
{
    int64_t v = 7;
    ck_assert(dkg_text_integer("0", &v) && v == 0);
    ck_assert(dkg_text_integer("-12", &v) && v == -12);
    ck_assert(dkg_text_integer("+3", &v) && v == 3);
    ck_assert(dkg_text_integer("9223372036854775807", &v) && v == INT64_MAX);
    ck_assert(dkg_text_integer("-9223372036854775808", &v) && v == INT64_MIN);
    v = 7;
    static const char *const bad[] = {"", "-", "+", "--1", " 1", "1 ", "1.0", "1e3", "0x10", "ten", "9223372036854775808"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) ck_assert_msg(!dkg_text_integer(bad[i], &v) && v == 7, "%s", bad[i]);
}
END_TEST

START_TEST(doubles)
{
    double v = 7;
    ck_assert(dkg_text_double("0.25", &v) && v == 0.25);
    ck_assert(dkg_text_double("-1e-3", &v) && v == -1e-3);
    ck_assert(dkg_text_double("5", &v) && v == 5);
    v = 7;
    static const char *const bad[] = {"", ".", "1,5", " 1", "1 ", "nan", "inf", "0x1p3", "1e999", "1.2.3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) ck_assert_msg(!dkg_text_double(bad[i], &v) && v == 7, "%s", bad[i]);
}
END_TEST

START_TEST(numbers_have_a_point_in_every_locale)
{
    static const char *const comma[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "hu_HU.UTF-8", "de_DE", "ru_RU.UTF-8"};
    const char *set = NULL;
    char text[DKG_NUMBER_TEXT], local[40];
    double v = 0;
    for (size_t i = 0; i < sizeof comma / sizeof comma[0] && !set; i++) set = setlocale(LC_ALL, comma[i]);
    if (!set) {
        test_skip("numbers in a locale with a decimal comma", "no such locale is installed");
    } else {
        snprintf(local, sizeof local, "%.1f", 0.5);
        ck_assert_str_eq(local, "0,5");
    }
    dkg_number_text(0.5, 9, text);
    ck_assert_str_eq(text, "0.5");
    ck_assert(dkg_text_double("0.5", &v) && v == 0.5);
    ck_assert(!dkg_text_double("0,5", &v));
    if (set) {
        snprintf(local, sizeof local, "%.1f", 0.5);
        ck_assert_str_eq(local, "0,5"); /* the caller's locale is as it was */
    }
    setlocale(LC_ALL, "C");
}
END_TEST

START_TEST(numbers_as_text)
{
    char text[DKG_NUMBER_TEXT];
    dkg_number_text(7.99912345678, 9, text);
    ck_assert_str_eq(text, "7.99912346");
    dkg_number_text(1e-9, 9, text);
    ck_assert_str_eq(text, "1e-09");
    dkg_number_text((double)NAN, 9, text);
    ck_assert_str_eq(text, "nan");
    dkg_number_text(-(double)NAN, 9, text);
    ck_assert_str_eq(text, "nan");
    dkg_number_text(-(double)INFINITY, 9, text);
    ck_assert_str_eq(text, "-inf");
}
END_TEST

START_TEST(slips_find_their_word)
{
    static const char *const words[] = {"encrypt", "decrypt", "inspect", "rekey", "reencrypt"};
    ck_assert_str_eq(dkg_suggest("encyrpt", words, 5), "encrypt");
    ck_assert_str_eq(dkg_suggest("decrpt", words, 5), "decrypt");
    ck_assert_str_eq(dkg_suggest("inspekt", words, 5), "inspect");
    ck_assert_str_eq(dkg_suggest("rekkey", words, 5), "rekey");
    ck_assert_str_eq(dkg_suggest("decrypt", words, 5), "decrypt");
    ck_assert_ptr_null(dkg_suggest("banana", words, 5));
    ck_assert_ptr_null(dkg_suggest("", words, 5));
    ck_assert_ptr_null(dkg_suggest("x", words, 0));
    ck_assert_ptr_null(dkg_suggest("a-very-long-word-that-no-command-was-ever-going-to-be-called", words, 5));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("values");
    TCase *t = tcase_create("values");
    tcase_add_test(t, integers);
    tcase_add_test(t, doubles);
    tcase_add_test(t, numbers_have_a_point_in_every_locale);
    tcase_add_test(t, numbers_as_text);
    tcase_add_test(t, slips_find_their_word);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
