/* run.c - a layer in two passes over its rows: sums with their statistics, then norm into the next tensor. */
#include <stdatomic.h>
#include <string.h>

#include "cpu/cpu.h"
#include "network/head.h"
#include "network/layers.h"

typedef struct pass {
    const dkg_cpu *cpu;
    const dkg_cpu_plan *plan;
    const dkg_cpu_layer *layer;
    const dkg_cpu_tensor *in, *out; /* out NULL in the last layer */
    size_t height, width;           /* of the sums */
    size_t taps[4][DKG_CPU_TAPS_MAX]; /* of each phase: offsets in `in` */
    bool closes_block;              /* what `out` holds is added to */
    uint8_t *key;
    atomic_size_t next;             /* piece of work that no worker has taken */
    size_t pieces;
    void (*work)(struct pass *pass, const dkg_cpu_worker *worker, size_t piece);
} pass;

static void work_on(void *context, size_t worker)
{
    pass *p = context;
    for (size_t i; (i = atomic_fetch_add(&p->next, 1)) < p->pieces;) p->work(p, &p->plan->workers[worker], i);
}

static void run(pass *p, size_t pieces, void (*work)(pass *, const dkg_cpu_worker *, size_t))
{
    const size_t workers = p->plan->worker_count;
    atomic_store(&p->next, 0);
    p->pieces = pieces;
    p->work = work;
    dkg_parallel((unsigned)workers, workers, work_on, p);
}

/* Activations from pixel (y, x) of a tensor on; both may lie in the border. */
static int16_t *at(const dkg_cpu_tensor *t, size_t y, size_t x, size_t lead_y, size_t lead_x)
{
    return t->values + (y + t->border - lead_y) * t->pitch + (x + t->border - lead_x) * t->channels;
}

static size_t panel_vectors(const dkg_cpu_layer *l, size_t first) { return l->vectors - first < DKG_CPU_PANEL ? l->vectors - first : DKG_CPU_PANEL; }

/* ---- sums, directly --------------------------------------------------------------------------------------------------- */
/* One panel of `count` outputs of phase f from (y, x) on; out is the first of them. */
static void direct_panel(const pass *p, size_t f, size_t panel, size_t y, size_t x, size_t count, int32_t *out)
{
    const dkg_cpu_layer *l = p->layer;
    const dkg_cpu_phase *phase = &l->phases[f];
    const size_t down = l->layer->transposed ? 1 : l->layer->stride, up = l->layer->transposed ? 2 : 1;
    p->cpu->kernels->products(&(dkg_cpu_products){.source = at(p->in, y / up * down, x * down, l->lead_y, l->lead_x),
                                                  .source_step = down * p->in->channels,
                                                  .pixels = count,
                                                  .taps = p->taps[f],
                                                  .tap_count = phase->tap_count,
                                                  .pairs = l->pairs,
                                                  .weights = phase->weights + panel * phase->panel,
                                                  .vectors = panel_vectors(l, panel * DKG_CPU_PANEL),
                                                  .out = out + panel * DKG_CPU_PANEL * p->cpu->kernels->lanes,
                                                  .out_step = up * l->columns});
}

static void direct_row(pass *p, const dkg_cpu_worker *worker, size_t y)
{
    const dkg_cpu_layer *l = p->layer;
    const size_t up = l->layer->transposed ? 2 : 1;
    int32_t *row = p->plan->sums + y * p->width * l->columns;
    for (size_t x = 0; x < up; x++)
        for (size_t panel = 0; panel * DKG_CPU_PANEL < l->vectors; panel++)
            direct_panel(p, y % up * up + x, panel, y, 0, p->width / up, row + x * l->columns);
    p->cpu->kernels->moments(row, p->width, l->columns, &worker->moments);
}

/* ---- sums of the residual layers: Winograd F(2x2, 3x3) ------------------------------------------------------------------ */
static size_t halves(size_t n) { return (n + 1) / 2; }
static size_t tile_groups(const pass *p) { return (halves(p->width) + DKG_CPU_TILES_TOGETHER - 1) / DKG_CPU_TILES_TOGETHER; }

