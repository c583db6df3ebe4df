/* Commands run from end to end: as a module, as a command of dkg, as the program dkg. */
#include "sample.h"

#include <jansson.h>
#include <signal.h>
#include <time.h>

static dkg_status good_job(const void *options, dkg_host *host, dkg_error *err)
{
    const sample_options *o = options;
    dkg_status status = dkg_progress(dkg_host_log(host), "reading", 0.1, err);
    dkg_warn(dkg_host_log(host), "only one slot");
    dkg_say(host, "threads %d", (int)o->threads);
    dkg_result_number(host, "entropy", 7.999125);
    dkg_result_integer(host, "slices.0.number", 3);
    dkg_result_boolean(host, "bitExact", true);
    dkg_result_text(host, "path", o->input_file ? o->input_file : "none");
    return status;
}

static dkg_status bad_job(const void *options, dkg_host *host, dkg_error *err)
{
    (void)options;
    dkg_result_integer(host, "damagedSlices", 2);
    dkg_status status = dkg_fail(err, DKG_DAMAGED, "2 slices are damaged");
    return dkg_fail_hint(err, status, "first hint\nsecond hint");
}

static dkg_status terse_job(const void *options, dkg_host *host, dkg_error *err)
{
    (void)options, (void)host, (void)err;
    return DKG_POLICY;
}

static dkg_status alert_job(const void *options, dkg_host *host, dkg_error *err)
{
    (void)options, (void)err;
    dkg_alert(host, "salvaged: %d slices are zero", 4);
    return DKG_OK;
}

/* Waits for a signal as a long job does: by asking at every step. */
static dkg_status endless_job(const void *options, dkg_host *host, dkg_error *err)
{
    (void)options;
    for (int i = 0; i < 20000; i++) {
        if (i == 3) raise(SIGTERM);
        dkg_status status = dkg_progress(dkg_host_log(host), "working", 0.5, err);
        if (status != DKG_OK) return status;
    }
    return DKG_OK;
}

static dkg_status raw_job(const void *options, dkg_host *host, dkg_error *err)
{
    (void)options, (void)err;
    dkg_say(host, "for people");
    dkg_result_integer(host, "bytes", 4);
    fwrite("\0\1\n\r", 1, 4, stdout);
    return DKG_OK;
}

#define RUNNERS(job)                                                         \
    static int module_##job(int argc, char **argv)                           \
    {                                                                        \
        dkg_command c = sample_command(job);                                 \
        return dkg_run_module(&c, argc, argv);                               \
    }                                                                        \
    static int command_##job(int argc, char **argv)                          \
    {                                                                        \
        dkg_command c = sample_command(job);                                 \
        return dkg_run_command(&c, argc, argv);                              \
    }
RUNNERS(good_job)
RUNNERS(bad_job)
RUNNERS(alert_job)
RUNNERS(endless_job)
static int module_terse_job(int argc, char **argv)
{
    dkg_command c = sample_command(terse_job);
    return dkg_run_module(&c, argc, argv);
}
static int command_raw_job(int argc, char **argv)
{
    dkg_command c = sample_command(raw_job);
    c.raw_output = true;
    return dkg_run_command(&c, argc, argv);
}

static capture got;

START_TEST(xml_is_printed_byte_for_byte)
{
    capture_run(&got, module_good_job, ARGS("--xml"));
    ck_assert_int_eq(got.code, 0);
    ck_assert_uint_eq(got.size, sizeof sample_xml - 1);
    ck_assert_mem_eq(got.out, sample_xml, got.size);
    ck_assert_str_eq(got.err, "");
}
END_TEST

