/* run.c - enqueues the kernels of one layer. */
#include "engine.h"

#define RUN(o, p, kernel, size, group, err, ...) launch(o, p, (o)->kernels.kernel, #kernel, size, group, DKG_ARGS(__VA_ARGS__), err)

/* group NULL: items of their own on CPUs, the implementation's choice elsewhere. */
static dkg_status launch(const dkg_opencl *o, const dkg_plan *p, cl_kernel kernel, const char *name, const size_t size[3],
                         const size_t *group, const dkg_argument *arguments, size_t count, dkg_error *err)
{
    static const size_t single[3] = {1, 1, 1};
    if (!group && o->profile.group == 1) group = single;
    return dkg_kernel_launch(&o->cl, p->queue, kernel, name, size, group, arguments, count, err);
}

static size_t ceil_div(size_t a, size_t b) { return (a + b - 1) / b; }

static dkg_status run_conv(dkg_opencl *o, dkg_plan *p, cl_mem in, cl_mem out, size_t layer, dkg_conv_shape shape, int rows,
                           dkg_error *err)
{
    const dkg_profile *tuning = &o->profile;
    const size_t blocks = (size_t)o->packed[layer].outputs / (tuning->lanes * tuning->vectors);
    /* Items of a group first along channels, whose weights lie together, then along pixels. */
    size_t along = 1;
    while (along < tuning->group && blocks % (2 * along) == 0) along *= 2;
    const size_t across = tuning->group / along;
    const size_t group[3] = {across, along, 1};
    const size_t size[3] = {ceil_div(ceil_div((size_t)shape.width, tuning->pixels), across) * across, blocks, (size_t)rows};
    if (tuning->in_float && o->packed[layer].method != DKG_WINOGRAD)
        return RUN(o, p, conv_float, size, group, err, DKG_ARG(in), DKG_ARG(o->weights[layer]), DKG_ARG(out), DKG_ARG(shape));
    return RUN(o, p, conv, size, group, err, DKG_ARG(in), DKG_ARG(o->weights[layer]), DKG_ARG(out), DKG_ARG(shape));
}

static dkg_status run_winograd(dkg_opencl *o, dkg_plan *p, size_t layer, const dkg_tensor *in, cl_mem input, dkg_error *err)
{
    const cl_int row = in->columns * in->channels, in_channels = in->channels, channels = o->packed[layer].outputs;
    const cl_int height = in->height, width = in->width;
    const size_t across = ceil_div((size_t)width, 2), down = ceil_div((size_t)height, 2);
    const size_t in_size[3] = {(size_t)in_channels / o->profile.channels, across, down};
    const size_t out_size[3] = {(size_t)channels / o->profile.channels, across, down};
    int rows;
    const dkg_conv_shape shape = dkg_conv_of(dkg_model_layer(o->model, layer), &o->packed[layer], in, in, 0, &rows);
    dkg_status status = RUN(o, p, winograd_input, in_size, NULL, err, DKG_ARG(input), DKG_ARG(p->buffers[DKG_BUFFER_TILES]), DKG_ARG(row),
                            DKG_ARG(in_channels));
    if (status == DKG_OK)
        status = run_conv(o, p, p->buffers[DKG_BUFFER_TILES], p->buffers[DKG_BUFFER_PRODUCTS], layer, shape, rows, err);
    if (status == DKG_OK)
        status = RUN(o, p, winograd_output, out_size, NULL, err, DKG_ARG(p->buffers[DKG_BUFFER_PRODUCTS]),
                     DKG_ARG(p->buffers[DKG_BUFFER_SUMS]), DKG_ARG(height), DKG_ARG(width), DKG_ARG(channels));
    return status;
}

