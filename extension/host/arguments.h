/* arguments.h - the command line: every form a host or a person writes it in, checked against the description. */
#ifndef DKG_HOST_ARGUMENTS_H
#define DKG_HOST_ARGUMENTS_H

#include "dkg/host.h"
#include "description.h"

enum { DKG_OPTION_TEXT = 80 };

typedef struct dkg_argument {
    const char **texts; /* as checked: never empty strings */
    size_t count;       /* 0: not given */
} dkg_argument;

typedef struct dkg_arguments {
    const dkg_description *description;
    bool module;         /* no positions, no extra options */
    dkg_argument *given; /* one per parameter of the description */
    /* what every command takes */
    bool help, version, echo;
    bool json, quiet;        /* of `dkg` alone */
    const char *return_file; /* --returnparameterfile, or NULL */
    char *memory;            /* of the values that had to be taken apart */
    size_t memory_used;
    const char **lists;
    size_t lists_used;
} dkg_arguments;

/* Reads argv[1..argc-1]; argv and the description must outlive the result. Forms: `--keyFile V`, `--key-file V`,
 * `--keyFile=V`; `--flag`, `--flag true|false`, `--flag=true|false`; lists by repeating the option and by commas, names
 * with commas in double quotes; `--` ends the options. With --help or --version nothing else is checked.
 * DKG_USAGE with a hint: unknown or mistyped option, a value that is missing, empty, malformed or out of range, an option
 * given twice, a position missing or too many. */
DKG_MUST_USE dkg_status dkg_arguments_parse(const dkg_description *description, bool module, int argc, char **argv,
                                            dkg_arguments **out, dkg_error *err);
void dkg_arguments_free(dkg_arguments *arguments);

/* The option as people write it: "--keyFile" for a module, "--key-file" for `dkg`, "IN" for a position. */
void dkg_option_text(const dkg_parameter *parameter, bool module, char out[DKG_OPTION_TEXT]);
/* False for what a module does not take although it is in the description: options of `dkg`. */
bool dkg_option_known(const dkg_parameter *parameter, bool module);

/* DKG_INTERNAL unless table and description match one to one and every type agrees. */
DKG_MUST_USE dkg_status dkg_bindings_check(const dkg_description *description, const dkg_binding *bindings, size_t count,
                                           size_t options_size, dkg_error *err);
/* Writes every value, or its default, to the options struct. Texts and lists belong to arguments and description. The
 * bindings must have passed dkg_bindings_check(). */
void dkg_arguments_bind(const dkg_arguments *arguments, const dkg_binding *bindings, size_t count, void *options);

#endif
