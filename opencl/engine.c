/* engine.c - the generator on an OpenCL device. */
#include "engine.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- running -------------------------------------------------------------------------------------------------------- */
static dkg_status run_to(dkg_opencl *o, dkg_plan *plan, const uint8_t *image, size_t layers, dkg_error *err)
{
    const cl_int code = o->cl.clEnqueueWriteBuffer(o->queue, plan->buffers[DKG_BUFFER_IMAGE], CL_TRUE, 0,
                                                   (size_t)plan->height * plan->width * 3, image, 0, NULL, NULL);
    dkg_status status = code == CL_SUCCESS ? dkg_run_pack(o, plan, err) : dkg_cl_fail(err, "cannot send an image", code);
    for (size_t i = 0; i < layers && status == DKG_OK; i++) status = dkg_run_layer(o, plan, i, err);
    return status;
}

/* Waits for the kernels before it reads, because not every implementation lets a read fail for a kernel that failed. */
static dkg_status receive(dkg_opencl *o, cl_mem buffer, size_t bytes, void *out, dkg_error *err)
{
    cl_int code = o->cl.clFinish(o->queue);
    if (code != CL_SUCCESS) return dkg_cl_fail(err, "the network did not run to its end", code);
    code = o->cl.clEnqueueReadBuffer(o->queue, buffer, CL_TRUE, 0, bytes, out, 0, NULL, NULL);
    return code == CL_SUCCESS ? DKG_OK : dkg_cl_fail(err, "cannot receive a result", code);
}

static dkg_status generate(dkg_engine *self, const uint8_t *images, uint32_t height, uint32_t width, size_t count,
                           uint8_t *keys, dkg_error *err)
{
    dkg_opencl *o = (dkg_opencl *)self;
    dkg_plan *plan;
    dkg_status status = dkg_plan_find(o, height, width, &plan, err);
    if (status != DKG_OK) return status;
    const size_t size = (size_t)height * width * 3;
    for (size_t i = 0; i < count && status == DKG_OK; i++) {
        status = run_to(o, plan, images + i * size, DKG_LAYERS, err);
        if (status == DKG_OK) status = dkg_run_head(o, plan, err);
        if (status == DKG_OK) status = receive(o, plan->buffers[DKG_BUFFER_KEY], size, keys + i * size, err);
    }
    if (status != DKG_OK) sodium_memzero(keys, count * size);
    return status;
}

static dkg_status layer(dkg_engine *self, const uint8_t *image, uint32_t height, uint32_t width, size_t index, int16_t *out,
                        dkg_error *err)
{
    dkg_opencl *o = (dkg_opencl *)self;
    dkg_plan *plan;
    if (index + 1 >= DKG_LAYERS) return dkg_fail(err, DKG_USAGE, "layer is %zu, must be 0..%d", index, DKG_LAYERS - 2);
    dkg_status status = dkg_plan_find(o, height, width, &plan, err);
    if (status != DKG_OK) return status;
    const int at = dkg_layer_writes(index);
    const dkg_tensor *t = &plan->tensors[at];
    const size_t channels = (size_t)t->channels, columns = (size_t)t->columns, border = (size_t)t->border;
    int16_t *values = dkg_calloc((uint64_t)t->rows * columns, channels * sizeof *values);
    if (!values) return dkg_fail(err, DKG_NO_MEMORY, "no memory for the output of layer %zu", index);
    status = run_to(o, plan, image, index + 1, err);
    if (status == DKG_OK)
        status = receive(o, plan->buffers[DKG_BUFFER_TENSORS + at], (size_t)t->rows * columns * channels * sizeof *values,
                         values, err);
    const size_t rows = (size_t)t->height, width_out = (size_t)t->width;
    if (status == DKG_OK)
        for (size_t c = 0; c < dkg_model_layer(o->model, index)->out; c++)
            for (size_t y = 0; y < rows; y++)
                for (size_t x = 0; x < width_out; x++)
                    out[(c * rows + y) * width_out + x] = values[((y + border) * columns + x + border) * channels + c];
    free(values);
    return status;
}

static void destroy(dkg_engine *self)
{
    dkg_opencl *o = (dkg_opencl *)self;
    for (size_t i = 0; i < DKG_PLANS; i++) dkg_plan_release(o, &o->plans[i]);
    for (size_t i = 0; i < DKG_LAYERS; i++)
        if (o->weights[i]) o->cl.clReleaseMemObject(o->weights[i]);
    if (o->table) o->cl.clReleaseMemObject(o->table);
    dkg_kernels_release(&o->cl, &o->kernels);
    if (o->queue) o->cl.clReleaseCommandQueue(o->queue);
    if (o->context) o->cl.clReleaseContext(o->context);
    free(o);
}

