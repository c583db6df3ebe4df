/* dkg/metrics.h - how random keys and encrypted volumes look, measured; definitions: docs/metrics.md, whose sections are named.
 *
 *   distributions   tails and quantiles the verdicts rest on
 *   bounds          what two independent uniform arrays, or one, are expected to score
 *   rows            one measured number with its interval and verdict
 *   measure         one array of planes, slice after slice          (sections 3, 4, 5, 7)
 *   compare         two arrays, a named pair                        (sections 2, 5, 6)
 *   sensitivity     one bit of the secret or of the model changed   (section 5)
 *   disturbances, attacks                                           (section 8)
 *   controls        streams known to be good, weak or bad           (section 9)
 *
 * No I/O, no device. Sums are integers and floating point is added in a fixed order: results do not depend on threads. */
#ifndef DKG_METRICS_H
#define DKG_METRICS_H

#include "dkg/base.h"
#include "dkg/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The sentence that stands at the top of every report and of the help of the metrics command. */
const char *dkg_metrics_sentence(void);

/* ---- distributions (model/metrics/distributions.c) -------------------------------------------------------------------- */
/* Relative error below 5e-12 (of quantiles near 0: absolute); a probability out of [0, 1] or a parameter out of range: NaN, or 0
 * where the result is a count. */
double dkg_normal_tail(double z);                               /* P(Z > z) */
double dkg_normal_quantile(double p);                           /* P(Z <= result) = p */
double dkg_gamma_tail(double a, double x);                      /* Q(a, x), upper regularised incomplete gamma function */
double dkg_chi_square_tail(double x, double dof);               /* P(X > x) */
double dkg_chi_square_critical(double alpha, double dof);       /* P(X > result) = alpha */
double dkg_poisson_tail(uint64_t k, double mean);               /* P(X > k) */
uint64_t dkg_poisson_critical(double alpha, double mean);       /* least k with P(X > k) <= alpha */
double dkg_binomial_tail(uint64_t k, uint64_t n, double p);     /* P(X > k) */
uint64_t dkg_binomial_critical(double alpha, uint64_t n, double p); /* least k with P(X > k) <= alpha */
/* Kolmogorov-Smirnov against the uniform distribution on [0, 1]: p-value (asymptotic law with Stephens' correction, error below
 * 0.01 for n >= 5). Sorts p in place; n = 0: NaN. */
double dkg_uniformity(double *p, size_t n);

/* ---- bounds: n samples of `bits` bits, F = 2^bits - 1, significance alpha (model/metrics/bounds.c) ------------------------ */
typedef struct dkg_interval {
    double mean, deviation, low, high; /* consistent: low <= value <= high; an open side is infinite */
} dkg_interval;
dkg_interval dkg_npcr_interval(unsigned bits, uint64_t n, double alpha);  /* percent, one-sided; 16 bit: section 2, Poisson */
uint64_t dkg_npcr_equal_critical(unsigned bits, uint64_t n, double alpha); /* c: at most so many equal samples */
dkg_interval dkg_uaci_interval(unsigned bits, uint64_t n, double alpha);  /* percent */
dkg_interval dkg_hamming_interval(uint64_t n_bits, double alpha);         /* percent of n_bits that differ, or that are 1 */
dkg_interval dkg_correlation_interval(uint64_t pairs, double alpha);      /* at least 2 pairs, else NaN */
dkg_interval dkg_entropy_interval(unsigned bits, uint64_t n, double alpha); /* exact mean; deviation within 2e-4 of itself (section 3) */
dkg_interval dkg_chi_square_interval(unsigned bits, double alpha);        /* one-sided: low is 0 */
/* Mean entropy of k blocks of DKG_LOCAL_SAMPLES bytes; published: Wu et al. 2013, too narrow by sqrt(k). */
enum { DKG_LOCAL_SIDE = 44, DKG_LOCAL_SAMPLES = 1936, DKG_LOCAL_BLOCKS = 30 };
dkg_interval dkg_local_entropy_interval(uint32_t k, double alpha, bool published);
/* The most failures of n tests at alpha that the 99.9 % quantile allows (section 7). */
uint64_t dkg_failures_allowed(uint64_t n, double alpha);

