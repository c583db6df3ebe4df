/* Reading the XML of a command. */
#include "sample.h"

static dkg_status parse(const char *xml, const char *extra, dkg_error *err)
{
    dkg_description *d = NULL;
    dkg_status status = dkg_description_parse(sample_bytes(xml), sample_bytes(extra), &d, err);
    ck_assert((status == DKG_OK) == (d != NULL));
    dkg_description_free(d);
    return status;
}

/* A description with this between <executable> and </executable>, after a valid head. */
static const char *with(const char *body)
{
    static char text[8192];
    snprintf(text, sizeof text,
             "<executable><title>T</title><description>D</description><version>1</version>%s</executable>", body);
    return text;
}

/* A group with this parameter, whose name, flag, label and description are there already. */
static const char *with_parameter(const char *element, const char *rest)
{
    static char text[4096];
    snprintf(text, sizeof text,
             "<parameters><label>G</label><%s><name>p</name><longflag>p</longflag><label>P</label><description>D</description>"
             "%s</%s></parameters>",
             element, rest, element);
    return with(text);
}

START_TEST(texts_and_parameters_are_read)
{
    dkg_description *d = sample_description();
    ck_assert_str_eq(d->category, "Informatics");
    ck_assert_str_eq(d->title, "Sample");
    ck_assert_str_eq(d->description, "Turns one file into another & reports about it.");
    ck_assert_str_eq(d->command_title, "Turn a file into another");
    ck_assert_str_eq(d->command_description, d->description);
    ck_assert_str_eq(d->version, "1.2.3");
    ck_assert_ptr_null(d->license);
    ck_assert_uint_eq(d->example_count, 1);
    ck_assert_str_eq(d->examples[0], "dkg sample a.nii b.nii --threads 2");
    ck_assert_uint_eq(d->group_count, 4);
    ck_assert(!d->groups[0].advanced);
    ck_assert(d->groups[1].advanced);
    ck_assert_str_eq(d->groups[1].label, "Work");
    ck_assert_uint_eq(d->parameter_count, 13);

    const dkg_parameter *p = dkg_description_find(d, "threads");
    ck_assert_int_eq(p->element, DKG_ELEMENT_INTEGER);
    ck_assert_uint_eq(p->group, 1);
    ck_assert_str_eq(p->minimum, "0");
    ck_assert_str_eq(p->maximum, "1024");
    ck_assert_str_eq(p->step, "1");
    ck_assert_int_eq(p->index, -1);
    p = dkg_description_find(d, "mode");
    ck_assert_uint_eq(p->choice_count, 3);
    ck_assert_str_eq(p->choices[1], "aead");
    p = dkg_description_find(d, "listFiles");
    ck_assert(p->multiple);
    ck_assert_str_eq(p->file_extensions, ".txt");
    ck_assert(dkg_description_find(d, "entropy")->simple_output);
    ck_assert(!dkg_description_find(d, "outputFile")->simple_output);
    ck_assert_ptr_null(dkg_description_find(d, "nothing"));
    dkg_description_free(d);
}
END_TEST

START_TEST(the_extra_text_amends_and_adds)
{
    dkg_description *d = sample_description();
    const dkg_parameter *p = dkg_description_find(d, "outputFile");
    ck_assert_int_eq(p->index, 1);
    ck_assert_str_eq(p->label, "OUT");
    ck_assert_str_eq(p->longflag, "outputFile");
    ck_assert_str_eq(p->description, "File to write.");
    ck_assert(!p->extra);
    ck_assert(dkg_description_find(d, "inputVolume")->hidden);
    ck_assert(dkg_description_find(d, "recipient")->extra);
    ck_assert_uint_eq(dkg_description_find(d, "recipient")->group, 3);
    dkg_description_free(d);
    ck_ok(dkg_description_parse(sample_bytes(sample_xml), (dkg_bytes){0}, &d, err));
    ck_assert_str_eq(d->command_title, "Sample");
    ck_assert_int_eq(dkg_description_find(d, "outputFile")->index, -1);
    ck_assert_ptr_null(dkg_description_find(d, "recipient"));
    dkg_description_free(d);
}
END_TEST

