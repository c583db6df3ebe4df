/* layout.c - what is trained: the options' limits, the parameters' names and shapes, their first values, key bytes of u. */
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "dkg/train.h"
#include "network/layers.h"

enum { CHANNELS_MIN = 4, DISCRIMINATOR_MAX = 64 };

dkg_status dkg_train_check(const dkg_train_options *o, dkg_error *err)
{
    if (o->channels % 4 || o->channels < CHANNELS_MIN || o->channels > DKG_CHANNELS_MAX)
        return dkg_fail(err, DKG_USAGE, "channels is %u, must be a multiple of 4 in %d..%d", o->channels, CHANNELS_MIN,
                        DKG_CHANNELS_MAX);
    if (o->discriminator % 4 || o->discriminator < CHANNELS_MIN || o->discriminator > DISCRIMINATOR_MAX)
        return dkg_fail(err, DKG_USAGE, "the discriminator has %u channels, must be a multiple of 4 in %d..%d",
                        o->discriminator, CHANNELS_MIN, DISCRIMINATOR_MAX);
    if (o->crop % 4 || o->crop < DKG_CROP_MIN || o->crop > DKG_CROP_MAX)
        return dkg_fail(err, DKG_USAGE, "crop is %u, must be a multiple of 4 in %d..%d", o->crop, DKG_CROP_MIN, DKG_CROP_MAX);
    if (o->pool > DKG_POOL_MAX) return dkg_fail(err, DKG_USAGE, "pool is %u, must be 0..%d", o->pool, DKG_POOL_MAX);
    if ((unsigned)o->head > DKG_TRAIN_TANH) return dkg_fail(err, DKG_USAGE, "head is %u, must be 0 or 1", (unsigned)o->head);
    if ((unsigned)o->loss > DKG_LOSS_HINGE) return dkg_fail(err, DKG_USAGE, "loss is %u, must be 0..2", (unsigned)o->loss);
    if (!(o->rate > 0 && o->rate <= 1)) return dkg_fail(err, DKG_USAGE, "the learning rate is %g, must be above 0, at most 1", o->rate);
    if (!(o->beta1 >= 0 && o->beta1 < 1)) return dkg_fail(err, DKG_USAGE, "beta1 is %g, must be 0 or more and below 1", o->beta1);
    if (!(o->beta2 >= 0 && o->beta2 < 1)) return dkg_fail(err, DKG_USAGE, "beta2 is %g, must be 0 or more and below 1", o->beta2);
    return DKG_OK;
}

dkg_status dkg_train_check_pool(const dkg_train_options *o, const dkg_train_pool *pool, dkg_error *err)
{
    const int64_t slots = o->pool;
    if (pool && (pool->read < -1 || pool->read >= slots || pool->write < -1 || pool->write >= slots))
        return dkg_fail(err, DKG_USAGE, "slots %d and %d of a pool of %u images", pool->read, pool->write, o->pool);
    return DKG_OK;
}

dkg_status dkg_train_check_losses(const dkg_trainer *trainer, const dkg_train_losses *losses, dkg_error *err)
{
    if (isfinite(losses->generator) && isfinite(losses->real) && isfinite(losses->fake)) return DKG_OK;
    const dkg_status status =
        dkg_fail(err, DKG_DEVICE, "step %llu: a loss is not a finite number (generator %g, real %g, fake %g)",
                 (unsigned long long)trainer->steps + 1, losses->generator, losses->real, losses->fake);
    return dkg_fail_hint(err, status, "go on from an earlier checkpoint with a smaller learning rate than %g, or another loss",
                         trainer->options.rate);
}

uint64_t dkg_train_layout(const dkg_train_options *options, dkg_train_tensor tensors[DKG_TRAIN_TENSORS])
{
    static const uint32_t strides[DKG_DISCRIMINATOR_LAYERS] = {2, 2, 2, 1, 1};
    dkg_layer layers[DKG_LAYERS];
    uint64_t total = 0;
    dkg_layers_describe(options->channels, NULL, layers);
    for (size_t i = 0; i < DKG_TRAIN_TENSORS; i++) {
        dkg_train_tensor *t = &tensors[i];
        *t = (dkg_train_tensor){.at = total};
        if (i < DKG_LAYERS) {
            const dkg_layer *l = &layers[i];
            snprintf(t->name, sizeof t->name, "%s", l->name);
            t->transposed = l->transposed;
            t->in = l->in;
            t->out = l->out;
            t->kernel = l->kernel;
            t->stride = l->stride;
        } else {
            const size_t d = i - DKG_LAYERS;
            snprintf(t->name, sizeof t->name, "discriminator%c.weight", (char)('0' + d));
            t->in = d ? t[-1].out : options->head == DKG_TRAIN_PHASE ? 6 : 3;
            t->out = d + 1 == DKG_DISCRIMINATOR_LAYERS ? 1 : options->discriminator << d;
            t->kernel = 4;
            t->stride = strides[d];
        }
        t->count = (uint64_t)t->in * t->out * t->kernel * t->kernel;
        total += t->count;
    }
    return total;
}

uint64_t dkg_train_vector_size(const dkg_train_options *options, dkg_train_vector vector)
{
    dkg_train_tensor tensors[DKG_TRAIN_TENSORS];
    if (vector == DKG_TRAIN_POOL) return (uint64_t)options->pool * options->crop * options->crop * 3;
    return dkg_train_layout(options, tensors);
}

/* (0, 1], so that its logarithm is finite. */
static double uniform(const uint8_t *bytes) { return ((double)(dkg_load64(bytes) >> 11) + 1) * 0x1p-53; }

void dkg_train_initial(const dkg_train_options *options, const uint8_t seed[32], float *weights)
{
    static const double deviation = 0.02, tau = 6.283185307179586;
    uint8_t stream[4096];
    uint8_t nonce[crypto_stream_xchacha20_NONCEBYTES] = "DKGTRAIN"; /* and the number of the block, from 16 */
    const uint64_t count = dkg_train_vector_size(options, DKG_TRAIN_WEIGHTS);
    size_t used = sizeof stream;
    for (uint64_t i = 0, block = 0; i < count; i += 2, used += 16) { /* Box-Muller: two at a time */
        if (used == sizeof stream) {
            dkg_store64(nonce + 16, block++);
            crypto_stream_xchacha20(stream, sizeof stream, nonce, seed);
            used = 0;
        }
        const double radius = deviation * sqrt(-2 * log(uniform(stream + used))), angle = tau * uniform(stream + used + 8);
        weights[i] = (float)(radius * cos(angle));
        if (i + 1 < count) weights[i + 1] = (float)(radius * sin(angle));
    }
    sodium_memzero(stream, sizeof stream); /* a training's start is as secret as its seed */
}

void dkg_train_bytes(dkg_train_head head, const float *u, size_t count, uint8_t *bytes)
{
    for (size_t i = 0; i < count; i++) {
        const double v = (double)u[i];
        double byte = 0; /* of what is not finite */
        if (head == DKG_TRAIN_TANH && !isnan(v))
            byte = floor((tanh(v) + 1) * 127.5 + 0.5);
        else if (isfinite(v))
            byte = floor(128 * v) - 256 * floor(floor(128 * v) / 256);
        bytes[i] = (uint8_t)byte;
    }
}

void dkg_trainer_free(dkg_trainer *trainer)
{
    if (trainer) trainer->destroy(trainer);
}
