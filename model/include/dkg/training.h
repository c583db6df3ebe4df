/* dkg/training.h - around one training step (dkg/train.h): images, the samples of each step, the loop, checkpoints, export to a
 * model file. Bytes in, bytes out: no files, no device. Method: docs/generator.md sections 3 to 5, docs/training.md. */
#ifndef DKG_TRAINING_H
#define DKG_TRAINING_H

#include "dkg/base.h"
#include "dkg/model.h"
#include "dkg/train.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { DKG_TRAIN_SEED_BYTES = 32 };

/* ---- images ------------------------------------------------------------------------------------------------------------ */
/* One slice or picture, grey, rows one after another. */
typedef struct dkg_train_image {
    uint32_t width, height;
    uint8_t *pixels;
} dkg_train_image;

/* Makes an image of grey values (0..255, clamped): the shorter side is reduced to `side` pixels by averaging where it is longer, of
 * a very long picture the middle is taken. DKG_SOURCE: a side shorter than `crop` before or after, or all pixels alike; the sentence
 * is the reason alone, without a name. pixels is freed with free(). */
DKG_MUST_USE dkg_status dkg_train_image_make(const float *grey, uint64_t width, uint64_t height, uint32_t side, uint32_t crop,
                                             dkg_train_image *out, dkg_error *err);

/* ---- the samples of a step ------------------------------------------------------------------------------------------------ */
typedef enum dkg_train_cipher {
    DKG_TRAIN_XCHACHA20, /* the transformation domain is made of the images, by XOR with XChaCha20 */
    DKG_TRAIN_LOGISTIC,  /* ... by XOR with the orbit of a logistic map */
    DKG_TRAIN_GIVEN      /* encrypted images are given */
} dkg_train_cipher;

/* Everything but the seed stays the caller's. The images are at least crop x crop pixels. */
typedef struct dkg_train_data {
    const dkg_train_image *images; /* source domain */
    size_t count;                  /* at least 1 */
    dkg_train_cipher cipher;
    const dkg_train_image *encrypted; /* DKG_TRAIN_GIVEN: the transformation domain */
    size_t encrypted_count;
    uint32_t crop;                 /* side of a sample, a multiple of 4 */
    uint8_t seed[DKG_TRAIN_SEED_BYTES];
} dkg_train_data;

/* The samples of step `step`: crop x crop x 3 bytes each, order y, x, c. They depend on data and step alone, so an interrupted
 * training goes on as if it had not been.
 * source: a crop of an image, grey in three channels, the low four bits of every byte noise (generator.md section 3).
 * target: a crop of another image (the same one if there is only one), encrypted; of given encrypted images each channel shows a
 * place of its own, as copies of one channel would teach the key to repeat itself. */
void dkg_train_sample(const dkg_train_data *data, uint64_t step, uint8_t *source, uint8_t *target);

/* Every eighth image is kept out of the samples, so that the generator can be tried on images it has not seen (with fewer than
 * eight images: none is, and the tests take those there are). */
size_t dkg_train_held_out_count(const dkg_train_data *data); /* at least 1 */
/* Initial image of held-out image i (modulo their number) stretched to width x height, with noise of its own for every i. */
void dkg_train_held_out(const dkg_train_data *data, uint64_t i, uint32_t height, uint32_t width, uint8_t *out);

/* A number from 0 to 2^64-1 for decision `what` of a step, from the seed alone. */
uint64_t dkg_train_draw(const uint8_t seed[DKG_TRAIN_SEED_BYTES], uint64_t step, uint64_t what);
/* A seed for another purpose, `what` 0..255: the weights at the start, for instance. */
void dkg_train_subseed(const uint8_t seed[DKG_TRAIN_SEED_BYTES], uint8_t what, uint8_t out[DKG_TRAIN_SEED_BYTES]);

/* XOR with the orbit of a logistic map x -> r*x*(1 - x) whose start and r (3.99..4) come from a 32-byte key. A key whose orbit is
 * degenerate (caught by a fixed point or a short cycle, where the image would stay readable) is replaced by its hash. */
void dkg_train_logistic_xor(const uint8_t key[32], uint8_t *bytes, size_t n);

