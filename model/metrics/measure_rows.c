/* measure_rows.c - from sums to rows with intervals and verdicts (docs/metrics.md, sections 3, 4, 5, 7). */
#include "metrics/measure.h"
#include "metrics/wide.h"

double dkg_counts_entropy(const dkg_count_sums *s) { return s->n ? log2((double)s->n) - s->logs / (double)s->n : (double)NAN; }

double dkg_counts_chi_square(const dkg_count_sums *s, unsigned bits)
{
    return s->n ? dkg_product_difference((uint64_t)1 << bits, s->squares, s->n, s->n) / (double)s->n : (double)NAN;
}

bool dkg_counts_suffice(uint64_t n, unsigned bits) { return n >= (uint64_t)5 << bits; }

/* What every function below works on. */
typedef struct work {
    const dkg_measure *m;
    dkg_part_state *part;
    double alpha;
    dkg_metric_list *rows;
    dkg_error *err;
    dkg_status status;
} work;

static void add(work *w, const dkg_metric *row)
{
    if (w->status == DKG_OK) w->status = dkg_rows_add(w->rows, row, w->err);
}

static dkg_metric start(const work *w, const char *name, int32_t index, uint64_t n, double value)
{
    return dkg_row(name, w->part->part.name, index, w->part->part.bits, n, value);
}

static void add_normal(work *w, const char *name, int32_t index, uint64_t n, double value, dkg_interval i)
{
    dkg_metric row = start(w, name, index, n, value);
    dkg_row_judge_normal(&row, i);
    add(w, &row);
}

static void add_counts(work *w)
{
    unsigned bits = w->part->part.bits;
    dkg_count_sums s = {0};
    for (size_t v = 0; v < (size_t)1 << bits; v++)
        dkg_counts_take(&s, w->part->histogram[v], dkg_count_log(w->m->count_logs, w->part->histogram[v]));
    bool suffices = dkg_counts_suffice(s.n, bits);
    double dof = ldexp(1, (int)bits) - 1;
    dkg_metric chi = start(w, "chiSquare", -1, s.n, dkg_counts_chi_square(&s, bits));
    dkg_metric both = start(w, "chiSquareTwoSided", -1, s.n, chi.value);
    if (suffices) {
        chi.p = dkg_chi_square_tail(chi.value, dof);
        dkg_row_judge(&chi, dkg_chi_square_interval(bits, w->alpha));
        both.p = 2 * fmin(chi.p, 1 - chi.p);
        dkg_row_judge(&both, (dkg_interval){dof, sqrt(2 * dof), dkg_chi_square_critical(1 - w->alpha / 2, dof),
                                            dkg_chi_square_critical(w->alpha / 2, dof)});
    }
    dkg_metric entropy = start(w, "entropy", -1, s.n, dkg_counts_entropy(&s));
    dkg_row_judge_normal(&entropy, dkg_entropy_interval(bits, s.n, w->alpha));
    if (suffices) entropy.verdict = chi.verdict; /* one piece of evidence, one verdict */
    add(w, &chi);
    add(w, &both);
    add(w, &entropy);
}

static void add_bits(work *w)
{
    const dkg_tally *t = &w->part->tally;
    for (unsigned bit = 0; bit < w->part->part.bits; bit++) {
        uint64_t ones = 0;
        for (size_t v = 0; v < (size_t)1 << w->part->part.bits; v++) ones += v >> bit & 1 ? w->part->histogram[v] : 0;
        add_normal(w, "bitOnes", (int32_t)bit, t->samples, 100 * (double)ones / (double)t->samples,
                   dkg_hamming_interval(t->samples, w->alpha));
        if (t->differ_of)
            add_normal(w, "bitAgreement", (int32_t)bit, t->differ_of,
                       100 * (double)(t->differ_of - t->differ[bit]) / (double)t->differ_of,
                       dkg_hamming_interval(t->differ_of, w->alpha));
    }
}

static void add_local(work *w)
{
    uint32_t k = w->m->blocks.count;
    double sum = 0;
    for (uint32_t i = 0; i < k; i++) sum += w->part->block[i];
    double mean = k ? sum / k : (double)NAN;
    add_normal(w, "localEntropy", -1, k, mean, dkg_local_entropy_interval(k, w->alpha, false));
    add_normal(w, "localEntropyPublished", -1, k, mean, dkg_local_entropy_interval(k, w->alpha, true));
}

static void add_correlation(work *w, const char *name, int32_t index, const dkg_pair_sums *s)
{
    add_normal(w, name, index, s->n, dkg_pair_sums_r(s), dkg_correlation_interval(s->n, w->alpha));
}

