#include "batch/manifest.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "batch/fields.h"

enum { PLAN_MAX = 1 << 20 };
static const uint64_t MANIFEST_MAX = (uint64_t)1 << 32;
static const char first_line[] = "# deepkeygen manifest 1";
static const char columns[] = "index\tpath\toutput\tkind\tmodality\tsubject\tbytes\tsha256\tshard";

char *dkg_plan_path(const char *output, const char *name)
{
    size_t n = strlen(output);
    while (n > 1 && output[n - 1] == '/') n--;
    size_t size = n + strlen(name) + sizeof ".plan/";
    char *path = malloc(size);
    if (path) (void)snprintf(path, size, "%.*s.plan/%s", (int)n, output, name);
    return path;
}

void dkg_plan_free(dkg_plan *p)
{
    char *const texts[] = {p->source, p->output, p->key_file, p->model_file, p->mode, p->geometry, p->device, p->verify};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) free(texts[i]);
    for (size_t i = 0; i < p->recipients_file_count; i++) free(p->recipients_files[i]);
    free(p->recipients_files);
    *p = (dkg_plan){0};
}

/* ---- writing -------------------------------------------------------------------------------------------------------------- */
static void manifest_text(const dkg_plan *p, const dkg_dataset *d, dkg_buffer *b)
{
    dkg_append_text(b, "%s\tlayout=%s\tshards=%lu\tparameters=%s\n%s\n", first_line, dkg_layout_name(d->layout), (unsigned long)p->shards,
                    p->parameters, columns);
    for (size_t i = 0; i < d->count; i++) {
        const dkg_entry *e = &d->entries[i];
        char digest[65];
        sodium_bin2hex(digest, sizeof digest, e->sha256, 32);
        dkg_append_text(b, "%zu\t", i + 1);
        dkg_field_append(b, e->path);
        dkg_append(b, "\t", 1);
        dkg_field_append(b, e->output);
        dkg_append_text(b, "\t%s\t%s\t", e->volume ? "volume" : "file", e->modality);
        dkg_field_append(b, e->subject);
        dkg_append_text(b, "\t%llu\t%s\t%lu\n", (unsigned long long)e->bytes, digest, (unsigned long)e->shard);
    }
}

static json_t *plan_json(const dkg_plan *p)
{
    char salt[65];
    json_t *files = json_array();
    for (size_t i = 0; i < p->recipients_file_count; i++) (void)json_array_append_new(files, json_string(p->recipients_files[i]));
    sodium_bin2hex(salt, sizeof salt, p->salt, 32);
    return json_pack("{s:i, s:s, s:s, s:s*, s:s*, s:o, s:s, s:s, s:s, s:s, s:b, s:I, s:s, s:s}", "plan", 1, "source", p->source, "output",
                     p->output, "keyFile", p->key_file, "modelFile", p->model_file, "recipientsFiles", files, "mode", p->mode, "geometry",
                     p->geometry, "device", p->device, "verify", p->verify, "rename", (int)p->rename, "shards", (json_int_t)p->shards,
                     "parameters", p->parameters, "salt", salt);
}

dkg_status dkg_plan_write(const dkg_plan *p, const dkg_dataset *d, bool replace, dkg_error *err)
{
    const unsigned flags = DKG_OUTPUT_PRIVATE | (replace ? DKG_OUTPUT_REPLACE : 0);
    dkg_buffer text = {0};
    json_t *json = plan_json(p);
    char *dumped = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
    char *plan = dkg_plan_path(p->output, "plan.json"), *manifest = dkg_plan_path(p->output, "manifest.tsv");
    manifest_text(p, d, &text);
    dkg_status status = DKG_OK;
    if (!dumped || !plan || !manifest || text.failed)
        status = dkg_fail(err, DKG_NO_MEMORY, "%s.plan: out of memory", p->output);
    else if ((status = dkg_make_folders(plan, err)) == DKG_OK) {
        if (!replace && dkg_file_exists(plan)) {
            dkg_fail(err, DKG_IO, "%s: exists already", plan);
            status = dkg_fail_hint(err, DKG_IO, "go on with it: dkg batch run, or plan anew with --force");
        }
        if (status == DKG_OK) status = dkg_file_write(manifest, flags | DKG_OUTPUT_REPLACE, text.bytes, text.size, err);
        if (status == DKG_OK) status = dkg_file_write(plan, flags, dumped, strlen(dumped), err);
    }
    free(plan);
    free(manifest);
    free(dumped);
    json_decref(json);
    dkg_buffer_free(&text);
    return status;
}

