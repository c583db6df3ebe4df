/* layers.c - the layer table of the generator and the shape of every layer's output. */
#include "layers.h"

#include <stdlib.h>

/* One row per layer; in and out count in units of n, except the 3 colours at both ends. */
static const struct {
    const char *name;
    bool transposed;
    uint8_t in, out, kernel, stride;
} table[DKG_LAYERS] = {
    {"down1.weight", false, 0, 1, 7, 1},      {"down2.weight", false, 1, 2, 3, 2},
    {"down3.weight", false, 2, 4, 3, 2},      {"res0.conv1.weight", false, 4, 4, 3, 1},
    {"res0.conv2.weight", false, 4, 4, 3, 1}, {"res1.conv1.weight", false, 4, 4, 3, 1},
    {"res1.conv2.weight", false, 4, 4, 3, 1}, {"res2.conv1.weight", false, 4, 4, 3, 1},
    {"res2.conv2.weight", false, 4, 4, 3, 1}, {"res3.conv1.weight", false, 4, 4, 3, 1},
    {"res3.conv2.weight", false, 4, 4, 3, 1}, {"res4.conv1.weight", false, 4, 4, 3, 1},
    {"res4.conv2.weight", false, 4, 4, 3, 1}, {"res5.conv1.weight", false, 4, 4, 3, 1},
    {"res5.conv2.weight", false, 4, 4, 3, 1}, {"up1.weight", true, 4, 2, 3, 2},
    {"up2.weight", true, 2, 1, 3, 2},         {"out.weight", false, 1, 0, 7, 1},
};
enum { FIRST_RESIDUAL = 3, LAST_RESIDUAL = 14 };

static uint32_t channels_of(uint8_t multiple, uint32_t n) { return multiple ? multiple * n : 3; }

bool dkg_layer_opens_block(size_t i) { return i >= FIRST_RESIDUAL && i <= LAST_RESIDUAL && i % 2 == 1; }
bool dkg_layer_closes_block(size_t i) { return i >= FIRST_RESIDUAL && i <= LAST_RESIDUAL && i % 2 == 0; }

bool dkg_channels_valid(uint64_t channels)
{
    return channels >= DKG_CHANNELS_MIN && channels <= DKG_CHANNELS_MAX && channels % 4 == 0;
}

size_t dkg_layers_describe(uint32_t channels, const int8_t *weights, dkg_layer layers[DKG_LAYERS])
{
    size_t total = 0;
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        dkg_layer *l = &layers[i];
        l->name = table[i].name;
        l->transposed = table[i].transposed;
        l->in = channels_of(table[i].in, channels);
        l->out = channels_of(table[i].out, channels);
        l->kernel = table[i].kernel;
        l->stride = table[i].stride;
        l->weight_count = (size_t)l->in * l->out * l->kernel * l->kernel;
        l->weights = weights ? weights + total : NULL;
        total += l->weight_count;
    }
    return total;
}

void dkg_layer_shape(const dkg_model *model, size_t i, uint32_t height, uint32_t width, uint32_t shape[3])
{
    uint32_t scale = i == 1 || i == 15 ? 2 : i >= 2 && i <= 14 ? 4 : 1;
    shape[0] = dkg_model_layer(model, i)->out;
    shape[1] = height / scale;
    shape[2] = width / scale;
}

uint32_t dkg_layer_weight_sum(const dkg_layer *layer, uint32_t out)
{
    size_t taps = (size_t)layer->kernel * layer->kernel;
    uint32_t sum = 0;
    for (size_t c = 0; c < layer->in; c++) {
        size_t filter = layer->transposed ? c * layer->out + out : out * (size_t)layer->in + c;
        const int8_t *w = layer->weights + filter * taps;
        for (size_t k = 0; k < taps; k++) sum += (uint32_t)abs(w[k]);
    }
    return sum;
}