START_TEST(a_module_writes_the_return_file_and_tags)
{
    const char *file = test_path("return.params");
    char text[CAPTURE];
    capture_run(&got, module_good_job, ARGS("--returnparameterfile", file, "--processinformationaddress", "0x7f", "--threads", "2"));
    ck_assert_int_eq(got.code, 0);
    capture_file(file, text);
    ck_assert_str_eq(text, "entropy = 7.999125\nstatusText = ok\n");
    ck_assert_str_eq(got.err, "");
    ck_starts(got.out, "<filter-start><filter-name>Sample</filter-name><filter-comment>reading</filter-comment></filter-start>\n"
                          "warning: only one slot\n<filter-progress>1.000</filter-progress>\n<filter-end>");
    ck_assert_ptr_null(strstr(got.out, "entropy"));
}
END_TEST

START_TEST(a_module_without_return_file_prints_its_results)
{
    capture_run(&got, module_good_job, ARGS("--inputFile", "a.nii"));
    ck_assert_ptr_nonnull(strstr(got.out, "entropy: 7.999125\nslices.0.number: 3\nbitExact: true\npath: a.nii\nstatusText: ok\n"));
}
END_TEST

START_TEST(a_failed_module_leaves_no_return_file)
{
    const char *file = test_path("failed.params");
    capture_run(&got, module_bad_job, ARGS("--returnparameterfile", file));
    ck_assert_int_eq(got.code, 5);
    ck_assert(!dkg_file_exists(file));
    ck_assert_str_eq(got.err, "hint: first hint\nhint: second hint\nsample: error: 2 slices are damaged\n");
}
END_TEST

START_TEST(a_failure_without_sentence_gets_that_of_its_status)
{
    capture_run(&got, module_terse_job, ARGS("--force"));
    ck_assert_int_eq(got.code, 9);
    ck_assert_str_eq(got.err, "sample: error: refused by policy\n");
}
END_TEST

START_TEST(a_return_file_that_cannot_be_written_is_an_error)
{
    capture_run(&got, module_good_job, ARGS("--returnparameterfile", "/nonexistent/folder/x"));
    ck_assert_int_eq(got.code, 8);
    ck_assert_ptr_nonnull(strstr(got.err, "/nonexistent/folder/x"));
}
END_TEST

START_TEST(standard_output_that_is_full_is_an_error)
{
    if (!dkg_file_exists("/dev/full")) {
        test_skip("full output", "no /dev/full");
        return;
    }
    char command[4096];
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        char program[] = "program", option[] = "--help", *argv[] = {program, option, NULL};
        snprintf(command, sizeof command, "%s", test_path("full-stderr"));
        if (!freopen("/dev/full", "wb", stdout) || !freopen(command, "wb", stderr)) _exit(99);
        _exit(command_good_job(2, argv));
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), 8);
}
END_TEST

START_TEST(a_command_speaks_on_stdout_and_warns_on_stderr)
{
    capture_run(&got, command_good_job, ARGS("a.nii", "b.nii", "--threads", "4"));
    ck_assert_int_eq(got.code, 0);
    ck_assert_str_eq(got.out, "threads 4\nentropy: 7.999125\nslices.0.number: 3\nbitExact: true\npath: a.nii\nstatusText: ok\n");
    ck_assert_str_eq(got.err, "dkg: warning: only one slot\n");
}
END_TEST

START_TEST(quiet_keeps_only_warnings)
{
    capture_run(&got, command_good_job, ARGS("a.nii", "b.nii", "-q"));
    ck_assert_str_eq(got.out, "");
    ck_assert_str_eq(got.err, "dkg: warning: only one slot\n");
}
END_TEST

START_TEST(json_holds_results_and_warnings)
{
    capture_run(&got, command_good_job, ARGS("a.nii", "b.nii", "--json"));
    ck_assert_str_eq(got.out, "{\"command\":\"sample\",\"status\":\"OK\",\"exitCode\":0,\"warnings\":[\"only one slot\"],\"results\":"
                              "{\"entropy\":7.999125,\"slices\":[{\"number\":3}],\"bitExact\":true,\"path\":\"a.nii\","
                              "\"statusText\":\"ok\"}}\n");
}
END_TEST

