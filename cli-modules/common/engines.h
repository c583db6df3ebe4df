/* Choice of the engine that makes the keys, and of another one that checks them. */
#ifndef DKG_CLI_ENGINES_H
#define DKG_CLI_ENGINES_H

#include "dkg/model.h"

typedef struct dkg_engines {
    dkg_engine *keys;   /* makes the keys */
    dkg_engine *check;  /* another one, or NULL when there is none */
} dkg_engines;

/* device: NULL or "auto" (DKG_DEVICE, else a GPU, else "cpu", else OpenCL on the processor, else the reference), "cpu",
 * "cpu:avx2" and the like (a path of dkg_cpu_path_name()), "reference", "opencl", or a name of `dkg devices`. Each engine but
 * the reference passes its known-answer test first; if one does not, a warning says so and the next one is taken. DKG_USAGE:
 * no device of that name. `want_check`: also open the fastest engine of another kind, NULL if the reference makes the keys and
 * no other engine is to be had. */
DKG_MUST_USE dkg_status dkg_engines_open(const dkg_model *model, const char *device, unsigned threads, bool want_check,
                                         const dkg_log *log, dkg_engines *out, dkg_error *err);
void dkg_engines_close(dkg_engines *engines);
/* Warns, when the reference makes the keys, how long `rows` rows of 256 pixels will take (measured on a small image). */
void dkg_engines_estimate(const dkg_engines *engines, uint64_t rows, const dkg_log *log);
#endif
