/* engine.c - the generator on the processor, with the best instructions it has. */
#include <stdio.h>
#include <stdlib.h>

#include "cpu/cpu.h"

static dkg_status generate(dkg_engine *self, const uint8_t *images, uint32_t height, uint32_t width, size_t count, uint8_t *keys,
                           dkg_error *err)
{
    dkg_cpu *cpu = (dkg_cpu *)self;
    dkg_status status = dkg_cpu_plan_fit(&cpu->plan, cpu->layers, cpu->kernels->lanes, cpu->workers, height, width, err);
    if (status != DKG_OK) return status;
    const size_t bytes = (size_t)height * width * 3;
    for (size_t k = 0; k < count; k++) {
        dkg_cpu_load(cpu, images + k * bytes);
        for (size_t i = 0; i < DKG_LAYERS; i++) dkg_cpu_run(cpu, i, keys + k * bytes);
    }
    return DKG_OK;
}

static dkg_status layer(dkg_engine *self, const uint8_t *image, uint32_t height, uint32_t width, size_t index, int16_t *out,
                        dkg_error *err)
{
    dkg_cpu *cpu = (dkg_cpu *)self;
    if (index >= DKG_LAYERS - 1) return dkg_fail(err, DKG_USAGE, "layer %zu has no output to show, must be 0..16", index);
    dkg_status status = dkg_cpu_plan_fit(&cpu->plan, cpu->layers, cpu->kernels->lanes, cpu->workers, height, width, err);
    if (status != DKG_OK) return status;
    dkg_cpu_load(cpu, image);
    for (size_t i = 0; i <= index; i++) dkg_cpu_run(cpu, i, NULL);
    const dkg_cpu_tensor *t = &cpu->plan.tensors[dkg_cpu_writes(index)];
    for (size_t c = 0; c < cpu->layers[index].outputs; c++)
        for (size_t y = 0; y < t->height; y++)
            for (size_t x = 0; x < t->width; x++)
                *out++ = t->values[(y + t->border) * t->pitch + (x + t->border) * t->channels + c];
    return DKG_OK;
}

static void destroy(dkg_engine *self)
{
    dkg_cpu *cpu = (dkg_cpu *)self;
    dkg_cpu_plan_clear(&cpu->plan);
    free(cpu->weights);
    free(cpu);
}

dkg_status dkg_cpu_engine_on(const dkg_model *model, unsigned threads, dkg_cpu_path path, dkg_engine **out, dkg_error *err)
{
    enum { WORKERS_MAX = 256 };
    *out = NULL;
    const dkg_cpu_kernels *kernels = dkg_cpu_kernels_of(path);
    if (!kernels) return dkg_fail(err, DKG_DEVICE, "this processor cannot run path %d of the cpu engine", (int)path);
    dkg_cpu *cpu = dkg_calloc(1, sizeof *cpu);
    if (!cpu) return dkg_fail(err, DKG_NO_MEMORY, "no memory for an engine");
    if (threads == 0) threads = dkg_cpu_count();
    cpu->workers = threads < WORKERS_MAX ? threads : WORKERS_MAX;
    cpu->base = (dkg_engine){.kind = "cpu", .batch = 1, .generate = generate, .layer = layer, .destroy = destroy};
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
