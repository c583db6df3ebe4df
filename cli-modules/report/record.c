#include "report/record.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void dkg_record_set(dkg_record *r, json_t *object, const char *name, json_t *value)
{
    if (!object || json_object_set_new(object, name, value) != 0) r->failed = true; /* takes the value also when it fails */
    if (!object) json_decref(value);
}

/* File names need not be UTF-8, JSON must be: then every byte beyond ASCII becomes a question mark. */
static json_t *text_of(const char *value)
{
    json_t *text = json_string(value ? value : "");
    char *plain = text ? NULL : strdup(value);
    for (char *c = plain; c && *c; c++)
        if ((unsigned char)*c >= 128) *c = '?';
    if (plain) text = json_string(plain);
    free(plain);
    return text;
}

void dkg_record_text(dkg_record *r, json_t *object, const char *name, const char *value) { dkg_record_set(r, object, name, text_of(value)); }

void dkg_record_integer(dkg_record *r, json_t *object, const char *name, uint64_t value)
{
    dkg_record_set(r, object, name, json_integer((json_int_t)value));
}

void dkg_record_flag(dkg_record *r, json_t *object, const char *name, bool value) { dkg_record_set(r, object, name, json_boolean(value)); }

void dkg_record_number(dkg_record *r, json_t *object, const char *name, double value)
{
    dkg_record_set(r, object, name, isfinite(value) ? json_real(value) : json_null());
}

static json_t *member(dkg_record *r, const char *name, bool array)
{
    json_t *found = json_object_get(r->root, name);
    if (found) return found;
    dkg_record_set(r, r->root, name, array ? json_array() : json_object());
    return json_object_get(r->root, name);
}

json_t *dkg_record_object(dkg_record *r, const char *name) { return member(r, name, false); }

json_t *dkg_record_array(dkg_record *r, const char *name) { return member(r, name, true); }

static void append(dkg_record *r, json_t *array, json_t *value)
{
    if (!array || json_array_append_new(array, value) != 0) r->failed = true;
    if (!array) json_decref(value);
}

json_t *dkg_record_item(dkg_record *r, const char *name)
{
    json_t *array = dkg_record_array(r, name), *item = json_object();
    append(r, array, item);
    return r->failed ? NULL : item;
}

void dkg_record_warn(dkg_record *r, const char *format, ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    append(r, dkg_record_array(r, "warnings"), text_of(text));
}

void dkg_record_engine(dkg_record *r, const dkg_engine *engine, const dkg_model *model)
{
    json_t *provenance = dkg_record_object(r, "provenance");
    char digest[2 * DKG_DIGEST_BYTES + 1];
    sodium_bin2hex(digest, sizeof digest, dkg_model_digest(model), DKG_DIGEST_BYTES);
    dkg_record_text(r, provenance, "engine", engine->kind);
    if (r->timed) dkg_record_text(r, provenance, "device", engine->device);
    dkg_record_text(r, provenance, "modelDigest", digest);
    dkg_record_integer(r, provenance, "modelChannels", dkg_model_channels(model));
}

double dkg_record_clock(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void dkg_record_time(dkg_record *r, const char *what, const char *engine, double seconds, double bytes)
{
    if (!r->timed) return;
    json_t *item = dkg_record_item(r, "times");
    dkg_record_text(r, item, "what", what);
    dkg_record_text(r, item, "engine", engine);
    dkg_record_number(r, item, "seconds", seconds);
    if (bytes > 0) dkg_record_number(r, item, "megabytesPerSecond", bytes / seconds / 1e6);
}

/* Now, or the second SOURCE_DATE_EPOCH names. */
static bool date(char out[32], bool *fixed)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    char *end = NULL;
    long long second = text ? strtoll(text, &end, 10) : 0;
    *fixed = text && end != text && *end == '\0';
    time_t t = *fixed ? (time_t)second : time(NULL);
    struct tm utc;
    return gmtime_r(&t, &utc) && strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0;
}

void dkg_record_word(dkg_record *r, const char *word) { append(r, dkg_record_array(r, "command"), text_of(word)); }

void dkg_record_option(dkg_record *r, const char *name, const char *value)
{
    dkg_record_word(r, name);
    dkg_record_word(r, value);
}

void dkg_record_option_integer(dkg_record *r, const char *name, int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, value);
    dkg_record_option(r, name, text);
}

const char *dkg_record_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

dkg_record dkg_record_new(const char *title, const char *command)
{
    dkg_record r = {.root = json_object()};
    char when[32] = "";
    bool fixed = false;
    if (!date(when, &fixed)) r.failed = true;
    r.timed = !fixed;
    dkg_record_text(&r, r.root, "format", DKG_RECORD_FORMAT);
    dkg_record_text(&r, r.root, "title", title);
    dkg_record_text(&r, r.root, "sentence", dkg_metrics_sentence());
    dkg_record_text(&r, r.root, "created", when);
    dkg_record_flag(&r, r.root, "containsPlain", false);
    dkg_record_text(&r, dkg_record_object(&r, "provenance"), "version", DKG_VERSION);
    dkg_record_word(&r, "dkg");
    dkg_record_word(&r, command);
    (void)dkg_record_array(&r, "warnings");
    return r;
}

