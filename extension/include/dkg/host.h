/* dkg/host.h - the host protocol: a command described by its XML, its options bound to a struct, progress, results.
 * Contract of Slicer's command line modules: docs/host.md. Nothing here touches a device or a volume. */
#ifndef DKG_HOST_H
#define DKG_HOST_H

#include "dkg/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- options: the XML is the truth, this table only says where each value goes ------------------------------------------ */
typedef enum dkg_option_type {
    DKG_OPTION_BOOLEAN,  /* bool */
    DKG_OPTION_INTEGER,  /* int64_t */
    DKG_OPTION_DOUBLE,   /* double */
    DKG_OPTION_STRING,   /* const char *, NULL when not given and without default: string, enumeration, file, directory, image,
                          * table; never an empty text */
    DKG_OPTION_LIST      /* dkg_string_list: whatever has multiple="true" */
} dkg_option_type;

typedef struct dkg_string_list {
    const char **items;
    size_t count;
} dkg_string_list;

typedef struct dkg_binding {
    const char *name;    /* the XML's <name> */
    dkg_option_type type;
    size_t offset;       /* offsetof(struct of the job, member) */
} dkg_binding;

typedef struct dkg_host dkg_host; /* one running command: log, results, mode */

typedef struct dkg_command {
    const char *name;           /* as a command of dkg: "encrypt", "batch plan"; NULL: it is none */
    const char *module;         /* as an executable of the host: "DeepKeyGenEncrypt"; NULL: it is none */
    const unsigned char *xml;   /* embedded text, exactly what --xml prints */
    size_t xml_size;
    /* XML of options that only `dkg` has, or NULL (architecture: Options, one truth). In a module they have their defaults */
    const unsigned char *extra_xml;
    size_t extra_xml_size;
    const dkg_binding *bindings; /* of both texts */
    size_t binding_count;
    size_t options_size;        /* of the job's options struct */
    dkg_status (*run)(const void *options, dkg_host *host, dkg_error *err); /* the job */
    bool raw_output; /* stdout carries raw bytes: results, lines for people and --json go to stderr */
} dkg_command;

/* Runs a command as a Slicer module executable: --xml, --help, --version, --echo, --returnparameterfile,
 * --processinformationaddress; warnings on stdout, progress tags. Returns the exit code. */
int dkg_run_module(const dkg_command *command, int argc, char **argv);
/* Runs it as `dkg <name>`: same options in kebab case too, the extra XML, --json, --quiet, a progress bar on a terminal. */
int dkg_run_command(const dkg_command *command, int argc, char **argv);
/* The whole program `dkg`: picks the command, --help lists them, a mistyped name gets a suggestion. */
int dkg_run_program(const char *program, const char *version, const dkg_command *const *commands, size_t count, int argc, char **argv);

/* ---- for jobs ------------------------------------------------------------------------------------------------------------------ */
const dkg_log *dkg_host_log(dkg_host *host);
bool dkg_host_is_module(const dkg_host *host); /* run by Slicer's rules */
/* A warning that goes to stderr also from a module, so that Slicer shows it in red (a salvaged decryption). All other
 * warnings go through the log: stdout in a module, stderr in `dkg`. */
void dkg_alert(dkg_host *host, const char *format, ...) DKG_PRINTF(2, 3);
/* Results: simple outputs of the XML go to the return-parameter file; all of them to --json or, as text, to the terminal.
 * Unknown names (not in the XML) are for --json and text only. */
void dkg_result_text(dkg_host *host, const char *name, const char *value);
void dkg_result_number(dkg_host *host, const char *name, double value);
void dkg_result_integer(dkg_host *host, const char *name, int64_t value);
void dkg_result_boolean(dkg_host *host, const char *name, bool value);
/* A line for people on the terminal; not printed with --quiet, --json or in a module. */
void dkg_say(dkg_host *host, const char *format, ...) DKG_PRINTF(2, 3);

/* Passphrases: --passphrase-fd N (-1: none), else DKG_ASKPASS, else the terminal (twice when `making`); secret memory.
 * Returns the number of bytes, 0 with err filled. */
size_t dkg_host_passphrase(dkg_host *host, int64_t fd, const char *what, bool making, uint8_t out[1024], dkg_error *err);

#ifdef __cplusplus
}
#endif
#endif
