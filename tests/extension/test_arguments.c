/* Command lines: every form that is accepted, every mistake and its sentence, values in the options struct. */
#include "sample.h"

#include "host/arguments.h"

static dkg_description *d;
static void setup(void) { d = sample_description(); }
static void teardown(void) { dkg_description_free(d); }

/* Reads a command line and binds it; *options points into `kept`, freed with release(). */
static dkg_arguments *kept;
static dkg_status parse(bool module, const char *const *words, sample_options *options, dkg_error *err)
{
    static char copies[32][400], program[] = "program";
    char *argv[34] = {program};
    int argc = 1;
    for (; words[argc - 1] && argc < 32; argc++) {
        snprintf(copies[argc], sizeof copies[0], "%s", words[argc - 1]);
        argv[argc] = copies[argc];
    }
    dkg_arguments_free(kept);
    kept = NULL;
    dkg_status status = dkg_arguments_parse(d, module, argc, argv, &kept, err);
    ck_assert((status == DKG_OK) == (kept != NULL));
    *options = (sample_options){0};
    if (status == DKG_OK) dkg_arguments_bind(kept, sample_bindings, SAMPLE_BINDINGS, options);
    return status;
}
static void release(void)
{
    dkg_arguments_free(kept);
    kept = NULL;
}

static sample_options o;

START_TEST(defaults_come_from_the_xml)
{
    const char *const none[] = {NULL};
    ck_ok(parse(true, none, &o, err));
    ck_assert_ptr_null(o.input_file);
    ck_assert_ptr_null(o.expect_id);
    ck_assert_str_eq(o.mode, "hybrid");
    ck_assert_int_eq(o.threads, 0);
    ck_assert_double_eq(o.scale, 0.5);
    ck_assert(!o.force);
    ck_assert_uint_eq(o.lists.count, 0);
    ck_assert_int_eq(o.passphrase_fd, -1); /* also in a module, which has no such option */
    release();
}
END_TEST

START_TEST(the_form_of_slicer)
{
    ck_ok(parse(true, ARGS("--returnparameterfile", "/tmp/x.params", "--inputFile", "/a b/Pintér.nii", "--threads", "4", "--scale",
                           "0.250000", "--mode", "aead", "--force", "--inputVolume", "/tmp/v.nii"),
                &o, err));
    ck_assert_str_eq(o.input_file, "/a b/Pintér.nii");
    ck_assert_str_eq(o.input_volume, "/tmp/v.nii");
    ck_assert_int_eq(o.threads, 4);
    ck_assert_double_eq(o.scale, 0.25);
    ck_assert_str_eq(o.mode, "aead");
    ck_assert(o.force);
    ck_assert_str_eq(kept->return_file, "/tmp/x.params");
    release();
}
END_TEST

START_TEST(the_forms_of_people)
{
    ck_ok(parse(false, ARGS("in.nii", "--expect-id=ab=c", "out.nii", "--force=true", "--passphraseFd", "5", "--json", "-q"), &o, err));
    ck_assert_str_eq(o.input_file, "in.nii");
    ck_assert_str_eq(o.output_file, "out.nii");
    ck_assert_str_eq(o.expect_id, "ab=c");
    ck_assert_int_eq(o.passphrase_fd, 5);
    ck_assert(o.force && kept->json && kept->quiet);
    ck_ok(parse(true, ARGS("--list-files", "a", "--input-file=b"), &o, err));
    ck_assert_str_eq(o.input_file, "b");
    ck_ok(parse(false, ARGS("--output-file", "b", "a"), &o, err)); /* a position may be given by its name */
    ck_assert_str_eq(o.input_file, "a");
    ck_assert_str_eq(o.output_file, "b");
    ck_ok(parse(false, ARGS("--", "--in", "-out"), &o, err));
    ck_assert_str_eq(o.input_file, "--in");
    ck_assert_str_eq(o.output_file, "-out");
    ck_ok(parse(false, ARGS("-", "b"), &o, err));
    ck_assert_str_eq(o.input_file, "-");
    ck_ok(parse(false, ARGS("a", "b", "--expect-id", "-x"), &o, err));
    ck_assert_str_eq(o.expect_id, "-x");
    release();
}
END_TEST

START_TEST(booleans_with_and_without_value)
{
    ck_ok(parse(true, ARGS("--force", "false"), &o, err));
    ck_assert(!o.force);
    ck_ok(parse(true, ARGS("--force", "true", "--threads", "1"), &o, err));
    ck_assert(o.force);
    ck_ok(parse(true, ARGS("--force", "--threads", "1"), &o, err));
    ck_assert(o.force);
    ck_ok(parse(false, ARGS("--force", "in", "out"), &o, err));
    ck_assert(o.force);
    ck_assert_str_eq(o.input_file, "in");
    ck_fails(parse(true, ARGS("--force=yes"), &o, err), DKG_USAGE, "--force is yes, must be true or false");
    release();
}
END_TEST

