/* network.c - the layers of both networks in device memory, and the two ways through them. */
#include "train/network.h"

#include <string.h>

enum { LAST = DKG_LAYERS - 1, MAPS_BORDER = 1, TAPS_7X7 = 49 };

/* ---- description ---------------------------------------------------------------------------------------------------------- */
static int panels_of(uint32_t channels) { return (int)(channels + DKG_TRAIN_PANEL - 1) / DKG_TRAIN_PANEL; }
static bool closes_block(size_t i) { return i >= 4 && i <= 14 && i % 2 == 0; }

/* The gradient of the residual stream, to which every block adds its part, has an image of its own. */
static bool leaves_stream(size_t i) { return i >= 2 && i <= 14 && i % 2 == 0; }

/* Shapes and activations of layer i, whose input has `side` rows. Returns the side of its output. */
static int describe(dkg_train_network *n, size_t i, int side, size_t *scales)
{
    const dkg_train_tensor *t = &n->tensors[i];
    dkg_train_layer *l = &n->layers[i];
    const bool generator = i < DKG_LAYERS, last = i == LAST || i + 1 == DKG_TRAIN_TENSORS;
    const int kernel = (int)t->kernel, stride = (int)t->stride;
    l->kind = i == 0 ? DKG_TRAIN_UNFOLDS : i == LAST ? DKG_TRAIN_FOLDS : DKG_TRAIN_PLAIN;
    l->transposed = t->transposed;
    l->join = (dkg_train_join){.kernel = kernel, .stride = stride, .padding = generator ? kernel / 2 : 1, .weights = (int)n->count};
    l->inputs = panels_of(t->in);
    l->outputs = panels_of(t->out);
    if (l->kind != DKG_TRAIN_PLAIN) {
        *(l->kind == DKG_TRAIN_UNFOLDS ? &l->inputs : &l->outputs) = DKG_TRAIN_UNFOLDED;
        l->join = (dkg_train_join){.kernel = 1, .stride = 1, .padding = 0, .weights = (int)n->count};
    }
    n->count += (size_t)l->inputs * (size_t)l->outputs * (size_t)(l->join.kernel * l->join.kernel) * DKG_TRAIN_PANEL * DKG_TRAIN_PANEL;
    const int out = l->transposed ? side * stride : (side + 2 * l->join.padding - l->join.kernel) / stride + 1;
    l->active = !last;
    l->adds = generator && closes_block(i);
    l->after.norm = l->active && i != DKG_LAYERS; /* the discriminator's first layer has none */
    l->after.slope = generator ? (l->adds ? 1.0f : 0.0f) : 0.2f;
    l->after.scale = (int)*scales;
    *scales += (size_t)l->outputs * DKG_TRAIN_PANEL;
    l->normed = (dkg_train_map){.panels = l->outputs, .side = out};
    l->out = (dkg_train_map){.panels = l->outputs, .side = out, .border = MAPS_BORDER};
    /* The taps of a 4 x 4 convolution of stride 1 reach two pixels beyond its output on their way back. */
    l->before = (dkg_train_map){.panels = l->outputs, .side = out, .border = !generator && stride == 1 ? 2 : MAPS_BORDER};
    l->dout = (dkg_train_map){.panels = l->outputs, .side = out};
    l->din = (dkg_train_map){.panels = l->inputs, .side = side};
    l->din_adds = generator && i >= 3 && i <= 13 && i % 2 == 1; /* the block's end gave its part of the stream's gradient */
    return out;
}

/* ---- memory ------------------------------------------------------------------------------------------------------------------ */
typedef struct wish {
    cl_mem *to;
    uint64_t bytes;
} wish;

typedef struct wishes {
    wish list[DKG_TRAIN_BUFFERS];
    size_t count;
} wishes;

static void want(wishes *w, cl_mem *to, uint64_t bytes) { w->list[w->count++] = (wish){to, bytes}; }

static uint64_t most(uint64_t a, uint64_t b) { return a > b ? a : b; }

static bool same_shape(const dkg_train_map *a, const dkg_train_map *b)
{
    return a->panels == b->panels && a->side == b->side && a->border == b->border;
}

/* The first layer whose gradient before the norm has the shape of layer i's. */
static size_t twin(const dkg_train_network *n, size_t i)
{
    size_t k = 0;
    while (!same_shape(&n->layers[k].before, &n->layers[i].before)) k++;
    return k;
}