/* ---- rows ---------------------------------------------------------------------------------------------------------------- */
typedef enum dkg_verdict { DKG_VERDICT_NOT_APPLICABLE, DKG_VERDICT_CONSISTENT, DKG_VERDICT_NOT_CONSISTENT } dkg_verdict;
const char *dkg_verdict_text(dkg_verdict v); /* "consistent with random", "not consistent", "not applicable" */

typedef struct dkg_metric {
    const char *name;  /* static text, lists below: "entropy" */
    const char *part;  /* "bytes", "words", "low bytes", "high bytes": what a sample is */
    const char *pair;  /* dkg_pair_name(), or NULL */
    int32_t index;     /* bit or lag; -1: none */
    uint8_t bits;      /* of a sample */
    uint64_t n;        /* samples, pairs, bits or tests behind the value */
    double value;      /* NaN: undefined, e.g. the correlation of a constant */
    double expected, deviation; /* of an ideal source; NaN where there is none */
    double low, high;  /* of the interval; infinite where open, NaN where there is none */
    double p;          /* probability of a value at least as far off; NaN where there is none */
    dkg_verdict verdict;
} dkg_metric;

typedef struct dkg_metric_list {
    dkg_metric *at;
    size_t count, capacity;
} dkg_metric_list;
void dkg_metric_list_free(dkg_metric_list *list); /* also resets; NULL is fine */
/* The row, or NULL. part NULL: any; index -1: none. */
const dkg_metric *dkg_metric_find(const dkg_metric_list *list, const char *name, const char *part, int32_t index);
/* Many tests together: not consistent when more fail than dkg_failures_allowed(), not applicable without any. */
dkg_verdict dkg_verdict_of_many(uint64_t tests, uint64_t failures, double alpha);
/* How many rows have a verdict, and how many of them are not consistent. Rows that repeat the evidence of another are left out
 * (entropy, chiSquareTwoSided, psnr), and so is the too narrow localEntropyPublished. */
void dkg_metrics_count(const dkg_metric_list *list, uint64_t *tests, uint64_t *failures);
/* Those rows together. */
dkg_verdict dkg_metrics_verdict(const dkg_metric_list *list, double alpha);

/* ---- measure: planes of samples, one after another ----------------------------------------------------------------------- */
typedef struct dkg_shape {
    uint32_t nx, ny;      /* samples per row (all channels), rows; nx*ny <= 2^30 */
    uint64_t planes;      /* all together nx*ny*planes < 2^32 */
    uint8_t sample_bytes; /* 1, or 2 for little-endian words */
    uint8_t bits;         /* of a sample: 8 with one byte, 9..16 with two */
    uint8_t channels;     /* interleaved in a row: 1, or 3 for key images; nx is a multiple of it */
} dkg_shape;

/* What is measured, to be or-ed; 0 means all. */
enum {
    DKG_MEASURE_COUNTS = 1,      /* chiSquare, chiSquareTwoSided, entropy, bitOnes, bitAgreement */
    DKG_MEASURE_NEIGHBOURS = 2,  /* correlationHorizontal, -Vertical, -Diagonal, -Through, -Channels */
    DKG_MEASURE_LAGS = 4,        /* lagHorizontal, lagVertical (2..8), equalHorizontal, equalVertical (at lag 4) */
    DKG_MEASURE_SPECTRUM = 8,    /* autocorrelationPeak, over at most 16 planes */
    DKG_MEASURE_LOCAL = 16,      /* localEntropy, localEntropyPublished */
    DKG_MEASURE_ALL = 31
};