START_TEST(lists_by_commas_quotes_and_repetition)
{
    ck_ok(parse(true, ARGS("--listFiles", "a.txt,\"b,c.txt\",d.txt"), &o, err));
    ck_assert_uint_eq(o.lists.count, 3);
    ck_assert_str_eq(o.lists.items[0], "a.txt");
    ck_assert_str_eq(o.lists.items[1], "b,c.txt");
    ck_assert_str_eq(o.lists.items[2], "d.txt");
    ck_ok(parse(false, ARGS("i", "o", "--recipient", "age1a", "--list-files", "x", "--recipient=age1b,age1c"), &o, err));
    ck_assert_uint_eq(o.recipients.count, 3);
    ck_assert_str_eq(o.recipients.items[0], "age1a");
    ck_assert_str_eq(o.recipients.items[2], "age1c");
    ck_assert_uint_eq(o.lists.count, 1);
    ck_fails(parse(true, ARGS("--listFiles", "a,\"b"), &o, err), DKG_USAGE, "double quote without its partner");
    ck_fails(parse(true, ARGS("--listFiles", "a,,b"), &o, err), DKG_USAGE, "has an empty item");
    ck_fails(parse(true, ARGS("--listFiles", "a,"), &o, err), DKG_USAGE, "has an empty item");
    release();
}
END_TEST

/* module, three words at most, what the sentence and the hint must hold */
static const struct {
    bool module;
    const char *words[4], *part, *hint;
} mistakes[] = {
    {false, {"a", "b", "--threds"}, "there is no option --threds", "did you mean --threads?"},
    {false, {"a", "b", "--list-file"}, "there is no option --list-file", "did you mean --list-files?"},
    {true, {"--listFile", "x"}, "there is no option --listFile", "did you mean --listFiles?"},
    {true, {"--list-file=x"}, "there is no option --list-file", "did you mean --list-files?"},
    {true, {"--zebra"}, "there is no option --zebra", "--help lists the options"},
    {true, {"-x"}, "there is no option -x", ""},
    {true, {"--passphrase-fd", "3"}, "there is no option --passphrase-fd", ""},
    {true, {"--json"}, "there is no option --json", ""},
    {true, {"--force", "--xml"}, "there is no option --xml", "--xml must be the first argument"},
    {true, {"--entropy", "3"}, "--entropy is a result", "--returnparameterfile"},
    {true, {"--statusText"}, "--statusText is a result", ""},
    {false, {"--status-text"}, "--status-text is a result", ""},
    {true, {"--threads"}, "--threads needs a value", ""},
    {true, {"--inputFile", "--force"}, "--inputFile needs a value, but --force follows", ""},
    {false, {"--input-file", "--threads=3"}, "--input-file needs a value, but --threads=3 follows", ""},
    {true, {"--inputFile", ""}, "--inputFile has an empty value", ""},
    {true, {"--expectId="}, "--expectId has an empty value", ""},
    {true, {"--threads", "4x"}, "--threads is 4x, must be a whole number", ""},
    {true, {"--threads", "-1"}, "--threads is -1, must be 0..1024", ""},
    {true, {"--threads", "1025"}, "--threads is 1025, must be 0..1024", ""},
    {true, {"--scale", "-0.5"}, "--scale is -0.5, must be at least 0", ""},
    {true, {"--scale", "0,5"}, "--scale is 0,5, must be a number", ""},
    {true, {"--mode", "hybird"}, "--mode is hybird, must be hybrid, aead or none", "did you mean hybrid?"},
    {true, {"--threads=1", "--threads=2"}, "--threads is given twice", ""},
    {true, {"--force", "--force"}, "--force is given twice", ""},
    {true, {"stray"}, "stray: one argument too many", ""},
    {false, {"a", "b", "c"}, "c: one argument too many", ""},
    {false, {NULL}, "IN is missing", "IN: File to read."},
    {false, {"a"}, "OUT is missing", ""},
    {false, {"", "b"}, "IN is empty", ""},
    {false, {"--input-file=x", "a", "b"}, "IN is given twice", ""},
    {false, {"--json=true"}, "--json takes no value", ""},
    {true, {"--returnparameterfile"}, "--returnparameterfile needs a value", ""},
};

START_TEST(every_mistake_has_its_sentence)
{
    dkg_error why = {0};
    ck_assert_int_eq(parse(mistakes[_i].module, mistakes[_i].words, &o, &why), DKG_USAGE);
    ck_assert_msg(strstr(why.text, mistakes[_i].part) != NULL, "sentence %d: %s", _i, why.text);
    ck_assert_msg(strstr(why.hint, mistakes[_i].hint) != NULL, "hint %d: %s", _i, why.hint);
    release();
}
END_TEST

