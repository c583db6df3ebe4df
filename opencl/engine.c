/* engine.c - runs the generator on an OpenCL device. */
#include "engine.h"

#include <sodium.h>
#include <stdlib.h>

static dkg_status run_to(dkg_opencl *o, dkg_plan *plan, const uint8_t *image, size_t layers, dkg_error *err)
{
    const cl_int code = o->cl.clEnqueueWriteBuffer(plan->queue, plan->buffers[DKG_BUFFER_IMAGE], CL_TRUE, 0,
                                                   (size_t)plan->height * plan->width * 3, image, 0, NULL, NULL);
    dkg_status status = code == CL_SUCCESS ? dkg_run_pack(o, plan, err) : dkg_cl_fail(err, "cannot send an image", code);
    for (size_t i = 0; i < layers && status == DKG_OK; i++) status = dkg_run_layer(o, plan, i, err);
    return status;
}

/* Waits for the kernels before it reads, because not every implementation lets a read fail for a kernel that failed. */
static dkg_status receive(dkg_opencl *o, const dkg_plan *plan, cl_mem buffer, size_t bytes, void *out, dkg_error *err)
{
    cl_int code = o->cl.clFinish(plan->queue);
    if (code != CL_SUCCESS) return dkg_cl_fail(err, "the network did not run to its end", code);
    code = o->cl.clEnqueueReadBuffer(plan->queue, buffer, CL_TRUE, 0, bytes, out, 0, NULL, NULL);
    return code == CL_SUCCESS ? DKG_OK : dkg_cl_fail(err, "cannot receive a result", code);
}

/* Plans for as many images in flight as there are slots for and a quarter of the device's memory holds; at least one. */
static dkg_status find_plans(dkg_opencl *o, uint32_t height, uint32_t width, size_t wanted, dkg_plan *plans[DKG_SLOTS],
                             size_t *count, dkg_error *err)
{
    dkg_status status = dkg_plan_find(o, &o->slots[0], height, width, &plans[0], err);
    for (*count = status == DKG_OK; *count < wanted && *count < o->slot_count && status == DKG_OK; *count += 1) {
        if ((*count + 1) * dkg_plan_bytes(plans[0]) > o->memory / 4) break;
        if (dkg_plan_find(o, &o->slots[*count], height, width, &plans[*count], NULL) != DKG_OK) break; /* then without it */
    }
    return status;
}

/* While the key of one slot is received and its next image is sent, the device computes those of the others. */
static dkg_status generate(dkg_engine *self, const uint8_t *images, uint32_t height, uint32_t width, size_t count,
                           uint8_t *keys, dkg_error *err)
{
    dkg_opencl *o = (dkg_opencl *)self;
    dkg_plan *plans[DKG_SLOTS];
    size_t slots;
    dkg_status status = find_plans(o, height, width, count, plans, &slots, err);
    if (status != DKG_OK) return status;
    const size_t size = (size_t)height * width * 3;
    for (size_t i = 0; i < count + slots && status == DKG_OK; i++) {
        dkg_plan *plan = plans[i % slots];
        if (i >= slots) status = receive(o, plan, plan->buffers[DKG_BUFFER_KEY], size, keys + (i - slots) * size, err);
        if (status == DKG_OK && i < count) {
            status = run_to(o, plan, images + i * size, DKG_LAYERS, err);
            if (status == DKG_OK) status = dkg_run_head(o, plan, err);
            (void)o->cl.clFlush(plan->queue);
        }
    }
    if (status == DKG_OK) return DKG_OK;
    for (size_t i = 0; i < slots; i++) (void)o->cl.clFinish(plans[i]->queue);
    sodium_memzero(keys, count * size);
    return status;
}

static dkg_status layer(dkg_engine *self, const uint8_t *image, uint32_t height, uint32_t width, size_t index, int16_t *out,
                        dkg_error *err)
{
    dkg_opencl *o = (dkg_opencl *)self;
    dkg_plan *plan;
    if (index + 1 >= DKG_LAYERS) return dkg_fail(err, DKG_USAGE, "layer is %zu, must be 0..%d", index, DKG_LAYERS - 2);
    dkg_status status = dkg_plan_find(o, &o->slots[0], height, width, &plan, err);
    if (status != DKG_OK) return status;
    const int at = dkg_layer_writes(index);
    const dkg_tensor *t = &plan->tensors[at];
    const size_t channels = (size_t)t->channels, columns = (size_t)t->columns, border = (size_t)t->border;
    int16_t *values = dkg_calloc((uint64_t)t->rows * columns, channels * sizeof *values);
    if (!values) return dkg_fail(err, DKG_NO_MEMORY, "no memory for the output of layer %zu", index);
    status = run_to(o, plan, image, index + 1, err);
    if (status == DKG_OK)
        status = receive(o, plan, plan->buffers[DKG_BUFFER_TENSORS + at], (size_t)t->rows * columns * channels * sizeof *values,
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
    for (size_t i = 0; i < DKG_SLOTS * DKG_PLANS; i++) dkg_plan_release(o, &o->slots[i / DKG_PLANS].plans[i % DKG_PLANS]);
    for (size_t i = 0; i < DKG_LAYERS; i++)
        if (o->weights[i]) o->cl.clReleaseMemObject(o->weights[i]);
    if (o->table) o->cl.clReleaseMemObject(o->table);
    dkg_kernels_release(&o->cl, &o->kernels);
    for (size_t i = 0; i < DKG_SLOTS; i++)
        if (o->slots[i].queue) o->cl.clReleaseCommandQueue(o->slots[i].queue);
    if (o->context) o->cl.clReleaseContext(o->context);
    free(o);
}

dkg_opencl *dkg_opencl_new(const dkg_model *model)
{
    dkg_opencl *o = dkg_calloc(1, sizeof *o);
    if (!o) return NULL;
    o->engine = (dkg_engine){.kind = "opencl", .batch = 1, .generate = generate, .layer = layer, .destroy = destroy};
    o->model = model;
    return o;
}
