#include "DeepKeyGenMetrics/metrics.h"

#include "DeepKeyGenMetrics/demonstration.h"
#include "common/command.h"
#include "common/volumes.h"
#include "report/array.h"
#include "report/files.h"
#include "report/shown.h"
#include "report/subject.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

typedef struct run {
    const dkg_metrics_job *job;
    dkg_host *host;
    double alpha;
    const char *cipher_path, *plain_path, *second_path;
    dkg_array cipher, plain, second;
    dkg_record record;
    dkg_metric_list cipher_rows, pair_rows;
    uint8_t seed[32];
} run;

static bool is(const char *value, const char *word) { return strcmp(value, word) == 0; }

static dkg_status check_options(run *r, dkg_error *err)
{
    const dkg_metrics_job *j = r->job;
    bool pair = !is(j->pair, "none");
    r->cipher_path = j->cipherFile ? j->cipherFile : j->cipherVolume;
    r->plain_path = j->plainFile ? j->plainFile : j->plainVolume;
    r->second_path = j->secondFile ? j->secondFile : j->secondVolume;
    r->alpha = strtod(j->significance, NULL);
    if (!r->cipher_path || (j->cipherFile && j->cipherVolume))
        return dkg_fail(err, DKG_USAGE, "exactly one encrypted volume is needed: cipherVolume or cipherFile");
    if (j->plainFile && j->plainVolume) return dkg_fail(err, DKG_USAGE, "plainVolume and plainFile exclude each other");
    if (j->secondFile && j->secondVolume) return dkg_fail(err, DKG_USAGE, "secondVolume and secondFile exclude each other");
    if (r->second_path && !pair) return dkg_fail(err, DKG_USAGE, "a second volume needs the name of the pair: --pair");
    if (pair && !r->second_path) return dkg_fail(err, DKG_USAGE, "pair %s needs a second volume", j->pair);
    if (is(j->pair, "wrongKey") && !r->plain_path) return dkg_fail(err, DKG_USAGE, "pair wrongKey compares the source with the second volume: no source was given");
    if (j->withPlain && !r->plain_path) return dkg_fail(err, DKG_USAGE, "withPlain needs the plain volume");
    const char *const inputs[] = {r->cipher_path, r->plain_path, r->second_path, j->modelFile};
    const char *const outputs[] = {j->metricsFile, j->jsonFile, j->reportFile};
    return dkg_check_files(inputs, 4, outputs, 3, j->force, err);
}

/* The command that makes the same record again. The source's name may be a patient's: it is not told. */
static dkg_record new_record(const run *r)
{
    const dkg_metrics_job *j = r->job;
    dkg_record out = dkg_record_new("Security metrics of an encrypted volume", "metrics");
    if (r->plain_path) dkg_record_word(&out, j->withPlain ? dkg_record_file_name(r->plain_path) : "SOURCE");
    dkg_record_word(&out, dkg_record_file_name(r->cipher_path));
    if (r->second_path) {
        dkg_record_option(&out, "--second-file", dkg_record_file_name(r->second_path));
        dkg_record_option(&out, "--pair", j->pair);
    }
    dkg_record_option(&out, "--depth", j->depth);
    dkg_record_option(&out, "--significance", j->significance);
    dkg_record_option_integer(&out, "--key-images", j->keyImages);
    if (j->modelFile) dkg_record_option(&out, "--model-file", dkg_record_file_name(j->modelFile));
    if (j->withPlain) dkg_record_word(&out, "--with-plain");
    return out;
}

static dkg_status read_all(run *r, dkg_error *err)
{
    const dkg_log *log = dkg_host_log(r->host);
    dkg_status status = dkg_array_read(r->cipher_path, r->job->depth, log, &r->cipher, err);
    if (status == DKG_OK && !r->cipher.sealed) {
        dkg_warn(log, "%s is not an encrypted volume: it is measured as it is", r->cipher_path);
        dkg_record_warn(&r->record, "%s is not an encrypted volume: it was measured as it is", dkg_record_file_name(r->cipher_path));
    }
    if (status == DKG_OK && r->plain_path) status = dkg_array_read_plain(r->plain_path, r->job->depth, &r->plain, err);
    if (status == DKG_OK && r->second_path) status = dkg_array_read(r->second_path, r->job->depth, log, &r->second, err);
    if (status == DKG_OK && r->cipher.sealed) memcpy(r->seed, dkg_sealed_public(r->cipher.sealed)->volume_id, sizeof r->seed);
    return status;
}

