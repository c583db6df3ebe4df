/* metrics/measure.h - the state of a measurement, shared by what adds planes and what makes rows. */
#ifndef DKG_METRICS_MEASURE_H
#define DKG_METRICS_MEASURE_H

#include <math.h>

#include "metrics/blocks.h"
#include "metrics/spectrum.h"
#include "metrics/tally.h"

enum { DKG_SLICE_CHI, DKG_SLICE_HORIZONTAL, DKG_SLICE_VERTICAL, DKG_SLICE_DIAGONAL, DKG_SLICE_TESTS };

/* Counts of values, as sums over the values. */
typedef struct dkg_count_sums {
    uint64_t n, squares; /* of counts c: sum c, sum c^2 */
    double logs;         /* sum c log2 c */
} dkg_count_sums;
double dkg_counts_entropy(const dkg_count_sums *s); /* bits per sample */
double dkg_counts_chi_square(const dkg_count_sums *s, unsigned bits);
bool dkg_counts_suffice(uint64_t n, unsigned bits); /* at least 5 expected per value */

/* One part of the whole array. */
typedef struct dkg_part_state {
    dkg_part part;
    dkg_tally tally;
    uint64_t *histogram;                /* 2^bits */
    double *power;                      /* summed spectra, or NULL */
    double block[DKG_LOCAL_BLOCKS];     /* entropies */
    double *p[DKG_SLICE_TESTS];         /* p-values of planes */
    size_t tests[DKG_SLICE_TESTS], failures[DKG_SLICE_TESTS];
} dkg_part_state;

typedef struct dkg_slot dkg_slot; /* of one plane at work */

struct dkg_measure {
    dkg_measure_options options;
    unsigned parts;
    dkg_part_state part[3];
    uint64_t done; /* planes */
    dkg_blocks blocks;
    dkg_spectrum *spectrum; /* or NULL */
    uint64_t spectrum_planes;
    double *count_logs; /* c log2 c for small c */
    dkg_slot *slots;
    size_t slot_count;
    void *scratch; /* of the spectrum: the first slot's */
    uint8_t *last; /* the plane before the next one */
};

enum { DKG_COUNT_LOGS = 1024 };

/* c log2 c; 0 for none */
static inline double dkg_count_log(const double *count_logs, uint64_t c)
{
    return c < DKG_COUNT_LOGS ? count_logs[c] : (double)c * log2((double)c);
}

static inline void dkg_counts_take(dkg_count_sums *s, uint64_t c, double log)
{
    s->n += c;
    s->squares += c * c;
    s->logs += log;
}

/* Rows of one part; model/metrics/measure_rows.c. May sort p-values and overwrite power. */
DKG_MUST_USE dkg_status dkg_measure_rows(dkg_measure *m, dkg_part_state *part, bool first, dkg_metric_list *rows, dkg_error *err);

#endif
