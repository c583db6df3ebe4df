/* trainer.c - a step of training on an OpenCL device. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train/trainer.h"

typedef struct opencl_trainer {
    dkg_trainer trainer; /* first: the two pointers are one */
    dkg_train_device device;
    dkg_train_network network;
} opencl_trainer;

enum { FOOL, REAL, FAKE, AIMS }; /* of train_loss.cl */

/* Ends the function when a call has failed. */
#define TRY(call)                                 \
    do {                                          \
        const dkg_status try_status = (call);     \
        if (try_status != DKG_OK) return try_status; \
    } while (0)

/* ---- one step --------------------------------------------------------------------------------------------------------- */
static dkg_status run_generator(opencl_trainer *t, const uint8_t *source, dkg_error *err)
{
    dkg_train_network *n = &t->network;
    const int side = (int)n->options.crop;
    TRY(dkg_train_send(&t->device, n->source, source, (size_t)side * (size_t)side * 3, err));
    TRY(dkg_op_source(&t->device, n->source, n->plane, side, err));
    TRY(dkg_op_unfold(&t->device, n->plane, &n->unfolded, 1, err));
    TRY(dkg_train_forward(n, 0, DKG_LAYERS, err));
    return dkg_op_fold(&t->device, &n->unfolded, n->u, err);
}

/* The discriminator's loss of what it saw last, and the way back from it. */
static dkg_status judge(opencl_trainer *t, int aim, bool add, dkg_error *err)
{
    dkg_train_network *n = &t->network;
    const dkg_train_layer *last = &n->layers[DKG_TRAIN_TENSORS - 1];
    const bool learn = aim != FOOL;
    TRY(dkg_op_loss(&t->device, (int)n->options.loss, aim, learn ? 0.5f : 1.0f, &last->normed, &last->before, n->losses, err));
    return dkg_train_backward(n, DKG_LAYERS, DKG_TRAIN_TENSORS, learn, add, !learn, err);
}

static dkg_status learn_generator(opencl_trainer *t, dkg_error *err)
{
    dkg_train_network *n = &t->network;
    const int head = (int)n->options.head;
    TRY(dkg_op_view(&t->device, head, n->u, 0, &n->view, err));
    TRY(dkg_train_forward(n, DKG_LAYERS, DKG_TRAIN_TENSORS, err));
    TRY(judge(t, FOOL, false, err));
    TRY(dkg_op_view_back(&t->device, head, n->u, &n->layers[DKG_LAYERS].din, n->du, err));
    TRY(dkg_op_unfold(&t->device, n->du, &n->unfolded, -1, err));
    return dkg_train_backward(n, 0, DKG_LAYERS, true, false, false, err);
}

/* The activations of this step's output are still those of the generator's turn. */
static dkg_status learn_discriminator(opencl_trainer *t, const uint8_t *target, const dkg_train_pool *pool, dkg_error *err)
{
    dkg_train_network *n = &t->network;
    const int head = (int)n->options.head;
    const size_t values = (size_t)n->options.crop * n->options.crop * 3;
    if (pool && pool->read >= 0) {
        TRY(dkg_op_view(&t->device, head, n->pool, pool->read * (int)values, &n->view, err));
        TRY(dkg_train_forward(n, DKG_LAYERS, DKG_TRAIN_TENSORS, err));
    }
    TRY(judge(t, FAKE, false, err));
    if (pool && pool->write >= 0) TRY(dkg_op_store(&t->device, n->u, n->pool, pool->write * (int)values, (int)n->options.crop, err));
    TRY(dkg_train_send(&t->device, n->target, target, values, err));
    TRY(dkg_op_target(&t->device, head, n->target, &n->view, err));
    TRY(dkg_train_forward(n, DKG_LAYERS, DKG_TRAIN_TENSORS, err));
    return judge(t, REAL, true, err);
}

static dkg_status step(dkg_trainer *self, const uint8_t *source, const uint8_t *target, const dkg_train_pool *pool,
                       dkg_train_losses *losses, dkg_error *err)
{
    opencl_trainer *t = (opencl_trainer *)self;
    dkg_train_network *n = &t->network;
    const dkg_train_options *o = &self->options;
    float got[AIMS];
    *losses = (dkg_train_losses){0};
    TRY(dkg_train_check_pool(o, pool, err));
    TRY(run_generator(t, source, err));
    TRY(learn_generator(t, err));
    TRY(learn_discriminator(t, target, pool, err));
    TRY(dkg_train_receive(&t->device, n->losses, got, sizeof got, err));
    *losses = (dkg_train_losses){.generator = (double)got[FOOL], .real = (double)got[REAL], .fake = (double)got[FAKE]};
    TRY(dkg_train_check_losses(self, losses, err));
    const double number = (double)++self->steps;
    const dkg_train_adam adam = {.beta1 = (float)o->beta1, .rest1 = (float)(1 - o->beta1),
                                 .beta2 = (float)o->beta2, .rest2 = (float)(1 - o->beta2),
                                 .rate = (float)(o->rate / (1 - pow(o->beta1, number))),
                                 .root = (float)(1 / sqrt(1 - pow(o->beta2, number)))};
    TRY(dkg_op_update(&t->device, &adam, n->weights, n->gradients, n->moment1, n->moment2, (int)n->count, err));
    TRY(dkg_train_turn(n, err));
    return dkg_train_finish(&t->device, err);
}

/* From [3][y][x] to (y, x, c), or back. */
static void interleave(const float *planes, size_t pixels, float *out)
{
    for (size_t p = 0; p < pixels; p++)
        for (size_t c = 0; c < 3; c++) out[3 * p + c] = planes[c * pixels + p];
}

