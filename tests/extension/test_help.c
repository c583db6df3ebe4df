/* --help, made from the XML. */
#include "sample.h"

#include "host/help.h"

static const char *help(bool module)
{
    static char text[CAPTURE];
    dkg_buffer out = {0};
    dkg_description *d = sample_description();
    dkg_help(d, module ? "Sample" : "dkg sample", module, &out);
    ck_assert_uint_lt(out.size, sizeof text);
    memcpy(text, out.bytes, out.size);
    text[out.size] = '\0';
    dkg_buffer_free(&out);
    dkg_description_free(d);
    return text;
}

START_TEST(help_of_a_command)
{
    ck_assert_str_eq(
        help(false),
        "Usage: dkg sample IN OUT [options]\n"
        "\n"
        "Turns one file into another & reports about it.\n"
        "\n"
        "Examples\n"
        "  dkg sample a.nii b.nii --threads 2\n"
        "\n"
        "Arguments\n"
        "  IN                        File to read. Files: .nii,.nii.gz.\n"
        "  OUT                       File to write. Files: .nii.\n"
        "\n"
        "Files\n"
        "  --list-files FILE         Lists to read. Files: .txt. May be given several\n"
        "                            times.\n"
        "\n"
        "Work\n"
        "  --threads N               Threads; 0 = all. Range: 0..1024. Default: 0.\n"
        "  --scale X                 Factor. At least 0. Default: 0.5.\n"
        "  --mode NAME               Kind of work. One of: hybrid, aead, none. Default:\n"
        "                            hybrid.\n"
        "  --force                   Replace files.\n"
        "  --expect-id TEXT          Wanted id.\n"
        "\n"
        "Command line\n"
        "  --passphrase-fd N         Where the passphrase is read. Default: -1.\n"
        "  --recipient TEXT          Public key. May be given several times.\n"
        "\n"
        "Common options\n"
        "  --json                    Write results, warnings and errors to standard\n"
        "                            output as one JSON object.\n"
        "  -q, --quiet               Print warnings and errors only.\n"
        "  -h, --help                Show this text.\n"
        "  --version                 Show the version.\n"
        "  --echo                    Print the value of every option first.\n"
        "  --xml                     As the first argument: print the description of this\n"
        "                            command in XML.\n"
        "  --returnparameterfile FILE\n"
        "                            Write the results to this file, one \"name = value\" a\n"
        "                            line.\n"
        "\n"
        "Results\n"
        "  entropy                   Bits per byte.\n"
        "  statusText                How it went.\n"
        "\n"
        "More: https://example.org/sample\n");
}
END_TEST

START_TEST(help_of_a_module)
{
    const char *text = help(true);
    ck_starts(text, "Usage: Sample [options]\n");
    ck_assert_ptr_nonnull(strstr(text, "\n  --inputFile FILE          File to read."));
    ck_assert_ptr_nonnull(strstr(text, "\n  --inputVolume IMAGE       "));
    ck_assert_ptr_null(strstr(text, "passphrase"));
    ck_assert_ptr_null(strstr(text, "--json"));
    ck_assert_ptr_null(strstr(text, "Examples"));
    ck_assert_ptr_null(strstr(text, "list-files"));
}
END_TEST

START_TEST(lines_fit_a_terminal)
{
    for (int module = 0; module < 2; module++) {
        for (const char *line = help(module == 1); *line; line += strcspn(line, "\n") + 1)
            ck_assert_msg(strcspn(line, "\n") <= 80, "%.100s", line);
    }
}
END_TEST

START_TEST(a_word_longer_than_a_line_is_not_cut)
{
    char xml[600], word[120];
    memset(word, 'w', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    snprintf(xml, sizeof xml, "<executable><title>T</title><description>a %s b</description><version>1</version></executable>", word);
    dkg_description *d = NULL;
    dkg_buffer out = {0};
    ck_ok(dkg_description_parse(sample_bytes(xml), (dkg_bytes){0}, &d, err));
    dkg_help(d, "T", true, &out);
    dkg_append(&out, "", 1);
    snprintf(xml, sizeof xml, "\n\na\n%s\nb\n", word);
    ck_assert_ptr_nonnull(strstr((const char *)out.bytes, xml));
    dkg_buffer_free(&out);
    dkg_description_free(d);
}
END_TEST

START_TEST(usage_marks_what_may_be_left_out)
{
    static const char xml[] = "<executable><title>T</title><description>D</description><version>1</version><parameters><label>G</label>"
                              "<string><name>a</name><index>0</index><label>ACTION</label><description>D</description></string>"
                              "<file multiple=\"true\"><name>rest</name><index>1</index><label>FILE</label><description>D</description>"
                              "<default></default></file></parameters></executable>";
    dkg_description *d = NULL;
    dkg_buffer out = {0};
    ck_ok(dkg_description_parse(sample_bytes(xml), (dkg_bytes){0}, &d, err));
    dkg_usage(d, false, &out);
    dkg_append(&out, "", 1);
    ck_assert_str_eq((const char *)out.bytes, "ACTION [FILE...] [options]");
    dkg_buffer_free(&out);
    dkg_description_free(d);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("help");
    TCase *t = tcase_create("help");
    tcase_add_test(t, help_of_a_command);
    tcase_add_test(t, help_of_a_module);
    tcase_add_test(t, lines_fit_a_terminal);
    tcase_add_test(t, a_word_longer_than_a_line_is_not_cut);
    tcase_add_test(t, usage_marks_what_may_be_left_out);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