static void winograd_panel(const pass *p, const dkg_cpu_worker *worker, size_t panel, size_t tiles, int32_t *sums, size_t width, bool two_rows)
{
    static const size_t here = 0;
    const dkg_cpu_layer *l = p->layer;
    const dkg_cpu_plan *plan = p->plan;
    const size_t lanes = p->cpu->kernels->lanes, vectors = panel_vectors(l, panel * DKG_CPU_PANEL);
    const int16_t *weights = l->phases[0].weights + panel * l->phases[0].panel;
    for (size_t i = 0; i < DKG_CPU_POSITIONS; i++, weights += l->pairs * vectors * 2 * lanes)
        p->cpu->kernels->products(&(dkg_cpu_products){.source = worker->tiles + i * plan->tile_plane,
                                                      .source_step = p->in->channels,
                                                      .pixels = tiles,
                                                      .taps = &here,
                                                      .tap_count = 1,
                                                      .pairs = l->pairs,
                                                      .weights = weights,
                                                      .vectors = vectors,
                                                      .out = worker->products + i * plan->product_plane,
                                                      .out_step = vectors * lanes});
    const dkg_cpu_tiles shape = {.tiles = tiles, .columns = vectors * lanes, .plane = plan->product_plane};
    p->cpu->kernels->tiles_out(&shape, worker->products, sums, l->columns, p->width * l->columns, width, two_rows);
}

static void residual_tiles(pass *p, const dkg_cpu_worker *worker, size_t piece)
{
    const dkg_cpu_layer *l = p->layer;
    const dkg_cpu_kernels *k = p->cpu->kernels;
    const dkg_cpu_plan *plan = p->plan;
    const size_t y = piece / tile_groups(p) * 2, x = piece % tile_groups(p) * DKG_CPU_TILES_TOGETHER * 2;
    const size_t rows = p->height - y < 2 ? 1 : 2, most = DKG_CPU_TILES_TOGETHER * 2;
    const size_t width = p->width - x < most ? p->width - x : most, tiles = halves(width);
    int32_t *sums = plan->sums + (y * p->width + x) * l->columns;
    const dkg_cpu_tiles shape = {.tiles = tiles, .columns = p->in->channels, .plane = plan->tile_plane};
    k->tiles_in(&shape, at(p->in, y, x, l->lead_y, l->lead_x), p->in->pitch, worker->tiles);
    for (size_t panel = 0; panel * DKG_CPU_PANEL < l->vectors; panel++) {
        if (!l->direct[panel])
            winograd_panel(p, worker, panel, tiles, sums + panel * DKG_CPU_PANEL * k->lanes, width, rows == 2);
        else
            for (size_t r = 0; r < rows; r++) direct_panel(p, 0, panel, y + r, x, width, sums + r * p->width * l->columns);
    }
    for (size_t r = 0; r < rows; r++) k->moments(sums + r * p->width * l->columns, width, l->columns, &worker->moments);
}

/* ---- sums of the last layer, and its head -------------------------------------------------------------------------------- */
/* The kernels leave a sum for every kernel column, over rows and channels; here the columns meet. */
static void last_row(pass *p, const dkg_cpu_worker *worker, size_t y)
{
    const dkg_cpu_layer *l = p->layer;
    const size_t k = l->layer->kernel, border = k / 2;
    int32_t *inner = worker->products + border * l->columns;
    memset(worker->products, 0, border * l->columns * sizeof *inner);
    memset(inner + p->width * l->columns, 0, border * l->columns * sizeof *inner);
    for (size_t panel = 0; panel * DKG_CPU_PANEL < l->vectors; panel++) direct_panel(p, 0, panel, y, 0, p->width, inner);
    for (size_t o = 0; o < l->layer->out; o++) {
        for (size_t x = 0; x < p->width; x++) {
            const int32_t *column = worker->products + x * l->columns + o * k;
            int32_t sum = 0;
            for (size_t i = 0; i < k; i++) sum += column[i * l->columns + i];
            worker->row[x] = sum;
        }
        dkg_head_apply(p->cpu->model, worker->row, p->width, p->key + y * p->width * 3 + o);
    }
}

