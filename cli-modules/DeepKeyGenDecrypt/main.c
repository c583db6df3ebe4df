/* DeepKeyGenDecrypt as an executable module of the host. */
#include "DeepKeyGenDecrypt/decrypt.h"

int main(int argc, char **argv)
{
    dkg_command command = dkg_decrypt_command();
    return dkg_run_module(&command, argc, argv);
}
