/* dkg/train.h - one step of adversarial training (docs/generator.md sections 1 and 5), without any device: what is trained,
 * how it starts, and the trainer, a struct of functions that a device fills in (dkg/opencl.h has the fast one).
 *
 * The generator maps a source image to a pre-activation u; the discriminator learns to tell u from target images. The key byte
 * of head "phase" is the phase of u, of period 2; of head "tanh" it is tanh(u). Both networks work in floating point: results
 * differ in their last bits between devices, and repeat bit for bit on one device. */
#ifndef DKG_TRAIN_H
#define DKG_TRAIN_H

#include "dkg/base.h"
#include "dkg/model.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DKG_DISCRIMINATOR_LAYERS = 5,
    DKG_TRAIN_TENSORS = DKG_LAYERS + DKG_DISCRIMINATOR_LAYERS,
    DKG_CROP_MIN = 32,
    DKG_CROP_MAX = 512,
    DKG_POOL_MAX = 1000
};

typedef enum dkg_train_head { DKG_TRAIN_PHASE = 0, DKG_TRAIN_TANH = 1 } dkg_train_head;
typedef enum dkg_train_loss { DKG_LOSS_BCE = 0, DKG_LOSS_LSGAN = 1, DKG_LOSS_HINGE = 2 } dkg_train_loss;

typedef struct dkg_train_options {
    uint32_t channels;     /* n of the generator: a multiple of 4, 4..84 (a model file takes 16 and more) */
    uint32_t discriminator; /* channels of its first layer, a multiple of 4, 4..64; the next have 2, 4 and 8 times as many */
    uint32_t crop;         /* rows and columns of every image: a multiple of 4, DKG_CROP_MIN..DKG_CROP_MAX */
    uint32_t pool;         /* images the history pool holds, 0..DKG_POOL_MAX; 0: none */
    dkg_train_head head;
    dkg_train_loss loss;
    double rate, beta1, beta2; /* of Adam: above 0; 0 or more and below 1 */
} dkg_train_options;

/* The defaults of docs/generator.md section 5. */
#define DKG_TRAIN_OPTIONS                                                                                                   \
    ((dkg_train_options){.channels = 64, .discriminator = 64, .crop = 64, .head = DKG_TRAIN_PHASE, .loss = DKG_LOSS_BCE,    \
                         .rate = 2e-4, .beta1 = 0.5, .beta2 = 0.999})

/* DKG_USAGE with the value that is out of range. Every trainer checks. */
DKG_MUST_USE dkg_status dkg_train_check(const dkg_train_options *options, dkg_error *err);

/* ---- parameters: one vector of floats, generator first ------------------------------------------------------------------- */
typedef struct dkg_train_tensor {
    char name[24];         /* generator: as in the model file, "down1.weight"; then "discriminator0.weight" ... 4 */
    bool transposed;       /* values lie [in][out][ky][kx], else [out][in][ky][kx] */
    uint32_t in, out;      /* channels */
    uint32_t kernel, stride; /* 7, 3 or 4; 1 or 2 */
    uint64_t at, count;    /* first value in the vector, values */
} dkg_train_tensor;

/* Fills the table for valid options; returns the number of values of the vector. The generator's tensors come first, in
 * digest order, without gaps: a model is made of the first `tensors[DKG_LAYERS].at` values. */
uint64_t dkg_train_layout(const dkg_train_options *options, dkg_train_tensor tensors[DKG_TRAIN_TENSORS]);
/* The start of a training: N(0, 0.02) for every weight, from a 32-byte seed; the same on every machine up to libm. */
void dkg_train_initial(const dkg_train_options *options, const uint8_t seed[32], float *weights);

/* ---- the trainer ------------------------------------------------------------------------------------------------------------ */
/* Losses of one step, each the mean over the discriminator's outputs, before the step's change of weights. */
typedef struct dkg_train_losses {
    double generator;  /* how well the discriminator sees through the generator */
    double real, fake; /* of the discriminator, whose loss is half their sum */
} dkg_train_losses;

/* The history pool's part in a step: the discriminator learns from slot `read` instead of this step's output (-1: from this
 * step's); then this step's output goes to slot `write` (-1: nowhere). The caller draws both. */
typedef struct dkg_train_pool {
    int32_t read, write;
} dkg_train_pool;

/* What a checkpoint holds beside `steps`. WEIGHTS, MOMENT1, MOMENT2 (Adam) and GRADIENTS (of the last step; read only, for
 * tests) have dkg_train_layout() values; POOL has pool * crop * crop * 3: u of each slot. */
typedef enum dkg_train_vector {
    DKG_TRAIN_WEIGHTS,
    DKG_TRAIN_MOMENT1,
    DKG_TRAIN_MOMENT2,
    DKG_TRAIN_GRADIENTS,
    DKG_TRAIN_POOL
} dkg_train_vector;
/* Values of a vector. */
uint64_t dkg_train_vector_size(const dkg_train_options *options, dkg_train_vector vector);

/* Calls on one trainer must not overlap. A new one has all vectors and `steps` zero: set DKG_TRAIN_WEIGHTS first. */
typedef struct dkg_trainer dkg_trainer;
struct dkg_trainer {
    const char *kind;  /* "reference", "opencl" */
    char device[160];  /* for people */
    dkg_train_options options;
    uint64_t steps;    /* done, for Adam; whoever restores a checkpoint sets it */
    /* One step on a source and a target image of crop x crop x 3 bytes (y, x, c). pool: NULL for {-1, -1}.
     * DKG_DEVICE: the device failed, or a loss is not a finite number (no weight is changed then). */
    dkg_status (*step)(dkg_trainer *self, const uint8_t *source, const uint8_t *target, const dkg_train_pool *pool,
                       dkg_train_losses *losses, dkg_error *err);
    /* u of an image: crop * crop * 3 values (y, x, c). */
    dkg_status (*generate)(dkg_trainer *self, const uint8_t *source, float *u, dkg_error *err);
    /* Whole vectors out and in. */
    dkg_status (*get)(dkg_trainer *self, dkg_train_vector vector, float *values, dkg_error *err);
    dkg_status (*set)(dkg_trainer *self, dkg_train_vector vector, const float *values, dkg_error *err);
    void (*destroy)(dkg_trainer *self);
};
void dkg_trainer_free(dkg_trainer *trainer); /* calls destroy; NULL is fine */

/* For trainers. DKG_USAGE for slots the pool has not. */
DKG_MUST_USE dkg_status dkg_train_check_pool(const dkg_train_options *options, const dkg_train_pool *pool, dkg_error *err);
/* For trainers. DKG_DEVICE with advice when a loss is not a finite number. */
DKG_MUST_USE dkg_status dkg_train_check_losses(const dkg_trainer *trainer, const dkg_train_losses *losses, dkg_error *err);

/* Plain C in double precision, one thread: the meaning of a step, for tests and small sizes. */
DKG_MUST_USE dkg_status dkg_reference_trainer(const dkg_train_options *options, dkg_trainer **out, dkg_error *err);

/* Key bytes of `count` values of u. Phase: floor(128 u) modulo 256. Tanh: round((tanh(u) + 1) * 127.5), whose
 * first and last byte stand for half as wide a range as the others. */
void dkg_train_bytes(dkg_train_head head, const float *u, size_t count, uint8_t *bytes);

#ifdef __cplusplus
}
#endif
#endif