static void describe(run *r)
{
    dkg_record *out = &r->record;
    json_t *volume = dkg_record_object(out, "volume"), *settings;
    const dkg_shape *s = &r->cipher.shape;
    dkg_record_text(out, volume, "file", dkg_record_file_name(r->cipher_path));
    if (r->cipher.sealed) {
        const dkg_public_info *i = dkg_sealed_public(r->cipher.sealed);
        char id[65];
        sodium_bin2hex(id, sizeof id, i->volume_id, 32);
        dkg_record_text(out, volume, "volumeId", id);
        dkg_record_text(out, volume, "mode", dkg_mode_name(i->mode));
        dkg_record_text(out, volume, "layout", i->stream ? "stream" : "grid");
        dkg_record_integer(out, volume, "slices", i->slices);
        dkg_record_integer(out, volume, "planesPerSlice", i->planes_per_slice);
        dkg_record_integer(out, volume, "keyPlanes", i->key_planes);
        dkg_record_integer(out, volume, "epoch", i->epoch);
        json_t *size = dkg_record_item(out, "sizes");
        double plain = (double)i->nx * i->ny * i->slices * (i->bpv ? i->bpv : 1);
        double carrier = (double)i->nx * i->ny * ((double)s->planes + i->key_planes) * i->carrier_bytes;
        dkg_record_text(out, size, "volume", dkg_record_file_name(r->cipher_path));
        dkg_record_number(out, size, "plainBytes", i->stream ? (double)NAN : plain);
        dkg_record_number(out, size, "carrierBytes", carrier);
        dkg_record_number(out, size, "expansion", i->stream ? (double)NAN : carrier / plain);
        dkg_record_integer(out, size, "planes", s->planes);
        dkg_record_integer(out, size, "keyPlanes", i->key_planes);
        if (i->mode == DKG_MODE_PAPER)
            dkg_record_warn(out, "not secure: this volume was encrypted in paper mode, for research only; anyone can change it unnoticed");
    }
    dkg_record_integer(out, volume, "samplesPerRow", s->nx);
    dkg_record_integer(out, volume, "rows", s->ny);
    dkg_record_integer(out, volume, "planes", s->planes);
    dkg_record_integer(out, volume, "bitsPerSample", s->bits);
    settings = dkg_record_object(out, "settings");
    dkg_record_number(out, settings, "significance", r->alpha);
    dkg_record_text(out, settings, "depth", r->job->depth);
    dkg_record_text(out, settings, "pair", r->job->pair);
    dkg_record_text(out, settings, "seed", r->cipher.sealed ? "the volume's id" : "zeros");
}

static dkg_subject subject(const run *r, const char *name, const dkg_array *a)
{
    return (dkg_subject){.name = name, .shape = a->shape, .samples = a->samples, .seed = r->seed, .alpha = r->alpha,
                         .threads = (unsigned)r->job->threads, .figures = true};
}

static dkg_pair pair_of(const char *name)
{
    dkg_pair pair = DKG_PAIR_FRESH_KEY;
    while (strcmp(dkg_pair_name(pair), name) != 0) pair++; /* the XML lists only names of pairs */
    return pair;
}