/* One plane of one part, for tables and figures per slice; p-values as in dkg_metric. */
typedef struct dkg_slice_metrics {
    uint64_t plane;
    const char *part;
    uint8_t bits;
    uint64_t n; /* samples */
    double entropy, chi_square, chi_square_p; /* p NaN: too few samples for chi-square */
    double horizontal, horizontal_p, vertical, vertical_p, diagonal, diagonal_p;
} dkg_slice_metrics;

typedef struct dkg_measure_options {
    dkg_shape shape;
    double alpha;           /* significance, 0 < alpha < 0.5; 0: 0.01 */
    unsigned what;          /* DKG_MEASURE_* */
    const uint8_t *seed;    /* 32 bytes that choose the blocks of local entropy (the volume id); NULL: zeros */
    unsigned threads;
    void (*slice)(void *self, const dkg_slice_metrics *m); /* in order of planes; parts one after another; NULL: none */
    void *self;
} dkg_measure_options;

/* A 16-bit array gives rows for "words", "low bytes" and "high bytes"; other words for "words" alone; bytes for "bytes". Rows
 * named above, and over the planes, when there are at least two: chiSquareSlices, correlationHorizontalSlices, -Vertical-,
 * -Diagonal- (value: failures at alpha; high: how many are allowed; p: uniformity of their p-values, section 7).
 * Memory: a few planes per thread and about 100 bytes per plane. DKG_USAGE: a shape or alpha out of range. */
typedef struct dkg_measure dkg_measure;
DKG_MUST_USE dkg_status dkg_measure_begin(const dkg_measure_options *options, dkg_measure **out, dkg_error *err);
/* The next `count` planes. DKG_USAGE: more than announced, a sample above 2^bits - 1; DKG_NO_MEMORY. */
DKG_MUST_USE dkg_status dkg_measure_add(dkg_measure *m, const uint8_t *planes, uint64_t count, dkg_error *err);
/* Appends the rows; once. DKG_USAGE: planes are missing. */
DKG_MUST_USE dkg_status dkg_measure_finish(dkg_measure *m, dkg_metric_list *rows, dkg_error *err);
/* Counts of the 2^bits values of all planes so far: part 0 of words or bytes, 1 low bytes, 2 high bytes; NULL: no such part. */
const uint64_t *dkg_measure_histogram(const dkg_measure *m, unsigned part, size_t *bins);
void dkg_measure_free(dkg_measure *m);
/* All planes at once: appends their rows. */
DKG_MUST_USE dkg_status dkg_measure_array(const dkg_measure_options *options, const uint8_t *samples, dkg_metric_list *rows, dkg_error *err);

/* In one call, for a summary: entropy of all bytes and correlation of samples. Bits: 8 * sample_bytes. All NaN for more samples
 * than a dkg_shape may hold. */
typedef struct dkg_plane_metrics {
    double entropy;          /* Shannon entropy of the bytes, bits per byte */
    double entropy_expected; /* of an ideal source of as many bytes */
    double horizontal, vertical, diagonal; /* over all pairs within a plane; NaN when undefined */
} dkg_plane_metrics;
DKG_MUST_USE dkg_status dkg_measure_planes(const uint8_t *samples, uint32_t nx, uint32_t ny, uint64_t planes, uint8_t sample_bytes,
                                           unsigned threads, dkg_plane_metrics *out, dkg_error *err);