START_TEST(an_extra_text_cannot_change_what_a_module_does)
{
    static const char *const parts[][2] = {
        {"<integer><name>threads</name><default>5</default></integer>", "only place, label and visibility of threads"},
        {"<file><name>inputFile</name><longflag>in</longflag></file>", "only place, label and visibility of inputFile"},
        {"<string><name>threads</name></string>", "two parameters threads"},
    };
    for (size_t i = 0; i < 3; i++) {
        char extra[400];
        snprintf(extra, sizeof extra, "<executable><parameters><label>G</label>%s</parameters></executable>", parts[i][0]);
        ck_fails(parse(sample_xml, extra, err), DKG_INTERNAL, parts[i][1]);
    }
    ck_fails(parse(sample_xml, "<executable><version>2</version></executable>", err), DKG_INTERNAL, "<version> has no place");
}
END_TEST

static const struct {
    const char *body, *part;
} malformed[] = {
    {"<unknown/>", "<unknown> has no place here"},
    {"<title>again</title>", "<title> is given twice"},
    {"<category lang=\"en\">C</category>", "<category> takes no attribute lang"},
    {"<category>C", "mismatched tag"},
    {"loose text", "text outside"},
    {"<category><b>C</b></category>", "<b> has no place here"},
    {"<parameters></parameters>", "lacks its label"},
    {"<parameters><label>G</label><vector><name>v</name></vector></parameters>", "<vector> has no place here"},
    {"<parameters><label>G</label><integer></integer></parameters>", "name of a parameter is missing"},
    {"<parameters><label>G</label><integer><name>a b</name></integer></parameters>", "must be an identifier"},
    {"<parameters><label>G</label><boolean><name>a</name><longflag>a</longflag></boolean></parameters>", "lacks a label"},
    {"<parameters><label>G</label><file><name>a</name><label>A</label><description>D</description></file></parameters>",
     "neither <longflag> nor <index>"},
};

START_TEST(what_has_no_place_is_refused) { ck_fails(parse(with(malformed[_i].body), "", err), DKG_INTERNAL, malformed[_i].part); }
END_TEST

static const struct {
    const char *element, *rest, *part; /* part NULL: good */
} values[] = {
    {"integer", "<default>5</default>", NULL},
    {"integer", "", "needs a default"},
    {"integer", "<default></default>", "must be a whole number"},
    {"integer", "<default>5</default><constraints><maximum>4</maximum></constraints>", "must be at most 4"},
    {"double", "<default>x</default>", "must be a number"},
    {"string", "<default>anything</default>", NULL},
    {"string", "<constraints><minimum>1</minimum></constraints>", "has no constraints"},
    {"boolean", "<default>maybe</default>", "must be true or false"},
    {"string-enumeration", "<default>a</default>", "has no <element>"},
    {"string-enumeration", "<default>c</default><element>a</element><element>b</element>", "must be a or b"},
    {"string-enumeration", "<default>b</default><element>a</element><element>b</element>", NULL},
    {"integer", "<default>5</default><element>5</element>", "<element> has no place"},
    {"file", "<index>x</index>", "index of p is x"},
    {"file", "<index>1</index>", "none has index 0"},
    {"file", "<index>0</index>", NULL},
};

START_TEST(parameters_are_checked)
{
    const char *xml = with_parameter(values[_i].element, values[_i].rest);
    if (values[_i].part)
        ck_fails(parse(xml, "", err), DKG_INTERNAL, values[_i].part);
    else
        ck_ok(parse(xml, "", err));
}
END_TEST

