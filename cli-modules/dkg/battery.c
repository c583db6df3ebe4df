/* dkg battery: SP 800-22 and, where they are installed, ent, rngtest and dieharder on streams, subject beside control. */
#include "dkg/commands.h"

#include "common/volumes.h"
#include "dkg/battery.h"
#include "dkg/filter.h"
#include "report/files.h"
#include "report/record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct job {
    const char *streams, *modelFile, *jsonFile, *reportFile, *device;
    int64_t sequences, megabytes, threads;
    bool dieharder, force;
} job;

enum { SEQUENCE_BYTES = DKG_SP800_22_BITS_MIN / 8, SAID = 1 << 16 };
/* A stream is judged once and not again until it pleases, so a battery's own bound is one that an ideal source seldom breaks. */
static const double tail = 0.0001;

typedef struct run {
    const job *j;
    dkg_host *host;
    dkg_record record;
    const char *name; /* of the stream at hand */
    size_t tests, failures;
} run;

static dkg_status open_stream(run *r, dkg_stream **s, dkg_error *err)
{
    dkg_status status = dkg_stream_open(r->name, r->j->modelFile, r->j->device, (unsigned)r->j->threads, dkg_host_log(r->host), s, err);
    if (status == DKG_OK && *dkg_stream_device(*s) && r->record.timed)
        dkg_record_text(&r->record, dkg_record_object(&r->record, "provenance"), "device", dkg_stream_device(*s));
    return status;
}

static void row(run *r, const char *battery, const char *test, uint64_t bytes, double result, const char *unit, const char *rule, bool good)
{
    json_t *item = dkg_record_item(&r->record, "batteries");
    const char *verdict = dkg_verdict_text(good ? DKG_VERDICT_CONSISTENT : DKG_VERDICT_NOT_CONSISTENT);
    dkg_record_text(&r->record, item, "battery", battery);
    dkg_record_text(&r->record, item, "test", test);
    dkg_record_text(&r->record, item, "stream", r->name);
    dkg_record_integer(&r->record, item, "bytes", bytes);
    dkg_record_number(&r->record, item, "result", result);
    dkg_record_text(&r->record, item, "unit", unit);
    dkg_record_text(&r->record, item, "rule", rule);
    dkg_record_text(&r->record, item, "verdict", verdict);
    dkg_say(r->host, "%-11s %-10s %-27s %12.6g %-22s %s", r->name, battery, test, result, unit, verdict);
    r->tests++;
    r->failures += !good;
}

/* ---- SP 800-22 ------------------------------------------------------------------------------------------------------------ */
typedef struct sequences {
    const uint8_t *bytes;
    double *p;
    dkg_status *status;
    dkg_error *errors;
} sequences;

static void one_sequence(void *context, size_t i)
{
    const sequences *s = context;
    s->status[i] = dkg_sp800_22(s->bytes + i * SEQUENCE_BYTES, DKG_SP800_22_BITS_MIN, s->p + i * DKG_SP800_22_P_VALUES, &s->errors[i]);
}

static dkg_status fill(run *r, uint8_t *bytes, size_t n, dkg_error *err)
{
    uint8_t *block = malloc(DKG_STREAM_BLOCK);
    dkg_stream *s = NULL;
    dkg_status status = block ? open_stream(r, &s, err) : dkg_fail(err, DKG_NO_MEMORY, "no memory for a block of key stream");
    for (size_t at = 0; at < n && status == DKG_OK; at += DKG_STREAM_BLOCK) {
        status = dkg_stream_next(s, block, err);
        memcpy(bytes + at, block, n - at < DKG_STREAM_BLOCK ? n - at : DKG_STREAM_BLOCK);
        if (status == DKG_OK) status = dkg_progress(dkg_host_log(r->host), r->name, (double)at / (double)n, err);
    }
    dkg_stream_close(s);
    free(block);
    return status;
}

static void judge(run *r, const double *p, size_t count)
{
    dkg_sp800_22_verdict v[DKG_SP800_22_TESTS];
    dkg_sp800_22_judge(p, count, 0.01, v);
    for (size_t t = 0; t < DKG_SP800_22_TESTS; t++) {
        char rule[120];
        (void)snprintf(rule, sizeof rule, isnan(v[t].uniformity) ? "share of at least %.3f" : "share of at least %.3f, P_T at least 0.0001 (%.4f)",
                       v[t].share_least, v[t].uniformity);
        row(r, "SP 800-22", dkg_sp800_22_test_name(t), count * SEQUENCE_BYTES, v[t].share, "share of p >= 0.01", rule, v[t].consistent);
    }
}

