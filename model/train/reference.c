/* reference.c - one training step in double precision: both networks forwards and backwards, then Adam. */
#include "train/reference.h"

#include <stdlib.h>
#include <string.h>

#include "network/layers.h"

/* One layer and what its forward pass leaves for the way back. */
typedef struct layer {
    dkg_join join;
    bool transposed, norm;
    bool adds;         /* the output of the layer before the last is added: the end of a residual block */
    double slope;      /* of the activation below zero: 1 for none, 0 for ReLU, 0.2 for LeakyReLU */
    const double *weights;
    double *gradient;
    size_t channels, count; /* of the output: channels, values */
    double *normed;    /* before the activation */
    double *out;       /* after it */
    double *dout;      /* gradient of out */
    double *inverse;   /* of the norm, per channel */
} layer;

typedef struct reference {
    dkg_trainer trainer; /* first: the two pointers are one */
    size_t count;        /* parameters */
    size_t pixels, views; /* of an image; channels the discriminator sees */
    layer layers[DKG_TRAIN_TENSORS];
    double *weights, *moment1, *moment2, *gradients;
    double *image;   /* [3][y][x], -1..1 */
    double *view, *dview, *du;
    double *scratch; /* of the largest output */
    double *pool;    /* [slot][3][y][x] */
} reference;

/* ---- both networks ---------------------------------------------------------------------------------------------------- */
static void forward(layer *layers, size_t count, const double *in)
{
    for (size_t i = 0; i < count; i++) {
        layer *l = &layers[i];
        const double *from = i ? l[-1].out : in;
        const size_t pixels = l->count / l->channels;
        memset(l->normed, 0, l->count * sizeof *l->normed);
        (l->transposed ? dkg_join_scatter : dkg_join_gather)(&l->join, l->weights, from, l->normed);
        for (size_t c = 0; l->norm && c < l->channels; c++) l->inverse[c] = dkg_norm_forward(l->normed + c * pixels, pixels);
        for (size_t k = 0; k < l->count; k++) {
            l->out[k] = l->normed[k] > 0 ? l->normed[k] : l->slope * l->normed[k];
            if (l->adds) l->out[k] += l[-2].out[k];
        }
    }
}

/* From dout of the last layer to the gradients of the weights (added, if wanted) and of the input (set, if wanted). */
static void backward(reference *r, layer *layers, size_t count, const double *in, bool learn, double *din, size_t din_count)
{
    for (size_t i = 0; i + 1 < count; i++) memset(layers[i].dout, 0, layers[i].count * sizeof(double));
    if (din) memset(din, 0, din_count * sizeof *din);
    for (size_t i = count; i-- > 0;) {
        layer *l = &layers[i];
        const size_t pixels = l->count / l->channels;
        double *before = i ? l[-1].dout : din, *da = r->scratch;
        for (size_t k = 0; k < l->count; k++) {
            da[k] = l->normed[k] > 0 ? l->dout[k] : l->slope * l->dout[k];
            if (l->adds) l[-2].dout[k] += l->dout[k];
        }
        for (size_t c = 0; l->norm && c < l->channels; c++)
            dkg_norm_backward(l->normed + c * pixels, l->inverse[c], da + c * pixels, pixels);
        const double *from = i ? l[-1].out : in;
        if (learn) dkg_join_weights(&l->join, l->transposed ? da : from, l->transposed ? from : da, l->gradient);
        if (before) (l->transposed ? dkg_join_gather : dkg_join_scatter)(&l->join, l->weights, da, before);
    }
}

/* ---- one step --------------------------------------------------------------------------------------------------------- */
static double judge(reference *r, dkg_train_aim aim, bool forwards)
{
    layer *d = r->layers + DKG_LAYERS, *last = d + DKG_DISCRIMINATOR_LAYERS - 1;
    if (forwards) forward(d, DKG_DISCRIMINATOR_LAYERS, r->view);
    const double scale = aim == DKG_AIM_FOOL ? 1 : 0.5;
    const double loss = dkg_train_loss_of(r->trainer.options.loss, aim, last->out, last->count, scale, last->dout);
    const bool learn = aim != DKG_AIM_FOOL;
    backward(r, d, DKG_DISCRIMINATOR_LAYERS, r->view, learn, learn ? NULL : r->dview, r->views * r->pixels);
    return loss;
}

static void run_generator(reference *r, const uint8_t *source)
{
    for (size_t p = 0; p < r->pixels; p++)
        for (size_t c = 0; c < 3; c++) r->image[c * r->pixels + p] = source[3 * p + c] / 127.5 - 1;
    forward(r->layers, DKG_LAYERS, r->image);
}