/* ---- norm ---------------------------------------------------------------------------------------------------------------- */
static void finish_moments(const pass *p)
{
    const dkg_cpu_plan *plan = p->plan;
    for (size_t c = 0; c < p->layer->columns; c++) {
        int64_t sum = 0;
        uint64_t low = 0, high = 0;
        for (size_t i = 0; i < plan->worker_count; i++) {
            const dkg_cpu_moments *m = &plan->workers[i].moments;
            sum += m->sum[c];
            low += m->low[c];
            high += m->high[c];
        }
        dkg_cpu_scale_set(&plan->scale, c, sum, low, high, p->height * p->width);
    }
}

static void clear_moments(const pass *p)
{
    for (size_t i = 0; i < p->plan->worker_count; i++) {
        const dkg_cpu_moments *m = &p->plan->workers[i].moments;
        memset(m->sum, 0, p->layer->columns * sizeof *m->sum);
        memset(m->low, 0, p->layer->columns * sizeof *m->low);
        memset(m->high, 0, p->layer->columns * sizeof *m->high);
    }
}

/* Row `piece` of the output, border rows included: whatever was in this memory before, the border is zero after. */
static void norm_row(pass *p, const dkg_cpu_worker *worker, size_t piece)
{
    (void)worker;
    const dkg_cpu_tensor *t = p->out;
    int16_t *row = t->values + piece * t->pitch, *inner = row + t->border * t->channels;
    if (piece < t->border || piece >= t->height + t->border) {
        memset(row, 0, t->pitch * sizeof *row);
        return;
    }
    const size_t y = piece - t->border, edge = t->border * t->channels;
    memset(row, 0, edge * sizeof *row);
    memset(inner + t->width * t->channels, 0, edge * sizeof *row);
    p->cpu->kernels->normalise(p->plan->sums + y * t->width * t->channels, t->width, t->channels, &p->plan->scale,
                               p->closes_block ? inner : NULL, inner);
}

/* ---- a layer -------------------------------------------------------------------------------------------------------------- */
void dkg_cpu_load(const dkg_cpu_plan *plan, const uint8_t *image)
{
    const dkg_cpu_tensor *t = &plan->tensors[DKG_CPU_IMAGE];
    const size_t edge = t->border * t->channels, inner = t->width * t->channels;
    for (size_t y = 0; y < t->height + 2 * t->border; y++) {
        int16_t *row = t->values + y * t->pitch;
        memset(row, 0, t->pitch * sizeof *row);
        if (y < t->border || y >= t->height + t->border) continue;
        for (size_t i = 0; i < inner; i++) row[edge + i] = (int16_t)(2 * *image++ - 255);
    }
}

void dkg_cpu_run(const dkg_cpu *cpu, const dkg_cpu_plan *plan, size_t i, uint8_t *key)
{
    const size_t writes = dkg_cpu_writes(i);
    const bool last = writes == DKG_CPU_TENSORS;
    pass p = {.cpu = cpu, .plan = plan, .layer = &cpu->layers[i], .in = &plan->tensors[dkg_cpu_reads(i)], .key = key};
    p.out = last ? NULL : &plan->tensors[writes];
    p.height = last ? plan->height : p.out->height;
    p.width = last ? plan->width : p.out->width;
    p.closes_block = dkg_layer_closes_block(i);
    for (size_t f = 0; f < p.layer->phase_count; f++)
        for (size_t t = 0; t < p.layer->phases[f].tap_count; t++) {
            const dkg_cpu_tap *tap = &p.layer->phases[f].taps[t];
            p.taps[f][t] = tap->dy * p.in->pitch + tap->dx * p.in->channels;
        }
    if (last) {
        run(&p, p.height, last_row);
        return;
    }
    clear_moments(&p);
    if (p.layer->residual)
        run(&p, halves(p.height) * tile_groups(&p), residual_tiles);
    else
        run(&p, p.height, direct_row);
    finish_moments(&p);
    run(&p, p.out->height + 2 * p.out->border, norm_row);
}
