/* Every target's beginning: the library's own. */
#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    if (dkg_start(NULL) != DKG_OK) abort();
    return 0;
}
