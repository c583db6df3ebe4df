/* DeepKeyGenTrain as an executable module of the host. */
#include "DeepKeyGenTrain/train.h"

int main(int argc, char **argv)
{
    dkg_command command = dkg_train_command();
    return dkg_run_module(&command, argc, argv);
}
