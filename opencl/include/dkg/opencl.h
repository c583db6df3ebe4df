/* dkg/opencl.h - OpenCL devices and the generator on them. libOpenCL is loaded at run time, so programs start without one. */
#ifndef DKG_OPENCL_H
#define DKG_OPENCL_H

#include "dkg/base.h"
#include "dkg/model.h"
#include "dkg/train.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dkg_device_info {
    char name[160];     /* what --device accepts: "opencl:0:1" = platform 0, device 1 */
    char label[320];    /* for people: "Portable Computing Language: pthread-AMD EPYC" */
    char driver[160];   /* version of the driver and of OpenCL C */
    bool gpu;
    bool usable;        /* compiler and memory suffice */
    uint32_t units;     /* compute units */
    uint64_t memory;    /* bytes */
    uint64_t allocation; /* largest single buffer, bytes */
} dkg_device_info;

/* Every device of every platform, in the order of the installed implementations. No loader or no device: *count = 0 and
 * DKG_OK. *devices is freed with free(). */
DKG_MUST_USE dkg_status dkg_opencl_devices(dkg_device_info **devices, size_t *count, dkg_error *err);

/* An engine on a device of dkg_opencl_devices(), named by its number or by a part of its name or label. "" takes the first
 * GPU, else the first usable device. DKG_USAGE: no such device; DKG_DEVICE: with the build log's first lines.
 * The caller runs dkg_engine_known_answer() before trusting it. threads: 0 = all, only for CPU devices. */
DKG_MUST_USE dkg_status dkg_opencl_engine(const dkg_model *model, const char *device, unsigned threads, dkg_engine **out,
                                          dkg_error *err);

/* The same, faster to start and as fast as it can be: with the compiled program and the tuning that the user's cache holds for this
 * device and driver ($DKG_CACHE, else $XDG_CACHE_HOME/deepkeygen, else ~/.cache/deepkeygen; DKG_CACHE=off: none). The engine has
 * passed its known-answer test; a program or a tuning that fails it is removed from the cache, with a warning, and one built from
 * source is tried. DKG_DEVICE: that fails too. */
DKG_MUST_USE dkg_status dkg_opencl_open(const dkg_model *model, const char *device, unsigned threads, const dkg_log *log,
                                        dkg_engine **out, dkg_error *err);

/* Tuning: which values of the kernels' tuning macros are the fastest on a device. They change speed, never bits. */
typedef struct dkg_tuning_result {
    char device[320];         /* its label */
    char file[4096];          /* where the result lies; empty: there is no cache to keep it */
    char before[200], best[200]; /* the tuning macros */
    double seconds_before, seconds_best; /* per key of 256 x 256 pixels */
    size_t tried, refused;    /* refused: not compiled, or not the reference's keys */
} dkg_tuning_result;

/* Times keys with one set of values after the other, each after its known-answer test, and keeps the fastest in the cache for
 * dkg_opencl_open(). `quick`: only the values that matter most. DKG_DEVICE: no set works. */
DKG_MUST_USE dkg_status dkg_opencl_tune(const dkg_model *model, const char *device, unsigned threads, bool quick, const dkg_log *log,
                                        dkg_tuning_result *out, dkg_error *err);

/* A trainer on a device named as for dkg_opencl_engine(), in 32-bit floats. All memory it needs it takes at once: DKG_NO_MEMORY with
 * advice. A step repeats bit for bit on the same device. */
DKG_MUST_USE dkg_status dkg_opencl_trainer(const dkg_train_options *options, const char *device, unsigned threads, dkg_trainer **out,
                                           dkg_error *err);

#ifdef __cplusplus
}
#endif
#endif
