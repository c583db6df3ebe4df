/* program.h - the kernels of opencl/kernels, compiled for one device. */
#ifndef DKG_OPENCL_PROGRAM_H
#define DKG_OPENCL_PROGRAM_H

#include "loader.h"
#include "profile.h"

/* The stems of all kernels, in the order of their sources; tuning.cl comes first and has none. */
#define DKG_KERNELS(X) \
    X(pack) X(conv) X(winograd_input) X(winograd_output) X(norm_sums) X(norm_finish) X(norm_apply) X(head_fold) X(head_tanh)

typedef struct dkg_kernels {
    cl_program program;
#define DKG_KERNEL_MEMBER(name) cl_kernel name;
    DKG_KERNELS(DKG_KERNEL_MEMBER)
#undef DKG_KERNEL_MEMBER
} dkg_kernels;

/* DKG_DEVICE with the first lines of the build log when the compiler refuses. Freed with dkg_kernels_release(). */
DKG_MUST_USE dkg_status dkg_kernels_build(const dkg_cl *cl, cl_context context, cl_device_id device,
                                          const dkg_profile *profile, dkg_kernels *out, dkg_error *err);
void dkg_kernels_release(const dkg_cl *cl, dkg_kernels *kernels);

#endif
