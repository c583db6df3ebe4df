#include "DeepKeyGenTrain/trainers.h"

#include "dkg/opencl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is(const char *a, const char *b) { return strcmp(a, b) == 0; }

static const char *choice(const char *device)
{
    if (!device || is(device, "auto")) device = getenv("DKG_DEVICE");
    return device && *device ? device : "auto";
}

/* Name of the first usable device that is (not) a GPU; empty when there is none. */
static dkg_status first_device(bool gpu, char name[160], dkg_error *err)
{
    dkg_device_info *devices = NULL;
    size_t count = 0, i = 0;
    name[0] = '\0';
    const dkg_status status = dkg_opencl_devices(&devices, &count, err);
    while (i < count && !(devices[i].usable && devices[i].gpu == gpu)) i++;
    if (i < count) (void)snprintf(name, 160, "%s", devices[i].name);
    free(devices);
    return status;
}

bool dkg_trainers_gpu(const char *device)
{
    char name[160];
    device = choice(device);
    return (is(device, "auto") || is(device, "opencl")) && first_device(true, name, NULL) == DKG_OK && name[0] != '\0';
}

/* A name of `dkg devices`, or empty for the best one. */
static dkg_status device_name(const char *device, char name[160], dkg_error *err)
{
    dkg_status status = DKG_OK;
    name[0] = '\0';
    if (is(device, "cpu")) {
        status = first_device(false, name, err);
    } else if (is(device, "auto") || is(device, "opencl")) {
        status = first_device(true, name, err);
        if (status == DKG_OK && name[0] == '\0') status = first_device(false, name, err);
    } else {
        (void)snprintf(name, 160, "%s", device);
    }
    if (status != DKG_OK || name[0] != '\0') return status;
    (void)dkg_fail(err, DKG_DEVICE, "no OpenCL device to train on was found");
    return dkg_fail_hint(err, DKG_DEVICE, "install an OpenCL implementation, such as PoCL for the processor; for tiny networks --device reference will do");
}

dkg_status dkg_trainers_open(const dkg_train_options *options, const char *device, unsigned threads, dkg_trainer **out, dkg_error *err)
{
    char name[160];
    *out = NULL;
    device = choice(device);
    if (is(device, "reference")) return dkg_reference_trainer(options, out, err);
    const dkg_status status = device_name(device, name, err);
    return status == DKG_OK ? dkg_opencl_trainer(options, name, threads, out, err) : status;
}
