/* DeepKeyGenEncrypt as an executable module of the host. */
#include "DeepKeyGenEncrypt/encrypt.h"

int main(int argc, char **argv)
{
    dkg_command command = dkg_encrypt_command();
    return dkg_run_module(&command, argc, argv);
}