START_TEST(json_tells_of_a_failure_too)
{
    capture_run(&got, command_bad_job, ARGS("a.nii", "b.nii", "--json"));
    ck_assert_int_eq(got.code, 5);
    ck_assert_str_eq(got.out, "{\"command\":\"sample\",\"status\":\"DAMAGED\",\"exitCode\":5,\"error\":\"2 slices are damaged\","
                              "\"hint\":\"first hint\\nsecond hint\",\"warnings\":[],\"results\":{\"damagedSlices\":2}}\n");
    ck_assert_str_eq(got.err, "dkg: error: 2 slices are damaged\nhint: first hint\nhint: second hint\n");
}
END_TEST

START_TEST(an_alert_reaches_stderr_from_a_module)
{
    capture_run(&got, module_alert_job, ARGS("--force"));
    ck_assert_str_eq(got.err, "sample: warning: salvaged: 4 slices are zero\n");
    ck_assert_int_eq(got.code, 0);
    capture_run(&got, command_alert_job, ARGS("a", "b"));
    ck_assert_str_eq(got.err, "dkg: warning: salvaged: 4 slices are zero\n");
}
END_TEST

START_TEST(a_signal_stops_the_job_at_its_next_step)
{
    capture_run(&got, command_endless_job, ARGS("a", "b"));
    ck_assert_int_eq(got.code, 128 + SIGTERM);
    ck_assert_ptr_nonnull(strstr(got.err, "dkg: error: "));
    capture_run(&got, module_endless_job, ARGS("--force"));
    ck_assert_int_eq(got.code, 128 + SIGTERM);
}
END_TEST

START_TEST(raw_output_stays_clean)
{
    capture_run(&got, command_raw_job, ARGS("a", "b"));
    ck_assert_uint_eq(got.size, 4);
    ck_assert_mem_eq(got.out, "\0\1\n\r", 4);
    ck_assert_str_eq(got.err, "for people\nbytes: 4\nstatusText: ok\n");
    capture_run(&got, command_raw_job, ARGS("a", "b", "--json"));
    ck_assert_uint_eq(got.size, 4);
    ck_assert_ptr_nonnull(strstr(got.err, "\"bytes\":4"));
}
END_TEST

START_TEST(status_is_printed_last_on_request)
{
    ck_assert_int_eq(setenv("DKG_PRINT_STATUS", "1", 1), 0);
    capture_run(&got, module_bad_job, ARGS("--force"));
    ck_assert_str_eq(got.out, "status=5\n");
    capture_run(&got, module_good_job, ARGS("--threads", "x"));
    ck_assert_str_eq(got.out, "status=2\n");
    ck_assert_int_eq(setenv("DKG_PRINT_STATUS", "0", 1), 0);
    capture_run(&got, module_bad_job, ARGS("--force"));
    ck_assert_str_eq(got.out, "");
}
END_TEST

START_TEST(version_and_help_win_over_mistakes)
{
    capture_run(&got, module_good_job, ARGS("--nonsense", "--version"));
    ck_assert_int_eq(got.code, 0);
    ck_assert_str_eq(got.out, "sample 1.2.3\n");
    capture_run(&got, command_good_job, ARGS("--nonsense", "-h"));
    ck_assert_int_eq(got.code, 0);
    ck_starts(got.out, "Usage: dkg sample IN OUT [options]\n");
}
END_TEST

START_TEST(echo_prints_the_options_and_runs)
{
    capture_run(&got, module_good_job, ARGS("--echo", "--threads", "3", "--listFiles", "a,b", "--force"));
    ck_assert_int_eq(got.code, 0);
    ck_starts(got.out, "Command line arguments\n    inputFile: \n    outputFile: \n    inputVolume: \n    listFiles: a,b\n"
                          "    threads: 3\n    scale: 0.5\n    mode: hybrid\n    force: true\n    expectId: \n<filter-start>");
}
END_TEST

