/* ops.c - shapes and launches of the kernels of training. */
#include "train/ops.h"

enum { PIXEL = DKG_TRAIN_PANEL, REST = 32 /* chunks of rows whose sums every item of a norm adds up */ };

/* ---- shapes, equal to those of the kernels ------------------------------------------------------------------------------- */
typedef struct train_grid {
    cl_int offset, row, pixel, panel;
} train_grid;

typedef struct conv_shape {
    train_grid in, out;
    cl_int width, pixels, panels, block, chunk, weights, kernel_taps, add, taps;
    cl_int offset[DKG_TRAIN_TAPS], tap[DKG_TRAIN_TAPS];
} conv_shape;

typedef struct gradient_shape {
    train_grid in, out;
    cl_int width, height, rows, weights, taps, add;
    cl_int in_offset[DKG_TRAIN_TAPS], out_offset[DKG_TRAIN_TAPS];
} gradient_shape;

typedef struct norm_shape {
    train_grid out, add;
    cl_int width, height, rows, chunks, scale, norm;
    cl_float slope;
} norm_shape;

static int pitch(const dkg_train_map *m) { return m->side + 2 * m->border; }

uint64_t dkg_train_map_bytes(const dkg_train_map *m)
{
    return (uint64_t)m->panels * (uint64_t)pitch(m) * (uint64_t)pitch(m) * PIXEL * sizeof(float);
}

/* Every `step`-th row and column of an image, the first at (y, x). */
static train_grid grid(const dkg_train_map *m, int y, int x, int step)
{
    const int row = pitch(m) * PIXEL;
    return (train_grid){.offset = (y + m->border) * row + (x + m->border) * PIXEL,
                        .row = row * step,
                        .pixel = PIXEL * step,
                        .panel = pitch(m) * row};
}

static int larger(int a, int b) { return a > b ? a : b; }
static int ceil_div(int a, int b) { return (a + b - 1) / b; }

/* ---- convolutions ---------------------------------------------------------------------------------------------------------- */
static dkg_status conv(dkg_train_device *d, conv_shape *s, int height, const dkg_train_map *in, cl_mem weights,
                       const dkg_train_map *out, bool add, dkg_error *err)
{
    const dkg_train_tuning *t = d->tuning;
    enum { TILE = 12 }; /* a multiple of the pixels of a tile on CPUs; chunks are of equal length */
    s->pixels = s->width * height;
    if (s->pixels == 0) return DKG_OK;
    s->panels = in->panels;
    s->add = add;
    s->block = larger(1, t->cached / s->taps);
    s->chunk = t->chunk > TILE ? ceil_div(ceil_div(s->pixels, ceil_div(s->pixels, t->chunk)), TILE) * TILE : t->chunk;
    const size_t size[3] = {(size_t)(ceil_div(s->pixels, s->chunk) * (DKG_TRAIN_PANEL / t->lanes)), (size_t)out->panels, 1};
    return DKG_TRAIN_RUN(d, train_conv, size, true, err, DKG_ARG(in->memory), DKG_ARG(weights), DKG_ARG(out->memory), DKG_ARG(*s));
}

dkg_status dkg_op_gather(dkg_train_device *d, const dkg_train_join *j, cl_mem weights, const dkg_train_map *big,
                            const dkg_train_map *small, bool add, dkg_error *err)
{
    conv_shape s = {.in = grid(big, -j->padding, -j->padding, j->stride), .out = grid(small, 0, 0, 1), .width = small->side,
                    .weights = j->weights, .kernel_taps = j->kernel * j->kernel, .taps = j->kernel * j->kernel};
    for (int t = 0; t < s.taps; t++) {
        s.tap[t] = t;
        s.offset[t] = (t / j->kernel * pitch(big) + t % j->kernel) * PIXEL;
    }
    return conv(d, &s, small->side, big, weights, small, add, err);
}

/* A pixel of the big image sees those of the small one for which position + padding - tap is a multiple of the stride: one
 * convolution for every remainder of rows and columns. */
dkg_status dkg_op_scatter(dkg_train_device *d, const dkg_train_join *j, cl_mem weights, const dkg_train_map *small,
                             const dkg_train_map *big, bool add, dkg_error *err)
{
    dkg_status status = DKG_OK;
    for (int part = 0; part < j->stride * j->stride && status == DKG_OK; part++) {
        const int y = part / j->stride, x = part % j->stride;
        conv_shape s = {.in = grid(small, 0, 0, 1), .out = grid(big, y, x, j->stride), .width = ceil_div(big->side - x, j->stride),
                        .weights = j->weights, .kernel_taps = j->kernel * j->kernel};
        for (int t = 0; t < s.kernel_taps; t++) {
            const int down = y + j->padding - t / j->kernel, across = x + j->padding - t % j->kernel;
            if (down % j->stride || across % j->stride) continue;
            s.tap[s.taps] = t;
            s.offset[s.taps++] = (down / j->stride * pitch(small) + across / j->stride) * PIXEL;
        }
        status = conv(d, &s, ceil_div(big->side - y, j->stride), small, weights, big, add, err);
    }
    return status;
}

