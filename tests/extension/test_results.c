/* Results as lines, as JSON, as the return-parameter file. */
#include <math.h>

#include "sample.h"

#include "host/results.h"

static dkg_results r;
static dkg_buffer out;
static void setup(void) { dkg_results_begin(&r); }
static void teardown(void)
{
    dkg_results_free(&r);
    dkg_buffer_free(&out);
}
static const char *text(void)
{
    dkg_append(&out, "", 1);
    return (const char *)out.bytes;
}

START_TEST(the_return_file_is_exact)
{
    dkg_description *d = sample_description();
    dkg_results_set(&r, "statusText", dkg_results_text("two\nlines\r\nand = signs"));
    dkg_results_set(&r, "unknownToTheXml", json_integer(3));
    dkg_results_set(&r, "threads", json_integer(3)); /* a parameter, but no return value */
    dkg_results_set(&r, "entropy", dkg_results_number(7.5));
    dkg_results_set(&r, "entropy", dkg_results_number(7.9998123456));
    dkg_results_return_file(&r, d, &out);
    ck_assert_str_eq(text(), "entropy = 7.99981235\nstatusText = two lines  and = signs\n");
    dkg_description_free(d);
}
END_TEST

START_TEST(no_results_make_an_empty_file)
{
    dkg_description *d = sample_description();
    dkg_results_return_file(&r, d, &out);
    ck_assert_uint_eq(out.size, 0);
    dkg_description_free(d);
}
END_TEST

START_TEST(values_of_every_kind)
{
    dkg_results_set(&r, "a", dkg_results_number((double)NAN));
    dkg_results_set(&r, "b", dkg_results_number(-(double)INFINITY));
    dkg_results_set(&r, "c", dkg_results_number(1e-9));
    dkg_results_set(&r, "d", json_integer(INT64_MIN));
    dkg_results_set(&r, "e", json_false());
    dkg_results_set(&r, "f", dkg_results_text("P\xC3\xA9ter"));
    dkg_results_set(&r, "g", dkg_results_text("P\xE9ter"));
    dkg_results_set(&r, "h", dkg_results_number(0.1));
    ck_assert(!r.failed);
    dkg_results_lines(&r, &out);
    ck_assert_str_eq(text(), "a: nan\nb: -inf\nc: 1e-09\nd: -9223372036854775808\ne: false\nf: P\xC3\xA9ter\ng: P?ter\nh: 0.1\n");
}
END_TEST

START_TEST(json_nests_names_with_dots)
{
    dkg_error none = {0};
    dkg_results_set(&r, "devices.0.name", dkg_results_text("opencl:0:0"));
    dkg_results_set(&r, "devices.0.gpu", json_false());
    dkg_results_set(&r, "devices.1.name", dkg_results_text("opencl:0:1"));
    dkg_results_set(&r, "damaged.0", json_integer(7));
    dkg_results_set(&r, "damaged.1", json_integer(9));
    dkg_results_set(&r, "model.layer.size", json_integer(3));
    dkg_results_set(&r, "h", dkg_results_number(0.1));
    dkg_results_json(&r, "devices", &none, 0, &out);
    ck_assert_str_eq(text(), "{\"command\":\"devices\",\"status\":\"OK\",\"exitCode\":0,\"warnings\":[],\"results\":{\"devices\":["
                             "{\"name\":\"opencl:0:0\",\"gpu\":false},{\"name\":\"opencl:0:1\"}],\"damaged\":[7,9],"
                             "\"model\":{\"layer\":{\"size\":3}},\"h\":0.1}}\n");
}
END_TEST

START_TEST(contradicting_names_lose_nothing)
{
    dkg_error none = {0};
    dkg_results_set(&r, "a", json_integer(1));
    dkg_results_set(&r, "a.b", json_integer(2));
    dkg_results_set(&r, "list.0", json_integer(3));
    dkg_results_set(&r, "list.name", json_integer(4));
    dkg_results_set(&r, "far.99999999999.x", json_integer(5));
    dkg_results_json(&r, "c", &none, 0, &out);
    const char *json = text();
    ck_assert_ptr_nonnull(strstr(json, "\"a\":1,\"a.b\":2"));
    ck_assert_ptr_nonnull(strstr(json, "\"list.name\":4"));
    ck_assert_ptr_nonnull(strstr(json, "\"far.99999999999.x\":5"));
}
END_TEST

START_TEST(json_escapes_what_a_sentence_holds)
{
    dkg_error err = {0};
    (void)dkg_fail(&err, DKG_IO, "\"a\xFF\"\t: not found");
    dkg_results_json(&r, "c", &err, 8, &out);
    ck_assert_ptr_nonnull(strstr(text(), "\"status\":\"IO\",\"exitCode\":8,\"error\":\"\\\"a?\\\"\\t: not found\",\"warnings\""));
}
END_TEST

START_TEST(a_lost_value_is_noticed)
{
    dkg_results_set(&r, "a", NULL);
    ck_assert(r.failed);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("results");
    TCase *t = tcase_create("results");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, the_return_file_is_exact);
    tcase_add_test(t, no_results_make_an_empty_file);
    tcase_add_test(t, values_of_every_kind);
    tcase_add_test(t, json_nests_names_with_dots);
    tcase_add_test(t, contradicting_names_lose_nothing);
    tcase_add_test(t, json_escapes_what_a_sentence_holds);
    tcase_add_test(t, a_lost_value_is_noticed);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