START_TEST(positions_have_an_order)
{
    static const char two[] = "<parameters><label>G</label>"
                              "<file%s><name>a</name><index>0</index><label>A</label><description>D</description>%s</file>"
                              "<file><name>b</name><index>%d</index><label>B</label><description>D</description></file></parameters>";
    char text[1000];
    snprintf(text, sizeof text, two, "", "", 1);
    ck_ok(parse(with(text), "", err));
    snprintf(text, sizeof text, two, "", "", 0);
    ck_fails(parse(with(text), "", err), DKG_INTERNAL, "none has index 1");
    snprintf(text, sizeof text, two, "", "<default></default>", 1);
    ck_fails(parse(with(text), "", err), DKG_INTERNAL, "b has no default");
    snprintf(text, sizeof text, two, " multiple=\"true\"", "", 1);
    ck_fails(parse(with(text), "", err), DKG_INTERNAL, "a is a list");
}
END_TEST

START_TEST(entities_are_never_expanded)
{
    static const char bomb[] = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><executable>&b;</executable>";
    ck_fails(parse(bomb, "", err), DKG_INTERNAL, "document type x");
}
END_TEST

START_TEST(limits_are_kept)
{
    char *text = calloc(1, DKG_XML_BYTES_MAX + 2), *at = text;
    memset(text, ' ', DKG_XML_BYTES_MAX + 1);
    ck_fails(parse(text, "", err), DKG_INTERNAL, "262145 bytes");
    memset(text, 0, DKG_XML_BYTES_MAX);
    at += sprintf(at, "<executable><title>T</title><description>D</description><version>1</version>");
    for (int i = 0; i <= DKG_GROUPS_MAX; i++) at += sprintf(at, "<parameters><label>G</label></parameters>");
    at += sprintf(at, "</executable>");
    ck_fails(parse(text, "", err), DKG_INTERNAL, "more than 24 groups");
    at = text + sprintf(text, "<executable><title>T</title><description>D</description><version>1</version><parameters><label>G</label>");
    for (int i = 0; i <= DKG_PARAMETERS_MAX; i++)
        at += sprintf(at, "<string><name>s%d</name><longflag>s%d</longflag><label>S</label><description>D</description></string>", i, i);
    at += sprintf(at, "</parameters></executable>");
    ck_fails(parse(text, "", err), DKG_INTERNAL, "more than 96 parameters");
    at = text + sprintf(text, "<parameters><label>G</label><string-enumeration>");
    for (int i = 0; i <= DKG_CHOICES_MAX; i++) at += sprintf(at, "<element>%d</element>", i);
    at += sprintf(at, "</string-enumeration></parameters>");
    ck_fails(parse(with(text), "", err), DKG_INTERNAL, "<element> has no place");
    free(text);
}
END_TEST

/* Every beginning of a sound text is refused without harm (run with sanitizers). */
START_TEST(cut_texts_are_refused)
{
    for (size_t n = 0; n < sizeof sample_xml - 2; n++) {
        dkg_description *d = NULL;
        dkg_error why = {0};
        dkg_bytes cut = {(const uint8_t *)sample_xml, n};
        ck_assert_int_eq(dkg_description_parse(cut, (dkg_bytes){0}, &d, &why), DKG_INTERNAL);
        ck_assert_ptr_null(d);
    }
}
END_TEST

START_TEST(the_sentence_names_the_line)
{
    ck_fails(parse("<executable>\n<title>T</title>\n<foo/></executable>", "", err), DKG_INTERNAL, "line 3 of the XML: <foo>");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("description");
    TCase *t = tcase_create("description");
    tcase_add_test(t, texts_and_parameters_are_read);
    tcase_add_test(t, the_extra_text_amends_and_adds);
    tcase_add_test(t, an_extra_text_cannot_change_what_a_module_does);
    tcase_add_loop_test(t, what_has_no_place_is_refused, 0, (int)(sizeof malformed / sizeof malformed[0]));
    tcase_add_loop_test(t, parameters_are_checked, 0, (int)(sizeof values / sizeof values[0]));
    tcase_add_test(t, positions_have_an_order);
    tcase_add_test(t, entities_are_never_expanded);
    tcase_add_test(t, limits_are_kept);
    tcase_add_test(t, cut_texts_are_refused);
    tcase_add_test(t, the_sentence_names_the_line);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
