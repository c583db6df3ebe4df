/* dkg/model.h - the key generator: weights, their file, and engines that run the network in exact integers.
 * Source of every definition: docs/generator.md (network of DeepKeyGen, Ding et al., arXiv 2012.11097). No I/O, no device. */
#ifndef DKG_MODEL_H
#define DKG_MODEL_H

#include "dkg/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DKG_KEY_WIDTH = 256,     /* columns of every initial image and key in the volume format */
    DKG_KEY_ROWS = 256,      /* rows of a full block */
    DKG_KEY_ROWS_MIN = 64,   /* rows of the shortest last block */
    DKG_KEY_BYTES = 196608,  /* 256 * 256 * 3 */
    DKG_LAYERS = 18,         /* 3 down, 12 residual, 2 up, 1 out */
    DKG_RESIDUAL_BLOCKS = 6,
    DKG_DIGEST_BYTES = 32,
    DKG_CHANNELS_MIN = 16,
    DKG_CHANNELS_MAX = 84,
    DKG_ACTIVATION_MAX = 4095,
    DKG_IMAGE_PIXELS_MAX = 1 << 24 /* the norm's sums stay within 64 bits */
};

/* ---- the model: immutable once made -------------------------------------------------------------------------------- */
typedef enum dkg_head { DKG_HEAD_FOLD = 0, DKG_HEAD_TANH = 1 } dkg_head;

typedef struct dkg_layer {
    const char *name;      /* tensor name in the file: "down1.weight" */
    bool transposed;       /* transposed convolution: weights [in][out][ky][kx], else [out][in][ky][kx] */
    uint32_t in, out;      /* channels */
    uint32_t kernel;       /* 3 or 7 */
    uint32_t stride;       /* 1 or 2 (upsampling by 2 when transposed) */
    const int8_t *weights; /* in * out * kernel * kernel values in [-127, 127] */
    size_t weight_count;
} dkg_layer;

typedef struct dkg_model dkg_model;

/* Reads a safetensors model file. The bytes are not kept. DKG_USAGE with the reason: wrong shapes, gaps, overlaps, a
 * weight of -128. Every model that is accepted stays within int32 (generator.md section 2: proved for all n <= 84). */
DKG_MUST_USE dkg_status dkg_model_parse(const uint8_t *bytes, size_t size, dkg_model **out, dkg_error *err);
/* Writes the file of a model; *bytes is freed with free(). parse(serialize(m)) has the same digest and metadata. */
DKG_MUST_USE dkg_status dkg_model_serialize(const dkg_model *model, uint8_t **bytes, size_t *size, dkg_error *err);
/* The untrained model of a seed (generator.md section 4); channels: multiple of 4 in 16..84, else DKG_USAGE. */
DKG_MUST_USE dkg_status dkg_model_random(const uint8_t seed[32], uint32_t channels, dkg_model **out, dkg_error *err);
/* The model of given weights: `count` values in [-127, 127], the layers of digest order one after another (copied).
 * tanh: NULL for the fold head. DKG_USAGE for a wrong count and for everything dkg_model_parse refuses in weights. */
typedef struct dkg_tanh_head dkg_tanh_head;
DKG_MUST_USE dkg_status dkg_model_from_weights(uint32_t channels, const int8_t *weights, size_t count, const dkg_tanh_head *tanh,
                                               dkg_model **out, dkg_error *err);
void dkg_model_free(dkg_model *model);

uint32_t dkg_model_channels(const dkg_model *model);          /* n */
dkg_head dkg_model_head(const dkg_model *model);
const uint8_t *dkg_model_digest(const dkg_model *model);      /* 32 bytes */
const dkg_layer *dkg_model_layer(const dkg_model *model, size_t i); /* 0..DKG_LAYERS-1, digest order */
/* Sum of |weight| over all taps of one output channel: at most 131104 means integer Winograd is exact (section 2). */
uint32_t dkg_layer_weight_sum(const dkg_layer *layer, uint32_t out);
/* tanh head: M, s (1..40) and the 4096-entry table; DKG_HEAD_FOLD: NULL. */
struct dkg_tanh_head {
    int32_t multiplier;
    uint32_t shift;
    uint8_t table[4096];
};
const dkg_tanh_head *dkg_model_tanh(const dkg_model *model);
/* Value of a metadata key such as "dkg.train.steps", or NULL. */
const char *dkg_model_metadata(const dkg_model *model, const char *key);
/* Keys, those that follow from the model ("dkg.format", "dkg.n", ...) first, then in file order; NULL past the end. */
const char *dkg_model_metadata_key(const dkg_model *model, size_t i);
/* Adds or replaces a provenance entry (never part of the digest). DKG_USAGE for the keys that follow from the model and for
 * text that is not UTF-8. */