static dkg_status run_norm(dkg_opencl *o, dkg_plan *p, const dkg_tensor *out, cl_mem output, bool add, dkg_error *err)
{
    const cl_mem sums = p->buffers[DKG_BUFFER_SUMS], partial = p->buffers[DKG_BUFFER_PARTIAL];
    const cl_mem offset = p->buffers[DKG_BUFFER_OFFSET], scale = p->buffers[DKG_BUFFER_SCALE],
                 shift = p->buffers[DKG_BUFFER_SHIFT];
    const cl_int pixels = out->height * out->width, channels = out->channels, width = out->width, residual = add;
    const cl_int row = out->columns * channels, start = out->border * row + out->border * channels;
    const size_t items = (size_t)channels / o->profile.channels;
    const cl_int chunks = (cl_int)ceil_div((size_t)pixels, o->profile.chunk);
    const size_t sums_size[3] = {items, (size_t)chunks, 1}, finish_size[3] = {(size_t)channels, 1, 1};
    const size_t apply_size[3] = {items, ceil_div((size_t)width, o->profile.span), (size_t)out->height};
    dkg_status status = RUN(o, p, norm_sums, sums_size, NULL, err, DKG_ARG(sums), DKG_ARG(partial), DKG_ARG(pixels), DKG_ARG(channels));
    if (status == DKG_OK)
        status = RUN(o, p, norm_finish, finish_size, NULL, err, DKG_ARG(partial), DKG_ARG(offset), DKG_ARG(scale), DKG_ARG(shift),
                     DKG_ARG(pixels), DKG_ARG(chunks));
    if (status == DKG_OK)
        status = RUN(o, p, norm_apply, apply_size, NULL, err, DKG_ARG(sums), DKG_ARG(offset), DKG_ARG(scale), DKG_ARG(shift),
                     DKG_ARG(output), DKG_ARG(start), DKG_ARG(row), DKG_ARG(width), DKG_ARG(residual));
    return status;
}

dkg_status dkg_run_pack(dkg_opencl *o, dkg_plan *p, dkg_error *err)
{
    const dkg_tensor *t = &p->tensors[0];
    const cl_int row = t->columns * t->channels, start = t->border * row + t->border * t->channels;
    const size_t size[3] = {p->width, p->height, 1};
    return RUN(o, p, pack, size, NULL, err, DKG_ARG(p->buffers[DKG_BUFFER_IMAGE]), DKG_ARG(p->buffers[DKG_BUFFER_TENSORS]), DKG_ARG(start),
               DKG_ARG(row));
}

dkg_status dkg_run_layer(dkg_opencl *o, dkg_plan *p, size_t i, dkg_error *err)
{
    const bool last = i + 1 == DKG_LAYERS;
    const dkg_layer *layer = dkg_model_layer(o->model, i);
    const dkg_packed *packed = &o->packed[i];
    const int from = dkg_layer_reads(i), to = last ? from : dkg_layer_writes(i);
    const dkg_tensor *in = &p->tensors[from], *out = &p->tensors[to];
    const cl_mem input = p->buffers[DKG_BUFFER_TENSORS + from], output = p->buffers[DKG_BUFFER_TENSORS + to];
    dkg_status status = DKG_OK;
    if (packed->method == DKG_WINOGRAD) status = run_winograd(o, p, i, in, input, err);
    else
        for (size_t part = 0; part < dkg_conv_parts(packed) && status == DKG_OK; part++) {
            int rows;
            const dkg_conv_shape shape = dkg_conv_of(layer, packed, in, out, part, &rows);
            status = run_conv(o, p, input, p->buffers[DKG_BUFFER_SUMS], i, shape, rows, err);
        }
    if (status == DKG_OK && !last) status = run_norm(o, p, out, output, dkg_layer_adds(i), err);
    return status;
}

dkg_status dkg_run_head(dkg_opencl *o, dkg_plan *p, dkg_error *err)
{
    const size_t size[3] = {p->width, p->height, 1};
    const cl_mem sums = p->buffers[DKG_BUFFER_SUMS], key = p->buffers[DKG_BUFFER_KEY];
    const dkg_tanh_head *tanh = dkg_model_tanh(o->model);
    if (!tanh) return RUN(o, p, head_fold, size, NULL, err, DKG_ARG(sums), DKG_ARG(key));
    const cl_int multiplier = tanh->multiplier, shift = (cl_int)tanh->shift;
    return RUN(o, p, head_tanh, size, NULL, err, DKG_ARG(sums), DKG_ARG(key), DKG_ARG(o->table), DKG_ARG(multiplier), DKG_ARG(shift));
}
