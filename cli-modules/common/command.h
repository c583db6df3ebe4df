/* From a job to a command: each macro declares the embedded texts and defines dkg_<stem>_command() over the file's table
 * `bindings`. */
#ifndef DKG_CLI_COMMAND_H
#define DKG_CLI_COMMAND_H

#include "dkg/host.h"

#define DKG_EMBEDDED_TEXT(symbol)         \
    extern const unsigned char symbol[]; \
    extern const size_t symbol##_size;

/* A command that only `dkg` has, of dkg/<stem>.xml with '_' for '-', called as `dkg <called>`. */
#define DKG_COMMAND_CALLED(stem, called, job_type, run_function)                   \
    DKG_EMBEDDED_TEXT(dkg_##stem##_xml)                                            \
    dkg_command dkg_##stem##_command(void)                                         \
    {                                                                              \
        return (dkg_command){.name = called,                                       \
                             .xml = dkg_##stem##_xml,                              \
                             .xml_size = dkg_##stem##_xml_size,                    \
                             .bindings = bindings,                                 \
                             .binding_count = sizeof bindings / sizeof bindings[0], \
                             .options_size = sizeof(job_type),                     \
                             .run = run_function};                                 \
    }
#define DKG_COMMAND(stem, job_type, run_function) DKG_COMMAND_CALLED(stem, #stem, job_type, run_function)

/* A module of the host, of <folder>/<folder>.xml, that is `dkg <stem>` too, with dkg/<stem>-extra.xml. */
#define DKG_MODULE_COMMAND(stem, folder, job_type, run_function)                   \
    DKG_EMBEDDED_TEXT(dkg_##folder##_xml)                                          \
    DKG_EMBEDDED_TEXT(dkg_##stem##_extra_xml)                                      \
    dkg_command dkg_##stem##_command(void)                                         \
    {                                                                              \
        return (dkg_command){.name = #stem,                                        \
                             .module = #folder,                                    \
                             .xml = dkg_##folder##_xml,                            \
                             .xml_size = dkg_##folder##_xml_size,                  \
                             .extra_xml = dkg_##stem##_extra_xml,                  \
                             .extra_xml_size = dkg_##stem##_extra_xml_size,        \
                             .bindings = bindings,                                 \
                             .binding_count = sizeof bindings / sizeof bindings[0], \
                             .options_size = sizeof(job_type),                     \
                             .run = run_function};                                 \
    }

#endif
