#include "report/subject.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 22 };

typedef struct slices {
    dkg_record *record;
    const char *subject;
} slices;

static void on_slice(void *self, const dkg_slice_metrics *m)
{
    const slices *s = self;
    dkg_record_slice(s->record, s->subject, m);
}

/* Adds all planes; *middle: the one in the middle, free() it. */
static dkg_status add_all(dkg_measure *m, const dkg_subject *s, uint8_t **middle, dkg_error *err)
{
    size_t size = (size_t)s->shape.nx * s->shape.ny * s->shape.sample_bytes, at_once = CHUNK / size + 1;
    uint8_t *chunk = s->samples ? NULL : dkg_calloc(at_once, size);
    dkg_status status = DKG_OK;
    *middle = dkg_calloc(size, 1);
    if (!*middle || (!s->samples && !chunk)) status = dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu planes of %zu bytes", at_once, size);
    for (uint64_t z = 0; z < s->shape.planes && status == DKG_OK;) {
        size_t n = s->shape.planes - z < at_once ? (size_t)(s->shape.planes - z) : at_once;
        const uint8_t *planes = chunk;
        if (s->samples) planes = s->samples + z * size;
        else dkg_control_read(s->control, chunk, n * size);
        uint64_t half = s->shape.planes / 2;
        if (half >= z && half < z + n) memcpy(*middle, planes + (half - z) * size, size);
        status = dkg_measure_add(m, planes, n, err);
        z += n;
    }
    free(chunk);
    return status;
}

static void histograms(dkg_record *r, const dkg_subject *s, const dkg_measure *m)
{
    const char *const words[] = {"words", "low bytes", "high bytes"}, *const bytes[] = {"bytes"};
    for (unsigned part = 0; part < (s->shape.sample_bytes == 2 ? 3 : 1); part++) {
        size_t bins;
        const uint64_t *count = dkg_measure_histogram(m, part, &bins);
        if (count) dkg_record_histogram(r, s->name, s->shape.sample_bytes == 2 ? words[part] : bytes[part], count, bins);
    }
}

/* Table T7: what the tests slice by slice say together. */
static void many_tests(dkg_record *r, const dkg_subject *s, const dkg_metric_list *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const dkg_metric *m = &rows->at[i];
        size_t n = strlen(m->name);
        if (n < 7 || strcmp(m->name + n - 6, "Slices") != 0) continue;
        char what[120];
        (void)snprintf(what, sizeof what, "%s, %.*s of slices (%s)", s->name, (int)n - 6, m->name, m->part);
        json_t *item = dkg_record_item(r, "manyTests");
        dkg_record_text(r, item, "subject", what);
        dkg_record_integer(r, item, "tests", m->n);
        dkg_record_number(r, item, "expected", (double)m->n * s->alpha);
        dkg_record_number(r, item, "allowed", m->high);
        dkg_record_number(r, item, "failures", m->value);
        dkg_record_text(r, item, "verdict", dkg_verdict_text(m->verdict));
    }
}

dkg_status dkg_record_subject(dkg_record *r, const dkg_subject *s, dkg_metric_list *rows, dkg_error *err)
{
    slices each = {r, s->name};
    dkg_measure_options options = {.shape = s->shape, .alpha = s->alpha, .seed = s->seed, .threads = s->threads,
                                   .slice = s->figures ? on_slice : NULL, .self = &each};
    dkg_metric_list own = {0};
    dkg_measure *m = NULL;
    uint8_t *middle = NULL;
    double start = dkg_record_clock();
    dkg_status status = dkg_measure_begin(&options, &m, err);
    if (status == DKG_OK) status = add_all(m, s, &middle, err);
    if (status == DKG_OK) status = dkg_measure_finish(m, &own, err);
    if (status == DKG_OK) {
        char what[80];
        (void)snprintf(what, sizeof what, "measuring %s", s->name);
        dkg_record_time(r, what, "metrics", dkg_record_clock() - start,
                        (double)s->shape.nx * s->shape.ny * (double)s->shape.planes * s->shape.sample_bytes);
        dkg_record_rows(r, s->name, &own);
        many_tests(r, s, &own);
        if (s->figures) {
            histograms(r, s, m);
            dkg_record_scatter(r, s->name, middle, &s->shape, &own);
        }
    }
    if (rows) *rows = own;
    else dkg_metric_list_free(&own);
    free(middle);
    dkg_measure_free(m);
    return status;
}

dkg_status dkg_record_controls(dkg_record *r, const dkg_subject *like, dkg_error *err)
{
    static const dkg_control_kind kinds[] = {DKG_CONTROL_XCHACHA20, DKG_CONTROL_RAND};
    dkg_status status = DKG_OK;
    for (size_t i = 0; i < 2 && status == DKG_OK; i++) {
        dkg_subject s = *like;
        dkg_metric_list rows = {0};
        uint8_t seed[32];
        /* of the volume, so that measuring it again cannot be repeated until it pleases */
        (void)crypto_generichash(seed, sizeof seed, like->seed, like->seed ? 32 : 0, (const uint8_t *)dkg_control_name(kinds[i]),
                                 strlen(dkg_control_name(kinds[i])));
        s.name = dkg_control_name(kinds[i]);
        s.samples = NULL;
        status = dkg_control_open(kinds[i], seed, &s.control, err);
        if (status == DKG_OK) status = dkg_record_subject(r, &s, &rows, err);
        if (status == DKG_OK && i == 0 && dkg_metrics_verdict(&rows, s.alpha) == DKG_VERDICT_NOT_CONSISTENT)
            dkg_record_warn(r, "broken measurement: the control XChaCha20 is not consistent with random");
        dkg_control_free(s.control);
        dkg_metric_list_free(&rows);
    }
    return status;
}

static void band(dkg_record *r, const char *part, const char *curve, dkg_interval i)
{
    json_t *item = dkg_record_item(r, "sliceBands");
    dkg_record_text(r, item, "part", part);
    dkg_record_text(r, item, "curve", curve);
    dkg_record_number(r, item, "low", i.low);
    dkg_record_number(r, item, "high", i.high);
}

void dkg_record_bands(dkg_record *r, const dkg_shape *s, double alpha)
{
    const char *part = s->sample_bytes == 2 ? "words" : "bytes";
    uint64_t across = s->nx > s->channels ? (uint64_t)(s->nx - s->channels) * s->ny : 0, down = (uint64_t)s->nx * (s->ny - 1);
    band(r, part, "entropy", dkg_entropy_interval(s->bits, (uint64_t)s->nx * s->ny, alpha));
    band(r, part, "chiSquare", dkg_chi_square_interval(s->bits, alpha));
    if (across > 1) band(r, part, "horizontal", dkg_correlation_interval(across, alpha));
    if (down > 1) band(r, part, "vertical", dkg_correlation_interval(down, alpha));
}

dkg_status dkg_record_pair(dkg_record *r, const char *name, dkg_pair pair, const dkg_subject *s, const uint8_t *a, const uint8_t *b,
                           dkg_metric_list *rows, dkg_error *err)
{
    dkg_compare_options options = {.shape = s->shape, .pair = pair, .alpha = s->alpha, .seed = s->seed, .threads = s->threads};
    dkg_metric_list own = {0};
    dkg_status status = dkg_compare_arrays(&options, a, b, &own, err);
    if (status == DKG_OK) dkg_record_rows(r, name, &own);
    if (rows) *rows = own;
    else dkg_metric_list_free(&own);
    return status;
}
