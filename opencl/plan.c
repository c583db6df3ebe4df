/* plan.c - device buffers for one image size, kept for the next image of that size. */
#include <string.h>

#include "engine.h"

static uint64_t most(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* Fills bytes[] of every buffer; returns the largest number of elements in one, which indices of 32 bits must reach. */
static uint64_t measure(const dkg_opencl *o, dkg_plan *p)
{
    const uint64_t beyond = DKG_PIXELS_MAX * 2; /* pixels conv.cl may read past a row's end, stride 2 */
    uint64_t *bytes = p->bytes, channels = 0, partial = 0, sums = 0, largest = 0;
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        const bool last = i + 1 == DKG_LAYERS;
        const dkg_tensor *t = &p->tensors[last ? dkg_layer_reads(i) : dkg_layer_writes(i)];
        const uint64_t outputs = (uint64_t)o->packed[i].outputs;
        const uint64_t pixels = (uint64_t)t->height * ((uint64_t)t->width + (last ? DKG_HEAD_COLUMNS - 1 : 0));
        channels = most(channels, outputs);
        sums = most(sums, pixels * outputs);
        partial = most(partial, (pixels + o->profile.chunk - 1) / o->profile.chunk * 3 * outputs);
    }
    for (int i = 0; i < DKG_TENSORS; i++) {
        const dkg_tensor *t = &p->tensors[i];
        const uint64_t values = ((uint64_t)t->rows * (uint64_t)t->columns + beyond) * (uint64_t)t->channels;
        bytes[DKG_BUFFER_TENSORS + i] = values * 2;
        largest = most(largest, values);
    }
    const dkg_tensor *stream = &p->tensors[dkg_layer_reads(3)];
    const uint64_t tiles = ((uint64_t)stream->width + 1) / 2 * (((uint64_t)stream->height + 1) / 2) * 16;
    const uint64_t products = (tiles + beyond) * (uint64_t)stream->channels;
    bytes[DKG_BUFFER_IMAGE] = bytes[DKG_BUFFER_KEY] = (uint64_t)p->height * p->width * 3;
    bytes[DKG_BUFFER_TILES] = products * 2;
    bytes[DKG_BUFFER_PRODUCTS] = products * 4;
    bytes[DKG_BUFFER_SUMS] = sums * 4;
    bytes[DKG_BUFFER_PARTIAL] = partial * 8;
    bytes[DKG_BUFFER_OFFSET] = channels * 8;
    bytes[DKG_BUFFER_SCALE] = bytes[DKG_BUFFER_SHIFT] = channels * 4;
    return most(largest, most(products, most(sums, partial)));
}

/* Borders are zeros that no kernel overwrites. All sizes are multiples of 4: height and width are. */
static cl_int clear(dkg_opencl *o, dkg_plan *p, size_t i)
{
    const cl_uint zero = 0;
    return o->cl.clEnqueueFillBuffer(p->queue, p->buffers[i], &zero, sizeof zero, 0, (size_t)p->bytes[i], 0, NULL, NULL);
}

static dkg_status create(dkg_opencl *o, dkg_plan *p, dkg_error *err)
{
    for (size_t i = 0; i < DKG_BUFFERS; i++) {
        cl_int code;
        p->buffers[i] = o->cl.clCreateBuffer(o->context, CL_MEM_READ_WRITE, (size_t)p->bytes[i], NULL, &code);
        if (p->buffers[i]) code = clear(o, p, i);
        if (code != CL_SUCCESS)
            return dkg_fail(err, DKG_DEVICE, "cannot allocate %llu bytes on the device: %s (%d)",
                            (unsigned long long)p->bytes[i], dkg_cl_error_name(code), (int)code);
    }
    return DKG_OK;
}

void dkg_plan_release(dkg_opencl *o, dkg_plan *p)
{
    for (size_t i = 0; i < DKG_BUFFERS; i++)
        if (p->buffers[i]) (void)clear(o, p, i); /* what a broken device keeps cannot be helped */
    if (p->height) (void)o->cl.clFinish(p->queue);
    for (size_t i = 0; i < DKG_BUFFERS; i++)
        if (p->buffers[i]) o->cl.clReleaseMemObject(p->buffers[i]);
    memset(p, 0, sizeof *p);
}

uint64_t dkg_plan_bytes(const dkg_plan *p)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < DKG_BUFFERS; i++) sum += p->bytes[i];
    return sum;
}

dkg_status dkg_plan_find(dkg_opencl *o, dkg_slot *slot, uint32_t height, uint32_t width, dkg_plan **out, dkg_error *err)
{
    *out = NULL;
    dkg_status status = dkg_check_image_size(height, width, err);
    if (status != DKG_OK) return status;
    for (size_t i = 0; i < DKG_PLANS; i++)
        if (slot->plans[i].height == height && slot->plans[i].width == width) {
            slot->newest = i;
            *out = &slot->plans[i];
            return DKG_OK;
        }
    const size_t chosen = (slot->newest + 1) % DKG_PLANS;
    dkg_plan *p = &slot->plans[chosen];
    dkg_plan_release(o, p);
    p->queue = slot->queue;
    p->height = height;
    p->width = width;
    dkg_tensor_describe(dkg_model_channels(o->model), height, width, p->tensors);
    if (measure(o, p) > INT32_MAX)
        status = dkg_fail(err, DKG_USAGE, "an image of %u x %u pixels is too large for this model on an OpenCL device", width,
                          height);
    else
        status = create(o, p, err);
    if (status != DKG_OK) {
        dkg_plan_release(o, p);
        return status;
    }
    slot->newest = chosen;
    *out = p;
    return DKG_OK;
}
