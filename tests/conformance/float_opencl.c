/* float_opencl.c - the control on the first OpenCL device. */
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "float_control.h"

extern const unsigned char dkg_float_network_cl[];

typedef struct in_opencl {
    float_device base;
    dkg_cl cl;
    cl_context context;
    cl_command_queue queue;
    cl_program program;
    cl_kernel conv, norm, head;
    cl_mem buffers[FLOAT_BUFFERS];
} in_opencl;

/* The members of float_shape, as the kernel's first argument. */
typedef struct shape {
    cl_int in, out, height, width, side, stride, transposed;
} shape;

static dkg_status start(in_opencl *o, cl_kernel kernel, size_t items, dkg_error *err)
{
    cl_int code = o->cl.clEnqueueNDRangeKernel(o->queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL);
    if (code == CL_SUCCESS) code = o->cl.clFinish(o->queue);
    return code == CL_SUCCESS ? DKG_OK : dkg_cl_fail(err, "a kernel of the control did not run", code);
}

static dkg_status copy_in(in_opencl *o, cl_mem buffer, const float *values, size_t count, dkg_error *err)
{
    const cl_int code = o->cl.clEnqueueWriteBuffer(o->queue, buffer, CL_TRUE, 0, count * sizeof *values, values, 0, NULL, NULL);
    return code == CL_SUCCESS ? DKG_OK : dkg_cl_fail(err, "cannot send floats", code);
}

static dkg_status load(float_device *self, const float *values, size_t count, dkg_error *err)
{
    in_opencl *o = (in_opencl *)self;
    return copy_in(o, o->buffers[0], values, count, err);
}

static dkg_status send_weights(in_opencl *o, const dkg_layer *l, cl_mem *out, dkg_error *err)
{
    cl_int code;
    float *weights = dkg_calloc(l->weight_count, sizeof *weights);
    *out = NULL;
    if (!weights) return dkg_fail(err, DKG_NO_MEMORY, "no memory for weights");
    for (size_t i = 0; i < l->weight_count; i++) weights[i] = l->weights[i];
    *out = o->cl.clCreateBuffer(o->context, CL_MEM_READ_ONLY, l->weight_count * sizeof *weights, NULL, &code);
    const dkg_status status = *out ? copy_in(o, *out, weights, l->weight_count, err) : dkg_cl_fail(err, "no buffer for weights", code);
    free(weights);
    return status;
}

static dkg_status layer(float_device *self, const dkg_layer *l, int height, int width, int input, int output, int shortcut, bool last,
                        dkg_error *err)
{
    in_opencl *o = (in_opencl *)self;
    const shape s = {(cl_int)l->in, (cl_int)l->out, height, width, (cl_int)l->kernel, (cl_int)l->stride, l->transposed};
    const cl_int pixels = l->transposed ? height * width * s.stride * s.stride : height * width / (s.stride * s.stride);
    const cl_int closes = shortcut >= 0;
    cl_mem weights;
    dkg_status status = send_weights(o, l, &weights, err);
    if (status == DKG_OK) {
        o->cl.clSetKernelArg(o->conv, 0, sizeof s, &s);
        o->cl.clSetKernelArg(o->conv, 1, sizeof(cl_mem), &o->buffers[input]);
        o->cl.clSetKernelArg(o->conv, 2, sizeof(cl_mem), &weights);
        o->cl.clSetKernelArg(o->conv, 3, sizeof(cl_mem), &o->buffers[output]);
        status = start(o, o->conv, (size_t)s.out * (size_t)pixels, err);
    }
    if (status == DKG_OK && !last) {
        o->cl.clSetKernelArg(o->norm, 0, sizeof(cl_mem), &o->buffers[output]);
        o->cl.clSetKernelArg(o->norm, 1, sizeof(cl_mem), &o->buffers[closes ? shortcut : input]); /* read only if it closes */
        o->cl.clSetKernelArg(o->norm, 2, sizeof pixels, &pixels);
        o->cl.clSetKernelArg(o->norm, 3, sizeof closes, &closes);
        status = start(o, o->norm, (size_t)s.out, err);
    }
    if (weights) o->cl.clReleaseMemObject(weights);
    return status;
}

