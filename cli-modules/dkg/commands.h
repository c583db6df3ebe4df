/* The commands that only `dkg` has, one file each. */
#ifndef DKG_CLI_COMMANDS_H
#define DKG_CLI_COMMANDS_H

#include "common/command.h"

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
#endif
