/* cpu.h - the parts of the cpu engine: packed weights, memory for one image size, and the pass over a layer. */
#ifndef DKG_CPU_CPU_H
#define DKG_CPU_CPU_H

#include "cpu/dispatch.h"
#include "cpu/kernels.h"
#include "dkg/model.h"

/* NULL where this processor cannot run them. */
const dkg_cpu_kernels *dkg_cpu_kernels_of(dkg_cpu_path path);

/* Largest sum of |weights| of an output channel for which integer Winograd is exact (docs/generator.md, section 2). */
enum { DKG_CPU_WINOGRAD_MAX = 131104, DKG_CPU_PANELS_MAX = 64, DKG_CPU_TAPS_MAX = 9 };

/* ---- weights (pack.c) ----------------------------------------------------------------------------------------------- */
/* A tap reads its input `dy` rows below and `dx` pixels right of the upper left one that the kernel touches. */
typedef struct dkg_cpu_tap {
    uint8_t ky, kx, dy, dx;
} dkg_cpu_tap;

/* The outputs of a transposed layer come in four phases, even and odd rows and columns; all others have one. */
typedef struct dkg_cpu_phase {
    dkg_cpu_tap taps[DKG_CPU_TAPS_MAX];
    size_t tap_count;
    const int16_t *weights; /* [panel][tap][pair][vector of the panel][2 * lanes] */
    size_t panel;           /* values from one panel to the next */
} dkg_cpu_phase;

typedef struct dkg_cpu_layer {
    const dkg_layer *layer;
    size_t outputs;  /* channels; in the last layer channel * 7 + kx: its columns are summed up afterwards */
    size_t vectors;  /* of outputs */
    size_t columns;  /* vectors * lanes */
    size_t pairs;    /* of a tap; a tap of the first layer is a whole kernel row of 7 pixels x 3 colours */
    size_t lead_y, lead_x; /* rows above and pixels left of an output's own input that the kernel touches */
    size_t phase_count;
    dkg_cpu_phase phases[4];
    bool residual;
    bool direct[DKG_CPU_PANELS_MAX]; /* of a residual layer: a panel beyond DKG_CPU_WINOGRAD_MAX; the others hold
                                        [position][pair][vector][2 * lanes] in phase 0 */
} dkg_cpu_layer;

/* Fills layers[DKG_LAYERS] and *weights, one block for all of them, freed with free(). */
DKG_MUST_USE dkg_status dkg_cpu_pack(const dkg_model *model, const dkg_cpu_kernels *kernels, unsigned threads,
                                     dkg_cpu_layer layers[DKG_LAYERS], int16_t **weights, dkg_error *err);

/* ---- memory (plan.c) ------------------------------------------------------------------------------------------------- */
/* Activations [y][x][channel] inside a border of zeros on all four sides. */
typedef struct dkg_cpu_tensor {
    size_t height, width, channels, border;
    size_t pitch; /* int16 values of a row, borders included */
    int16_t *values;
} dkg_cpu_tensor;

enum { DKG_CPU_IMAGE, DKG_CPU_FULL, DKG_CPU_HALF, DKG_CPU_STREAM, DKG_CPU_MIDDLE, DKG_CPU_TENSORS };

/* The tensor a layer reads and the one it writes; the last layer writes none (DKG_CPU_TENSORS). */
size_t dkg_cpu_reads(size_t layer);
size_t dkg_cpu_writes(size_t layer);

/* Room of one worker: sums over the pixels it had, and whatever its pass needs. */
typedef struct dkg_cpu_worker {
    dkg_cpu_moments moments;
    int16_t *tiles;     /* inputs of a row of tiles */
    int32_t *products;  /* of one panel of them; of a row in the last layer */
    int32_t *row;       /* one colour of a row of the last layer */
} dkg_cpu_worker;

enum { DKG_CPU_TILES_TOGETHER = 32 }; /* so that transformed tiles stay in the second level cache */

typedef struct dkg_cpu_plan {
    uint32_t height, width;
    dkg_cpu_tensor tensors[DKG_CPU_TENSORS];
    int32_t *sums;         /* of a layer, [y][x][column] */
    dkg_cpu_scale scale;
    dkg_cpu_worker *workers;
    size_t worker_count, tile_plane, product_plane;
    uint8_t *memory;       /* everything above, wiped when it goes */
    size_t size;
} dkg_cpu_plan;

/* Makes the plan fit an image size and a number of workers; memory that suffices is kept. DKG_USAGE, DKG_NO_MEMORY (the plan is empty then). */
DKG_MUST_USE dkg_status dkg_cpu_plan_fit(dkg_cpu_plan *plan, const dkg_cpu_layer layers[DKG_LAYERS], size_t lanes, size_t workers,
                                         uint32_t height, uint32_t width, dkg_error *err);
void dkg_cpu_plan_clear(dkg_cpu_plan *plan);

/* ---- norm (scale.c) -------------------------------------------------------------------------------------------------- */
/* From the statistics of n pixels of channel c to its norm, the same as dkg_norm_of over all of them. */
void dkg_cpu_scale_set(const dkg_cpu_scale *scale, size_t c, int64_t sum, uint64_t low, uint64_t high, size_t n);

/* ---- the engine (engine.c), and a layer (run.c) -------------------------------------------------------------------------- */
enum { DKG_CPU_CREWS_MAX = 64 };

typedef struct dkg_cpu {
    dkg_engine base;
    const dkg_model *model;
    const dkg_cpu_kernels *kernels;
    dkg_cpu_layer layers[DKG_LAYERS];
    int16_t *weights;
    size_t workers;
    dkg_cpu_plan plans[DKG_CPU_CREWS_MAX]; /* of images that are computed at the same time */
} dkg_cpu;

/* Bytes of an image to the first tensor. */
void dkg_cpu_load(const dkg_cpu_plan *plan, const uint8_t *image);
/* Layer i from its tensor to its tensor, by the plan's workers; the last one to key[height][width][3]. */
void dkg_cpu_run(const dkg_cpu *cpu, const dkg_cpu_plan *plan, size_t i, uint8_t *key);

#endif
