/* metrics/rows.h - how rows are made and judged. */
#ifndef DKG_METRICS_ROWS_H
#define DKG_METRICS_ROWS_H

#include "dkg/metrics.h"

/* A row without interval, p and verdict. */
dkg_metric dkg_row(const char *name, const char *part, int32_t index, unsigned bits, uint64_t n, double value);
/* Sets interval and verdict; the p-value stays. */
void dkg_row_judge(dkg_metric *row, dkg_interval i);
/* The same with the two-sided p-value of a normal law. */
void dkg_row_judge_normal(dkg_metric *row, dkg_interval i);
/* npcr, from the number of equal samples. */
void dkg_row_judge_npcr(dkg_metric *row, uint64_t equal, double alpha);
DKG_MUST_USE dkg_status dkg_rows_add(dkg_metric_list *rows, const dkg_metric *row, dkg_error *err);

/* mean and deviation of a normal law; bounds.c */
dkg_interval dkg_interval_around(double mean, double deviation, double alpha);
double dkg_two_sided(double z); /* P(|Z| > |z|) */
/* Pairs (x, y) as sums, each below 2^64. r is NaN when a side is constant or there is no pair. */
typedef struct dkg_pair_sums { uint64_t n, x, y, xx, yy, xy; } dkg_pair_sums;
void dkg_pair_sums_add(dkg_pair_sums *to, const dkg_pair_sums *s);
double dkg_pair_sums_r(const dkg_pair_sums *s);

#endif
