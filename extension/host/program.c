/* The program `dkg`: a list of commands, one of which is run. */
#include <stdio.h>
#include <string.h>

#include "dkg/host.h"
#include "description.h"
#include "values.h"

enum { COMMANDS_MAX = 64, NAME_BYTES = 64 };

static const dkg_command *find(const dkg_command *const *commands, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(commands[i]->name, name) == 0) return commands[i];
    return NULL;
}

static int list(const char *program, FILE *to, const dkg_command *const *commands, size_t count)
{
    fprintf(to, "Usage: %s COMMAND [options]\n\nCommands\n", program);
    for (size_t i = 0; i < count; i++) {
        dkg_description *d = NULL;
        dkg_error err = {0};
        dkg_bytes xml = {commands[i]->xml, commands[i]->xml_size};
        dkg_bytes extra = {commands[i]->extra_xml, commands[i]->extra_xml_size};
        if (dkg_description_parse(xml, extra, &d, &err) != DKG_OK) {
            fprintf(stderr, "%s: error: %s: %s\n", program, commands[i]->name, err.text);
            return dkg_status_exit_code(err.status);
        }
        fprintf(to, "  %-14s %s\n", commands[i]->name, d->command_title);
        dkg_description_free(d);
    }
    fprintf(to, "\n%s COMMAND --help explains a command.\n", program);
    if (fflush(to) == 0 && !ferror(to)) return 0;
    fprintf(stderr, "%s: error: standard output cannot be written\n", program);
    return dkg_status_exit_code(DKG_IO);
}

/* "batch" alone: names the commands that begin with it. False when there is none. */
static bool list_family(const char *program, const char *name, const dkg_command *const *commands, size_t count)
{
    const size_t length = strlen(name);
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(commands[i]->name, name, length) != 0 || commands[i]->name[length] != ' ') continue;
        if (!any) fprintf(stderr, "%s: error: %s needs one word more\nhint:", program, name);
        fprintf(stderr, "%s %s %s", any ? "," : "", program, commands[i]->name);
        any = true;
    }
    if (any) fputc('\n', stderr);
    return any;
}

static int unknown(const char *program, const char *name, const dkg_command *const *commands, size_t count)
{
    const char *names[COMMANDS_MAX];
    size_t n = 0;
    for (; n < count && n < COMMANDS_MAX; n++) names[n] = commands[n]->name;
    const char *near = dkg_suggest(name, names, n);
    if (list_family(program, name, commands, count)) return dkg_status_exit_code(DKG_USAGE);
    fprintf(stderr, "%s: error: there is no command %.80s\n", program, name);
    if (near)
        fprintf(stderr, "hint: did you mean %s %s?\n", program, near);
    else
        fprintf(stderr, "hint: %s --help lists the commands\n", program);
    return dkg_status_exit_code(DKG_USAGE);
}

int dkg_run_program(const char *program, const char *version, const dkg_command *const *commands, size_t count, int argc, char **argv)
{
    if (argc < 2) {
        (void)list(program, stderr, commands, count);
        return dkg_status_exit_code(DKG_USAGE);
    }
    const char *name = argv[1];
    bool help = strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0;
    if (strcmp(name, "--version") == 0) {
        printf("%s %s\n", program, version);
        return fflush(stdout) == 0 ? 0 : dkg_status_exit_code(DKG_IO);
    }
    if (help && argc == 2) return list(program, stdout, commands, count);
    const int first = help ? 2 : 1;
    int words = 1;
    const dkg_command *command = find(commands, count, argv[first]);
    if (!command && first + 1 < argc) { /* "batch plan" */
        char two[NAME_BYTES];
        (void)snprintf(two, sizeof two, "%s %s", argv[first], argv[first + 1]);
        command = find(commands, count, two);
        words = 2;
    }
    if (!command) return unknown(program, argv[first], commands, count);
    if (help) {
        char word[] = "--help";
        char *ask[] = {argv[0], word, NULL};
        return dkg_run_command(command, 2, ask);
    }
    return dkg_run_command(command, argc - words, argv + words);
}
