/* pack.c - the model's weights in the order in which the kernels use them. */
#include <stdlib.h>
#include <string.h>

#include "cpu/cpu.h"
#include "network/layers.h"

typedef struct packer {
    const dkg_cpu_kernels *kernels;
    dkg_cpu_layer *layers;
    int16_t *image;
    size_t starts[DKG_LAYERS];
} packer;

static bool is_first(const dkg_layer *l) { return l->kernel == 7 && l->in == 3; }
static bool is_last(const dkg_layer *l) { return l->kernel == 7 && l->out == 3; }

/* Along one axis: does kernel position k reach outputs of this phase, and at which distance? */
static bool reaches(const dkg_layer *l, size_t phase, size_t k, uint8_t *distance)
{
    if (!l->transposed) {
        *distance = (uint8_t)k;
        return true;
    }
    *distance = phase == 1 && k == 0; /* input row (y + 1 - k) / 2, y = 2 * row + phase */
    return (phase + k) % 2 == 1;
}

static void add_taps(dkg_cpu_layer *p, size_t phase)
{
    const dkg_layer *l = p->layer;
    const size_t columns = is_first(l) || is_last(l) ? 1 : l->kernel; /* these two walk along a row in another way */
    for (size_t k = 0; k < l->kernel * columns; k++) {
        dkg_cpu_tap tap = {.ky = (uint8_t)(k / columns), .kx = (uint8_t)(k % columns)};
        dkg_cpu_phase *to = &p->phases[phase];
        if (reaches(l, phase / 2, tap.ky, &tap.dy) && reaches(l, phase % 2, tap.kx, &tap.dx)) to->taps[to->tap_count++] = tap;
    }
}

static size_t panels(const dkg_cpu_layer *p) { return (p->vectors + DKG_CPU_PANEL - 1) / DKG_CPU_PANEL; }

/* Everything but the weights. Returns how many int16 they take. */
static size_t describe(const dkg_layer *l, size_t lanes, bool residual, dkg_cpu_layer *p)
{
    size_t total = 0;
    *p = (dkg_cpu_layer){.layer = l, .residual = residual};
    p->outputs = is_last(l) ? (size_t)l->out * l->kernel : l->out;
    p->vectors = (p->outputs + lanes - 1) / lanes;
    p->columns = p->vectors * lanes;
    p->pairs = is_first(l) ? ((size_t)l->in * l->kernel + 1) / 2 : l->in / 2;
    p->lead_y = l->transposed ? 0 : l->kernel / 2;
    p->lead_x = is_last(l) ? 0 : p->lead_y;
    p->phase_count = l->transposed ? 4 : 1;
    for (size_t i = 0; i < p->phase_count; i++) {
        add_taps(p, i);
        size_t steps = (residual ? DKG_CPU_POSITIONS : p->phases[i].tap_count) * p->pairs;
        p->phases[i].panel = steps * DKG_CPU_PANEL * 2 * lanes;
        total += p->phases[i].panel * panels(p);
    }
    return total;
}

static int16_t weight(const dkg_layer *l, size_t o, size_t c, const dkg_cpu_tap *tap)
{
    size_t ky = tap->ky, kx = tap->kx, k = l->kernel;
    if (is_first(l)) {
        if (c >= l->in * k) return 0; /* the odd value that fills the last pair */
        kx = c / l->in;
        c = c % l->in;
    } else if (is_last(l)) {
        kx = o % k;
        o = o / k;
    }
    size_t filter = l->transposed ? c * l->out + o : o * l->in + c;
    return l->weights[(filter * k + ky) * k + kx];
}

/* Where the weight of output o and channel c goes within step `step` of its panel. */
static size_t place(const dkg_cpu_layer *p, const dkg_cpu_kernels *k, size_t step, size_t o, size_t c)
{
    const size_t vector = o / k->lanes, lane = o % k->lanes, first = vector / DKG_CPU_PANEL * DKG_CPU_PANEL;
    const size_t vectors = p->vectors - first < DKG_CPU_PANEL ? p->vectors - first : DKG_CPU_PANEL;
    return (step * vectors + vector - first) * 2 * k->lanes + (k->interleaved ? 2 * lane + c % 2 : c % 2 * k->lanes + lane);
}

