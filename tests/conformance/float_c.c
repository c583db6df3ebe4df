/* float_c.c - the control as plain C. */
#include <stdlib.h>
#include <string.h>
#include <tgmath.h>

#include "float_control.h"

#include "float_network.cl"

typedef struct in_c {
    float_device base;
    float *buffers[FLOAT_BUFFERS];
} in_c;

static dkg_status layer(float_device *self, const dkg_layer *l, int height, int width, int input, int output, int shortcut, bool last,
                        dkg_error *err)
{
    in_c *c = (in_c *)self;
    const float_shape s = {(int)l->in, (int)l->out, height, width, (int)l->kernel, (int)l->stride, l->transposed};
    const int pixels = l->transposed ? height * width * s.stride * s.stride : height * width / (s.stride * s.stride);
    float *weights = dkg_calloc(l->weight_count, sizeof *weights);
    if (!weights) return dkg_fail(err, DKG_NO_MEMORY, "no memory for weights");
    for (size_t i = 0; i < l->weight_count; i++) weights[i] = l->weights[i];
    for (int i = 0; i < s.out * pixels; i++) conv_value(s, c->buffers[input], weights, c->buffers[output], i);
    for (int o = 0; o < s.out && !last; o++)
        norm_channel(c->buffers[output], shortcut < 0 ? NULL : c->buffers[shortcut], pixels, shortcut >= 0, o);
    free(weights);
    return DKG_OK;
}

static dkg_status load(float_device *self, const float *values, size_t count, dkg_error *err)
{
    (void)err;
    memcpy(((in_c *)self)->buffers[0], values, count * sizeof *values);
    return DKG_OK;
}

static dkg_status keys(float_device *self, int input, int pixels, uint8_t *out, dkg_error *err)
{
    (void)err;
    for (int i = 0; i < 3 * pixels; i++) head_value(((in_c *)self)->buffers[input], pixels, out, i);
    return DKG_OK;
}

static void destroy(float_device *self)
{
    for (int i = 0; i < FLOAT_BUFFERS; i++) free(((in_c *)self)->buffers[i]);
    free(self);
}

dkg_status float_c(size_t values, float_device **out, dkg_error *err)
{
    in_c *c = dkg_calloc(1, sizeof *c);
    *out = NULL;
    if (!c) return dkg_fail(err, DKG_NO_MEMORY, "no memory for the control");
    c->base = (float_device){layer, load, keys, destroy};
    bool whole = true;
    for (int i = 0; i < FLOAT_BUFFERS; i++) whole = (c->buffers[i] = dkg_calloc(values, sizeof(float))) && whole;
    if (!whole) {
        destroy(&c->base);
        return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu floats", values);
    }
    *out = &c->base;
    return DKG_OK;
}
