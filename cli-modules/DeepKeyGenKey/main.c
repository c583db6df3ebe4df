/* DeepKeyGenKey as an executable module of the host. */
#include "DeepKeyGenKey/key.h"

int main(int argc, char **argv)
{
    dkg_command command = dkg_key_command();
    return dkg_run_module(&command, argc, argv);
}
