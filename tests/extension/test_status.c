/* The status list: exit codes of the format document, sentences, hints. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

START_TEST(exit_codes_are_those_of_the_format)
{
    static const struct { dkg_status status; int code; } want[] = {
        {DKG_OK, 0}, {DKG_INTERNAL, 1}, {DKG_NO_MEMORY, 1}, {DKG_DEVICE, 1}, {DKG_USAGE, 2}, {DKG_NO_KEY, 3}, {DKG_ENVELOPE, 4},
        {DKG_DAMAGED, 5}, {DKG_GENERATOR, 6}, {DKG_FOREIGN, 7}, {DKG_IO, 8}, {DKG_SOURCE, 8}, {DKG_UNSUPPORTED, 8}, {DKG_POLICY, 9},
        {DKG_REPAIRED, 10}, {DKG_PARTIAL, 11}, {DKG_CANCELLED, 130}};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
        ck_assert_int_eq(dkg_status_exit_code(want[i].status), want[i].code);
}
END_TEST

START_TEST(a_number_outside_the_list_is_an_internal_error)
{
    ck_assert_str_eq(dkg_status_name((dkg_status)999), "INTERNAL");
    ck_assert_int_eq(dkg_status_exit_code((dkg_status)999), 1);
}
END_TEST

START_TEST(fail_keeps_the_sentence_and_clears_the_old_hint)
{
    dkg_error err = {0};
    ck_assert_int_eq(dkg_fail(&err, DKG_SOURCE, "dim[0] is %d, must be 1..7", 9), DKG_SOURCE);
    ck_assert_int_eq(dkg_fail_hint(&err, DKG_SOURCE, "try %s", "this"), DKG_SOURCE);
    ck_assert_str_eq(err.text, "dim[0] is 9, must be 1..7");
    ck_assert_str_eq(err.hint, "try this");
    dkg_fail(&err, DKG_IO, "other");
    ck_assert_str_eq(err.hint, "");
    ck_assert_int_eq(err.status, DKG_IO);
    ck_assert_int_eq(dkg_fail(NULL, DKG_IO, "no error wanted"), DKG_IO);
}
END_TEST

START_TEST(a_long_sentence_is_cut_not_overrun)
{
    dkg_error err = {0};
    char longer[2000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    dkg_fail(&err, DKG_IO, "%s", longer);
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
}
END_TEST

START_TEST(the_documented_table_is_the_list)
{
    char *text = NULL;
    size_t size = 0;
    ck_ok(dkg_file_read("docs/errors.md", 1 << 20, (uint8_t **)&text, &size, err)); /* NUL-terminated by the reader's calloc */
    for (dkg_status s = DKG_OK; s <= DKG_CANCELLED; s++) {
        char row[256];
        snprintf(row, sizeof row, "| %s | %d | %s |\n", dkg_status_name(s), dkg_status_exit_code(s), dkg_status_sentence(s));
        ck_assert_msg(strstr(text, row) != NULL, "docs/errors.md lacks: %s", row);
    }
    free(text);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("status");
    TCase *t = tcase_create("status");
    tcase_add_test(t, exit_codes_are_those_of_the_format);
    tcase_add_test(t, a_number_outside_the_list_is_an_internal_error);
    tcase_add_test(t, fail_keeps_the_sentence_and_clears_the_old_hint);
    tcase_add_test(t, a_long_sentence_is_cut_not_overrun);
    tcase_add_test(t, the_documented_table_is_the_list);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
