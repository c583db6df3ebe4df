/* The commands that only `dkg` has, one file each. */
#ifndef DKG_CLI_COMMANDS_H
#define DKG_CLI_COMMANDS_H

#include "dkg/host.h"

dkg_command dkg_keygen_command(void);
dkg_command dkg_verify_command(void);
dkg_command dkg_inspect_command(void);
dkg_command dkg_rekey_command(void);
dkg_command dkg_reencrypt_command(void);
dkg_command dkg_keystream_command(void);
dkg_command dkg_devices_command(void);
dkg_command dkg_tune_command(void);
dkg_command dkg_selftest_command(void);
dkg_command dkg_model_command(void);
dkg_command dkg_report_command(void);
dkg_command dkg_battery_command(void);
dkg_command dkg_evaluate_command(void);

/* A command of dkg/<stem>.xml: declares the embedded text and fills the struct. */
#define DKG_COMMAND(stem, job_type, run_function)                                                             \
    extern const unsigned char dkg_##stem##_xml[];                                                            \
    extern const size_t dkg_##stem##_xml_size;                                                                \
    dkg_command dkg_##stem##_command(void)                                                                    \
    {                                                                                                         \
        return (dkg_command){.name = #stem,                                                                   \
                             .xml = dkg_##stem##_xml,                                                         \
                             .xml_size = dkg_##stem##_xml_size,                                               \
                             .bindings = bindings,                                                            \
                             .binding_count = sizeof bindings / sizeof bindings[0],                           \
                             .options_size = sizeof(job_type),                                                \
                             .run = run_function};                                                            \
    }
#endif