static void add_neighbours(work *w)
{
    const dkg_pair_sums *pairs = w->part->tally.pairs;
    add_correlation(w, "correlationHorizontal", -1, &pairs[DKG_HORIZONTAL]);
    add_correlation(w, "correlationVertical", -1, &pairs[DKG_VERTICAL]);
    add_correlation(w, "correlationDiagonal", -1, &pairs[DKG_DIAGONAL]);
    if (w->m->options.shape.planes > 1) add_correlation(w, "correlationThrough", -1, &pairs[DKG_THROUGH]);
    if (w->m->options.shape.channels > 1) add_correlation(w, "correlationChannels", -1, &pairs[DKG_CHANNELS]);
}

/* Equal samples at a distance are equal samples of two arrays: npcr's law, read the other way round. */
static void add_equal(work *w, const char *name, uint64_t equal, uint64_t of)
{
    if (of == 0) return;
    dkg_metric row = start(w, name, DKG_LAG_EQUAL, of, 100 * (double)(of - equal) / (double)of);
    dkg_row_judge_npcr(&row, equal, w->alpha);
    double high = 1 - row.low / 100;
    row.value = (double)equal / (double)of;
    row.expected = 1 - row.expected / 100;
    row.deviation /= 100;
    row.low = 0;
    row.high = high;
    add(w, &row);
}

static void add_lags(work *w)
{
    const dkg_tally *t = &w->part->tally;
    for (int32_t lag = 2; lag <= 8; lag++) {
        add_correlation(w, "lagHorizontal", lag, &t->pairs[DKG_LAG_ROWS + lag - 2]);
        add_correlation(w, "lagVertical", lag, &t->pairs[DKG_LAG_COLUMNS + lag - 2]);
    }
    add_equal(w, "equalHorizontal", t->equal_rows, t->equal_rows_of);
    add_equal(w, "equalVertical", t->equal_columns, t->equal_columns_of);
}

/* t with P(greatest of `shifts` normal |Z| > t) = alpha */
static double peak_critical(double alpha, double shifts) { return -dkg_normal_quantile(-expm1(log1p(-alpha) / shifts) / 2); }

static void add_peak(work *w)
{
    uint64_t shifts;
    uint64_t n = dkg_spectrum_size(w->m->spectrum) * w->m->spectrum_planes;
    double peak = dkg_spectrum_peak(w->m->spectrum, w->part->power, w->m->spectrum_planes, w->m->scratch, &shifts);
    dkg_metric row = start(w, "autocorrelationPeak", -1, n, peak);
    if (shifts > 0) {
        double count = (double)shifts;
        row.p = isnan(peak) ? (double)NAN : -expm1(count * log1p(-dkg_two_sided(peak)));
        dkg_row_judge(&row, (dkg_interval){peak_critical(0.5, count), (double)NAN, 0, peak_critical(w->alpha, count)});
    }
    add(w, &row);
}

static void add_slices(work *w)
{
    static const char *const names[DKG_SLICE_TESTS] = {"chiSquareSlices", "correlationHorizontalSlices", "correlationVerticalSlices",
                                                       "correlationDiagonalSlices"};
    for (size_t t = 0; t < DKG_SLICE_TESTS; t++) {
        size_t n = w->part->tests[t];
        if (n == 0) continue;
        dkg_metric row = start(w, names[t], -1, n, (double)w->part->failures[t]);
        dkg_row_judge(&row, (dkg_interval){(double)n * w->alpha, sqrt((double)n * w->alpha * (1 - w->alpha)), 0,
                                           (double)dkg_failures_allowed(n, w->alpha)});
        row.p = dkg_uniformity(w->part->p[t], n);
        if (row.p < 0.001) row.verdict = DKG_VERDICT_NOT_CONSISTENT;
        add(w, &row);
    }
}

dkg_status dkg_measure_rows(dkg_measure *m, dkg_part_state *part, bool first, dkg_metric_list *rows, dkg_error *err)
{
    work w = {m, part, m->options.alpha, rows, err, DKG_OK};
    unsigned what = m->options.what;
    if (what & DKG_MEASURE_COUNTS) {
        add_counts(&w);
        if (first) add_bits(&w); /* the byte parts hold the same bits */
    }
    if ((what & DKG_MEASURE_LOCAL) && part->part.bits == 8) add_local(&w);
    if (what & DKG_MEASURE_NEIGHBOURS) add_neighbours(&w);
    if (what & DKG_MEASURE_LAGS) add_lags(&w);
    if (what & DKG_MEASURE_SPECTRUM) add_peak(&w);
    if (m->options.shape.planes > 1) add_slices(&w);
    return w.status;
}
