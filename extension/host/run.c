/* Running a command: as Slicer's module, as `dkg <command>`, and the program `dkg` itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "host.h"
#include "stop.h"
#include "values.h"

enum { SIGNAL_EXIT = 128 };

/* Slicer shows the last line of stderr first: there the sentence comes after the hints. */
static void print_error(const char *program, bool module, const dkg_error *err)
{
    if (!module) fprintf(stderr, "%s: error: %s\n", program, err->text);
    for (const char *line = err->hint; *line;) {
        size_t n = strcspn(line, "\n");
        fprintf(stderr, "hint: %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
    if (module) fprintf(stderr, "%s: error: %s\n", program, err->text);
}

static dkg_status print(FILE *to, const dkg_buffer *text, dkg_error *err)
{
    if (text->failed) return dkg_fail(err, DKG_NO_MEMORY, "no memory for the text to print");
    if (text->size > 0 && fwrite(text->bytes, 1, text->size, to) != text->size)
        return dkg_fail(err, DKG_IO, "standard output cannot be written");
    return DKG_OK;
}

/* Everything buffered reaches its reader, or the command has failed. */
static dkg_status flush(dkg_status status, dkg_error *err)
{
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == DKG_OK)
        return dkg_fail(err, DKG_IO, "standard output cannot be written");
    return status;
}

static int print_xml(const dkg_command *command, const char *program)
{
    dkg_error err = {0};
    if (fwrite(command->xml, 1, command->xml_size, stdout) == command->xml_size && fflush(stdout) == 0) return 0;
    print_error(program, true, (dkg_fail(&err, DKG_IO, "standard output cannot be written"), &err));
    return dkg_status_exit_code(DKG_IO);
}

static bool has_return_value(const dkg_description *d, const char *name)
{
    const dkg_parameter *p = dkg_description_find(d, name);
    return p && p->simple_output;
}

/* Results of a completed command: the return-parameter file, or lines where a person or a macro can read them. */
static dkg_status deliver(dkg_host *host, const dkg_arguments *a, dkg_error *err)
{
    dkg_buffer text = {0};
    dkg_status status = DKG_OK;
    if (has_return_value(a->description, "statusText") && !json_object_get(host->results.values, "statusText"))
        dkg_result_text(host, "statusText", "ok");
    if (host->results.failed) return dkg_fail(err, DKG_NO_MEMORY, "a result was lost, no memory");
    if (a->return_file) {
        dkg_results_return_file(&host->results, a->description, &text);
        status = text.failed ? dkg_fail(err, DKG_NO_MEMORY, "no memory for the return-parameter file")
                             : dkg_file_write(a->return_file, DKG_OUTPUT_REPLACE, text.bytes, text.size, err);
    } else if (!host->json && !host->quiet) {
        dkg_results_lines(&host->results, &text);
        status = print(host->people, &text, err);
    }
    dkg_buffer_free(&text);
    return status;
}

static dkg_status run_job(const dkg_command *command, dkg_host *host, const dkg_arguments *a, dkg_error *err)
{
    dkg_status status = DKG_OK;
    void *options = dkg_calloc(1, command->options_size > 0 ? command->options_size : 1);
    if (!options) return dkg_fail(err, DKG_NO_MEMORY, "no memory for the options");
    dkg_arguments_bind(a, command->bindings, command->binding_count, options);
    status = dkg_start(err);
    if (status == DKG_OK) {
        dkg_stop_watch();
        status = command->run(options, host, err);
    }
    free(options);
    dkg_host_end(host, status == DKG_OK);
    if (status != DKG_OK && err->text[0] == '\0') status = dkg_fail(err, status, "%s", dkg_status_sentence(status));
    if (status == DKG_OK) return flush(deliver(host, a, err), err);
    /* what was done of a data set is worth telling although the rest failed */
    if (status == DKG_PARTIAL) (void)deliver(host, a, NULL);
    return flush(status, err);
}

static int exit_code(dkg_status status)
{
    int signal = dkg_stop_signal();
    return status == DKG_CANCELLED && signal != 0 ? SIGNAL_EXIT + signal : dkg_status_exit_code(status);
}

static int execute(const dkg_command *command, const char *program, bool module, const dkg_arguments *a)
{
    dkg_host host;
    dkg_error err = {0};
    dkg_host_begin(&host, program, a->description->title, module, a->quiet, a->json, command->raw_output);
    dkg_status status = run_job(command, &host, a, &err);
    err.status = status;
    int code = exit_code(status);
    if (host.json) {
        dkg_buffer text = {0};
        dkg_error lost = {0};
        dkg_results_json(&host.results, command->name, &err, code, &text);
        if (flush(print(host.people, &text, &lost), &lost) != DKG_OK && status == DKG_OK) {
            err = lost;
            status = err.status;
            code = exit_code(status);
        }
        dkg_buffer_free(&text);
    }
    if (status != DKG_OK) print_error(program, module, &err);
    dkg_host_free(&host);
    return code;
}

/* --help, --version, --echo; *done: nothing else is to be run. */
static dkg_status answer(const dkg_arguments *a, const char *called, bool raw, bool *done, dkg_error *err)
{
    dkg_buffer text = {0};
    *done = a->help || a->version;
    if (a->help)
        dkg_help(a->description, called, a->module, &text);
    else if (a->version)
        dkg_append_text(&text, "%s %s\n", called, a->description->version);
    else if (a->echo)
        dkg_echo(a, &text);
    dkg_status status = print(raw && !*done ? stderr : stdout, &text, err);
    dkg_buffer_free(&text);
    return flush(status, err);
}

static int run(const dkg_command *command, bool module, int argc, char **argv)
{
    const char *program = module ? command->module : "dkg";
    char called[DKG_OPTION_TEXT];
    dkg_description *description = NULL;
    dkg_arguments *arguments = NULL;
    dkg_error err = {0};
    bool done = false;
    int code;
    if (argc > 1 && strcmp(argv[1], "--xml") == 0) return print_xml(command, program);
    (void)snprintf(called, sizeof called, "%s%s", module ? "" : "dkg ", module ? command->module : command->name);
    dkg_bytes xml = {command->xml, command->xml_size}, extra = {command->extra_xml, command->extra_xml_size};
    dkg_status status = dkg_description_parse(xml, extra, &description, &err);
    if (status == DKG_OK)
        status = dkg_bindings_check(description, command->bindings, command->binding_count, command->options_size, &err);
    if (status == DKG_OK) status = dkg_arguments_parse(description, module, argc, argv, &arguments, &err);
    if (status == DKG_OK) status = answer(arguments, called, command->raw_output, &done, &err);
    if (status != DKG_OK) {
        print_error(program, module, &err);
        code = dkg_status_exit_code(status);
    } else {
        code = done ? 0 : execute(command, program, module, arguments);
    }
    dkg_arguments_free(arguments);
    dkg_description_free(description);
    return code;
}

int dkg_run_module(const dkg_command *command, int argc, char **argv)
{
    int code = run(command, true, argc, argv);
    const char *wanted = getenv("DKG_PRINT_STATUS");
    /* For macros of ImageJ, which see what is printed but not the exit code. */
    if (wanted && strcmp(wanted, "1") == 0) {
        printf("status=%d\n", code);
        (void)fflush(stdout);
    }
    return code;
}

int dkg_run_command(const dkg_command *command, int argc, char **argv) { return run(command, false, argc, argv); }
