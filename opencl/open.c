/* open.c - makes an engine: its device, its tuning, its program, its weights. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "tuning.h"

enum { BATCH = 8 }; /* where images overlap: the first and the last of a batch lie half alone */

static dkg_status upload(dkg_opencl *o, const void *bytes, size_t size, cl_mem *out, dkg_error *err)
{
    cl_int code;
    *out = o->cl.clCreateBuffer(o->context, CL_MEM_READ_ONLY, size, NULL, &code);
    if (!*out) return dkg_cl_fail(err, "cannot allocate the weights on the device", code);
    code = o->cl.clEnqueueWriteBuffer(o->slots[0].queue, *out, CL_TRUE, 0, size, bytes, 0, NULL, NULL);
    return code == CL_SUCCESS ? DKG_OK : dkg_cl_fail(err, "cannot send the weights", code);
}

static dkg_status upload_model(dkg_opencl *o, dkg_error *err)
{
    dkg_tensor tensors[DKG_TENSORS]; /* only their channels matter here */
    dkg_tensor_describe(dkg_model_channels(o->model), 4, 4, tensors);
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        dkg_packed *packed = &o->packed[i];
        dkg_status status =
            dkg_pack_layer(dkg_model_layer(o->model, i), i + 1 == DKG_LAYERS, &tensors[dkg_layer_reads(i)], packed, err);
        if (status == DKG_OK)
            status = upload(o, packed->weights, packed->count * sizeof *packed->weights, &o->weights[i], err);
        free(packed->weights);
        packed->weights = NULL;
        if (status != DKG_OK) return status;
    }
    const dkg_tanh_head *tanh = dkg_model_tanh(o->model);
    return tanh ? upload(o, tanh->table, sizeof tanh->table, &o->table, err) : DKG_OK;
}

/* The tuning of the device: what it is told to be, what the cache holds for it, or what suits its kind. */
static void choose_profile(dkg_opencl *o, const dkg_device_info *device, const dkg_making *how)
{
    o->profile = device->gpu ? dkg_profile_gpu : dkg_profile_cpu;
    o->profile.mad24 = device->gpu && strstr(device->label, "AMD") != NULL;
    if (how->profile)
        o->profile = *how->profile;
    else if (how->tuning)
        o->tuned = dkg_tuning_read(&o->cl, o->device, how->log, &o->profile);
    o->slot_count = o->profile.slots;
    if (o->slot_count > 1) o->engine.batch = BATCH;
}

static dkg_status open_device(dkg_opencl *o, const char *wanted, unsigned threads, const dkg_making *how, dkg_error *err)
{
    dkg_device_info info;
    cl_int code;
    const dkg_status status = dkg_cl_open(&o->cl, wanted, threads, &info, &o->device, &o->context, err);
    if (status != DKG_OK) return status;
    snprintf(o->engine.device, sizeof o->engine.device, "%.159s", info.label);
    o->memory = info.memory;
    choose_profile(o, &info, how);
    for (size_t i = 0; i < o->slot_count; i++) {
        o->slots[i].queue = o->cl.clCreateCommandQueue(o->context, o->device, 0, &code);
        if (!o->slots[i].queue) return dkg_cl_fail(err, "cannot open a queue on the OpenCL device", code);
    }
    return dkg_kernels_build(&o->cl, o->context, o->device, &o->profile, how->cache, &o->kernels, err);
}

dkg_status dkg_opencl_make(const dkg_model *model, const char *device, unsigned threads, const dkg_making *how, dkg_opencl **out,
                           dkg_error *err)
{
    *out = NULL;
    dkg_opencl *o = dkg_opencl_new(model);
    if (!o) return dkg_fail(err, DKG_NO_MEMORY, "no memory for an OpenCL engine");
    dkg_status status = open_device(o, device ? device : "", threads, how, err);
    if (status == DKG_OK) status = upload_model(o, err);
    if (status != DKG_OK) {
        dkg_engine_free(&o->engine);
        return status;
    }
    *out = o;
    return DKG_OK;
}

dkg_status dkg_opencl_engine_tuned(const dkg_model *model, const char *device, unsigned threads, const dkg_profile *profile,
                                   dkg_engine **out, dkg_error *err)
{
    const dkg_making how = {.profile = profile};
    dkg_opencl *o;
    const dkg_status status = dkg_opencl_make(model, device, threads, &how, &o, err);
    *out = o ? &o->engine : NULL;
    return status;
}

dkg_status dkg_opencl_engine(const dkg_model *model, const char *device, unsigned threads, dkg_engine **out, dkg_error *err)
{
    return dkg_opencl_engine_tuned(model, device, threads, NULL, out, err);
}

/* ---- with what the cache holds ------------------------------------------------------------------------------------------- */
/* Makes an engine and runs its known-answer test; *o is then the engine, also one that fails it. Frees the one before. */
static dkg_status attempt(const dkg_model *model, const char *device, unsigned threads, const dkg_making *how, dkg_opencl **o,
                          dkg_error *err)
{
    if (*o) dkg_engine_free(&(*o)->engine);
    const dkg_status status = dkg_opencl_make(model, device, threads, how, o, err);
    return status == DKG_OK ? dkg_engine_known_answer(&(*o)->engine, model, err) : status;
}

dkg_status dkg_opencl_open(const dkg_model *model, const char *device, unsigned threads, const dkg_log *log, dkg_engine **out,
                           dkg_error *err)
{
    dkg_making how = {.cache = true, .tuning = true, .log = log};
    dkg_opencl *o = NULL;
    dkg_error why = {0};
    dkg_program_id id;
    *out = NULL;
    dkg_status status = attempt(model, device, threads, &how, &o, &why);
    if (status == DKG_DEVICE && o && o->kernels.cached) {
        dkg_kernels_identify(&o->cl, o->device, &o->profile, &id);
        dkg_program_forget(&id);
        dkg_warn(log, "%s; its compiled program is removed from the cache and built again", why.text);
        how.cache = false;
        status = attempt(model, device, threads, &how, &o, &why);
    }
    if (status == DKG_DEVICE && (!o || o->tuned)) { /* none at all: perhaps the compiler refuses the tuning */
        if (o) {
            dkg_tuning_forget(&o->cl, o->device);
            dkg_warn(log, "%s; its tuning is removed from the cache", why.text);
        }
        how.cache = how.tuning = false;
        status = attempt(model, device, threads, &how, &o, &why);
    }
    if (status != DKG_OK) {
        if (o) dkg_engine_free(&o->engine);
        return dkg_fail(err, status, "%s", why.text);
    }
    if (!o->kernels.cached) { /* only a program that has passed goes in */
        dkg_kernels_identify(&o->cl, o->device, &o->profile, &id);
        dkg_program_store(&o->cl, o->kernels.program, &id);
    }
    *out = &o->engine;
    return DKG_OK;
}
