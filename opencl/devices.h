/* devices.h - the private side of dkg_opencl_devices(): a device as OpenCL knows it. */
#ifndef DKG_OPENCL_DEVICES_H
#define DKG_OPENCL_DEVICES_H

#include "dkg/opencl.h"
#include "loader.h"

/* dkg_opencl_devices() with the handles: (*ids)[i] belongs to (*devices)[i]. Both are freed with free(). */
DKG_MUST_USE dkg_status dkg_cl_list(const dkg_cl *cl, dkg_device_info **devices, cl_device_id **ids, size_t *count,
                                    dkg_error *err);
/* The device `wanted` names by the rules of dkg_opencl_engine(). */
DKG_MUST_USE dkg_status dkg_cl_choose(const dkg_device_info *devices, size_t count, const char *wanted, size_t *chosen,
                                      dkg_error *err);

#endif
