#include "dkg/evaluation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

dkg_shape dkg_evaluation_shape(const dkg_carrier *c)
{
    return (dkg_shape){.nx = c->nx, .ny = c->ny, .planes = c->planes - c->key_planes, .sample_bytes = c->carrier_bytes,
                       .bits = (uint8_t)(8 * c->carrier_bytes), .channels = 1};
}

dkg_status dkg_evaluation_unlock(const dkg_carrier *c, const uint8_t *voxels, const dkg_keyfile *key, dkg_sealed **out, dkg_error *err)
{
    dkg_stored stored = {.dim = {c->nx, c->ny, c->planes}, .datatype = c->carrier_bytes == 1 ? 2 : 512, .bpv = c->carrier_bytes, .slope = 1,
                         .voxels = {voxels, c->voxel_bytes}};
    dkg_keys keys = {.keyfiles = &key, .keyfile_count = 1};
    dkg_status status = dkg_locate(&stored, NULL, out, err);
    return status == DKG_OK ? dkg_unlock(*out, &keys, false, NULL, err) : status;
}

void dkg_series_add(dkg_evaluation *e, const char *evaluation, const char *what, double value, dkg_verdict verdict)
{
    size_t i = 0;
    while (i < e->series_count && (strcmp(e->series[i].evaluation, evaluation) != 0 || strcmp(e->series[i].what, what) != 0)) i++;
    if (i == DKG_SERIES_MAX) {
        e->record.failed = true;
        return;
    }
    dkg_series *s = &e->series[i];
    if (i == e->series_count) {
        *s = (dkg_series){.evaluation = evaluation, .what = what, .least = INFINITY, .greatest = -INFINITY};
        e->series_count++;
    }
    if (!isfinite(value)) return;
    s->n++;
    s->sum += value;
    s->squares += value * value;
    s->least = fmin(s->least, value);
    s->greatest = fmax(s->greatest, value);
    s->judged += verdict != DKG_VERDICT_NOT_APPLICABLE;
    s->failures += verdict == DKG_VERDICT_NOT_CONSISTENT;
}

void dkg_series_rows(dkg_evaluation *e, const char *evaluation, const char *what, const dkg_metric_list *rows, const char *metric)
{
    const dkg_metric *m = dkg_metric_find(rows, metric, NULL, -1);
    if (m) dkg_series_add(e, evaluation, what, m->value, m->verdict);
}

void dkg_series_record(dkg_evaluation *e)
{
    json_t *summary = dkg_record_object(&e->record, "summary");
    size_t beyond = 0;
    dkg_say(e->host, "%-4s %-46s %7s %14s %12s  %s", "", "", "images", "mean", "sd", "verdict");
    for (size_t k = 0; k < 13 * e->series_count; k++) { /* E1 first, E12 last */
        const dkg_series *s = &e->series[k % e->series_count];
        if (strtoul(s->evaluation + 1, NULL, 10) != k / e->series_count) continue;
        json_t *item = dkg_record_item(&e->record, "evaluations");
        double n = (double)s->n, mean = s->sum / n, variance = s->n > 1 ? (s->squares - n * mean * mean) / (n - 1) : (double)NAN;
        dkg_verdict verdict = dkg_verdict_of_many(s->judged, s->failures, e->alpha);
        beyond += verdict == DKG_VERDICT_NOT_CONSISTENT;
        dkg_record_text(&e->record, item, "evaluation", s->evaluation);
        dkg_record_text(&e->record, item, "what", s->what);
        dkg_record_integer(&e->record, item, "images", s->n);
        dkg_record_number(&e->record, item, "mean", mean);
        dkg_record_number(&e->record, item, "deviation", sqrt(variance > 0 ? variance : isnan(variance) ? variance : 0));
        dkg_record_number(&e->record, item, "least", s->least);
        dkg_record_number(&e->record, item, "greatest", s->greatest);
        dkg_record_text(&e->record, item, "verdict", dkg_verdict_text(verdict));
        dkg_say(e->host, "%-4s %-46s %7zu %14.7g %12.4g  %s", s->evaluation, s->what, s->n, mean, sqrt(variance > 0 ? variance : 0),
                dkg_verdict_text(verdict));
        if (s->judged == 0) continue;
        char subject[160];
        json_t *many = dkg_record_item(&e->record, "manyTests");
        (void)snprintf(subject, sizeof subject, "%s, %s", s->evaluation, s->what);
        dkg_record_text(&e->record, many, "subject", subject);
        dkg_record_integer(&e->record, many, "tests", s->judged);
        dkg_record_number(&e->record, many, "expected", (double)s->judged * e->alpha);
        dkg_record_integer(&e->record, many, "allowed", dkg_failures_allowed(s->judged, e->alpha));
        dkg_record_integer(&e->record, many, "failures", s->failures);
        dkg_record_text(&e->record, many, "verdict", dkg_verdict_text(verdict));
    }
    dkg_record_integer(&e->record, summary, "evaluationsRecorded", e->series_count);
    dkg_record_integer(&e->record, summary, "notConsistent", beyond);
}