static void pack_direct(const dkg_cpu_layer *p, const dkg_cpu_kernels *k, const dkg_cpu_phase *phase, size_t o, int16_t *panel)
{
    for (size_t t = 0; t < phase->tap_count; t++)
        for (size_t c = 0; c < 2 * p->pairs; c++) panel[place(p, k, t * p->pairs + c / 2, o, c)] = weight(p->layer, o, c, &phase->taps[t]);
}

/* 2 G g along one axis, G = (1 0 0 | 1/2 1/2 1/2 | 1/2 -1/2 1/2 | 0 0 1): the factor 4 of both axes keeps it whole. */
static void twice_transformed(const int g[3], int u[4])
{
    u[0] = 2 * g[0];
    u[1] = g[0] + g[1] + g[2];
    u[2] = g[0] - g[1] + g[2];
    u[3] = 2 * g[2];
}

static void pack_winograd(const dkg_cpu_layer *p, const dkg_cpu_kernels *k, size_t o, int16_t *panel)
{
    for (size_t c = 0; c < 2 * p->pairs; c++) {
        const int8_t *g = p->layer->weights + (o * p->layer->in + c) * 9;
        int columns[3][4], u[4];
        for (size_t x = 0; x < 3; x++) twice_transformed((const int[3]){g[x], g[3 + x], g[6 + x]}, columns[x]);
        for (size_t y = 0; y < 4; y++) {
            twice_transformed((const int[3]){columns[0][y], columns[1][y], columns[2][y]}, u);
            for (size_t x = 0; x < 4; x++) panel[place(p, k, (4 * y + x) * p->pairs + c / 2, o, c)] = (int16_t)u[x];
        }
    }
}

static void pack_layer(void *context, size_t i)
{
    const packer *k = context;
    dkg_cpu_layer *p = &k->layers[i];
    const size_t width = DKG_CPU_PANEL * k->kernels->lanes;
    int16_t *at = k->image + k->starts[i];
    for (size_t o = 0; p->residual && o < p->outputs; o++)
        if (dkg_layer_weight_sum(p->layer, (uint32_t)o) > DKG_CPU_WINOGRAD_MAX) p->direct[o / width] = true;
    for (size_t f = 0; f < p->phase_count; f++) {
        dkg_cpu_phase *phase = &p->phases[f];
        phase->weights = at;
        for (size_t o = 0; o < p->outputs; o++) {
            int16_t *panel = at + o / width * phase->panel;
            if (p->residual && !p->direct[o / width])
                pack_winograd(p, k->kernels, o, panel);
            else
                pack_direct(p, k->kernels, phase, o, panel);
        }
        at += phase->panel * panels(p);
    }
}

dkg_status dkg_cpu_pack(const dkg_model *model, const dkg_cpu_kernels *kernels, unsigned threads, dkg_cpu_layer layers[DKG_LAYERS],
                        int16_t **weights, dkg_error *err)
{
    packer k = {.kernels = kernels, .layers = layers};
    size_t total = 0;
    *weights = NULL;
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        k.starts[i] = total;
        total += describe(dkg_model_layer(model, i), kernels->lanes, dkg_layer_opens_block(i) || dkg_layer_closes_block(i), &layers[i]);
    }
    const size_t bytes = (total * sizeof *k.image + 63) / 64 * 64; /* starts and panels are whole vectors: all stay aligned */
    k.image = aligned_alloc(64, bytes);
    if (!k.image) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu bytes of packed weights", bytes);
    dkg_prefer_large_pages(k.image, bytes);
    memset(k.image, 0, bytes);
    dkg_parallel(threads, DKG_LAYERS, pack_layer, &k);
    *weights = k.image;
    return DKG_OK;
}