START_TEST(a_list_may_be_the_last_position)
{
    static const char xml[] = "<executable><title>T</title><description>D</description><version>1</version><parameters><label>G</label>"
                              "<string><name>a</name><index>0</index><label>A</label><description>D</description></string>"
                              "<file multiple=\"true\"><name>rest</name><index>1</index><label>FILE</label><description>D</description>"
                              "<default></default></file></parameters></executable>";
    dkg_description *own = NULL;
    dkg_arguments *a = NULL;
    struct {
        const char *a;
        dkg_string_list rest;
    } values = {0};
    const dkg_binding bindings[] = {{"a", DKG_OPTION_STRING, 0}, {"rest", DKG_OPTION_LIST, sizeof(const char *)}};
    char words[5][8] = {"x", "one", "two,x", "three", "four"}, *argv[] = {words[0], words[1], words[2], words[3], words[4]};
    ck_ok(dkg_description_parse(sample_bytes(xml), (dkg_bytes){0}, &own, err));
    ck_ok(dkg_bindings_check(own, bindings, 2, sizeof values, err));
    ck_ok(dkg_arguments_parse(own, false, 5, argv, &a, err));
    dkg_arguments_bind(a, bindings, 2, &values);
    ck_assert_str_eq(values.a, "one");
    ck_assert_uint_eq(values.rest.count, 3);
    ck_assert_str_eq(values.rest.items[0], "two,x");
    ck_assert_str_eq(values.rest.items[2], "four");
    dkg_arguments_free(a);
    ck_ok(dkg_arguments_parse(own, false, 2, argv, &a, err)); /* and may be left out: it has a default */
    dkg_arguments_free(a);
    dkg_description_free(own);
}
END_TEST

/* ---- the table ---- */
START_TEST(table_and_xml_match_one_to_one)
{
    dkg_binding b[SAMPLE_BINDINGS + 1];
    memcpy(b, sample_bindings, sizeof sample_bindings);
    ck_ok(dkg_bindings_check(d, b, SAMPLE_BINDINGS, sizeof(sample_options), err));
    ck_fails(dkg_bindings_check(d, b, SAMPLE_BINDINGS - 1, sizeof(sample_options), err), DKG_INTERNAL,
             "option recipient is in the XML but not in the table");
    b[0].name = "nothing";
    ck_fails(dkg_bindings_check(d, b, SAMPLE_BINDINGS, sizeof(sample_options), err), DKG_INTERNAL, "option nothing is in the table");
    b[0].name = "entropy";
    ck_fails(dkg_bindings_check(d, b, SAMPLE_BINDINGS, sizeof(sample_options), err), DKG_INTERNAL, "entropy is a return value");
    b[0] = sample_bindings[0];
    b[0].type = DKG_OPTION_INTEGER;
    ck_fails(dkg_bindings_check(d, b, SAMPLE_BINDINGS, sizeof(sample_options), err), DKG_INTERNAL, "option inputFile is a file");
    b[0] = sample_bindings[0];
    b[3].type = DKG_OPTION_STRING;
    ck_fails(dkg_bindings_check(d, b, SAMPLE_BINDINGS, sizeof(sample_options), err), DKG_INTERNAL, "listFiles is a list of file");
    b[3] = sample_bindings[3];
    b[0].offset = b[1].offset;
    ck_fails(dkg_bindings_check(d, b, SAMPLE_BINDINGS, sizeof(sample_options), err), DKG_INTERNAL, "share a name or a place");
    b[0].offset = sizeof(sample_options) - 1;
    ck_fails(dkg_bindings_check(d, b, SAMPLE_BINDINGS, sizeof(sample_options), err), DKG_INTERNAL, "lies outside");
    b[0] = sample_bindings[0];
    b[SAMPLE_BINDINGS] = b[0];
    ck_fails(dkg_bindings_check(d, b, SAMPLE_BINDINGS + 1, sizeof(sample_options), err), DKG_INTERNAL, "share a name or a place");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("arguments");
    TCase *t = tcase_create("arguments");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, defaults_come_from_the_xml);
    tcase_add_test(t, the_form_of_slicer);
    tcase_add_test(t, the_forms_of_people);
    tcase_add_test(t, booleans_with_and_without_value);
    tcase_add_test(t, lists_by_commas_quotes_and_repetition);
    tcase_add_loop_test(t, every_mistake_has_its_sentence, 0, (int)(sizeof mistakes / sizeof mistakes[0]));
    tcase_add_test(t, a_list_may_be_the_last_position);
    tcase_add_test(t, table_and_xml_match_one_to_one);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
