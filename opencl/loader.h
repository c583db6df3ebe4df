/* loader.h - libOpenCL, loaded when first needed, as a table of functions; names of its error codes. */
#ifndef DKG_OPENCL_LOADER_H
#define DKG_OPENCL_LOADER_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <CL/cl_icd.h>

#include "dkg/base.h"

#define DKG_CL_FUNCTIONS(X)                                                                                              \
    X(clGetPlatformIDs) X(clGetPlatformInfo) X(clGetDeviceIDs) X(clGetDeviceInfo) X(clCreateSubDevices)                  \
    X(clCreateContext) X(clReleaseContext) X(clCreateCommandQueue) X(clReleaseCommandQueue)                              \
    X(clCreateProgramWithSource) X(clCreateProgramWithBinary) X(clBuildProgram) X(clGetProgramBuildInfo)                 \
    X(clGetProgramInfo) X(clReleaseProgram) X(clCreateKernel) X(clReleaseKernel) X(clSetKernelArg) X(clCreateBuffer)     \
    X(clReleaseMemObject) X(clEnqueueWriteBuffer) X(clEnqueueReadBuffer) X(clEnqueueFillBuffer)                          \
    X(clEnqueueNDRangeKernel) X(clFlush) X(clFinish)

typedef struct dkg_cl {
#define DKG_CL_MEMBER(name) cl_api_##name name;
    DKG_CL_FUNCTIONS(DKG_CL_MEMBER)
#undef DKG_CL_MEMBER
} dkg_cl;

/* Fills the table; false when there is no loader or it lacks a function. The library stays loaded: implementations keep
 * threads that would not survive its removal. */
DKG_MUST_USE bool dkg_cl_load(dkg_cl *cl);
/* "CL_OUT_OF_RESOURCES" */
const char *dkg_cl_error_name(cl_int code);
/* DKG_DEVICE with "<what>: <name of code> (<code>)". */
dkg_status dkg_cl_fail(dkg_error *err, const char *what, cl_int code);

#endif
