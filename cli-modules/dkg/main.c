/* The program `dkg`: every command by name. */
#include "DeepKeyGenDecrypt/decrypt.h"
#include "DeepKeyGenEncrypt/encrypt.h"
#include "DeepKeyGenMetrics/metrics.h"
#include "DeepKeyGenTrain/train.h"
#include "batch/batch.h"
#include "dkg/commands.h"

int main(int argc, char **argv)
{
    const dkg_command commands[] = {
        dkg_keygen_command(),  dkg_encrypt_command(),   dkg_decrypt_command(),   dkg_verify_command(),
        dkg_inspect_command(), dkg_rekey_command(),     dkg_reencrypt_command(), dkg_keystream_command(),
        dkg_devices_command(), dkg_tune_command(),      dkg_selftest_command(),  dkg_model_command(),     dkg_train_command(),
        dkg_metrics_command(), dkg_report_command(),    dkg_battery_command(),   dkg_evaluate_command(),
        dkg_batch_plan_command(), dkg_batch_run_command(), dkg_batch_group_command(), dkg_batch_verify_command(), dkg_batch_decrypt_command(),
    };
    const dkg_command *list[sizeof commands / sizeof commands[0]];
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) list[i] = &commands[i];
    return dkg_run_program("dkg", DKG_VERSION, list, sizeof list / sizeof list[0], argc, argv);
}