void dkg_record_free(dkg_record *r)
{
    json_decref(r->root);
    r->root = NULL;
}

void dkg_record_rows(dkg_record *r, const char *subject, const dkg_metric_list *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const dkg_metric *m = &rows->at[i];
        json_t *item = dkg_record_item(r, "metrics");
        dkg_record_text(r, item, "subject", subject);
        dkg_record_text(r, item, "metric", m->name);
        dkg_record_text(r, item, "part", m->part);
        if (m->pair) dkg_record_text(r, item, "pair", m->pair);
        if (m->index >= 0) dkg_record_integer(r, item, "index", (uint64_t)m->index);
        dkg_record_integer(r, item, "bits", m->bits);
        dkg_record_integer(r, item, "n", m->n);
        dkg_record_number(r, item, "value", m->value);
        if (isinf(m->value)) dkg_record_flag(r, item, "infinite", true); /* the PSNR of equal arrays */
        dkg_record_number(r, item, "expected", m->expected);
        dkg_record_number(r, item, "deviation", m->deviation);
        dkg_record_number(r, item, "low", m->low);
        dkg_record_number(r, item, "high", m->high);
        dkg_record_number(r, item, "p", m->p);
        dkg_record_text(r, item, "verdict", dkg_verdict_text(m->verdict));
    }
}

dkg_status dkg_record_dump(const dkg_record *r, char **text, size_t *size, dkg_error *err)
{
    *text = NULL;
    *size = 0;
    if (!r->failed) *text = json_dumps(r->root, JSON_INDENT(1) | JSON_REAL_PRECISION(12) | JSON_ENSURE_ASCII);
    if (!*text) return dkg_fail(err, DKG_NO_MEMORY, "no memory for the report");
    *size = strlen(*text);
    return DKG_OK;
}

dkg_status dkg_record_load(const char *path, json_t **out, dkg_error *err)
{
    uint8_t *bytes;
    size_t size;
    json_error_t why;
    *out = NULL;
    dkg_status status = dkg_file_read(path, DKG_RECORD_BYTES_MAX, &bytes, &size, err);
    if (status != DKG_OK) return status;
    json_t *root = json_loadb((const char *)bytes, size, JSON_REJECT_DUPLICATES, &why);
    free(bytes);
    const char *format = json_string_value(json_object_get(root, "format"));
    if (root && format && strcmp(format, DKG_RECORD_FORMAT) == 0) {
        *out = root;
        return DKG_OK;
    }
    if (root) {
        status = dkg_fail(err, DKG_USAGE, "%s: its format is %s, not %s", path, format ? format : "not named", DKG_RECORD_FORMAT);
        (void)dkg_fail_hint(err, status, "write one with: dkg metrics ENCRYPTED --json-file report.json");
    } else {
        status = dkg_fail(err, DKG_USAGE, "%s: no JSON: line %d: %s", path, why.line, why.text);
    }
    json_decref(root);
    return status;
}

static void csv_text(dkg_buffer *out, const json_t *item, const char *name)
{
    const char *text = json_string_value(json_object_get(item, name));
    bool quoted = text && strpbrk(text, ",\"\n") != NULL;
    if (quoted) dkg_append_text(out, "\"");
    for (const char *c = text ? text : ""; *c; c++) dkg_append_text(out, "%s%c", *c == '"' ? "\"" : "", *c);
    if (quoted) dkg_append_text(out, "\"");
}

void dkg_record_csv(const json_t *record, dkg_buffer *out)
{
    static const char *const texts[] = {"subject", "metric", "part"}, *const numbers[] = {"value", "expected", "low", "high", "p"};
    size_t i;
    const json_t *item;
    dkg_append_text(out, "subject,metric,part,index,pair,bits,n,value,expected,low,high,p,verdict\n");
    json_array_foreach(json_object_get(record, "metrics"), i, item) {
        const json_t *index = json_object_get(item, "index");
        for (size_t k = 0; k < 3; k++) {
            csv_text(out, item, texts[k]);
            dkg_append_text(out, ",");
        }
        if (index) dkg_append_text(out, "%" JSON_INTEGER_FORMAT, json_integer_value(index));
        dkg_append_text(out, ",");
        csv_text(out, item, "pair");
        dkg_append_text(out, ",%" JSON_INTEGER_FORMAT ",%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(item, "bits")),
                        json_integer_value(json_object_get(item, "n")));
        for (size_t k = 0; k < 5; k++) {
            const json_t *v = json_object_get(item, numbers[k]);
            if (json_is_number(v)) dkg_append_text(out, ",%.12g", json_number_value(v));
            else dkg_append_text(out, ",");
        }
        dkg_append_text(out, ",");
        csv_text(out, item, "verdict");
        dkg_append_text(out, "\n");
    }
}
