/* Progress: tags for Slicer, a bar for a terminal. */
#include "sample.h"

#include "host/meter.h"

static char shown[1 << 16];

/* Runs `work` with a meter on a file and keeps what it wrote. */
static void record(dkg_meter_style style, void (*work)(dkg_meter *))
{
    FILE *f = tmpfile();
    ck_assert_ptr_nonnull(f);
    dkg_meter m = dkg_meter_new(style, f, "Encrypt", 100);
    work(&m);
    rewind(f);
    shown[fread(shown, 1, sizeof shown - 1, f)] = '\0';
    fclose(f);
}

static size_t lines(void)
{
    size_t n = 0;
    for (const char *c = shown; *c; c++) n += *c == '\n';
    return n;
}

static void two_stages(dkg_meter *m)
{
    dkg_meter_show(m, "reading", 0, 100);
    dkg_meter_show(m, "reading", 0.25, 100.3);
    dkg_meter_show(m, "keys", 0.5, 100.6);
    dkg_meter_show(m, "keys", 0.75, 100.9);
    dkg_meter_end(m, true, 101.234);
}

START_TEST(tags_are_those_of_slicer)
{
    record(DKG_METER_TAGS, two_stages);
    ck_assert_str_eq(shown, "<filter-start><filter-name>Encrypt</filter-name><filter-comment>reading</filter-comment></filter-start>\n"
                            "<filter-progress>0.250</filter-progress>\n"
                            "<filter-start><filter-name>Encrypt</filter-name><filter-comment>keys</filter-comment></filter-start>\n"
                            "<filter-progress>0.750</filter-progress>\n"
                            "<filter-progress>1.000</filter-progress>\n"
                            "<filter-end><filter-name>Encrypt</filter-name><filter-time>1.234</filter-time></filter-end>\n");
}
END_TEST

static void hasty(dkg_meter *m)
{
    for (int i = 0; i <= 1000; i++) dkg_meter_show(m, "keys", i / 1000.0, 100 + i / 1000.0); /* 1000 reports in a second */
}

START_TEST(at_most_five_lines_a_second)
{
    record(DKG_METER_TAGS, hasty);
    ck_assert_uint_le(lines(), 6); /* at 0.0, 0.2, ... 1.0 */
    ck_assert_uint_ge(lines(), 5);
}
END_TEST

static void long_job(dkg_meter *m)
{
    char stage[20];
    for (int i = 0; i <= 100000; i++) {
        snprintf(stage, sizeof stage, "slice %d", i / 100);
        dkg_meter_show(m, stage, i / 100000.0, 100 + i);
    }
    dkg_meter_end(m, true, 200000);
}

START_TEST(at_most_200_lines_a_run)
{
    record(DKG_METER_TAGS, long_job);
    ck_assert_uint_le(lines(), 200);
    ck_assert_uint_ge(lines(), 150);
    ck_assert_ptr_nonnull(strstr(shown, "<filter-progress>0.99"));
}
END_TEST

static void backwards(dkg_meter *m)
{
    dkg_meter_show(m, "a", 0, 100);
    dkg_meter_show(m, "a", 0.5, 101);
    dkg_meter_show(m, "a", 0.4, 102);
    dkg_meter_show(m, "a", 7, 103);
    dkg_meter_show(m, "a", -1, 104);
}

START_TEST(progress_never_goes_back_nor_beyond)
{
    record(DKG_METER_TAGS, backwards);
    ck_assert_uint_eq(lines(), 3);
    ck_assert_ptr_nonnull(strstr(shown, "<filter-progress>0.500</filter-progress>\n<filter-progress>1.000</filter-progress>\n"));
}
END_TEST

static void odd_stage(dkg_meter *m)
{
    char stage[3000];
    memset(stage, 'x', sizeof stage - 1);
    stage[sizeof stage - 1] = '\0';
    memcpy(stage, "<b>&\n", 5);
    dkg_meter_show(m, stage, 0, 100);
}

START_TEST(a_stage_cannot_break_the_tags)
{
    record(DKG_METER_TAGS, odd_stage);
    ck_assert_ptr_nonnull(strstr(shown, "<filter-comment> b & xxxx"));
    ck_assert_uint_eq(lines(), 1);
    ck_assert_uint_lt(strlen(shown), 1000);
}
END_TEST

static void failed(dkg_meter *m)
{
    dkg_meter_show(m, "a", 0, 100);
    dkg_meter_end(m, false, 101);
}

static void silent(dkg_meter *m) { dkg_meter_end(m, true, 101); }

START_TEST(only_what_was_begun_and_completed_ends)
{
    record(DKG_METER_TAGS, failed);
    ck_assert_uint_eq(lines(), 1);
    ck_assert_ptr_null(strstr(shown, "1.000"));
    record(DKG_METER_TAGS, silent);
    ck_assert_str_eq(shown, "");
}
END_TEST

START_TEST(every_line_is_flushed)
{
    int ends[2];
    char text[200];
    ck_assert_int_eq(pipe(ends), 0);
    FILE *f = fdopen(ends[1], "w");
    dkg_meter m = dkg_meter_new(DKG_METER_TAGS, f, "Encrypt", 0);
    dkg_meter_show(&m, "reading", 0, 0);
    ck_assert_int_gt(read(ends[0], text, sizeof text), 100); /* would wait for ever in a buffered stream */
    fclose(f);
    close(ends[0]);
}
END_TEST

START_TEST(the_bar_cleans_up_behind_itself)
{
    record(DKG_METER_BAR, two_stages);
    ck_assert_ptr_nonnull(strstr(shown, "\r 25 % [#######.......................] reading\033[K"));
    ck_assert_ptr_nonnull(strstr(shown, "\r 75 % [######################........] keys\033[K"));
    ck_assert_str_eq(shown + strlen(shown) - 4, "\r\033[K");
    record(DKG_METER_BAR, silent);
    ck_assert_str_eq(shown, "");
    record(DKG_METER_OFF, two_stages);
    ck_assert_str_eq(shown, "");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("meter");
    TCase *t = tcase_create("meter");
    tcase_add_test(t, tags_are_those_of_slicer);
    tcase_add_test(t, at_most_five_lines_a_second);
    tcase_add_test(t, at_most_200_lines_a_run);
    tcase_add_test(t, progress_never_goes_back_nor_beyond);
    tcase_add_test(t, a_stage_cannot_break_the_tags);
    tcase_add_test(t, only_what_was_begun_and_completed_ends);
    tcase_add_test(t, every_line_is_flushed);
    tcase_add_test(t, the_bar_cleans_up_behind_itself);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
