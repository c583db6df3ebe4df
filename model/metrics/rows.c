/* rows.c - rows of measured numbers and their verdicts. */
#include "metrics/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/wide.h"

const char *dkg_metrics_sentence(void)
{
    return "Passing these tests is necessary, not sufficient: an insecure generator passes them (see the row \"rand\"). The security "
           "of hybrid mode rests on XChaCha20-Poly1305 alone.";
}

const char *dkg_verdict_text(dkg_verdict v)
{
    return v == DKG_VERDICT_CONSISTENT ? "consistent with random" : v == DKG_VERDICT_NOT_CONSISTENT ? "not consistent" : "not applicable";
}

dkg_metric dkg_row(const char *name, const char *part, int32_t index, unsigned bits, uint64_t n, double value)
{
    const double none = (double)NAN;
    return (dkg_metric){.name = name, .part = part, .index = index, .bits = (uint8_t)bits, .n = n, .value = value, .expected = none,
                        .deviation = none, .low = none, .high = none, .p = none};
}

void dkg_row_judge(dkg_metric *row, dkg_interval i)
{
    row->expected = i.mean;
    row->deviation = i.deviation;
    row->low = i.low;
    row->high = i.high;
    if (isnan(row->value) || isnan(i.low) || isnan(i.high)) return;
    row->verdict = row->value >= i.low && row->value <= i.high ? DKG_VERDICT_CONSISTENT : DKG_VERDICT_NOT_CONSISTENT;
}

double dkg_two_sided(double z) { return erfc(fabs(z) / sqrt(2)); }

void dkg_row_judge_normal(dkg_metric *row, dkg_interval i)
{
    dkg_row_judge(row, i);
    row->p = dkg_two_sided((row->value - i.mean) / i.deviation);
}

void dkg_row_judge_npcr(dkg_metric *row, uint64_t equal, double alpha)
{
    dkg_interval i = dkg_npcr_interval(row->bits, row->n, alpha);
    dkg_row_judge(row, i);
    if (row->n == 0) return;
    /* counts, not percents, decide where the law is that of counts */
    if (row->bits > 12)
        row->verdict = equal <= dkg_npcr_equal_critical(row->bits, row->n, alpha) ? DKG_VERDICT_CONSISTENT : DKG_VERDICT_NOT_CONSISTENT;
    row->p = row->bits <= 12 ? dkg_normal_tail((i.mean - row->value) / i.deviation)
             : equal == 0    ? 1
                             : dkg_poisson_tail(equal - 1, ldexp((double)row->n, -(int)row->bits));
}

dkg_status dkg_rows_add(dkg_metric_list *rows, const dkg_metric *row, dkg_error *err)
{
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity ? 2 * rows->capacity : 64;
        dkg_metric *at = realloc(rows->at, capacity * sizeof *at);
        if (!at) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu rows", capacity);
        rows->at = at;
        rows->capacity = capacity;
    }
    rows->at[rows->count++] = *row;
    return DKG_OK;
}

void dkg_metric_list_free(dkg_metric_list *list)
{
    if (!list) return;
    free(list->at);
    *list = (dkg_metric_list){0};
}

const dkg_metric *dkg_metric_find(const dkg_metric_list *list, const char *name, const char *part, int32_t index)
{
    for (size_t i = 0; i < list->count; i++) {
        const dkg_metric *m = &list->at[i];
        if (strcmp(m->name, name) == 0 && (!part || strcmp(m->part, part) == 0) && m->index == index) return m;
    }
    return NULL;
}

/* The evidence of another row once more, or an interval known to be too narrow. */
static bool is_repeated(const char *name)
{
    return strcmp(name, "entropy") == 0 || strcmp(name, "chiSquareTwoSided") == 0 || strcmp(name, "psnr") == 0 ||
           strcmp(name, "localEntropyPublished") == 0;
}

dkg_verdict dkg_verdict_of_many(uint64_t tests, uint64_t failures, double alpha)
{
    if (tests == 0) return DKG_VERDICT_NOT_APPLICABLE;
    return failures <= dkg_failures_allowed(tests, alpha) ? DKG_VERDICT_CONSISTENT : DKG_VERDICT_NOT_CONSISTENT;
}

void dkg_metrics_count(const dkg_metric_list *list, uint64_t *tests, uint64_t *failures)
{
    *tests = *failures = 0;
    for (size_t i = 0; i < list->count; i++) {
        const dkg_metric *m = &list->at[i];
        if (m->verdict == DKG_VERDICT_NOT_APPLICABLE || is_repeated(m->name)) continue;
        ++*tests;
        *failures += m->verdict == DKG_VERDICT_NOT_CONSISTENT;
    }
}

dkg_verdict dkg_metrics_verdict(const dkg_metric_list *list, double alpha)
{
    uint64_t tests, failures;
    dkg_metrics_count(list, &tests, &failures);
    return dkg_verdict_of_many(tests, failures, alpha);
}

void dkg_pair_sums_add(dkg_pair_sums *to, const dkg_pair_sums *s)
{
    to->n += s->n;
    to->x += s->x;
    to->y += s->y;
    to->xx += s->xx;
    to->yy += s->yy;
    to->xy += s->xy;
}

double dkg_pair_sums_r(const dkg_pair_sums *s)
{
    double x = dkg_product_difference(s->n, s->xx, s->x, s->x), y = dkg_product_difference(s->n, s->yy, s->y, s->y);
    return x > 0 && y > 0 ? dkg_product_difference(s->n, s->xy, s->x, s->y) / (sqrt(x) * sqrt(y)) : (double)NAN;
}
