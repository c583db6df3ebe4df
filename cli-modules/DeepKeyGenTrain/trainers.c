#include "DeepKeyGenTrain/trainers.h"

#include <stdlib.h>
#include <string.h>

static const char *choice(const char *device)
{
    if (!device || strcmp(device, "auto") == 0) device = getenv("DKG_DEVICE");
    return device && *device ? device : "auto";
}

bool dkg_trainers_gpu(const char *device)
{
    (void)choice(device);
    return false;
}

dkg_status dkg_trainers_open(const dkg_train_options *options, const char *device, unsigned threads, dkg_trainer **out, dkg_error *err)
{
    (void)device;
    (void)threads;
    return dkg_reference_trainer(options, out, err);
}
