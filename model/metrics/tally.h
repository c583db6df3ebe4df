/* metrics/tally.h - what is counted in one plane of one part: integers only, so that planes add up in any order. */
#ifndef DKG_METRICS_TALLY_H
#define DKG_METRICS_TALLY_H

#include "metrics/rows.h"

/* A part is what one sample is taken to be: the whole of it, or `bits` bits from `shift` on. */
typedef struct dkg_part {
    const char *name;
    unsigned bits, shift;
    bool whole;
} dkg_part;
/* The 1 or 3 parts of an array; returns their number. */
unsigned dkg_parts(uint8_t sample_bytes, uint8_t bits, dkg_part parts[3]);
/* DKG_USAGE unless shape and alpha keep what dkg/metrics.h says; sets a single channel and the default alpha where they are 0. */
DKG_MUST_USE dkg_status dkg_check_shape(dkg_shape *shape, double *alpha, dkg_error *err);
DKG_MUST_USE dkg_status dkg_check_alpha(double *alpha, dkg_error *err);
/* DKG_USAGE unless `count` planes more may follow the `done` ones. */
DKG_MUST_USE dkg_status dkg_check_planes(const dkg_shape *shape, uint64_t done, uint64_t count, dkg_error *err);
/* DKG_USAGE: plane z holds a sample that dkg_samples_read() refused. */
DKG_MUST_USE dkg_status dkg_sample_too_large(const dkg_shape *shape, uint64_t z, dkg_error *err);
size_t dkg_plane_samples(const dkg_shape *shape);
/* How many planes are worked on at once. threads 0: dkg_cpu_count(). */
size_t dkg_planes_at_once(const dkg_shape *shape, unsigned threads);

/* Places of the neighbour of a sample. */
enum {
    DKG_HORIZONTAL, DKG_VERTICAL, DKG_DIAGONAL, DKG_THROUGH, DKG_CHANNELS,
    DKG_LAG_ROWS, /* lags 2..8 along a row, then 2..8 along a column */
    DKG_LAG_COLUMNS = DKG_LAG_ROWS + 7,
    DKG_PLACES = DKG_LAG_COLUMNS + 7,
    DKG_LAG_EQUAL = 4 /* the lag whose equal samples are counted: the period of tiled keys */
};

typedef struct dkg_tally {
    uint64_t samples;
    dkg_pair_sums pairs[DKG_PLACES];
    uint64_t equal_rows, equal_columns, equal_rows_of, equal_columns_of; /* at lag 4; of so many pairs */
    uint64_t differ[16], differ_of; /* horizontal neighbours whose bit differs; of so many pairs */
} dkg_tally;

/* The n samples of a plane; false when one exceeds 2^bits - 1. */
bool dkg_samples_read(const uint8_t *plane, size_t n, const dkg_shape *shape, uint16_t *out);
/* The part of every sample: `samples` itself where that is the whole of it, else out. */
const uint16_t *dkg_part_of(const uint16_t *samples, size_t n, dkg_part part, uint16_t *out);
/* Adds one plane. histogram: 2^bits counts, added to. before: the plane before, or NULL; all of shape nx x ny. what:
 * DKG_MEASURE_*, of which COUNTS, NEIGHBOURS and LAGS matter here. differ: count bits that differ, too. */
void dkg_tally_plane(dkg_tally *t, uint32_t *histogram, const uint16_t *plane, const uint16_t *before, const dkg_shape *shape,
                     unsigned bits, unsigned what, bool differ);
void dkg_tally_add(dkg_tally *to, const dkg_tally *t);

#endif