/* ---- making --------------------------------------------------------------------------------------------------------- */
static dkg_status upload(dkg_opencl *o, const void *bytes, size_t size, cl_mem *out, dkg_error *err)
{
    cl_int code;
    *out = o->cl.clCreateBuffer(o->context, CL_MEM_READ_ONLY, size, NULL, &code);
    if (!*out) return dkg_cl_fail(err, "cannot allocate the weights on the device", code);
    code = o->cl.clEnqueueWriteBuffer(o->queue, *out, CL_TRUE, 0, size, bytes, 0, NULL, NULL);
    return code == CL_SUCCESS ? DKG_OK : dkg_cl_fail(err, "cannot send the weights", code);
}

static dkg_status upload_model(dkg_opencl *o, dkg_error *err)
{
    dkg_tensor tensors[DKG_TENSORS]; /* only their channels matter here */
    dkg_tensor_describe(dkg_model_channels(o->model), 4, 4, tensors);
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        dkg_packed *packed = &o->packed[i];
        dkg_status status =
            dkg_pack_layer(dkg_model_layer(o->model, i), i + 1 == DKG_LAYERS, &tensors[dkg_layer_reads(i)], packed, err);
        if (status == DKG_OK)
            status = upload(o, packed->weights, packed->count * sizeof *packed->weights, &o->weights[i], err);
        free(packed->weights);
        packed->weights = NULL;
        if (status != DKG_OK) return status;
    }
    const dkg_tanh_head *tanh = dkg_model_tanh(o->model);
    return tanh ? upload(o, tanh->table, sizeof tanh->table, &o->table, err) : DKG_OK;
}

/* A sub-device is OpenCL's own way to fewer threads; a device that cannot be divided is used whole.
 * It is never released: a worker thread of PoCL 3.1 still reads it after clFinish() has returned and the context is gone,
 * and crashed in half of the runs that freed it. What stays is one small structure per engine. */
static void limit_threads(dkg_opencl *o, unsigned threads, cl_uint units)
{
    const cl_device_partition_property by_count[] = {CL_DEVICE_PARTITION_BY_COUNTS, threads,
                                                     CL_DEVICE_PARTITION_BY_COUNTS_LIST_END, 0};
    if (threads == 0 || threads >= units) return;
    cl_device_id part;
    if (o->cl.clCreateSubDevices(o->device, by_count, 1, &part, NULL) == CL_SUCCESS) o->device = part;
}

static dkg_status open_device(dkg_opencl *o, const char *wanted, unsigned threads, const dkg_profile *profile, dkg_error *err)
{
    dkg_device_info *devices = NULL;
    cl_device_id *ids = NULL;
    size_t count = 0, chosen = 0;
    cl_int code;
    if (!dkg_cl_load(&o->cl)) return dkg_fail(err, DKG_USAGE, "no OpenCL device found: libOpenCL.so.1 is not installed");
    dkg_status status = dkg_cl_list(&o->cl, &devices, &ids, &count, err);
    if (status == DKG_OK) status = dkg_cl_choose(devices, count, wanted, &chosen, err);
    if (status != DKG_OK) goto done;
    o->device = ids[chosen];
    snprintf(o->engine.device, sizeof o->engine.device, "%.159s", devices[chosen].label);
    o->profile = profile ? *profile : devices[chosen].gpu ? dkg_profile_gpu : dkg_profile_cpu;
    if (!profile && strstr(devices[chosen].label, "AMD")) o->profile.mad24 = devices[chosen].gpu;
    if (!devices[chosen].gpu) limit_threads(o, threads, devices[chosen].units);
    o->context = o->cl.clCreateContext(NULL, 1, &o->device, NULL, NULL, &code);
    if (!o->context) {
        status = dkg_cl_fail(err, "cannot open the OpenCL device", code);
        goto done;
    }
    o->queue = o->cl.clCreateCommandQueue(o->context, o->device, 0, &code);
    if (!o->queue) {
        status = dkg_cl_fail(err, "cannot open a queue on the OpenCL device", code);
        goto done;
    }
    status = dkg_kernels_build(&o->cl, o->context, o->device, &o->profile, &o->kernels, err);
done:
    free(devices);
    free(ids);
    return status;
}

dkg_status dkg_opencl_engine_tuned(const dkg_model *model, const char *device, unsigned threads, const dkg_profile *profile,
                                   dkg_engine **out, dkg_error *err)
{
    *out = NULL;
    dkg_opencl *o = dkg_calloc(1, sizeof *o);
    if (!o) return dkg_fail(err, DKG_NO_MEMORY, "no memory for an OpenCL engine");
    o->engine = (dkg_engine){.kind = "opencl", .batch = 1, .generate = generate, .layer = layer, .destroy = destroy};
    o->model = model;
    dkg_status status = open_device(o, device, threads, profile, err);
    if (status == DKG_OK) status = upload_model(o, err);
    if (status != DKG_OK) {
        destroy(&o->engine);
        return status;
    }
    *out = &o->engine;
    return DKG_OK;
}

dkg_status dkg_opencl_engine(const dkg_model *model, const char *device, unsigned threads, dkg_engine **out, dkg_error *err)
{
    return dkg_opencl_engine_tuned(model, device ? device : "", threads, NULL, out, err);
}