static void separate(const float *interleaved, size_t pixels, float *out)
{
    for (size_t p = 0; p < pixels; p++)
        for (size_t c = 0; c < 3; c++) out[c * pixels + p] = interleaved[3 * p + c];
}

static dkg_status generate(dkg_trainer *self, const uint8_t *source, float *u, dkg_error *err)
{
    opencl_trainer *t = (opencl_trainer *)self;
    const size_t pixels = (size_t)self->options.crop * self->options.crop, bytes = pixels * 3 * sizeof(float);
    float *planes = dkg_calloc(pixels * 3, sizeof *planes);
    if (!planes) return dkg_fail(err, DKG_NO_MEMORY, "no memory for an image of %zu pixels", pixels);
    dkg_status status = run_generator(t, source, err);
    if (status == DKG_OK) status = dkg_train_receive(&t->device, t->network.u, planes, bytes, err);
    if (status == DKG_OK) interleave(planes, pixels, u);
    free(planes);
    return status;
}

/* ---- vectors ---------------------------------------------------------------------------------------------------------- */
static cl_mem memory_of(const dkg_train_network *n, dkg_train_vector vector)
{
    switch (vector) {
    case DKG_TRAIN_WEIGHTS: return n->weights;
    case DKG_TRAIN_MOMENT1: return n->moment1;
    case DKG_TRAIN_MOMENT2: return n->moment2;
    case DKG_TRAIN_GRADIENTS: return n->gradients;
    case DKG_TRAIN_POOL: break;
    }
    return n->pool;
}

/* Values of a vector on the device, which pads parameters. */
static size_t device_count(const dkg_train_network *n, dkg_train_vector vector)
{
    return vector == DKG_TRAIN_POOL ? (size_t)dkg_train_vector_size(&n->options, vector) : n->count;
}

static dkg_status get(dkg_trainer *self, dkg_train_vector vector, float *values, dkg_error *err)
{
    opencl_trainer *t = (opencl_trainer *)self;
    const dkg_train_network *n = &t->network;
    const size_t count = device_count(n, vector), pixels = (size_t)self->options.crop * self->options.crop;
    if (count == 0) return DKG_OK;
    float *packed = dkg_calloc(count, sizeof *packed);
    if (!packed) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu values", count);
    const dkg_status status = dkg_train_receive(&t->device, memory_of(n, vector), packed, count * sizeof *packed, err);
    if (status == DKG_OK && vector == DKG_TRAIN_POOL)
        for (size_t slot = 0; slot < self->options.pool; slot++) interleave(packed + slot * 3 * pixels, pixels, values + slot * 3 * pixels);
    else if (status == DKG_OK)
        for (size_t k = 0; k < DKG_TRAIN_TENSORS; k++)
            for (size_t i = 0; i < n->tensors[k].count; i++) values[n->tensors[k].at + i] = packed[dkg_train_place(n, k, i)];
    free(packed);
    return status;
}

static dkg_status set(dkg_trainer *self, dkg_train_vector vector, const float *values, dkg_error *err)
{
    opencl_trainer *t = (opencl_trainer *)self;
    dkg_train_network *n = &t->network;
    const size_t count = device_count(n, vector), pixels = (size_t)self->options.crop * self->options.crop;
    if (vector == DKG_TRAIN_GRADIENTS) return dkg_fail(err, DKG_USAGE, "gradients cannot be set");
    if (count == 0) return DKG_OK;
    float *packed = dkg_calloc(count, sizeof *packed);
    if (!packed) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu values", count);
    if (vector == DKG_TRAIN_POOL)
        for (size_t slot = 0; slot < self->options.pool; slot++) separate(values + slot * 3 * pixels, pixels, packed + slot * 3 * pixels);
    else
        for (size_t k = 0; k < DKG_TRAIN_TENSORS; k++)
            for (size_t i = 0; i < n->tensors[k].count; i++) packed[dkg_train_place(n, k, i)] = values[n->tensors[k].at + i];
    dkg_status status = dkg_train_send(&t->device, memory_of(n, vector), packed, count * sizeof *packed, err);
    if (status == DKG_OK && vector == DKG_TRAIN_WEIGHTS) status = dkg_train_turn(n, err);
    free(packed);
    return status;
}

/* ---- making ------------------------------------------------------------------------------------------------------------ */
static void destroy(dkg_trainer *self)
{
    opencl_trainer *t = (opencl_trainer *)self;
    if (t->device.queue) (void)t->device.cl.clFinish(t->device.queue);
    dkg_train_network_free(&t->network);
    dkg_train_device_close(&t->device);
    free(t);
}

dkg_status dkg_opencl_trainer_tuned(const dkg_train_options *options, const char *device, unsigned threads,
                                    const dkg_train_tuning *tuning, dkg_trainer **out, dkg_error *err)
{
    *out = NULL;
    dkg_status status = dkg_train_check(options, err);
    if (status != DKG_OK) return status;
    opencl_trainer *t = dkg_calloc(1, sizeof *t);
    if (!t) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a trainer");
    t->trainer = (dkg_trainer){.kind = "opencl", .options = *options, .step = step, .generate = generate, .get = get, .set = set,
                               .destroy = destroy};
    status = dkg_train_device_open(&t->device, device ? device : "", threads, tuning, err);
    if (status == DKG_OK) status = dkg_train_network_make(&t->network, &t->device, options, err);
    if (status != DKG_OK) {
        destroy(&t->trainer);
        return status;
    }
    snprintf(t->trainer.device, sizeof t->trainer.device, "%s", t->device.label);
    *out = &t->trainer;
    return DKG_OK;
}

dkg_status dkg_opencl_trainer(const dkg_train_options *options, const char *device, unsigned threads, dkg_trainer **out,
                              dkg_error *err)
{
    return dkg_opencl_trainer_tuned(options, device, threads, NULL, out, err);
}