/* ---- reading -------------------------------------------------------------------------------------------------------------- */
static char *text_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    return text ? strdup(text) : NULL;
}

static bool take_plan(const json_t *json, dkg_plan *p)
{
    const json_t *files = json_object_get(json, "recipientsFiles");
    const char *salt = json_string_value(json_object_get(json, "salt")), *parameters = json_string_value(json_object_get(json, "parameters"));
    const json_int_t shards = json_integer_value(json_object_get(json, "shards"));
    size_t n = 0;
    p->source = text_of(json, "source");
    p->output = text_of(json, "output");
    p->key_file = text_of(json, "keyFile");
    p->model_file = text_of(json, "modelFile");
    p->mode = text_of(json, "mode");
    p->geometry = text_of(json, "geometry");
    p->device = text_of(json, "device");
    p->verify = text_of(json, "verify");
    p->rename = json_is_true(json_object_get(json, "rename"));
    p->shards = (uint32_t)shards;
    if (json_array_size(files) > 0 && (p->recipients_files = dkg_calloc(json_array_size(files), sizeof(char *))) != NULL)
        for (size_t i = 0; i < json_array_size(files); i++) {
            const char *file = json_string_value(json_array_get(files, i));
            if (!file || !(p->recipients_files[i] = strdup(file))) return false;
            p->recipients_file_count++;
        }
    if (!parameters || strlen(parameters) >= sizeof p->parameters) return false;
    strcpy(p->parameters, parameters);
    return json_integer_value(json_object_get(json, "plan")) == 1 && p->source && p->output && p->mode && p->geometry && p->device &&
           p->verify && shards >= 1 && shards <= UINT32_MAX && p->recipients_file_count == json_array_size(files) && salt &&
           sodium_hex2bin(p->salt, 32, salt, strlen(salt), NULL, &n, NULL) == 0 && n == 32;
}

/* One line of nine fields into an entry; `at` is cut at its tabs. */
static bool take_line(char *at, dkg_entry *e, dkg_error *err)
{
    char *field[9], *end;
    size_t n = 0;
    for (; n < 9; n++) {
        field[n] = at;
        at = strchr(at, '\t');
        if (!at) break;
        *at++ = '\0';
    }
    if (n != 8 || !dkg_field_decode(field[1]) || !dkg_field_decode(field[2]) || !dkg_field_decode(field[5])) return false;
    e->volume = strcmp(field[3], "volume") == 0;
    e->bytes = strtoull(field[6], &end, 10);
    if (*end || strlen(field[4]) >= sizeof e->modality || strlen(field[5]) >= sizeof e->subject || !*field[1] || !*field[2]) return false;
    strcpy(e->modality, field[4]);
    strcpy(e->subject, field[5]);
    if (sodium_hex2bin(e->sha256, 32, field[7], strlen(field[7]), NULL, &n, NULL) != 0 || n != 32) return false;
    const unsigned long shard = strtoul(field[8], &end, 10);
    if (*end || shard < 1 || shard > UINT32_MAX) return false;
    e->shard = (uint32_t)shard;
    e->path = strdup(field[1]);
    e->output = strdup(field[2]);
    if (e->path && e->output) return true;
    (void)dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", field[1]);
    return false;
}

