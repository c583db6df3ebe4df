/* pack.c - weights of a layer in the order conv.cl reads them: [panel][tap row][pair][16 outputs][2]. */
#include <stdlib.h>

#include "layers.h"

/* Place of a weight: output o, tap row, and its number in the run along the tap columns and channels. */
static size_t place(size_t tap_rows, size_t run, size_t o, size_t row, size_t in_run)
{
    return ((o / DKG_PANEL * tap_rows + row) * (run / 2) + in_run / 2) * (DKG_PANEL * 2) + o % DKG_PANEL * 2 + in_run % 2;
}

static void pack_direct(const dkg_layer *l, size_t channels, int16_t *to)
{
    const size_t k = l->kernel;
    for (size_t o = 0; o < l->out; o++)
        for (size_t c = 0; c < l->in; c++)
            for (size_t ky = 0; ky < k; ky++)
                for (size_t kx = 0; kx < k; kx++)
                    to[place(k, k * channels, o, ky, kx * channels + c)] = l->weights[((o * l->in + c) * k + ky) * k + kx];
}

/* The 7 x 7 convolution to 3 outputs as a 7 x 1 convolution to 21: output 3 * kx + o. */
static void pack_head(const dkg_layer *l, size_t channels, int16_t *to)
{
    const size_t k = l->kernel;
    for (size_t o = 0; o < l->out; o++)
        for (size_t c = 0; c < l->in; c++)
            for (size_t ky = 0; ky < k; ky++)
                for (size_t kx = 0; kx < k; kx++)
                    to[place(k, channels, 3 * kx + o, ky, c)] = l->weights[((o * l->in + c) * k + ky) * k + kx];
}

/* U = (2G) g (2G)^T with 2G = (2 0 0; 1 1 1; 1 -1 1; 0 0 2): integers of at most 9 * 127. */
static void pack_winograd(const dkg_layer *l, size_t channels, size_t outputs, int16_t *to)
{
    static const int g2[4][3] = {{2, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 2}};
    for (size_t o = 0; o < l->out; o++)
        for (size_t c = 0; c < l->in; c++) {
            const int8_t *g = l->weights + (o * l->in + c) * 9;
            for (size_t i = 0; i < 4; i++)
                for (size_t j = 0; j < 4; j++) {
                    int sum = 0;
                    for (size_t ky = 0; ky < 3; ky++)
                        for (size_t kx = 0; kx < 3; kx++) sum += g2[i][ky] * g[3 * ky + kx] * g2[j][kx];
                    to[(4 * i + j) * outputs * channels + place(1, channels, o, 0, c)] = (int16_t)sum;
                }
        }
}

/* Output row 2i sees input row i through tap 1; row 2i + 1 sees rows i and i + 1 through taps 2 and 0. Columns likewise. */
static void pack_transposed(const dkg_layer *l, size_t channels, const size_t parity_at[4], int16_t *to)
{
    static const size_t tap[2][2] = {{1, 0}, {2, 0}};
    for (size_t part = 0; part < 4; part++) {
        const size_t odd_y = part / 2, odd_x = part % 2;
        for (size_t c = 0; c < l->in; c++)
            for (size_t o = 0; o < l->out; o++)
                for (size_t y = 0; y <= odd_y; y++)
                    for (size_t x = 0; x <= odd_x; x++)
                        to[parity_at[part] + place(1 + odd_y, (1 + odd_x) * channels, o, y, x * channels + c)] =
                            l->weights[(c * l->out + o) * 9 + tap[odd_y][y] * 3 + tap[odd_x][x]];
    }
}

static bool winograd_is_exact(const dkg_layer *l)
{
    const size_t per_output = l->weight_count / l->out;
    for (size_t o = 0; o < l->out; o++) {
        long sum = 0;
        for (size_t i = 0; i < per_output; i++) sum += abs(l->weights[o * per_output + i]);
        if (sum > DKG_WINOGRAD_MAX) return false;
    }
    return true;
}

dkg_status dkg_pack_layer(const dkg_layer *l, bool last, const dkg_tensor *input, dkg_packed *out, dkg_error *err)
{
    const size_t channels = (size_t)input->channels, taps = (size_t)l->kernel * l->kernel;
    const size_t outputs = last ? DKG_HEAD_CHANNELS : (l->out + DKG_PANEL - 1) / DKG_PANEL * DKG_PANEL;
    *out = (dkg_packed){.outputs = (int)outputs};
    if (last)
        out->method = DKG_HEAD;
    else if (l->transposed)
        out->method = DKG_TRANSPOSED;
    else if (l->kernel == 3 && l->stride == 1 && winograd_is_exact(l))
        out->method = DKG_WINOGRAD;
    else
        out->method = DKG_DIRECT;

    const size_t per_pair[] = {[DKG_DIRECT] = taps, [DKG_WINOGRAD] = 16, [DKG_TRANSPOSED] = taps, [DKG_HEAD] = l->kernel};
    out->count = per_pair[out->method] * channels * outputs;
    out->weights = dkg_calloc(out->count, sizeof *out->weights);
    if (!out->weights) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu weights of %s", out->count, l->name);
    switch (out->method) {
    case DKG_DIRECT: pack_direct(l, channels, out->weights); break;
    case DKG_WINOGRAD: pack_winograd(l, channels, outputs, out->weights); break;
    case DKG_TRANSPOSED:
        for (size_t part = 1; part < 4; part++) /* the parts before hold 1, 2 and 2 taps */
            out->parity_at[part] = (2 * part - 1) * channels * outputs;
        pack_transposed(l, channels, out->parity_at, out->weights);
        break;
    case DKG_HEAD: pack_head(l, channels, out->weights); break;
    }
    return DKG_OK;
}