/* What lasts from step to step is rounded to float, as a checkpoint holds it: a training that is taken up again equals one that
 * was not interrupted. */
static void settle(double *values, size_t n)
{
    for (size_t i = 0; i < n; i++) values[i] = (double)(float)values[i];
}

static dkg_status step(dkg_trainer *self, const uint8_t *source, const uint8_t *target, const dkg_train_pool *pool,
                       dkg_train_losses *losses, dkg_error *err)
{
    reference *r = (reference *)self;
    const dkg_train_options *o = &self->options;
    layer *last = &r->layers[DKG_LAYERS - 1];
    *losses = (dkg_train_losses){0};
    dkg_status status = dkg_train_check_pool(o, pool, err);
    if (status != DKG_OK) return status;
    memset(r->gradients, 0, r->count * sizeof *r->gradients);

    run_generator(r, source);
    dkg_train_view(o->head, last->out, r->pixels, r->view);
    losses->generator = judge(r, DKG_AIM_FOOL, true);
    dkg_train_view_back(o->head, last->out, r->dview, r->pixels, last->dout);
    backward(r, r->layers, DKG_LAYERS, r->image, true, NULL, 0);

    const bool from_pool = pool && pool->read >= 0;
    if (from_pool) dkg_train_view(o->head, r->pool + (size_t)pool->read * last->count, r->pixels, r->view);
    losses->fake = judge(r, DKG_AIM_FAKE, from_pool);
    if (pool && pool->write >= 0) {
        memcpy(r->pool + (size_t)pool->write * last->count, last->out, last->count * sizeof(double));
        settle(r->pool + (size_t)pool->write * last->count, last->count);
    }
    dkg_train_view_target(o->head, target, r->pixels, r->view);
    losses->real = judge(r, DKG_AIM_REAL, true);

    status = dkg_train_check_losses(self, losses, err);
    if (status != DKG_OK) return status;
    dkg_train_adam(o, ++self->steps, r->gradients, r->moment1, r->moment2, r->weights, r->count);
    settle(r->weights, r->count);
    settle(r->moment1, r->count);
    settle(r->moment2, r->count);
    return DKG_OK;
}

static dkg_status generate(dkg_trainer *self, const uint8_t *source, float *u, dkg_error *err)
{
    reference *r = (reference *)self;
    (void)err; /* nothing can fail here */
    run_generator(r, source);
    for (size_t p = 0; p < r->pixels; p++)
        for (size_t c = 0; c < 3; c++) u[3 * p + c] = (float)r->layers[DKG_LAYERS - 1].out[c * r->pixels + p];
    return DKG_OK;
}

/* ---- vectors ----------------------------------------------------------------------------------------------------------- */
static double *vector_of(reference *r, dkg_train_vector vector)
{
    switch (vector) {
    case DKG_TRAIN_WEIGHTS: return r->weights;
    case DKG_TRAIN_MOMENT1: return r->moment1;
    case DKG_TRAIN_MOMENT2: return r->moment2;
    case DKG_TRAIN_GRADIENTS: return r->gradients;
    case DKG_TRAIN_POOL: break;
    }
    return r->pool;
}

/* Place in the pool's array of value i of its vector, which lies [slot][y][x][c]. */
static size_t pool_place(const reference *r, size_t i)
{
    const size_t slot = i / (3 * r->pixels), p = i / 3 % r->pixels, c = i % 3;
    return (slot * 3 + c) * r->pixels + p;
}

static dkg_status get(dkg_trainer *self, dkg_train_vector vector, float *values, dkg_error *err)
{
    reference *r = (reference *)self;
    const double *from = vector_of(r, vector);
    const size_t count = (size_t)dkg_train_vector_size(&self->options, vector);
    (void)err;
    for (size_t i = 0; i < count; i++) values[i] = (float)from[vector == DKG_TRAIN_POOL ? pool_place(r, i) : i];
    return DKG_OK;
}

static dkg_status set(dkg_trainer *self, dkg_train_vector vector, const float *values, dkg_error *err)
{
    reference *r = (reference *)self;
    double *to = vector_of(r, vector);
    const size_t count = (size_t)dkg_train_vector_size(&self->options, vector);
    if (vector == DKG_TRAIN_GRADIENTS) return dkg_fail(err, DKG_USAGE, "gradients cannot be set");
    for (size_t i = 0; i < count; i++) to[vector == DKG_TRAIN_POOL ? pool_place(r, i) : i] = (double)values[i];
    return DKG_OK;
}

