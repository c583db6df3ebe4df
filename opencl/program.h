/* program.h - the kernels of opencl/kernels, compiled for one device or taken from the cache of compiled programs; and what the
 * trainer's have in common with them. */
#ifndef DKG_OPENCL_PROGRAM_H
#define DKG_OPENCL_PROGRAM_H

#include "loader.h"
#include "profile.h"

/* The stems of all kernels, in the order of their sources; tuning.cl comes first and has none. */
#define DKG_KERNELS(X)                                                                                                   \
    X(pack) X(conv) X(conv_float) X(winograd_input) X(winograd_output) X(norm_sums) X(norm_finish) X(norm_apply)         \
    X(head_fold) X(head_tanh)

typedef struct dkg_kernels {
    cl_program program;
    bool cached; /* the program came from the cache */
#define DKG_KERNEL_MEMBER(name) cl_kernel name;
    DKG_KERNELS(DKG_KERNEL_MEMBER)
#undef DKG_KERNEL_MEMBER
} dkg_kernels;

typedef struct dkg_argument {
    size_t size;
    const void *value;
} dkg_argument;
#define DKG_ARG(value) (dkg_argument){sizeof(value), &(value)}
/* A list of DKG_ARG() and its length. */
#define DKG_ARGS(...) (const dkg_argument[]){__VA_ARGS__}, sizeof((const dkg_argument[]){__VA_ARGS__}) / sizeof(dkg_argument)
/* Enqueues a kernel; local NULL: groups of the implementation's choice. DKG_DEVICE with its name. */
DKG_MUST_USE dkg_status dkg_kernel_launch(const dkg_cl *cl, cl_command_queue queue, cl_kernel kernel, const char *name,
                                          const size_t global[3], const size_t *local, const dkg_argument *arguments, size_t count,
                                          dkg_error *err);

/* Builds a program for its device. DKG_DEVICE with the first lines of the build log when the compiler refuses `what`. */
DKG_MUST_USE dkg_status dkg_program_build(const dkg_cl *cl, cl_program program, cl_device_id device, const char *options,
                                          const char *what, dkg_error *err);

/* DKG_DEVICE as dkg_program_build(). Freed with dkg_kernels_release(). `cache`: take a
 * compiled program from there if it has one that this device accepts; otherwise, and always without, build from source. */
DKG_MUST_USE dkg_status dkg_kernels_build(const dkg_cl *cl, cl_context context, cl_device_id device,
                                          const dkg_profile *profile, bool cache, dkg_kernels *out, dkg_error *err);
void dkg_kernels_release(const dkg_cl *cl, dkg_kernels *kernels);

/* ---- the cache of compiled programs (binary.c) -------------------------------------------------------------------------- */
typedef struct dkg_program_id {
    uint8_t digest[32]; /* of device, driver, compiler options and sources */
    char name[48];      /* of the file */
} dkg_program_id;

/* BLAKE2b-256 over the device's and driver's names and versions, and over `count` further texts. */
void dkg_program_identify(const dkg_cl *cl, cl_device_id device, const char *const *texts, const size_t *sizes, size_t count,
                          dkg_program_id *out);
/* The same for the kernels with this profile. */
void dkg_kernels_identify(const dkg_cl *cl, cl_device_id device, const dkg_profile *profile, dkg_program_id *out);
/* The program, not yet built; NULL: none, or damaged, or refused by the driver. */
cl_program dkg_program_load(const dkg_cl *cl, cl_context context, cl_device_id device, const dkg_program_id *id);
/* Keeps the binary of a built program where the device offers one. */
void dkg_program_store(const dkg_cl *cl, cl_program program, const dkg_program_id *id);
void dkg_program_forget(const dkg_program_id *id);

#endif