START_TEST(a_table_that_does_not_fit_never_runs)
{
    dkg_command c = sample_command(good_job);
    c.binding_count--;
    char program[] = "x", *argv[] = {program, NULL};
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr)) _exit(99);
        _exit(dkg_run_module(&c, 1, argv));
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), 1);
}
END_TEST

/* ---- the program ---- */
static int program(int argc, char **argv)
{
    dkg_command first = sample_command(good_job), second = sample_command(bad_job);
    first.name = "encrypt";
    second.name = "decrypt";
    const dkg_command *const commands[] = {&first, &second};
    return dkg_run_program("dkg", "9.9.9", commands, 2, argc, argv);
}

START_TEST(the_program_lists_and_runs_its_commands)
{
    capture_run(&got, program, ARGS("--help"));
    ck_assert_int_eq(got.code, 0);
    ck_assert_str_eq(got.out, "Usage: dkg COMMAND [options]\n\nCommands\n  encrypt        Turn a file into another\n"
                              "  decrypt        Turn a file into another\n\ndkg COMMAND --help explains a command.\n");
    capture_run(&got, program, ARGS("--version"));
    ck_assert_str_eq(got.out, "dkg 9.9.9\n");
    capture_run(&got, program, ARGS("help", "decrypt"));
    ck_starts(got.out, "Usage: dkg decrypt IN OUT");
    capture_run(&got, program, ARGS("encrypt", "a", "b", "--quiet"));
    ck_assert_int_eq(got.code, 0);
    capture_run(&got, program, ARGS("decrypt", "a", "b"));
    ck_assert_int_eq(got.code, 5);
}
END_TEST

START_TEST(a_mistyped_command_gets_a_suggestion)
{
    capture_run(&got, program, ARGS("encyrpt", "a"));
    ck_assert_int_eq(got.code, 2);
    ck_assert_str_eq(got.err, "dkg: error: there is no command encyrpt\nhint: did you mean dkg encrypt?\n");
    capture_run(&got, program, ARGS("bananas"));
    ck_assert_str_eq(got.err, "dkg: error: there is no command bananas\nhint: dkg --help lists the commands\n");
}
END_TEST

START_TEST(no_command_is_wrong_usage)
{
    const char *const none[] = {NULL};
    capture_run(&got, program, none);
    ck_assert_int_eq(got.code, 2);
    ck_assert_str_eq(got.out, "");
    ck_assert_ptr_nonnull(strstr(got.err, "Usage: dkg COMMAND"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("run");
    TCase *t = tcase_create("run");
    tcase_add_test(t, xml_is_printed_byte_for_byte);
    tcase_add_test(t, a_module_writes_the_return_file_and_tags);
    tcase_add_test(t, a_module_without_return_file_prints_its_results);
    tcase_add_test(t, a_failed_module_leaves_no_return_file);
    tcase_add_test(t, a_failure_without_sentence_gets_that_of_its_status);
    tcase_add_test(t, a_return_file_that_cannot_be_written_is_an_error);
    tcase_add_test(t, standard_output_that_is_full_is_an_error);
    tcase_add_test(t, a_command_speaks_on_stdout_and_warns_on_stderr);
    tcase_add_test(t, quiet_keeps_only_warnings);
    tcase_add_test(t, json_holds_results_and_warnings);
    tcase_add_test(t, json_tells_of_a_failure_too);
    tcase_add_test(t, an_alert_reaches_stderr_from_a_module);
    tcase_add_test(t, a_signal_stops_the_job_at_its_next_step);
    tcase_add_test(t, raw_output_stays_clean);
    tcase_add_test(t, status_is_printed_last_on_request);
    tcase_add_test(t, version_and_help_win_over_mistakes);
    tcase_add_test(t, echo_prints_the_options_and_runs);
    tcase_add_test(t, a_table_that_does_not_fit_never_runs);
    tcase_add_test(t, the_program_lists_and_runs_its_commands);
    tcase_add_test(t, a_mistyped_command_gets_a_suggestion);
    tcase_add_test(t, no_command_is_wrong_usage);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
