/* tuning.h - the result of `dkg tune` for one device and driver: a small JSON file in the cache. */
#ifndef DKG_OPENCL_TUNING_H
#define DKG_OPENCL_TUNING_H

#include "loader.h"
#include "profile.h"

/* Replaces the values of *profile by those in the cache for this device. False: there are none, or they are damaged, out of range
 * or another device's; all but the first with a warning that names the file. */
DKG_MUST_USE bool dkg_tuning_read(const dkg_cl *cl, cl_device_id device, const dkg_log *log, dkg_profile *profile);
/* Keeps the values; writes the file's name to path. False: there is no cache. */
DKG_MUST_USE bool dkg_tuning_write(const dkg_cl *cl, cl_device_id device, const dkg_profile *profile, char *path, size_t size);
void dkg_tuning_forget(const dkg_cl *cl, cl_device_id device);
/* Values the kernels compile and run with. */
DKG_MUST_USE bool dkg_profile_is_valid(const dkg_profile *profile);

#endif