/* ---- the loop ------------------------------------------------------------------------------------------------------------------ */
/* Sets weights, moments and pool of a new trainer to the start that follows from the seed. */
DKG_MUST_USE dkg_status dkg_train_begin(dkg_trainer *trainer, const uint8_t seed[DKG_TRAIN_SEED_BYTES], dkg_error *err);

/* What the history pool does in a step: the first steps fill it; then every second step on average learns from a random slot and
 * replaces it. */
dkg_train_pool dkg_train_pool_at(const uint8_t seed[DKG_TRAIN_SEED_BYTES], uint64_t step, uint32_t pool);

/* Called after every step; anything but DKG_OK ends the loop with that status. */
typedef dkg_status dkg_train_after(void *self, const dkg_train_losses *losses, dkg_error *err);
/* Trains until trainer->steps is `steps`; where it starts is trainer->steps too. */
DKG_MUST_USE dkg_status dkg_train_run(dkg_trainer *trainer, const dkg_train_data *data, uint64_t steps, dkg_train_after *after,
                                      void *self, dkg_error *err);

/* ---- checkpoints: everything a training needs to go on as if it had not stopped ----------------------------------------------- */
/* One line of the curve. The figures of a key are measured now and then: NaN elsewhere. */
typedef struct dkg_train_row {
    dkg_train_losses losses;
    double entropy, chi_square, horizontal, vertical, diagonal;
} dkg_train_row;

typedef struct dkg_train_record {
    dkg_train_options options;
    dkg_train_cipher cipher;
    uint8_t seed[DKG_TRAIN_SEED_BYTES];
    uint8_t images[DKG_DIGEST_BYTES]; /* digest of the images: a training goes on with the same ones */
    uint64_t steps;          /* done */
    uint64_t planned;
    dkg_train_row *rows;     /* one per step done */
} dkg_train_record;

typedef dkg_status dkg_train_write(void *self, const void *bytes, size_t n, dkg_error *err);
/* Writes a checkpoint in pieces. record->steps must be trainer->steps. The bytes hold the seed: keep them private. */
DKG_MUST_USE dkg_status dkg_train_save(dkg_trainer *trainer, const dkg_train_record *record, dkg_train_write *write, void *self,
                                       dkg_error *err);
/* Reads what a checkpoint says, after checking its length and its hash (DKG_USAGE: it is none, or damaged). rows is freed with
 * free(). */
DKG_MUST_USE dkg_status dkg_train_load(const uint8_t *bytes, size_t size, dkg_train_record *out, dkg_error *err);
/* Puts weights, moments, pool and step of a loaded checkpoint into a trainer of record's options. */
DKG_MUST_USE dkg_status dkg_train_restore(const uint8_t *bytes, size_t size, const dkg_train_record *record, dkg_trainer *trainer,
                                          dkg_error *err);

/* ---- export: the exact integer model of a float network --------------------------------------------------------------------- */
/* Quantises per output channel: q = floor(127*w/max|w| + 0.5); the norm after each layer takes the scale out again. `weights`: the
 * generator's, of the layout of dkg/train.h. The fold head takes the low bits of the last sum, so its scale is free too; for the
 * tanh head all three channels of the last layer share one scale, and the table holds dkg_train_bytes() of u = -4 .. 4 in steps of
 * 1/512. DKG_DEVICE: a weight is not finite. */
DKG_MUST_USE dkg_status dkg_train_quantise(uint32_t channels, const float *weights, dkg_train_head head, dkg_model **out,
                                           dkg_error *err);
/* Replaces M and s of a tanh model by the best fit of its last integer sums to `u`, what the float network says to `image`
 * (height x width x 3 bytes): the quantised layers before the last change the scale a little. */
DKG_MUST_USE dkg_status dkg_train_calibrate(dkg_model **model, const uint8_t *image, const float *u, uint32_t height, uint32_t width,
                                            unsigned threads, dkg_error *err);

enum { DKG_TRAIN_KEYS = 3 };
/* Keys of DKG_TRAIN_KEYS held-out images, DKG_KEY_ROWS x DKG_KEY_WIDTH x 3 bytes each: a model is accepted when they pass the
 * self-test. */
DKG_MUST_USE dkg_status dkg_train_try(dkg_engine *engine, const dkg_train_data *data, uint8_t *keys, dkg_error *err);

#ifdef __cplusplus
}
#endif
#endif
