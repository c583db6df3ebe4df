/* plan.c - one block of memory for all activations and sums of an image size. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/cpu.h"

size_t dkg_cpu_reads(size_t layer)
{
    if (layer <= 2) return DKG_CPU_IMAGE + layer;
    if (layer <= 15) return layer % 2 == 1 ? DKG_CPU_STREAM : DKG_CPU_MIDDLE;
    return layer == 16 ? DKG_CPU_HALF : DKG_CPU_FULL;
}

size_t dkg_cpu_writes(size_t layer) { return layer == DKG_LAYERS - 1 ? DKG_CPU_TENSORS : dkg_cpu_reads(layer + 1); }

/* Hands out pieces of the plan's memory; without memory it only counts. */
typedef struct carver {
    uint8_t *memory;
    uint64_t used;
} carver;

static void *carve(carver *c, uint64_t count, size_t size)
{
    void *piece = c->memory ? c->memory + c->used : NULL;
    c->used += (count * size + 63) / 64 * 64;
    return piece;
}

static uint64_t most(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* Borders are what the kernels of the readers reach over; an odd number of rows or columns ends in half a tile. */
static dkg_cpu_tensor tensor(carver *c, size_t height, size_t width, size_t channels, size_t border)
{
    const size_t beyond = 1; /* the odd value that fills the last pair of the first layer */
    dkg_cpu_tensor t = {.height = height, .width = width, .channels = channels, .border = border};
    t.pitch = (width + 2 * border) * channels;
    t.values = carve(c, (height + 2 * border) * t.pitch + beyond, sizeof *t.values);
    return t;
}

/* At most 2^24 pixels and 96 columns per n-channel layer: nothing here comes near 2^64. */
static void lay_out(dkg_cpu_plan *p, const dkg_cpu_layer layers[DKG_LAYERS], size_t lanes, carver *c)
{
    const size_t h = p->height, w = p->width;
    uint64_t columns = 0, sums = 0;
    p->tensors[DKG_CPU_IMAGE] = tensor(c, h, w, 3, 3);
    p->tensors[DKG_CPU_FULL] = tensor(c, h, w, layers[0].columns, 3);
    p->tensors[DKG_CPU_HALF] = tensor(c, h / 2, w / 2, layers[1].columns, 1);
    p->tensors[DKG_CPU_STREAM] = tensor(c, h / 4, w / 4, layers[2].columns, 2);
    p->tensors[DKG_CPU_MIDDLE] = tensor(c, h / 4, w / 4, layers[2].columns, 2);
    for (size_t i = 0; i + 1 < DKG_LAYERS; i++) {
        const dkg_cpu_tensor *t = &p->tensors[dkg_cpu_writes(i)];
        columns = most(columns, t->channels);
        sums = most(sums, (uint64_t)t->height * t->width * t->channels);
    }
    p->sums = carve(c, sums, sizeof *p->sums);
    p->scale.factor = carve(c, columns, sizeof *p->scale.factor);
    p->scale.offset = carve(c, columns, sizeof *p->scale.offset);
    p->scale.shift = carve(c, columns, sizeof *p->scale.shift);
    p->scale.bias = carve(c, columns, sizeof *p->scale.bias);

    /* Planes an odd number of cache lines apart do not fall into one set of the cache. */
    p->tile_plane = DKG_CPU_TILES_TOGETHER * layers[3].columns + 32;
    p->product_plane = DKG_CPU_TILES_TOGETHER * DKG_CPU_PANEL * lanes + 16;
    const size_t last_row = (w + 6) * layers[DKG_LAYERS - 1].columns;
    p->workers = carve(c, p->worker_count, sizeof *p->workers);
    for (size_t i = 0; i < p->worker_count; i++) {
        dkg_cpu_worker worker;
        worker.moments.sum = carve(c, columns, sizeof *worker.moments.sum);
        worker.moments.low = carve(c, columns, sizeof *worker.moments.low);
        worker.moments.high = carve(c, columns, sizeof *worker.moments.high);
        worker.tiles = carve(c, DKG_CPU_POSITIONS * p->tile_plane, sizeof *worker.tiles);
        worker.products = carve(c, most(DKG_CPU_POSITIONS * p->product_plane, last_row), sizeof *worker.products);
        worker.row = carve(c, w, sizeof *worker.row);
        if (c->memory) p->workers[i] = worker;
    }
}

void dkg_cpu_plan_clear(dkg_cpu_plan *plan)
{
    if (plan->memory) sodium_memzero(plan->memory, plan->size);
    free(plan->memory);
    *plan = (dkg_cpu_plan){.memory = NULL};
}

dkg_status dkg_cpu_plan_fit(dkg_cpu_plan *plan, const dkg_cpu_layer layers[DKG_LAYERS], size_t lanes, size_t workers, uint32_t height,
                            uint32_t width, dkg_error *err)
{
    if (plan->memory && plan->height == height && plan->width == width && plan->worker_count == workers) return DKG_OK;
    dkg_status status = dkg_check_image_size(height, width, err);
    if (status != DKG_OK) return status;
    carver count = {.memory = NULL};
    plan->height = height;
    plan->width = width;
    plan->worker_count = workers;
    lay_out(plan, layers, lanes, &count);
    if (!plan->memory || plan->size < count.used) {
        dkg_cpu_plan_clear(plan);
        *plan = (dkg_cpu_plan){.height = height, .width = width, .worker_count = workers};
        plan->memory = count.used <= SIZE_MAX ? aligned_alloc(64, (size_t)count.used) : NULL;
        if (!plan->memory) {
            *plan = (dkg_cpu_plan){.memory = NULL};
            return dkg_fail(err, DKG_NO_MEMORY, "no memory for an image of %u x %u pixels: %llu bytes", width, height,
                            (unsigned long long)count.used);
        }
        plan->size = (size_t)count.used;
        dkg_prefer_large_pages(plan->memory, plan->size);
        memset(plan->memory, 0, plan->size);
    }
    carver cut = {.memory = plan->memory};
    lay_out(plan, layers, lanes, &cut);
    return DKG_OK;
}