static dkg_status allocate(dkg_train_network *n, const wishes *w, dkg_error *err)
{
    uint64_t total = 0, largest = 0;
    for (size_t i = 0; i < w->count; i++) {
        total += w->list[i].bytes;
        largest = most(largest, w->list[i].bytes);
    }
    if (total > n->device->memory || largest > n->device->allocation) {
        const dkg_status status = dkg_fail(
            err, DKG_NO_MEMORY, "training takes %llu MB of the device, in pieces of up to %llu MB; it has %llu MB, in pieces of up to %llu MB",
            (unsigned long long)(total >> 20), (unsigned long long)(largest >> 20), (unsigned long long)(n->device->memory >> 20),
            (unsigned long long)(n->device->allocation >> 20));
        return dkg_fail_hint(err, status, "train with a smaller crop or fewer channels, or on another device");
    }
    dkg_status status = DKG_OK;
    for (size_t i = 0; i < w->count && status == DKG_OK; i++) {
        status = dkg_train_buffer(n->device, w->list[i].bytes, &n->buffers[n->buffer_count], err);
        *w->list[i].to = n->buffers[n->buffer_count];
        if (n->buffers[n->buffer_count]) n->buffer_count++;
    }
    return status;
}

/* Layers share: what a layer reads is what another wrote, and of gradients only those exist that are in use. */
static dkg_status make_memory(dkg_train_network *n, size_t scale_count, dkg_error *err)
{
    const uint64_t pixels = (uint64_t)n->options.crop * n->options.crop, padded = (uint64_t)(n->options.crop + 6) * (n->options.crop + 6);
    const uint64_t parameters = (uint64_t)n->count * sizeof(float);
    uint64_t flow = 0, partial = 0;
    cl_mem flowing, stream, partials, scales;
    wishes w = {.count = 0};
    for (size_t i = 0; i < DKG_TRAIN_TENSORS; i++) {
        dkg_train_layer *l = &n->layers[i];
        if (l->kind != DKG_TRAIN_FOLDS) want(&w, &l->normed.memory, dkg_train_map_bytes(&l->normed));
        if (l->active) want(&w, &l->out.memory, dkg_train_map_bytes(&l->out));
        if (l->kind != DKG_TRAIN_FOLDS && twin(n, i) == i) want(&w, &l->before.memory, dkg_train_map_bytes(&l->before));
        if (l->active) flow = most(flow, dkg_train_map_bytes(&l->dout));
        if (i == DKG_LAYERS) flow = most(flow, dkg_train_map_bytes(&l->din));
        partial = most(partial, dkg_train_partial_bytes(n->device->tuning, l->outputs, l->normed.side));
    }
    want(&w, &flowing, flow);
    want(&w, &stream, dkg_train_map_bytes(&n->layers[2].dout));
    want(&w, &partials, partial);
    want(&w, &scales, scale_count * sizeof(float));
    cl_mem *const vectors[] = {&n->weights, &n->back, &n->gradients, &n->moment1, &n->moment2};
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) want(&w, vectors[i], parameters);
    want(&w, &n->source, pixels * 3);
    want(&w, &n->target, pixels * 3);
    want(&w, &n->plane, padded * 3 * sizeof(float));
    want(&w, &n->du, padded * 3 * sizeof(float));
    want(&w, &n->u, pixels * 3 * sizeof(float));
    want(&w, &n->pool, pixels * 3 * sizeof(float) * (n->options.pool ? n->options.pool : 1));
    want(&w, &n->losses, 3 * sizeof(float));
    want(&w, &n->unfolded.memory, dkg_train_map_bytes(&n->unfolded));
    want(&w, &n->view.memory, dkg_train_map_bytes(&n->view));
    const dkg_status status = allocate(n, &w, err);
    if (status != DKG_OK) return status;
    for (size_t i = 0; i < DKG_TRAIN_TENSORS; i++) {
        dkg_train_layer *l = &n->layers[i];
        l->after.partial = partials;
        l->after.scales = scales;
        l->dout.memory = leaves_stream(i) ? stream : flowing;
        l->din.memory = i && i < DKG_LAYERS && leaves_stream(i - 1) ? stream : flowing;
        l->before.memory = n->layers[twin(n, i)].before.memory;
        if (l->kind == DKG_TRAIN_FOLDS) l->normed = l->before = n->unfolded;
        l->in = i == 0 ? n->unfolded : i == DKG_LAYERS ? n->view : n->layers[i - 1].out;
    }
    return DKG_OK;
}