dkg_status dkg_op_gradient(dkg_train_device *d, const dkg_train_join *j, bool transposed, const dkg_train_map *in,
                              const dkg_train_map *out, cl_mem gradient, bool add, dkg_error *err)
{
    const dkg_train_tuning *t = d->tuning;
    const dkg_train_map *big = transposed ? out : in, *small = transposed ? in : out;
    const train_grid of_big = grid(big, -j->padding, -j->padding, j->stride), of_small = grid(small, 0, 0, 1);
    gradient_shape s = {.in = transposed ? of_small : of_big, .out = transposed ? of_big : of_small, .width = small->side,
                        .height = small->side, .weights = j->weights, .taps = j->kernel * j->kernel, .add = add};
    s.rows = t->split ? s.height : larger(1, t->block / s.width);
    for (int k = 0; k < s.taps; k++)
        (transposed ? s.out_offset : s.in_offset)[k] = (k / j->kernel * pitch(big) + k % j->kernel) * PIXEL;
    const int parts = DKG_TRAIN_PANEL / t->lanes * (DKG_TRAIN_PANEL / 4) * s.taps;
    const size_t size[3] = {t->split ? (size_t)parts : 1, (size_t)in->panels, (size_t)out->panels};
    return DKG_TRAIN_RUN(d, train_gradient, size, true, err, DKG_ARG(in->memory), DKG_ARG(out->memory), DKG_ARG(gradient), DKG_ARG(s));
}

/* ---- normalisation ----------------------------------------------------------------------------------------------------------- */
static int rows_of(const dkg_train_tuning *t, int side) { return larger(ceil_div(t->block, side), ceil_div(side, REST)); }

uint64_t dkg_train_partial_bytes(const dkg_train_tuning *t, int panels, int side)
{
    return (uint64_t)panels * (uint64_t)ceil_div(side, rows_of(t, side)) * 2 * DKG_TRAIN_PANEL * sizeof(float);
}

static norm_shape norm_of(dkg_train_device *d, const dkg_train_after *a, const dkg_train_map *normed, const dkg_train_map *out,
                          size_t size[3])
{
    norm_shape s = {.out = grid(out, 0, 0, 1), .width = normed->side, .height = normed->side,
                    .rows = rows_of(d->tuning, normed->side), .scale = a->scale, .norm = a->norm, .slope = a->slope};
    s.chunks = ceil_div(s.height, s.rows);
    size[0] = (size_t)(s.chunks * (DKG_TRAIN_PANEL / d->tuning->lanes));
    size[1] = (size_t)normed->panels;
    size[2] = 1;
    return s;
}

dkg_status dkg_op_norm(dkg_train_device *d, const dkg_train_after *a, const dkg_train_map *normed, const dkg_train_map *add,
                          const dkg_train_map *out, dkg_error *err)
{
    size_t size[3];
    norm_shape s = norm_of(d, a, normed, out, size);
    dkg_status status = DKG_OK;
    if (add) s.add = grid(add, 0, 0, 1);
    const cl_mem added = add ? add->memory : normed->memory; /* not read without `add` */
    if (a->norm) status = DKG_TRAIN_RUN(d, train_norm_sums, size, true, err, DKG_ARG(normed->memory), DKG_ARG(a->partial), DKG_ARG(s));
    if (status == DKG_OK)
        status = DKG_TRAIN_RUN(d, train_norm, size, true, err, DKG_ARG(normed->memory), DKG_ARG(a->partial), DKG_ARG(a->scales),
                               DKG_ARG(out->memory), DKG_ARG(added), DKG_ARG(s));
    return status;
}

dkg_status dkg_op_norm_back(dkg_train_device *d, const dkg_train_after *a, const dkg_train_map *normed, const dkg_train_map *dout,
                               const dkg_train_map *out, dkg_error *err)
{
    size_t size[3];
    const norm_shape s = norm_of(d, a, normed, out, size);
    dkg_status status = DKG_OK;
    if (a->norm)
        status = DKG_TRAIN_RUN(d, train_norm_back_sums, size, true, err, DKG_ARG(normed->memory), DKG_ARG(dout->memory),
                               DKG_ARG(a->partial), DKG_ARG(s));
    if (status == DKG_OK)
        status = DKG_TRAIN_RUN(d, train_norm_back, size, true, err, DKG_ARG(normed->memory), DKG_ARG(dout->memory),
                               DKG_ARG(a->partial), DKG_ARG(a->scales), DKG_ARG(out->memory), DKG_ARG(s));
    return status;
}

/* ---- images, losses, Adam ---------------------------------------------------------------------------------------------------- */
dkg_status dkg_op_unfold(dkg_train_device *d, cl_mem plane, const dkg_train_map *out, int sign, dkg_error *err)
{
    const cl_int side = out->side, direction = sign;
    const size_t size[3] = {(size_t)side, (size_t)out->panels, 1};
    return DKG_TRAIN_RUN(d, train_unfold, size, true, err, DKG_ARG(plane), DKG_ARG(out->memory), DKG_ARG(side), DKG_ARG(direction));
}