static dkg_status keys(float_device *self, int input, int pixels, uint8_t *out, dkg_error *err)
{
    in_opencl *o = (in_opencl *)self;
    const size_t size = 6 * (size_t)pixels;
    cl_int code;
    cl_mem bytes = o->cl.clCreateBuffer(o->context, CL_MEM_WRITE_ONLY, size, NULL, &code);
    if (!bytes) return dkg_cl_fail(err, "no buffer for the keys", code);
    o->cl.clSetKernelArg(o->head, 0, sizeof(cl_mem), &o->buffers[input]);
    o->cl.clSetKernelArg(o->head, 1, sizeof pixels, &pixels);
    o->cl.clSetKernelArg(o->head, 2, sizeof(cl_mem), &bytes);
    dkg_status status = start(o, o->head, size / 2, err);
    if (status == DKG_OK) {
        code = o->cl.clEnqueueReadBuffer(o->queue, bytes, CL_TRUE, 0, size, out, 0, NULL, NULL);
        if (code != CL_SUCCESS) status = dkg_cl_fail(err, "cannot receive the keys", code);
    }
    o->cl.clReleaseMemObject(bytes);
    return status;
}

static void destroy(float_device *self)
{
    in_opencl *o = (in_opencl *)self;
    for (int i = 0; i < FLOAT_BUFFERS; i++)
        if (o->buffers[i]) o->cl.clReleaseMemObject(o->buffers[i]);
    if (o->conv) o->cl.clReleaseKernel(o->conv);
    if (o->norm) o->cl.clReleaseKernel(o->norm);
    if (o->head) o->cl.clReleaseKernel(o->head);
    if (o->program) o->cl.clReleaseProgram(o->program);
    if (o->queue) o->cl.clReleaseCommandQueue(o->queue);
    if (o->context) o->cl.clReleaseContext(o->context);
    free(o);
}

static dkg_status open_device(in_opencl *o, size_t values, dkg_error *err)
{
    dkg_device_info *devices = NULL;
    cl_device_id *ids = NULL;
    size_t count = 0;
    cl_int code = CL_SUCCESS;
    const char *source = (const char *)dkg_float_network_cl;
    if (!dkg_cl_load(&o->cl)) return dkg_fail(err, DKG_USAGE, "no OpenCL here");
    dkg_status status = dkg_cl_list(&o->cl, &devices, &ids, &count, err);
    if (status == DKG_OK && count == 0) status = dkg_fail(err, DKG_USAGE, "no OpenCL device");
    if (status != DKG_OK) goto done;
    o->context = o->cl.clCreateContext(NULL, 1, ids, NULL, NULL, &code);
    if (o->context) o->queue = o->cl.clCreateCommandQueue(o->context, ids[0], 0, &code);
    if (o->queue) o->program = o->cl.clCreateProgramWithSource(o->context, 1, &source, NULL, &code);
    if (o->program) code = o->cl.clBuildProgram(o->program, 1, ids, "-cl-std=CL1.2", NULL, NULL);
    if (code == CL_SUCCESS) o->conv = o->cl.clCreateKernel(o->program, "conv", &code);
    if (code == CL_SUCCESS) o->norm = o->cl.clCreateKernel(o->program, "norm", &code);
    if (code == CL_SUCCESS) o->head = o->cl.clCreateKernel(o->program, "head", &code);
    for (int i = 0; i < FLOAT_BUFFERS && code == CL_SUCCESS; i++)
        o->buffers[i] = o->cl.clCreateBuffer(o->context, CL_MEM_READ_WRITE, values * sizeof(float), NULL, &code);
    if (code != CL_SUCCESS) status = dkg_cl_fail(err, "cannot prepare the control", code);
done:
    free(devices);
    free(ids);
    return status;
}

dkg_status float_opencl(size_t values, float_device **out, dkg_error *err)
{
    in_opencl *o = dkg_calloc(1, sizeof *o);
    *out = NULL;
    if (!o) return dkg_fail(err, DKG_NO_MEMORY, "no memory for the control");
    o->base = (float_device){layer, load, keys, destroy};
    const dkg_status status = open_device(o, values, err);
    if (status == DKG_OK)
        *out = &o->base;
    else
        destroy(&o->base);
    return status;
}