static dkg_status take_manifest(char *text, const char *path, dkg_dataset *d, dkg_error *err)
{
    size_t line = 0;
    for (char *at = text; *at;) {
        char *end = strchr(at, '\n');
        char *next = end ? end + 1 : at + strlen(at);
        if (end) *end = '\0';
        line++;
        if (line == 1 && strncmp(at, first_line, sizeof first_line - 1) != 0) return dkg_fail(err, DKG_USAGE, "%s: is no manifest", path);
        if (line == 1) {
            const char *layout = strstr(at, "\tlayout=");
            for (int l = 0; layout && l <= DKG_LAYOUT_BRATS; l++)
                if (strncmp(layout + 8, dkg_layout_name((dkg_layout)l), strlen(dkg_layout_name((dkg_layout)l))) == 0) d->layout = (dkg_layout)l;
        }
        if (line > 2) {
            if (d->count == d->capacity) {
                size_t more = d->capacity ? 2 * d->capacity : 256;
                dkg_entry *entries = realloc(d->entries, more * sizeof *entries);
                if (!entries) return dkg_fail(err, DKG_NO_MEMORY, "%s: no memory for %zu lines", path, more);
                d->entries = entries;
                d->capacity = more;
            }
            dkg_error why = {0};
            d->entries[d->count] = (dkg_entry){0};
            bool good = take_line(at, &d->entries[d->count++], &why);
            if (!good) return dkg_fail(err, why.status == DKG_NO_MEMORY ? DKG_NO_MEMORY : DKG_USAGE, "%s: line %zu is malformed", path, line);
        }
        at = next;
    }
    return d->count ? DKG_OK : dkg_fail(err, DKG_USAGE, "%s: lists no file", path);
}

dkg_status dkg_plan_read(const char *output, dkg_plan *plan, dkg_dataset *dataset, dkg_error *err)
{
    uint8_t *json_text = NULL, *lines = NULL;
    size_t size;
    json_t *json = NULL;
    *plan = (dkg_plan){0};
    *dataset = (dkg_dataset){0};
    char *plan_path = dkg_plan_path(output, "plan.json"), *manifest_path = dkg_plan_path(output, "manifest.tsv");
    dkg_status status = DKG_OK;
    if (!plan_path || !manifest_path) {
        status = dkg_fail(err, DKG_NO_MEMORY, "%s.plan: out of memory", output);
        goto done;
    }
    if (!dkg_file_exists(plan_path)) {
        dkg_fail(err, DKG_IO, "%s: there is no plan", plan_path);
        status = dkg_fail_hint(err, DKG_IO, "make one: dkg batch plan SOURCE %s --key-file K", output);
        goto done;
    }
    status = dkg_file_read(plan_path, PLAN_MAX, &json_text, &size, err);
    if (status == DKG_OK) status = dkg_file_read(manifest_path, MANIFEST_MAX, &lines, &size, err);
    if (status != DKG_OK) goto done;
    json = json_loads((const char *)json_text, JSON_REJECT_DUPLICATES, NULL);
    if (!json || !take_plan(json, plan)) {
        status = dkg_fail(err, DKG_USAGE, "%s: is no plan of this version", plan_path);
        goto done;
    }
    status = take_manifest((char *)lines, manifest_path, dataset, err);
    for (size_t i = 0; status == DKG_OK && i < dataset->count; i++)
        if (dataset->entries[i].shard > plan->shards)
            status = dkg_fail(err, DKG_USAGE, "%s: line %zu is of shard %lu of %lu", manifest_path, i + 3,
                              (unsigned long)dataset->entries[i].shard, (unsigned long)plan->shards);
done:
    if (status != DKG_OK) {
        dkg_plan_free(plan);
        dkg_dataset_free(dataset);
    }
    json_decref(json);
    free(json_text);
    free(lines);
    free(plan_path);
    free(manifest_path);
    return status;
}