dkg_status dkg_op_fold(dkg_train_device *d, const dkg_train_map *in, cl_mem out, dkg_error *err)
{
    const cl_int side = in->side;
    const size_t size[3] = {(size_t)side, 3, 1};
    return DKG_TRAIN_RUN(d, train_fold, size, true, err, DKG_ARG(in->memory), DKG_ARG(out), DKG_ARG(side));
}

dkg_status dkg_op_source(dkg_train_device *d, cl_mem bytes, cl_mem plane, int side, dkg_error *err)
{
    const cl_int rows = side;
    const size_t size[3] = {(size_t)side, 1, 1};
    return DKG_TRAIN_RUN(d, train_source, size, true, err, DKG_ARG(bytes), DKG_ARG(plane), DKG_ARG(rows));
}

dkg_status dkg_op_target(dkg_train_device *d, int head, cl_mem bytes, const dkg_train_map *view, dkg_error *err)
{
    const cl_int side = view->side, kind = head;
    const train_grid g = grid(view, 0, 0, 1);
    const size_t size[3] = {(size_t)side, 1, 1};
    return DKG_TRAIN_RUN(d, train_target, size, true, err, DKG_ARG(bytes), DKG_ARG(view->memory), DKG_ARG(g), DKG_ARG(side), DKG_ARG(kind));
}

dkg_status dkg_op_view(dkg_train_device *d, int head, cl_mem u, int first, const dkg_train_map *view, dkg_error *err)
{
    const cl_int side = view->side, kind = head, from = first;
    const train_grid g = grid(view, 0, 0, 1);
    const size_t size[3] = {(size_t)side, 1, 1};
    return DKG_TRAIN_RUN(d, train_view, size, true, err, DKG_ARG(u), DKG_ARG(from), DKG_ARG(view->memory), DKG_ARG(g), DKG_ARG(side),
                         DKG_ARG(kind));
}

dkg_status dkg_op_view_back(dkg_train_device *d, int head, cl_mem u, const dkg_train_map *dview, cl_mem du, dkg_error *err)
{
    const cl_int side = dview->side, kind = head;
    const size_t size[3] = {(size_t)side, 1, 1};
    return DKG_TRAIN_RUN(d, train_view_back, size, true, err, DKG_ARG(u), DKG_ARG(dview->memory), DKG_ARG(du), DKG_ARG(side), DKG_ARG(kind));
}

dkg_status dkg_op_store(dkg_train_device *d, cl_mem u, cl_mem pool, int first, int side, dkg_error *err)
{
    const cl_int rows = side, to = first;
    const size_t size[3] = {(size_t)side, 1, 1};
    return DKG_TRAIN_RUN(d, train_store, size, true, err, DKG_ARG(u), DKG_ARG(pool), DKG_ARG(to), DKG_ARG(rows));
}

dkg_status dkg_op_loss(dkg_train_device *d, int loss, int aim, float scale, const dkg_train_map *logits,
                          const dkg_train_map *gradient, cl_mem losses, dkg_error *err)
{
    const cl_int side = logits->side, kind = loss, wanted = aim;
    const train_grid g = grid(gradient, 0, 0, 1);
    const size_t size[3] = {1, 1, 1};
    return DKG_TRAIN_RUN(d, train_loss, size, false, err, DKG_ARG(logits->memory), DKG_ARG(gradient->memory), DKG_ARG(g), DKG_ARG(losses),
                         DKG_ARG(side), DKG_ARG(kind), DKG_ARG(wanted), DKG_ARG(scale));
}

dkg_status dkg_op_update(dkg_train_device *d, const dkg_train_adam *a, cl_mem weights, cl_mem gradient, cl_mem moment1,
                            cl_mem moment2, int count, dkg_error *err)
{
    enum { SPAN = 64 * DKG_TRAIN_PANEL }; /* DKG_SPAN of train_adam.cl */
    const cl_int values = count;
    const size_t size[3] = {(size_t)ceil_div(count, SPAN), 1, 1};
    return DKG_TRAIN_RUN(d, train_adam, size, true, err, DKG_ARG(weights), DKG_ARG(gradient), DKG_ARG(moment1), DKG_ARG(moment2),
                         DKG_ARG(values), DKG_ARG(a->beta1), DKG_ARG(a->rest1), DKG_ARG(a->beta2), DKG_ARG(a->rest2), DKG_ARG(a->rate),
                         DKG_ARG(a->root));
}

dkg_status dkg_op_transpose(dkg_train_device *d, const dkg_train_join *j, int inputs, int outputs, cl_mem weights, cl_mem back,
                               dkg_error *err)
{
    const cl_int first = j->weights;
    const size_t size[3] = {(size_t)(j->kernel * j->kernel), (size_t)inputs, (size_t)outputs};
    return DKG_TRAIN_RUN(d, train_transpose, size, false, err, DKG_ARG(weights), DKG_ARG(back), DKG_ARG(first));
}
