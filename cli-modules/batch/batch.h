/* The commands over data sets: dkg batch plan, run, group, verify, decrypt (docs/batch.md). */
#ifndef DKG_BATCH_H
#define DKG_BATCH_H

#include "common/command.h"

dkg_command dkg_batch_plan_command(void);
dkg_command dkg_batch_run_command(void);
dkg_command dkg_batch_group_command(void);
dkg_command dkg_batch_verify_command(void);
dkg_command dkg_batch_decrypt_command(void);

#endif
