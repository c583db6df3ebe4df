/* The evaluations E1 to E12 of docs/metrics.md, section 12: what their parts share. */
#ifndef DKG_CLI_EVALUATION_H
#define DKG_CLI_EVALUATION_H

#include "common/engines.h"
#include "dkg/cipher.h"
#include "dkg/host.h"
#include "dkg/nifti.h"
#include "report/subject.h"

/* One number of every image: mean, sd and extremes go to the table of evaluations. */
typedef struct dkg_series {
    const char *evaluation, *what; /* static text */
    size_t n, judged, failures;
    double sum, squares, least, greatest;
} dkg_series;

enum { DKG_SERIES_MAX = 48 };

typedef struct dkg_evaluation {
    dkg_host *host;
    dkg_record record;
    double alpha;
    unsigned threads;
    bool with_plain;
    dkg_model **models;          /* the first one makes the keys */
    size_t model_count;
    dkg_engines engines;         /* of the first */
    uint8_t *secret;             /* 32 bytes in secret memory: of the initial images of this run, forgotten after it */
    dkg_series series[DKG_SERIES_MAX];
    size_t series_count;
} dkg_evaluation;

/* A number of one image; a verdict that is not applicable does not count. */
void dkg_series_add(dkg_evaluation *e, const char *evaluation, const char *what, double value, dkg_verdict verdict);
/* The rows of this name, whatever their part is, as one series. */
void dkg_series_rows(dkg_evaluation *e, const char *evaluation, const char *what, const dkg_metric_list *rows, const char *metric);
void dkg_series_record(dkg_evaluation *e);
/* chi-square, entropy and correlations of one array. */
DKG_MUST_USE dkg_status dkg_evaluate_array(dkg_evaluation *e, const dkg_shape *shape, const uint8_t *samples, dkg_metric_list *rows, dkg_error *err);
/* Rows of a pair, not recorded one by one. */
DKG_MUST_USE dkg_status dkg_evaluate_pair(dkg_evaluation *e, dkg_pair pair, const dkg_shape *shape, const uint8_t *a, const uint8_t *b,
                                          dkg_metric_list *rows, dkg_error *err);
/* The planes of a carrier that hold ciphertext. */
dkg_shape dkg_evaluation_shape(const dkg_carrier *c);
/* A carrier in memory, unlocked as if it had been read from a file; voxels: its own, or disturbed ones. */
DKG_MUST_USE dkg_status dkg_evaluation_unlock(const dkg_carrier *c, const uint8_t *voxels, const dkg_keyfile *key, dkg_sealed **out, dkg_error *err);

/* ---- recipes ----------------------------------------------------------------------------------------------------------------- */
/* Stills: 256 x 256 x 3 bytes each, encrypted as the paper does (XOR with one key image each). plain: count * DKG_KEY_BYTES. */
DKG_MUST_USE dkg_status dkg_evaluate_stills(dkg_evaluation *e, const uint8_t *plain, size_t count, dkg_error *err);
/* A volume in hybrid mode; `first`: with tables, figures and controls of its own. */
DKG_MUST_USE dkg_status dkg_evaluate_volume(dkg_evaluation *e, const dkg_volume *volume, bool first, dkg_error *err);
/* E10 on a source sealed in hybrid mode: every disturbance of its ciphertext, slice by slice. Also E8: a wrong key is refused. */
DKG_MUST_USE dkg_status dkg_evaluate_sealed(dkg_evaluation *e, const dkg_source *source, dkg_error *err);
/* E10 on one image under one key, paper mode. */
DKG_MUST_USE dkg_status dkg_evaluate_damage(dkg_evaluation *e, const dkg_shape *shape, const uint8_t *plain, const uint8_t *key, dkg_error *err);
/* E11 on images under one key, paper mode: `count` planes of the shape one after another. */
DKG_MUST_USE dkg_status dkg_evaluate_attacks(dkg_evaluation *e, const dkg_shape *shape, const uint8_t *plain, size_t count, const uint8_t *key,
                                             dkg_error *err);
/* E8: one bit of the secret or of the model. */
DKG_MUST_USE dkg_status dkg_evaluate_sensitivity(dkg_evaluation *e, uint32_t positions, dkg_error *err);
#endif