/* ---- making -------------------------------------------------------------------------------------------------------------- */
static void destroy(dkg_trainer *self)
{
    reference *r = (reference *)self;
    double *all[] = {r->weights, r->moment1, r->moment2, r->gradients, r->image, r->view, r->dview, r->scratch, r->pool};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
    for (size_t i = 0; i < DKG_TRAIN_TENSORS; i++) {
        layer *l = &r->layers[i];
        free(l->normed);
        free(l->out);
        free(l->dout);
        free(l->inverse);
    }
    free(r);
}

static double *doubles(size_t count, bool *failed)
{
    double *memory = dkg_calloc(count, sizeof *memory);
    if (!memory) *failed = true;
    return memory;
}

static bool make_layers(reference *r)
{
    dkg_train_tensor tensors[DKG_TRAIN_TENSORS];
    bool failed = false;
    size_t side = r->trainer.options.crop, largest = 0;
    dkg_train_layout(&r->trainer.options, tensors);
    for (size_t i = 0; i < DKG_TRAIN_TENSORS; i++) {
        const dkg_train_tensor *t = &tensors[i];
        const size_t d = i - DKG_LAYERS; /* meaningful in the discriminator */
        const bool generator = i < DKG_LAYERS;
        layer *l = &r->layers[i];
        if (i == DKG_LAYERS) side = r->trainer.options.crop;
        const size_t padding = generator ? t->kernel / 2 : 1;
        const size_t out = t->transposed ? side * t->stride : (side + 2 * padding - t->kernel) / t->stride + 1;
        l->join = (dkg_join){.kernel = t->kernel, .stride = t->stride, .padding = padding};
        l->join.big = t->transposed ? t->out : t->in;
        l->join.small = t->transposed ? t->in : t->out;
        l->join.big_side = t->transposed ? out : side;
        l->join.small_side = t->transposed ? side : out;
        l->transposed = t->transposed;
        l->norm = generator ? i + 1 < DKG_LAYERS : d > 0 && d + 1 < DKG_DISCRIMINATOR_LAYERS;
        l->adds = generator && dkg_layer_closes_block(i);
        l->slope = generator ? (l->adds || i + 1 == DKG_LAYERS ? 1 : 0) : d + 1 < DKG_DISCRIMINATOR_LAYERS ? 0.2 : 1;
        l->weights = r->weights + t->at;
        l->gradient = r->gradients + t->at;
        l->channels = t->out;
        l->count = out * out * t->out;
        l->normed = doubles(l->count, &failed);
        l->out = doubles(l->count, &failed);
        l->dout = doubles(l->count, &failed);
        l->inverse = doubles(l->channels, &failed);
        if (l->count > largest) largest = l->count;
        side = out;
    }
    r->scratch = doubles(largest, &failed);
    return !failed;
}

dkg_status dkg_reference_trainer(const dkg_train_options *options, dkg_trainer **out, dkg_error *err)
{
    *out = NULL;
    dkg_status status = dkg_train_check(options, err);
    if (status != DKG_OK) return status;
    reference *r = dkg_calloc(1, sizeof *r);
    if (!r) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a trainer");
    r->trainer = (dkg_trainer){.kind = "reference", .device = "reference, plain C", .options = *options, .step = step,
                               .generate = generate, .get = get, .set = set, .destroy = destroy};
    bool failed = false;
    r->count = (size_t)dkg_train_vector_size(options, DKG_TRAIN_WEIGHTS);
    r->pixels = (size_t)options->crop * options->crop;
    r->views = options->head == DKG_TRAIN_PHASE ? 6 : 3;
    r->weights = doubles(r->count, &failed);
    r->moment1 = doubles(r->count, &failed);
    r->moment2 = doubles(r->count, &failed);
    r->gradients = doubles(r->count, &failed);
    r->image = doubles(3 * r->pixels, &failed);
    r->view = doubles(6 * r->pixels, &failed);
    r->dview = doubles(6 * r->pixels, &failed);
    if (options->pool) r->pool = doubles(options->pool * 3 * r->pixels, &failed);
    if (failed || !make_layers(r)) {
        destroy(&r->trainer);
        return dkg_fail(err, DKG_NO_MEMORY, "no memory for the reference trainer at crop %u with %u channels", options->crop,
                        options->channels);
    }
    *out = &r->trainer;
    return DKG_OK;
}
