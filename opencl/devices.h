/* devices.h - the private side of dkg_opencl_devices(): a device as OpenCL knows it, and its opening. */
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
/* Loads libOpenCL and opens the device `wanted` names by the rules of dkg_opencl_engine(). *device: the device, or its sub-device with
 * fewer threads. *context is released by the caller; *device is not. */
DKG_MUST_USE dkg_status dkg_cl_open(dkg_cl *cl, const char *wanted, unsigned threads, dkg_device_info *info, cl_device_id *device,
                                    cl_context *context, dkg_error *err);

#endif