/* ---- compare: two arrays of one shape ---------------------------------------------------------------------------------------- */
/* A pair must be named, for a stream cipher's NPCR means something different for each (section 2). */
typedef enum dkg_pair {
    DKG_PAIR_FRESH_KEY,    /* freshKey: C, C' of one volume encrypted twice */
    DKG_PAIR_TWO_KEYS,     /* twoKeys: G or K of two key files, same model */
    DKG_PAIR_TWO_MODELS,   /* twoModels: K of two trainings, same initial image */
    DKG_PAIR_KEY_BIT,      /* keyBit: G, G' after one bit of the secret or the model is flipped */
    DKG_PAIR_ONE_VOXEL,    /* oneVoxel: C, C' of plaintexts that differ in one sample, fixed key: expected NPCR is 100/n */
    DKG_PAIR_WRONG_KEY,    /* wrongKey: P and the decryption with a wrong key */
    DKG_PAIR_PLAIN_CIPHER, /* plainCipher: P and C */
    DKG_PAIR_DECRYPTED     /* decrypted: P and the decryption, expected equal; or a disturbed one */
} dkg_pair;
enum { DKG_PAIRS = 8 };
const char *dkg_pair_name(dkg_pair pair);

typedef struct dkg_compare_options {
    dkg_shape shape;
    dkg_pair pair;
    double alpha;     /* as above */
    bool similarity;  /* also mse, psnr, ssim; always so for the last three pairs */
    const uint8_t *seed; /* 32 bytes of the control image behind the expected SSIM; NULL: zeros */
    unsigned threads;
} dkg_compare_options;

/* Rows: npcr, uaci (part bytes or words), hamming; with `similarity` mse, psnr (dB; infinite for equal arrays), ssim (mean over
 * planes of at least 11x11 samples). Expected values of wrongKey and plainCipher come from the histogram of the first array
 * (section 6), that of ssim from a uniform control image. A verdict stands where an interval does. */
typedef struct dkg_compare dkg_compare;
DKG_MUST_USE dkg_status dkg_compare_begin(const dkg_compare_options *options, dkg_compare **out, dkg_error *err);
DKG_MUST_USE dkg_status dkg_compare_add(dkg_compare *c, const uint8_t *a, const uint8_t *b, uint64_t planes, dkg_error *err);
DKG_MUST_USE dkg_status dkg_compare_finish(dkg_compare *c, dkg_metric_list *rows, dkg_error *err);
void dkg_compare_free(dkg_compare *c);
/* All planes at once: appends their rows. */
DKG_MUST_USE dkg_status dkg_compare_arrays(const dkg_compare_options *options, const uint8_t *a, const uint8_t *b, dkg_metric_list *rows,
                                           dkg_error *err);
uint64_t dkg_hamming(const uint8_t *a, const uint8_t *b, size_t n); /* bits that differ in n bytes */

/* ---- key sensitivity (section 5) ------------------------------------------------------------------------------------------------ */
typedef enum dkg_flip {
    DKG_FLIP_IMAGE,  /* the lowest bit of one byte of the initial image */
    DKG_FLIP_WEIGHT, /* one weight, by 1 */
    DKG_FLIP_SECRET, /* one bit of the 256-bit secret the initial image is made of (the seed of a key file) */
    DKG_FLIP_MODEL   /* another model of as many channels, its weights drawn from a seed of its own */
} dkg_flip;
enum { DKG_FLIPS = 4 };
const char *dkg_flip_name(dkg_flip flip); /* "initialImage", "weight", "secret", "model" */

typedef struct dkg_spread { double mean, deviation, least, greatest; } dkg_spread;
typedef struct dkg_sensitivity {
    uint32_t positions;
    uint32_t absorbed;               /* equal keys from different inputs; must be 0 */
    dkg_spread hamming, npcr, uaci;  /* percent, of DKG_KEY_BYTES bytes */
    uint32_t hamming_failures, npcr_failures, uaci_failures, failures_allowed; /* at alpha, section 7 */
    dkg_verdict verdict;
} dkg_sensitivity;

typedef struct dkg_sensitivity_options {
    const dkg_model *model;
    /* an engine for a model that outlives it; called once, or once per position for flips of weights */
    dkg_status (*engine)(void *self, const dkg_model *model, dkg_engine **out, dkg_error *err);
    void *self;
    uint8_t seed[32];    /* of the initial image and the positions */
    uint32_t positions;  /* 1..10000; section 5: 100 */
    double alpha;
    const dkg_log *log;
} dkg_sensitivity_options;
/* values: NULL, or 3 * positions numbers for figures (hamming, npcr, uaci of each position). A status of the engine. */
DKG_MUST_USE dkg_status dkg_measure_sensitivity(const dkg_sensitivity_options *options, dkg_flip flip, dkg_sensitivity *out,
                                                double *values, dkg_error *err);

