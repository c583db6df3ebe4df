/* engine.c - the generator on the processor, with the best instructions it has. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu/cpu.h"

/* Several images at once beat several workers on one: no worker waits for another within an image. Each image needs a plan of its
 * own, so that memory says how many; workers beyond that share images. */
enum { PLANS_BYTES_MAX = 400 << 20 };

typedef struct shift {
    const dkg_cpu *cpu;
    const uint8_t *images;
    uint8_t *keys;
    size_t bytes; /* of an image, and of a key */
    size_t count;
    atomic_size_t next;
} shift;

static void crew_work(void *context, size_t crew)
{
    shift *s = context;
    const dkg_cpu_plan *plan = &s->cpu->plans[crew];
    for (size_t k; (k = atomic_fetch_add(&s->next, 1)) < s->count;) {
        dkg_cpu_load(plan, s->images + k * s->bytes);
        for (size_t i = 0; i < DKG_LAYERS; i++) dkg_cpu_run(s->cpu, plan, i, s->keys + k * s->bytes);
    }
}

static dkg_status fit(dkg_cpu *cpu, size_t crew, size_t crews, uint32_t height, uint32_t width, dkg_error *err)
{
    const size_t workers = cpu->workers / crews + (crew < cpu->workers % crews);
    return dkg_cpu_plan_fit(&cpu->plans[crew], cpu->layers, cpu->kernels->lanes, workers, height, width, err);
}

/* Plans for as many of `count` images as memory allows, at least one; *crews is their number. */
static dkg_status gather(dkg_cpu *cpu, size_t count, uint32_t height, uint32_t width, size_t *crews, dkg_error *err)
{
    size_t wanted = count < cpu->workers ? count : cpu->workers;
    if (wanted > DKG_CPU_CREWS_MAX) wanted = DKG_CPU_CREWS_MAX;
    dkg_status status = fit(cpu, 0, wanted, height, width, err);
    if (status != DKG_OK) return status;
    const size_t affordable = PLANS_BYTES_MAX / cpu->plans[0].size;
    if (wanted > affordable) wanted = affordable > 1 ? affordable : 1;
    status = fit(cpu, 0, wanted, height, width, err);
    *crews = 1;
    while (status == DKG_OK && *crews < wanted && fit(cpu, *crews, wanted, height, width, NULL) == DKG_OK) ++*crews;
    return status;
}

static dkg_status generate(dkg_engine *self, const uint8_t *images, uint32_t height, uint32_t width, size_t count, uint8_t *keys,
                           dkg_error *err)
{
    dkg_cpu *cpu = (dkg_cpu *)self;
    const size_t bytes = (size_t)height * width * 3;
    for (size_t crews, share; count > 0; count -= share, images += share * bytes, keys += share * bytes) {
        dkg_status status = gather(cpu, count, height, width, &crews, err);
        if (status != DKG_OK) return status;
        share = count - count % crews; /* the rest, too few for all crews, get larger ones */
        shift s = {.cpu = cpu, .images = images, .keys = keys, .bytes = bytes, .count = share};
        dkg_parallel((unsigned)crews, crews, crew_work, &s);
    }
    return DKG_OK;
}

static dkg_status layer(dkg_engine *self, const uint8_t *image, uint32_t height, uint32_t width, size_t index, int16_t *out,
                        dkg_error *err)
{
    dkg_cpu *cpu = (dkg_cpu *)self;
    if (index >= DKG_LAYERS - 1) return dkg_fail(err, DKG_USAGE, "layer %zu has no output to show, must be 0..16", index);
    dkg_status status = fit(cpu, 0, 1, height, width, err);
    if (status != DKG_OK) return status;
    dkg_cpu_load(&cpu->plans[0], image);
    for (size_t i = 0; i <= index; i++) dkg_cpu_run(cpu, &cpu->plans[0], i, NULL);
    const dkg_cpu_tensor *t = &cpu->plans[0].tensors[dkg_cpu_writes(index)];
    for (size_t c = 0; c < cpu->layers[index].outputs; c++)
        for (size_t y = 0; y < t->height; y++)
            for (size_t x = 0; x < t->width; x++)
                *out++ = t->values[(y + t->border) * t->pitch + (x + t->border) * t->channels + c];
    return DKG_OK;
}

static void destroy(dkg_engine *self)
{
    dkg_cpu *cpu = (dkg_cpu *)self;
    for (size_t i = 0; i < DKG_CPU_CREWS_MAX; i++) dkg_cpu_plan_clear(&cpu->plans[i]);
    free(cpu->weights);
    free(cpu);
}

dkg_status dkg_cpu_engine_on(const dkg_model *model, unsigned threads, dkg_cpu_path path, dkg_engine **out, dkg_error *err)
{
    enum { WORKERS_MAX = 256, BATCH_MAX = 128, IMAGES_PER_WORKER = 4 }; /* who is held up does not hold up the others for long */
    *out = NULL;
    const dkg_cpu_kernels *kernels = dkg_cpu_kernels_of(path);
    if (!kernels) return dkg_fail(err, DKG_DEVICE, "this processor cannot run path %d of the cpu engine", (int)path);
    dkg_cpu *cpu = dkg_calloc(1, sizeof *cpu);
    if (!cpu) return dkg_fail(err, DKG_NO_MEMORY, "no memory for an engine");
    if (threads == 0) threads = dkg_cpu_count();
    cpu->workers = threads < WORKERS_MAX ? threads : WORKERS_MAX;
    cpu->base = (dkg_engine){.kind = "cpu", .generate = generate, .layer = layer, .destroy = destroy};
    cpu->base.batch = cpu->workers < BATCH_MAX / IMAGES_PER_WORKER ? IMAGES_PER_WORKER * cpu->workers : BATCH_MAX;
    snprintf(cpu->base.device, sizeof cpu->base.device, "cpu, %s, %zu thread%s", kernels->name, cpu->workers, cpu->workers == 1 ? "" : "s");
    cpu->model = model;
    cpu->kernels = kernels;
    dkg_status status = dkg_cpu_pack(model, kernels, threads, cpu->layers, &cpu->weights, err);
    if (status != DKG_OK) {
        destroy(&cpu->base);
        return status;
    }
    *out = &cpu->base;
    return DKG_OK;
}