static dkg_status compare(run *r, dkg_error *err)
{
    dkg_subject like = subject(r, "cipher", &r->cipher);
    dkg_status status = DKG_OK;
    if (r->second_path) {
        bool wrong = is(r->job->pair, "wrongKey");
        const dkg_array *first = wrong ? &r->plain : &r->cipher;
        if (!dkg_array_alike(first, &r->second))
            return dkg_fail(err, DKG_USAGE, "%s has another shape than %s: they cannot be compared", r->second_path,
                            wrong ? r->plain_path : r->cipher_path);
        like.shape = first->shape;
        status = dkg_record_pair(&r->record, wrong ? "plain" : "cipher", pair_of(r->job->pair), &like, first->samples, r->second.samples,
                                 &r->pair_rows, err);
    }
    if (status != DKG_OK || !r->plain_path || is(r->job->pair, "wrongKey")) return status;
    if (!dkg_array_alike(&r->plain, &r->cipher)) {
        dkg_record_warn(&r->record, "source and encrypted volume differ in shape: they are not compared sample by sample");
        dkg_warn(dkg_host_log(r->host), "source and encrypted volume differ in shape: they are not compared sample by sample");
        return DKG_OK;
    }
    like.shape = r->cipher.shape;
    return dkg_record_pair(&r->record, "cipher", DKG_PAIR_PLAIN_CIPHER, &like, r->plain.samples, r->cipher.samples, NULL, err);
}

static dkg_status measure(run *r, dkg_error *err)
{
    const dkg_log *log = dkg_host_log(r->host);
    dkg_subject cipher = subject(r, "cipher", &r->cipher);
    const dkg_shape *s = &r->cipher.shape;
    dkg_status status = dkg_progress(log, "measuring the encrypted volume", 0.1, err);
    if (status == DKG_OK) status = dkg_record_subject(&r->record, &cipher, &r->cipher_rows, err);
    if (status == DKG_OK) status = dkg_progress(log, "measuring key images", 0.3, err);
    if (status == DKG_OK && r->job->keyImages > 0)
        status = dkg_measure_demonstration(&r->record, &(dkg_demonstration){r->cipher.sealed, &cipher, r->job->modelFile, r->job->device,
                                                                           (size_t)r->job->keyImages}, r->host, err);
    if (status == DKG_OK) status = dkg_progress(log, "measuring the controls", 0.5, err);
    if (status == DKG_OK) status = dkg_record_controls(&r->record, &cipher, err);
    if (status == DKG_OK) status = dkg_progress(log, "comparing", 0.8, err);
    if (status == DKG_OK) status = compare(r, err);
    if (status == DKG_OK && r->job->withPlain) {
        dkg_subject plain = subject(r, "plain", &r->plain);
        dkg_record_flag(&r->record, r->record.root, "containsPlain", true);
        status = dkg_record_subject(&r->record, &plain, NULL, err);
        dkg_record_slices(&r->record, "plain", &r->plain.picture);
    }
    if (status != DKG_OK) return status;
    dkg_record_bands(&r->record, s, r->alpha);
    dkg_record_slices(&r->record, "cipher", &r->cipher.picture);
    dkg_record_bit_planes(&r->record, "cipher", r->cipher.samples + s->planes / 2 * s->nx * s->ny * s->sample_bytes, s);
    return DKG_OK;
}

static void summarize(run *r)
{
    json_t *summary = dkg_record_object(&r->record, "summary");
    uint64_t tests, failures;
    dkg_metrics_count(&r->cipher_rows, &tests, &failures);
    dkg_record_text(&r->record, summary, "encryptedVolume", dkg_verdict_text(dkg_verdict_of_many(tests, failures, r->alpha)));
    dkg_record_integer(&r->record, summary, "tests", tests);
    dkg_record_integer(&r->record, summary, "testsNotConsistent", failures);
    dkg_record_integer(&r->record, summary, "allowedByChance", dkg_failures_allowed(tests, r->alpha));
}

static void number(const run *r, const char *result, const dkg_metric_list *rows, const char *metric, int what)
{
    const char *part = r->cipher.shape.sample_bytes == 2 ? "words" : "bytes";
    const dkg_metric *m = dkg_metric_find(rows, metric, part, -1);
    if (!m) m = dkg_metric_find(rows, metric, NULL, -1); /* local entropy is one of bytes */
    if (m) dkg_result_number(r->host, result, what == 'v' ? m->value : what == 'e' ? m->expected : what == 'l' ? m->low : m->high);
}