/* ---- disturbances of a ciphertext (section 8) --------------------------------------------------------------------------------- */
typedef enum dkg_disturbance_kind { DKG_SALT_AND_PEPPER, DKG_GAUSSIAN, DKG_CROPPING, DKG_BIT_FLIP } dkg_disturbance_kind;
typedef struct dkg_disturbance {
    dkg_disturbance_kind kind;
    double amount; /* density; sd in grey levels; share of a plane's area, cut from its middle; share of all bits (0: one bit) */
} dkg_disturbance;
const char *dkg_disturbance_name(dkg_disturbance_kind kind); /* "saltAndPepper", "gaussian", "cropping", "bitFlip" */
/* The twelve of section 8, in its order. */
const dkg_disturbance *dkg_disturbances(size_t *count);
/* Changes samples in place, every plane of the shape; *changed: how many samples differ after. seed: 32 bytes. DKG_USAGE: an
 * amount out of range. */
DKG_MUST_USE dkg_status dkg_disturb(uint8_t *samples, const dkg_shape *shape, dkg_disturbance d, const uint8_t seed[32],
                                    uint64_t *changed, dkg_error *err);
/* Expected mean squared error of paper-mode decryption after a disturbance of the ciphertext of `plain` (samples in range of the
 * shape); NaN where it is not known: gaussian, and bit flips but a single one. */
double dkg_disturbed_mse(const uint8_t *plain, const dkg_shape *shape, dkg_disturbance d);

/* ---- attacks on paper mode (section 8): shown, not claimed --------------------------------------------------------------------- */
/* Background: where plaintext bytes are 0, the ciphertext is the key. Returns the share of bytes of `plain` that are 0. */
double dkg_attack_background(const uint8_t *plain, size_t n);
/* Key reused over slices: the most frequent byte at each place of `count` ciphertexts of n bytes (the least such byte in a tie). */
void dkg_attack_reuse(const uint8_t *const *ciphers, size_t count, size_t n, uint8_t *guess);
/* Two-time pad: out = a xor b (may be one of them); returns the share of bytes that are 0. */
double dkg_attack_two_time(const uint8_t *a, const uint8_t *b, size_t n, uint8_t *out);
double dkg_share_equal(const uint8_t *a, const uint8_t *b, size_t n); /* share of equal bytes; NaN for n = 0 */

/* ---- controls (section 9) ------------------------------------------------------------------------------------------------------- */
typedef enum dkg_control_kind {
    DKG_CONTROL_XCHACHA20, /* XChaCha20 key stream (libsodium) */
    DKG_CONTROL_RAND,      /* rand(): the example generator of ISO C (C99 7.20.2.2), low byte of each value; weak on purpose */
    DKG_CONTROL_MT19937    /* MT19937 (Matsumoto and Nishimura 1998), little-endian words; its state can be read off */
} dkg_control_kind;
enum { DKG_CONTROLS = 3 };
const char *dkg_control_name(dkg_control_kind kind); /* "xchacha20", "rand", "mt19937" */
typedef struct dkg_control dkg_control;
/* An endless byte stream; seed: 32 bytes (rand and MT19937 use the first 4, little-endian). In secret memory. */
DKG_MUST_USE dkg_status dkg_control_open(dkg_control_kind kind, const uint8_t seed[32], dkg_control **out, dkg_error *err);
void dkg_control_read(dkg_control *c, uint8_t *out, size_t n);
void dkg_control_free(dkg_control *c);

#ifdef __cplusplus
}
#endif
#endif
