/* device.c - opens the device of a trainer, compiles its kernels, launches them. */
#include "train/device.h"

#include <stdio.h>

#include "devices.h"

/* Work-items of CPUs are long loops over explicit vectors of 16; GPUs get many short items of 4 channels each. */
const dkg_train_tuning dkg_train_cpu = {.options = "-cl-std=CL1.2 -w -cl-mad-enable", .group = 1, .lanes = 16, .chunk = 144,
                                        .cached = 12, .block = 256, .split = false};
const dkg_train_tuning dkg_train_gpu = {.options = "-cl-std=CL1.2 -w -cl-mad-enable -DDKG_LANES=4 -DDKG_PIXELS=4 -DDKG_INPUTS=4",
                                        .group = 64, .lanes = 4, .chunk = 8, .cached = 1 << 16, .block = 32, .split = true};

#define SOURCES(X)                                                                                                       \
    X(train_tuning) X(train_conv) X(train_gradient) X(train_norm) X(train_norm_back) X(train_fold) X(train_view) X(train_loss) \
    X(train_adam) X(train_transpose)
#define DECLARE(stem)                             \
    extern const unsigned char dkg_##stem##_cl[]; \
    extern const size_t dkg_##stem##_cl_size;
SOURCES(DECLARE)
#undef DECLARE

static dkg_status build(dkg_train_device *d, dkg_error *err)
{
    const char *text[] = {
#define TEXT(stem) (const char *)dkg_##stem##_cl,
        SOURCES(TEXT)
#undef TEXT
    };
    const size_t size[] = {
#define SIZE(stem) dkg_##stem##_cl_size,
        SOURCES(SIZE)
#undef SIZE
    };
    cl_int code;
    d->program = d->cl.clCreateProgramWithSource(d->context, sizeof text / sizeof text[0], text, size, &code);
    if (!d->program) return dkg_cl_fail(err, "cannot create the OpenCL program of training", code);
    const dkg_status status = dkg_program_build(&d->cl, d->program, d->id, d->tuning->options, "the kernels of training", err);
    if (status != DKG_OK) return status;
#define CREATE(stem)                                               \
    d->stem = d->cl.clCreateKernel(d->program, #stem, &code);      \
    if (!d->stem) return dkg_cl_fail(err, "cannot create the kernel " #stem, code);
    DKG_TRAIN_KERNELS(CREATE)
#undef CREATE
    return DKG_OK;
}

dkg_status dkg_train_device_open(dkg_train_device *d, const char *wanted, unsigned threads, const dkg_train_tuning *tuning,
                                 dkg_error *err)
{
    dkg_device_info info;
    cl_int code;
    const dkg_status status = dkg_cl_open(&d->cl, wanted, threads, &info, &d->id, &d->context, err);
    if (status != DKG_OK) return status;
    snprintf(d->label, sizeof d->label, "%.159s", info.label);
    d->memory = info.memory;
    d->allocation = info.allocation;
    d->tuning = tuning ? tuning : info.gpu ? &dkg_train_gpu : &dkg_train_cpu;
    d->queue = d->cl.clCreateCommandQueue(d->context, d->id, 0, &code);
    return d->queue ? build(d, err) : dkg_cl_fail(err, "cannot open a queue on the OpenCL device", code);
}

void dkg_train_device_close(dkg_train_device *d)
{
#define RELEASE(stem) \
    if (d->stem) d->cl.clReleaseKernel(d->stem);
    DKG_TRAIN_KERNELS(RELEASE)
#undef RELEASE
    if (d->program) d->cl.clReleaseProgram(d->program);
    if (d->queue) d->cl.clReleaseCommandQueue(d->queue);
    if (d->context) d->cl.clReleaseContext(d->context);
}

static dkg_status no_memory(uint64_t bytes, cl_int code, dkg_error *err)
{
    const dkg_status status = dkg_fail(err, DKG_NO_MEMORY, "the device has no memory for a buffer of %llu MB: %s (%d)",
                                       (unsigned long long)(bytes >> 20), dkg_cl_error_name(code), (int)code);
    return dkg_fail_hint(err, status, "train with a smaller crop or fewer channels, or on another device");
}

dkg_status dkg_train_buffer(dkg_train_device *d, uint64_t bytes, cl_mem *out, dkg_error *err)
{
    const cl_uint zero = 0;
    cl_int code;
    *out = d->cl.clCreateBuffer(d->context, CL_MEM_READ_WRITE, (size_t)bytes, NULL, &code);
    if (*out) code = d->cl.clEnqueueFillBuffer(d->queue, *out, &zero, sizeof zero, 0, (size_t)bytes, 0, NULL, NULL);
    if (code == CL_SUCCESS) code = d->cl.clFinish(d->queue); /* some implementations allocate only now */
    return code == CL_SUCCESS ? DKG_OK : no_memory(bytes, code, err);
}

dkg_status dkg_train_send(dkg_train_device *d, cl_mem to, const void *bytes, size_t size, dkg_error *err)
{
    const cl_int code = d->cl.clEnqueueWriteBuffer(d->queue, to, CL_TRUE, 0, size, bytes, 0, NULL, NULL);
    return code == CL_SUCCESS ? DKG_OK : dkg_cl_fail(err, "cannot send to the device", code);
}

dkg_status dkg_train_finish(dkg_train_device *d, dkg_error *err)
{
    const cl_int code = d->cl.clFinish(d->queue);
    return code == CL_SUCCESS ? DKG_OK : dkg_cl_fail(err, "a step of training did not run to its end", code);
}

/* Waits before it reads, because not every implementation lets a read fail for a kernel that failed. */
dkg_status dkg_train_receive(dkg_train_device *d, cl_mem from, void *bytes, size_t size, dkg_error *err)
{
    const dkg_status status = dkg_train_finish(d, err);
    if (status != DKG_OK) return status;
    const cl_int code = d->cl.clEnqueueReadBuffer(d->queue, from, CL_TRUE, 0, size, bytes, 0, NULL, NULL);
    return code == CL_SUCCESS ? DKG_OK : dkg_cl_fail(err, "cannot receive from the device", code);
}

dkg_status dkg_train_launch(dkg_train_device *d, cl_kernel kernel, const char *name, const size_t size[3], bool grouped,
                            const dkg_argument *arguments, size_t count, dkg_error *err)
{
    const size_t group = d->tuning->group, local[3] = {group, 1, 1};
    const bool fixed = group == 1 || grouped;
    const size_t global[3] = {fixed ? (size[0] + group - 1) / group * group : size[0], size[1], size[2]};
    return dkg_kernel_launch(&d->cl, d->queue, kernel, name, global, fixed ? local : NULL, arguments, count, err);
}
