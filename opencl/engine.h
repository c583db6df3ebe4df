/* engine.h - the private parts of the OpenCL engine: its device, its weights, its buffers per image size. */
#ifndef DKG_OPENCL_ENGINE_H
#define DKG_OPENCL_ENGINE_H

#include "devices.h"
#include "layers.h"
#include "program.h"

enum {
    DKG_PLANS = 2, /* a volume has full blocks and, per slice, perhaps one shorter */
    DKG_SLOTS = 2  /* images in flight: one is sent or received while the other is computed */
};

enum dkg_buffer_name {
    DKG_BUFFER_IMAGE,
    DKG_BUFFER_KEY,      /* both height * width * 3 bytes */
    DKG_BUFFER_TILES,    /* Winograd: int16 [16][tile][channel] */
    DKG_BUFFER_PRODUCTS, /* Winograd: uint32 [16][tile][channel] */
    DKG_BUFFER_SUMS,     /* of the layer at work: int32 [row][column][channel] */
    DKG_BUFFER_PARTIAL,  /* norm_sums.cl: int64 [chunk][3][channel] */
    DKG_BUFFER_OFFSET,   /* norm_finish.cl: uint64, int32, uint32 [channel] */
    DKG_BUFFER_SCALE,
    DKG_BUFFER_SHIFT,
    DKG_BUFFER_TENSORS, /* the first of DKG_TENSORS */
    DKG_BUFFERS = DKG_BUFFER_TENSORS + DKG_TENSORS
};

/* Buffers for images of one size. */
typedef struct dkg_plan {
    uint32_t height, width; /* 0: unused */
    dkg_tensor tensors[DKG_TENSORS];
    cl_mem buffers[DKG_BUFFERS];
    uint64_t bytes[DKG_BUFFERS];
    cl_command_queue queue; /* of its slot */
} dkg_plan;

/* What one image in flight needs for itself. */
typedef struct dkg_slot {
    cl_command_queue queue; /* in order */
    dkg_plan plans[DKG_PLANS];
    size_t newest; /* plan used last */
} dkg_slot;

typedef struct dkg_opencl {
    dkg_engine engine; /* first: the two pointers are one */
    const dkg_model *model;
    dkg_profile profile;
    bool tuned; /* the profile is a result of tuning */
    dkg_cl cl;
    cl_device_id device; /* or its sub-device with fewer threads */
    uint64_t memory; /* of the device, bytes */
    cl_context context;
    dkg_kernels kernels;
    dkg_packed packed[DKG_LAYERS]; /* the weights themselves are on the device only */
    cl_mem weights[DKG_LAYERS];
    cl_mem table; /* of the tanh head, or NULL */
    dkg_slot slots[DKG_SLOTS];
    size_t slot_count;
} dkg_opencl;

/* Plan of a slot for an image size: one at hand, or new in place of the one not used last. DKG_USAGE: sizes no engine takes,
 * or whose indices would not fit 32 bits. */
DKG_MUST_USE dkg_status dkg_plan_find(dkg_opencl *o, dkg_slot *slot, uint32_t height, uint32_t width, dkg_plan **out,
                                      dkg_error *err);
/* Overwrites what the images left in the buffers, then releases them. */
void dkg_plan_release(dkg_opencl *o, dkg_plan *plan);
/* Bytes of all its buffers. */
uint64_t dkg_plan_bytes(const dkg_plan *plan);

/* Enqueues layer i: convolution and, but for the last, normalisation into the tensor it writes. */
DKG_MUST_USE dkg_status dkg_run_layer(dkg_opencl *o, dkg_plan *plan, size_t i, dkg_error *err);
/* Enqueues the conversion of the image to the first tensor, and of the last layer's sums to the key. */
DKG_MUST_USE dkg_status dkg_run_pack(dkg_opencl *o, dkg_plan *plan, dkg_error *err);
DKG_MUST_USE dkg_status dkg_run_head(dkg_opencl *o, dkg_plan *plan, dkg_error *err);

/* ---- making one (open.c) --------------------------------------------------------------------------------------------------- */
typedef struct dkg_making {
    const dkg_profile *profile; /* NULL: chosen by the kind of device */
    bool cache;                 /* the program may come from the cache */
    bool tuning;                /* so may the profile */
    const dkg_log *log;
} dkg_making;

/* An engine without device, program and weights; NULL when memory is out. */
dkg_opencl *dkg_opencl_new(const dkg_model *model);
DKG_MUST_USE dkg_status dkg_opencl_make(const dkg_model *model, const char *device, unsigned threads, const dkg_making *how,
                                        dkg_opencl **out, dkg_error *err);
/* dkg_opencl_engine() with the tuning of `profile` (NULL: chosen by the kind of device). */
DKG_MUST_USE dkg_status dkg_opencl_engine_tuned(const dkg_model *model, const char *device, unsigned threads,
                                                const dkg_profile *profile, dkg_engine **out, dkg_error *err);

#endif