dkg_status dkg_evaluate_array(dkg_evaluation *e, const dkg_shape *shape, const uint8_t *samples, dkg_metric_list *rows, dkg_error *err)
{
    dkg_measure_options options = {.shape = *shape, .alpha = e->alpha, .what = DKG_MEASURE_COUNTS | DKG_MEASURE_NEIGHBOURS, .threads = e->threads};
    return dkg_measure_array(&options, samples, rows, err);
}

dkg_status dkg_evaluate_pair(dkg_evaluation *e, dkg_pair pair, const dkg_shape *shape, const uint8_t *a, const uint8_t *b, dkg_metric_list *rows,
                             dkg_error *err)
{
    dkg_compare_options options = {.shape = *shape, .pair = pair, .alpha = e->alpha, .threads = e->threads};
    return dkg_compare_arrays(&options, a, b, rows, err);
}

static dkg_status cpu_engine(void *self, const dkg_model *model, dkg_engine **out, dkg_error *err)
{
    return dkg_cpu_engine(model, ((const dkg_evaluation *)self)->threads, out, err);
}

static void spread(dkg_record *r, json_t *item, const char *name, dkg_spread s)
{
    json_t *object = json_object();
    dkg_record_number(r, object, "mean", s.mean);
    dkg_record_number(r, object, "deviation", s.deviation);
    dkg_record_number(r, object, "least", s.least);
    dkg_record_number(r, object, "greatest", s.greatest);
    dkg_record_set(r, item, name, object);
}

dkg_status dkg_evaluate_sensitivity(dkg_evaluation *e, uint32_t positions, dkg_error *err)
{
    dkg_sensitivity_options options = {.model = e->models[0], .engine = cpu_engine, .self = e, .positions = positions, .alpha = e->alpha};
    dkg_random(options.seed, sizeof options.seed);
    for (int f = 0; f < DKG_FLIPS; f++) {
        dkg_sensitivity s;
        dkg_status status = dkg_progress(dkg_host_log(e->host), "key sensitivity", (double)f / DKG_FLIPS, err);
        if (status == DKG_OK) status = dkg_measure_sensitivity(&options, (dkg_flip)f, &s, NULL, err);
        if (status != DKG_OK) return status;
        json_t *item = dkg_record_item(&e->record, "sensitivity");
        dkg_record_text(&e->record, item, "flip", dkg_flip_name((dkg_flip)f));
        dkg_record_integer(&e->record, item, "positions", s.positions);
        dkg_record_integer(&e->record, item, "absorbed", s.absorbed);
        spread(&e->record, item, "hamming", s.hamming);
        spread(&e->record, item, "npcr", s.npcr);
        spread(&e->record, item, "uaci", s.uaci);
        dkg_record_integer(&e->record, item, "failuresAllowed", s.failures_allowed);
        dkg_record_integer(&e->record, item, "failures", s.hamming_failures + s.npcr_failures + s.uaci_failures);
        dkg_record_text(&e->record, item, "verdict", dkg_verdict_text(s.verdict));
        if (s.absorbed > 0) dkg_record_warn(&e->record, "%u changes of kind %s were absorbed: equal keys from different inputs", s.absorbed, dkg_flip_name((dkg_flip)f));
        dkg_say(e->host, "E8   %-12s of %u positions: Hamming %.4f %%, NPCR %.4f %%, UACI %.4f %%, %u absorbed  %s", dkg_flip_name((dkg_flip)f),
                s.positions, s.hamming.mean, s.npcr.mean, s.uaci.mean, s.absorbed, dkg_verdict_text(s.verdict));
    }
    return DKG_OK;
}
