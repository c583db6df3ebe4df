/* How often XChaCha20 streams of fixed seeds leave each interval: as often as the significance says (docs/metrics.md, section 7). */
#ifndef DKG_TEST_METRICS_RATES_H
#define DKG_TEST_METRICS_RATES_H

#include "dkg/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

enum { RATES_ROWS = 400, RATES_SIZE = 131072 };

typedef struct rates {
    dkg_metric row[RATES_ROWS]; /* the first of its kind */
    uint64_t tests[RATES_ROWS], failures[RATES_ROWS];
    size_t count;
} rates;

static inline void rates_take(rates *r, const dkg_metric_list *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const dkg_metric *m = &rows->at[i];
        size_t k = 0;
        while (k < r->count && (strcmp(r->row[k].name, m->name) != 0 || strcmp(r->row[k].part, m->part) != 0 || r->row[k].index != m->index))
            k++;
        ck_assert_uint_lt(k, RATES_ROWS);
        if (k == r->count) r->row[r->count++] = *m;
        if (m->verdict == DKG_VERDICT_NOT_APPLICABLE) continue;
        r->tests[k]++;
        r->failures[k] += m->verdict == DKG_VERDICT_NOT_CONSISTENT;
    }
}

/* The share of ideal streams outside a row's interval. */
static inline double rates_expected(const dkg_metric *m, double alpha)
{
    double equal = ldexp((double)m->n, -(int)m->bits);
    if (strcmp(m->name, "localEntropyPublished") == 0) return 2 * dkg_normal_tail(dkg_normal_quantile(1 - alpha / 2) / sqrt((double)m->n));
    /* few equal samples: the tail beyond the critical count, not quite alpha */
    if (m->bits > 12 && (strcmp(m->name, "npcr") == 0 || strncmp(m->name, "equal", 5) == 0))
        return dkg_poisson_tail(dkg_poisson_critical(alpha, equal), equal);
    return alpha;
}

/* Every row lies between the binomial limits, up to one chance in 10^5 on either side. Scopes over planes are tested elsewhere. */
static inline void rates_check(const rates *r, double alpha)
{
    for (size_t i = 0; i < r->count; i++) {
        const dkg_metric *m = &r->row[i];
        if (r->tests[i] == 0 || strstr(m->name, "Slices")) continue;
        double p = rates_expected(m, alpha);
        uint64_t most = dkg_binomial_critical(1e-5, r->tests[i], p), least = dkg_binomial_critical(1 - 1e-5, r->tests[i], p);
        ck_assert_msg(r->failures[i] >= least && r->failures[i] <= most,
                      "%s of %s (%d): %llu of %llu streams outside, expected %g, between %llu and %llu", m->name, m->part, m->index,
                      (unsigned long long)r->failures[i], (unsigned long long)r->tests[i], p * (double)r->tests[i],
                      (unsigned long long)least, (unsigned long long)most);
    }
}

static inline void rates_run(dkg_shape shape, uint32_t streams, double alpha)
{
    static rates r;
    static uint8_t a[RATES_SIZE], b[RATES_SIZE];
    size_t size = (size_t)shape.nx * shape.ny * shape.planes * shape.sample_bytes;
    ck_assert_uint_le(size, RATES_SIZE);
    r.count = 0;
    memset(r.tests, 0, sizeof r.tests);
    memset(r.failures, 0, sizeof r.failures);
    for (uint32_t i = 0; i < streams; i++) {
        uint8_t seed[32] = {0};
        dkg_store32(seed, i);
        dkg_control *stream = NULL;
        dkg_metric_list rows = {0};
        ck_ok(dkg_control_open(DKG_CONTROL_XCHACHA20, seed, &stream, err));
        dkg_control_read(stream, a, size);
        dkg_control_read(stream, b, size);
        ck_ok(dkg_measure_array(&(dkg_measure_options){.shape = shape, .alpha = alpha, .seed = seed, .threads = 1}, a, &rows, err));
        ck_ok(dkg_compare_arrays(&(dkg_compare_options){.shape = shape, .pair = DKG_PAIR_TWO_KEYS, .alpha = alpha, .threads = 1}, a, b, &rows, err));
        rates_take(&r, &rows);
        dkg_control_free(stream);
        dkg_metric_list_free(&rows);
    }
    rates_check(&r, alpha);
}
#endif