DKG_MUST_USE dkg_status dkg_model_set_metadata(dkg_model *model, const char *key, const char *value, dkg_error *err);

/* ---- engines: one meaning, many machines ------------------------------------------------------------------------------ */
typedef struct dkg_engine dkg_engine;
struct dkg_engine {
    const char *kind;  /* "reference", "cpu", "opencl" */
    char device[160];  /* for people: "reference, plain C", "PoCL: cpu-haswell-AMD EPYC" */
    size_t batch;      /* images per call that keep the device busy, >= 1 */
    /* keys[i] = Generator(model, images[i]) for `count` images of height x width x 3 bytes (y, x, c), stored one after
     * another; height and width are multiples of 4, at least 4. Calls on one engine must not overlap. */
    dkg_status (*generate)(dkg_engine *self, const uint8_t *images, uint32_t height, uint32_t width, size_t count,
                           uint8_t *keys, dkg_error *err);
    /* For conformance: output of layer 0..16 after norm/ReLU/residual as int16 [channel][y][x]. */
    dkg_status (*layer)(dkg_engine *self, const uint8_t *image, uint32_t height, uint32_t width, size_t layer, int16_t *out,
                        dkg_error *err);
    void (*destroy)(dkg_engine *self);
};
void dkg_engine_free(dkg_engine *engine); /* calls destroy; NULL is fine */
/* For engines: DKG_USAGE unless both are multiples of 4, at least 4, and height * width <= DKG_IMAGE_PIXELS_MAX. */
DKG_MUST_USE dkg_status dkg_check_image_size(uint32_t height, uint32_t width, dkg_error *err);

/* The plain C engine that *is* the definition. The model must outlive it. threads: 0 = all; the result does not depend on it. */
DKG_MUST_USE dkg_status dkg_reference_engine(const dkg_model *model, unsigned threads, dkg_engine **out, dkg_error *err);
/* The processor's fastest instructions (docs/generator.md, section 6): kind "cpu", device "cpu, AVX2, 2 threads". The model must
 * outlive it. threads: 0 = all; the result does not depend on it. Memory for the largest image so far is kept, and wiped at the
 * end. The caller runs dkg_engine_known_answer() before trusting it. DKG_NO_MEMORY. */
DKG_MUST_USE dkg_status dkg_cpu_engine(const dkg_model *model, unsigned threads, dkg_engine **out, dkg_error *err);
/* The same on one instruction set, so that each can be compared: "portable", "sse2", "avx2", "avx512bw", "avx512vnni", which are
 * dkg_cpu_path_name(0), (1), ... from the slowest to the fastest, NULL past the end. DKG_USAGE: no such path; DKG_DEVICE: this
 * processor cannot run it. */
const char *dkg_cpu_path_name(size_t i);
DKG_MUST_USE dkg_status dkg_cpu_engine_named(const dkg_model *model, unsigned threads, const char *path, dkg_engine **out,
                                             dkg_error *err);
/* Channels, rows and columns of the output of layer i for an image of height x width. */
void dkg_layer_shape(const dkg_model *model, size_t i, uint32_t height, uint32_t width, uint32_t shape[3]);
/* Known-answer test: the engine's keys of two fixed small images against the reference. DKG_DEVICE on a mismatch. */
DKG_MUST_USE dkg_status dkg_engine_known_answer(dkg_engine *engine, const dkg_model *model, dkg_error *err);

/* ---- self-test of a key (generator.md section 3): catches broken weights and flat inputs, proves nothing about secrecy --- */
typedef struct dkg_key_test {
    double chi_square;             /* 255 degrees of freedom */
    double horizontal, vertical, diagonal; /* adjacent correlation */
    double repeat_rows, repeat_columns;    /* share of bytes equal at lag 4 in both directions */
    bool good;
} dkg_key_test;
/* Limits scale with the number of bytes; they are meant for keys of at least DKG_KEY_ROWS_MIN rows, and only a few hundred
 * bytes pass too easily. Without any pair of neighbours a correlation is 1. */
dkg_key_test dkg_test_key(const uint8_t *key, uint32_t height, uint32_t width);

#ifdef __cplusplus
}
#endif
#endif
