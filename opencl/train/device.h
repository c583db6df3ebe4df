/* train/device.h - the device a trainer works on: its queue, its memory, the kernels of opencl/train/kernels. */
#ifndef DKG_OPENCL_TRAIN_DEVICE_H
#define DKG_OPENCL_TRAIN_DEVICE_H

#include "program.h"

#define DKG_TRAIN_KERNELS(X)                                                                                           \
    X(train_conv) X(train_gradient) X(train_norm_sums) X(train_norm) X(train_norm_back_sums) X(train_norm_back)        \
    X(train_unfold) X(train_fold) X(train_source) X(train_target) X(train_view) X(train_view_back) X(train_store)      \
    X(train_loss) X(train_adam) X(train_transpose)

/* What the kernels are compiled with and how they are launched: speed, and the order of some sums. */
typedef struct dkg_train_tuning {
    const char *options; /* of the compiler */
    unsigned group;      /* work-items of a group; 1: every item is a loop of its own (CPUs) */
    int lanes;           /* as DKG_LANES of train_tuning.cl */
    int chunk;           /* pixels of one item of train_conv.cl: about this many */
    int cached;          /* weights, in taps of a panel, that train_conv.cl keeps at hand */
    int block;           /* pixels of one block of train_gradient.cl, of one item of the norms */
    bool split;          /* train_gradient.cl: an item for every tile, not one for all of a panel */
} dkg_train_tuning;
extern const dkg_train_tuning dkg_train_cpu, dkg_train_gpu;

typedef struct dkg_train_device {
    dkg_cl cl;
    char label[160];
    cl_device_id id;
    cl_context context;
    cl_command_queue queue;
    cl_program program;
    uint64_t memory, allocation; /* bytes in all, and of the largest buffer */
    const dkg_train_tuning *tuning;
#define DKG_TRAIN_KERNEL_MEMBER(name) cl_kernel name;
    DKG_TRAIN_KERNELS(DKG_TRAIN_KERNEL_MEMBER)
#undef DKG_TRAIN_KERNEL_MEMBER
} dkg_train_device;

/* `wanted` and threads as for dkg_opencl_trainer(); tuning: NULL for the kind of device. Zero *d first; what was opened is closed by
 * dkg_train_device_close() in every case. */
DKG_MUST_USE dkg_status dkg_train_device_open(dkg_train_device *d, const char *wanted, unsigned threads,
                                              const dkg_train_tuning *tuning, dkg_error *err);
void dkg_train_device_close(dkg_train_device *d);

/* A buffer of zeros. */
DKG_MUST_USE dkg_status dkg_train_buffer(dkg_train_device *d, uint64_t bytes, cl_mem *out, dkg_error *err);
DKG_MUST_USE dkg_status dkg_train_send(dkg_train_device *d, cl_mem to, const void *bytes, size_t size, dkg_error *err);
/* Waits for all kernels. */
DKG_MUST_USE dkg_status dkg_train_finish(dkg_train_device *d, dkg_error *err);
DKG_MUST_USE dkg_status dkg_train_receive(dkg_train_device *d, cl_mem from, void *bytes, size_t size, dkg_error *err);

/* Enqueues kernel `stem` of d; size[0] is rounded up to whole groups where `grouped`. */
#define DKG_TRAIN_RUN(d, stem, size, grouped, err, ...) \
    dkg_train_launch(d, (d)->stem, #stem, size, grouped, DKG_ARGS(__VA_ARGS__), err)
DKG_MUST_USE dkg_status dkg_train_launch(dkg_train_device *d, cl_kernel kernel, const char *name, const size_t size[3], bool grouped,
                                         const dkg_argument *arguments, size_t count, dkg_error *err);

#endif