static dkg_status sp800_22(run *r, dkg_error *err)
{
    size_t count = (size_t)r->j->sequences;
    uint8_t *bytes = dkg_calloc(count, SEQUENCE_BYTES);
    sequences s = {bytes, dkg_calloc(count, DKG_SP800_22_P_VALUES * sizeof *s.p), dkg_calloc(count, sizeof *s.status),
                   dkg_calloc(count, sizeof *s.errors)};
    dkg_status status = bytes && s.p && s.status && s.errors ? fill(r, bytes, count * SEQUENCE_BYTES, err)
                                                             : dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu sequences", count);
    if (status == DKG_OK) {
        dkg_parallel((unsigned)r->j->threads, count, one_sequence, &s);
        for (size_t i = 0; i < count && status == DKG_OK; i++)
            if (s.status[i] != DKG_OK) status = dkg_fail(err, s.status[i], "%s", s.errors[i].text);
    }
    if (status == DKG_OK) judge(r, s.p, count);
    free(s.errors);
    free(s.status);
    free(s.p);
    free(bytes);
    return status;
}

/* ---- programs of others ------------------------------------------------------------------------------------------------------ */
static void absent(run *r, const char *program)
{
    dkg_record_warn(&r->record, "%s was not run: it is not installed", program);
    dkg_warn(dkg_host_log(r->host), "%s is not run: it is not installed", program);
}

/* `ent -t`: a line of heads, then "1,bytes,entropy,chi-square,mean,pi,correlation". */
static dkg_status judge_ent(run *r, const char *said, uint64_t bytes, dkg_error *err)
{
    double entropy, chi;
    const char *line = strstr(said, "\n1,");
    if (!line || sscanf(line + 3, "%*[^,],%lf,%lf", &entropy, &chi) != 2)
        return dkg_fail(err, DKG_IO, "ent said something unexpected: %.*s", (int)strcspn(said, "\n"), said);
    double p = dkg_chi_square_tail(chi, 255);
    row(r, "ent", "chi-square of bytes", bytes, chi, "of 255 degrees", "p within 0.0001 and 0.9999", p > tail && p < 1 - tail);
    return DKG_OK;
}

static dkg_status judge_rngtest(run *r, const char *said, uint64_t bytes, dkg_error *err)
{
    unsigned long long good, bad;
    char rule[80];
    const char *first = strstr(said, "FIPS 140-2 successes: "), *second = strstr(said, "FIPS 140-2 failures: ");
    if (!first || !second || sscanf(first, "FIPS 140-2 successes: %llu", &good) != 1 || sscanf(second, "FIPS 140-2 failures: %llu", &bad) != 1)
        return dkg_fail(err, DKG_IO, "rngtest said something unexpected: %.*s", (int)strcspn(said, "\n"), said);
    /* 0.0008: share of blocks of an ideal source that fail one of the five tests */
    uint64_t allowed = dkg_binomial_critical(tail, good + bad, 0.0008);
    (void)snprintf(rule, sizeof rule, "at most %llu of %llu blocks", (unsigned long long)allowed, good + bad);
    row(r, "rngtest", "FIPS 140-2 blocks failed", bytes, (double)bad, "blocks", rule, bad <= allowed);
    return DKG_OK;
}

static size_t occurrences(const char *text, const char *word)
{
    size_t n = 0;
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word)) n++;
    return n;
}

static dkg_status judge_dieharder(run *r, const char *said, uint64_t bytes, dkg_error *err)
{
    size_t passed = occurrences(said, "PASSED"), weak = occurrences(said, "WEAK"), failed = occurrences(said, "FAILED");
    char unit[60];
    if (passed + weak + failed == 0) return dkg_fail(err, DKG_IO, "dieharder said something unexpected: %.*s", (int)strcspn(said, "\n"), said);
    (void)snprintf(unit, sizeof unit, "failed, %zu weak, of %zu", weak, passed + weak + failed);
    row(r, "dieharder", "all tests", bytes, (double)failed, unit, "none failed; an ideal source has weak ones too", failed == 0);
    return DKG_OK;
}