dkg_status dkg_train_network_make(dkg_train_network *n, dkg_train_device *device, const dkg_train_options *options, dkg_error *err)
{
    size_t scales = 0;
    int side = (int)options->crop;
    *n = (dkg_train_network){.options = *options, .device = device};
    dkg_train_layout(options, n->tensors);
    for (size_t i = 0; i < DKG_TRAIN_TENSORS; i++) {
        if (i == DKG_LAYERS) side = (int)options->crop;
        side = describe(n, i, side, &scales);
    }
    n->unfolded = (dkg_train_map){.panels = DKG_TRAIN_UNFOLDED, .side = (int)options->crop};
    n->view = (dkg_train_map){.panels = 1, .side = (int)options->crop, .border = MAPS_BORDER};
    return make_memory(n, scales, err);
}

void dkg_train_network_free(dkg_train_network *n)
{
    for (size_t i = 0; i < n->buffer_count; i++) n->device->cl.clReleaseMemObject(n->buffers[i]);
    n->buffer_count = 0;
}

/* ---- ways through --------------------------------------------------------------------------------------------------------------- */
dkg_status dkg_train_forward(dkg_train_network *n, size_t first, size_t end, dkg_error *err)
{
    dkg_status status = DKG_OK;
    for (size_t i = first; i < end && status == DKG_OK; i++) {
        const dkg_train_layer *l = &n->layers[i];
        status = (l->transposed ? dkg_op_scatter : dkg_op_gather)(n->device, &l->join, n->weights, &l->in, &l->normed, false, err);
        if (status == DKG_OK && l->active)
            status = dkg_op_norm(n->device, &l->after, &l->normed, l->adds ? &l[-2].out : NULL, &l->out, err);
    }
    return status;
}

dkg_status dkg_train_backward(dkg_train_network *n, size_t first, size_t end, bool learn, bool add, bool din, dkg_error *err)
{
    dkg_status status = DKG_OK;
    for (size_t i = end; i-- > first && status == DKG_OK;) {
        const dkg_train_layer *l = &n->layers[i];
        if (l->active) status = dkg_op_norm_back(n->device, &l->after, &l->normed, &l->dout, &l->before, err);
        /* The plane of the source was unfolded into memory that others have used since. */
        if (status == DKG_OK && l->kind == DKG_TRAIN_UNFOLDS) status = dkg_op_unfold(n->device, n->plane, &n->unfolded, 1, err);
        if (status == DKG_OK && learn)
            status = dkg_op_gradient(n->device, &l->join, l->transposed, &l->in, &l->before, n->gradients, add, err);
        if (status == DKG_OK && (i > first || din))
            status = (l->transposed ? dkg_op_gather : dkg_op_scatter)(n->device, &l->join, n->back, &l->before, &l->din, l->din_adds, err);
    }
    return status;
}

dkg_status dkg_train_turn(dkg_train_network *n, dkg_error *err)
{
    dkg_status status = DKG_OK;
    for (size_t i = 1; i < DKG_TRAIN_TENSORS && status == DKG_OK; i++) {
        const dkg_train_layer *l = &n->layers[i];
        status = dkg_op_transpose(n->device, &l->join, l->inputs, l->outputs, n->weights, n->back, err);
    }
    return status;
}

size_t dkg_train_place(const dkg_train_network *n, size_t tensor, size_t i)
{
    const dkg_train_tensor *t = &n->tensors[tensor];
    const dkg_train_layer *l = &n->layers[tensor];
    const size_t panel = DKG_TRAIN_PANEL, kernel_taps = (size_t)t->kernel * t->kernel;
    size_t tap = i % kernel_taps, taps = kernel_taps;
    size_t in = i / kernel_taps % t->in, out = i / kernel_taps / t->in;
    if (t->transposed) {
        out = i / kernel_taps % t->out;
        in = i / kernel_taps / t->out;
    }
    if (l->kind != DKG_TRAIN_PLAIN) {
        size_t *const colours = l->kind == DKG_TRAIN_UNFOLDS ? &in : &out;
        *colours = *colours * TAPS_7X7 + tap;
        tap = 0;
        taps = 1;
    }
    return (size_t)l->join.weights + (((out / panel * (size_t)l->inputs + in / panel) * taps + tap) * panel + in % panel) * panel + out % panel;
}