static void results(const run *r)
{
    dkg_result_text(r->host, "verdict", dkg_verdict_text(dkg_metrics_verdict(&r->cipher_rows, r->alpha)));
    number(r, "entropy", &r->cipher_rows, "entropy", 'v');
    number(r, "entropyExpected", &r->cipher_rows, "entropy", 'e');
    number(r, "localEntropy", &r->cipher_rows, "localEntropy", 'v');
    number(r, "chiSquare", &r->cipher_rows, "chiSquare", 'v');
    number(r, "chiSquareCritical", &r->cipher_rows, "chiSquare", 'h');
    number(r, "correlationHorizontal", &r->cipher_rows, "correlationHorizontal", 'v');
    number(r, "correlationVertical", &r->cipher_rows, "correlationVertical", 'v');
    number(r, "correlationDiagonal", &r->cipher_rows, "correlationDiagonal", 'v');
    number(r, "correlationBound", &r->cipher_rows, "correlationHorizontal", 'h');
    number(r, "npcr", &r->pair_rows, "npcr", 'v');
    number(r, "npcrCritical", &r->pair_rows, "npcr", 'l');
    number(r, "uaci", &r->pair_rows, "uaci", 'v');
    number(r, "uaciLow", &r->pair_rows, "uaci", 'l');
    number(r, "uaciHigh", &r->pair_rows, "uaci", 'h');
    dkg_result_text(r->host, "pairCompared", r->job->pair);
    dkg_result_text(r->host, "statusText", "ok");
    dkg_say(r->host, "%s", dkg_metrics_sentence());
}

static dkg_status run_job(const dkg_metrics_job *job, dkg_host *host, dkg_error *err)
{
    run r = {.job = job, .host = host};
    dkg_status status = check_options(&r, err);
    if (status != DKG_OK) return status;
    r.record = new_record(&r);
    status = read_all(&r, err);
    if (status == DKG_OK) {
        describe(&r);
        status = measure(&r, err);
    }
    if (status == DKG_OK) {
        summarize(&r);
        dkg_report_files files = {r.job->jsonFile, r.job->reportFile, r.job->metricsFile, r.job->metricsTable, r.job->histogramTable,
                                  r.job->force, r.job->withPlain};
        status = dkg_record_write(&r.record, &files, err);
    }
    if (status == DKG_OK) results(&r);
    dkg_metric_list_free(&r.cipher_rows);
    dkg_metric_list_free(&r.pair_rows);
    dkg_record_free(&r.record);
    dkg_array_free(&r.cipher);
    dkg_array_free(&r.plain);
    dkg_array_free(&r.second);
    return status;
}

/* On the command line a single file is the encrypted one. */
static dkg_status metrics_run(const void *options, dkg_host *host, dkg_error *err)
{
    dkg_metrics_job job = *(const dkg_metrics_job *)options;
    if (!dkg_host_is_module(host) && !job.cipherFile && !job.cipherVolume) {
        job.cipherFile = job.plainFile;
        job.plainFile = NULL;
    }
    return run_job(&job, host, err);
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(dkg_metrics_job, member)}
static const dkg_binding bindings[] = {
    BIND(STRING, plainVolume), BIND(STRING, plainFile), BIND(STRING, cipherVolume), BIND(STRING, cipherFile), BIND(STRING, secondVolume),
    BIND(STRING, secondFile), BIND(STRING, pair), BIND(STRING, depth), BIND(STRING, significance), BIND(STRING, modelFile),
    BIND(STRING, metricsTable), BIND(STRING, histogramTable), BIND(STRING, metricsFile), BIND(STRING, jsonFile), BIND(STRING, reportFile),
    BIND(STRING, device), BIND(BOOLEAN, withPlain), BIND(BOOLEAN, force), BIND(INTEGER, keyImages), BIND(INTEGER, threads),
};

DKG_MODULE_COMMAND(metrics, DeepKeyGenMetrics, dkg_metrics_job, metrics_run)