static dkg_status program(run *r, char *const argv[], uint64_t bytes, dkg_status (*judge_it)(run *, const char *, uint64_t, dkg_error *),
                          dkg_error *err)
{
    dkg_stream *s = NULL;
    bool found = false;
    char *said = malloc(SAID);
    dkg_status status = said ? open_stream(r, &s, err) : dkg_fail(err, DKG_NO_MEMORY, "no memory for the words of %s", argv[0]);
    if (status == DKG_OK) status = dkg_filter_run(argv, s, bytes, said, SAID, &found, err);
    if (status == DKG_OK && found) status = judge_it(r, said, bytes, err);
    if (status == DKG_OK && !found) absent(r, argv[0]);
    dkg_stream_close(s);
    free(said);
    return status;
}

/* Arguments as posix_spawn() wants them: of char that nobody changes. */
static char ent[] = "ent", terse[] = "-t", rngtest[] = "rngtest", dieharder[] = "dieharder", all[] = "-a", raw_input[] = "-g200";

static dkg_status one_stream(run *r, dkg_error *err)
{
    uint64_t bytes = (uint64_t)r->j->megabytes * 1000000;
    dkg_status status = DKG_OK;
    r->tests = r->failures = 0;
    if (r->j->sequences > 0) status = sp800_22(r, err);
    if (status == DKG_OK && bytes > 0) status = program(r, (char *[]){ent, terse, NULL}, bytes, judge_ent, err);
    if (status == DKG_OK && bytes > 0) status = program(r, (char *[]){rngtest, NULL}, bytes, judge_rngtest, err);
    if (status == DKG_OK && r->j->dieharder) status = program(r, (char *[]){dieharder, all, raw_input, NULL}, 0, judge_dieharder, err);
    if (status != DKG_OK) return status;
    char text[80];
    (void)snprintf(text, sizeof text, "%zu of %zu tests not consistent", r->failures, r->tests);
    dkg_result_text(r->host, r->name, text);
    dkg_record_text(&r->record, dkg_record_object(&r->record, "summary"), r->name, text);
    if (strcmp(r->name, "counter") == 0 && r->tests > 0 && r->failures == 0)
        return dkg_fail(err, DKG_INTERNAL, "broken measurement: no battery finds the counter");
    return DKG_OK;
}

static dkg_status battery_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    const char *const outputs[] = {j->jsonFile, j->reportFile};
    run r = {.j = j, .host = host};
    char *names = strdup(j->streams), *rest = NULL;
    if (!names) return dkg_fail(err, DKG_NO_MEMORY, "no memory for the names of streams");
    dkg_status status = dkg_check_files(&j->modelFile, 1, outputs, 2, j->force, err);
    if (status == DKG_OK) dkg_say(host, "%s", dkg_metrics_sentence());
    r.record = dkg_record_new("Batteries of tests on key streams", "battery");
    dkg_record_option(&r.record, "--streams", j->streams);
    dkg_record_option_integer(&r.record, "--sequences", j->sequences);
    dkg_record_option_integer(&r.record, "--megabytes", j->megabytes);
    if (j->dieharder) dkg_record_word(&r.record, "--dieharder");
    if (j->modelFile) dkg_record_option(&r.record, "--model-file", dkg_record_file_name(j->modelFile));
    for (char *name = strtok_r(names, ",", &rest); name && status == DKG_OK; name = strtok_r(NULL, ",", &rest)) {
        r.name = name;
        status = one_stream(&r, err);
    }
    dkg_report_files files = {.json = j->jsonFile, .page = j->reportFile, .replace = j->force};
    if (status == DKG_OK) status = dkg_record_write(&r.record, &files, err);
    dkg_record_free(&r.record);
    free(names);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {BIND(STRING, streams),    BIND(STRING, modelFile),  BIND(STRING, jsonFile), BIND(STRING, reportFile),
                                       BIND(STRING, device),     BIND(INTEGER, sequences), BIND(INTEGER, megabytes), BIND(INTEGER, threads),
                                       BIND(BOOLEAN, dieharder), BIND(BOOLEAN, force)};

DKG_COMMAND(battery, job, battery_run)
