/* The commands over data sets: dkg batch plan, run, group, verify, decrypt (docs/batch.md). */
#ifndef DKG_BATCH_H
#define DKG_BATCH_H

#include "dkg/host.h"

dkg_command dkg_batch_plan_command(void);
dkg_command dkg_batch_run_command(void);
dkg_command dkg_batch_group_command(void);
dkg_command dkg_batch_verify_command(void);
dkg_command dkg_batch_decrypt_command(void);

/* A command of dkg/batch-<stem>.xml, called as `dkg batch <stem>`. */
#define DKG_BATCH_COMMAND(stem, job_type, run_function)                                                       \
    extern const unsigned char dkg_batch_##stem##_xml[];                                                      \
    extern const size_t dkg_batch_##stem##_xml_size;                                                          \
    dkg_command dkg_batch_##stem##_command(void)                                                              \
    {                                                                                                         \
        return (dkg_command){.name = "batch " #stem,                                                          \
                             .xml = dkg_batch_##stem##_xml,                                                   \
                             .xml_size = dkg_batch_##stem##_xml_size,                                         \
                             .bindings = bindings,                                                            \
                             .binding_count = sizeof bindings / sizeof bindings[0],                           \
                             .options_size = sizeof(job_type),                                                \
                             .run = run_function};                                                            \
    }
#endif
