/* Results in their three forms. */
#include "results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

enum { DIGITS = 9, NESTING_MAX = 6, ITEMS_MAX = 100000 };

void dkg_results_begin(dkg_results *results)
{
    *results = (dkg_results){.values = json_object(), .warnings = json_array()};
    results->failed = !results->values || !results->warnings;
}

void dkg_results_free(dkg_results *results)
{
    json_decref(results->values);
    json_decref(results->warnings);
    *results = (dkg_results){0};
}

void dkg_results_set(dkg_results *results, const char *name, json_t *value)
{
    if (json_object_set_new(results->values, name, value) != 0) results->failed = true;
}

json_t *dkg_results_text(const char *text)
{
    json_t *value = json_string(text);
    if (value) return value;
    char *ascii = dkg_calloc(strlen(text) + 1, 1);
    if (!ascii) return NULL;
    for (size_t i = 0; text[i]; i++) ascii[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
    value = json_string(ascii);
    free(ascii);
    return value;
}

json_t *dkg_results_number(double value)
{
    char text[DKG_NUMBER_TEXT];
    if (isfinite(value)) return json_real(value);
    dkg_number_text(value, DIGITS, text);
    return json_string(text);
}

/* The value for people and for Slicer: one line. */
static void append_value(const json_t *value, dkg_buffer *out)
{
    char number[DKG_NUMBER_TEXT];
    if (json_is_integer(value)) {
        dkg_append_text(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_real(value)) {
        dkg_number_text(json_real_value(value), DIGITS, number);
        dkg_append_text(out, "%s", number);
    } else if (json_is_boolean(value)) {
        dkg_append_text(out, json_is_true(value) ? "true" : "false");
    } else {
        for (const char *c = json_string_value(value); c && *c; c++) dkg_append(out, (unsigned char)*c < 0x20 ? " " : c, 1);
    }
}

void dkg_results_lines(const dkg_results *results, dkg_buffer *out)
{
    const char *name;
    json_t *value;
    json_object_foreach(results->values, name, value) {
        dkg_append_text(out, "%s: ", name);
        append_value(value, out);
        dkg_append_text(out, "\n");
    }
}

void dkg_results_return_file(const dkg_results *results, const dkg_description *description, dkg_buffer *out)
{
    for (size_t i = 0; i < description->parameter_count; i++) {
        const dkg_parameter *p = &description->parameters[i];
        const json_t *value = p->simple_output ? json_object_get(results->values, p->name) : NULL;
        if (!value) continue;
        dkg_append_text(out, "%s = ", p->name);
        append_value(value, out);
        dkg_append_text(out, "\n");
    }
}

/* The member `key` of an object or the item of an array, made as what the next part of the name needs. */
static json_t *member(json_t *parent, const char *key, bool is_array)
{
    json_t *child;
    if (json_is_array(parent)) {
        int64_t at;
        if (!dkg_text_integer(key, &at) || at < 0 || at >= ITEMS_MAX) return NULL;
        while (json_array_size(parent) <= (size_t)at)
            if (json_array_append_new(parent, is_array ? json_array() : json_object()) != 0) return NULL;
        return json_array_get(parent, (size_t)at);
    }
    child = json_object_get(parent, key);
    if (child) return child;
    if (json_object_set_new(parent, key, is_array ? json_array() : json_object()) != 0) return NULL;
    return json_object_get(parent, key);
}

static bool is_number(const char *part) { return part && *part >= '0' && *part <= '9'; }

/* Puts value where the dotted name says; a name that contradicts another one stays as it is. */
static void nest(json_t *root, const char *name, json_t *value)
{
    char copy[256];
    json_t *at = root;
    size_t n = strlen(name);
    if (!strchr(name, '.') || n >= sizeof copy) {
        (void)json_object_set(root, name, value);
        return;
    }
    memcpy(copy, name, n + 1);
    char *part = copy;
    for (int depth = 0; at && depth < NESTING_MAX; depth++) {
        char *dot = strchr(part, '.');
        if (!dot) break;
        *dot = '\0';
        at = member(at, part, is_number(dot + 1));
        part = dot + 1;
    }
    if (json_is_object(at)) {
        (void)json_object_set(at, part, value);
    } else if (json_is_array(at) && is_number(part)) {
        (void)json_array_append(at, value);
    } else {
        (void)json_object_set(root, name, value);
    }
}

void dkg_results_json(const dkg_results *results, const char *command, const dkg_error *err, int exit_code, dkg_buffer *out)
{
    const char *name;
    json_t *value, *nested = json_object(), *all = json_object();
    json_object_foreach(results->values, name, value) nest(nested, name, value);
    (void)json_object_set_new(all, "command", dkg_results_text(command));
    (void)json_object_set_new(all, "status", json_string(dkg_status_name(err->status)));
    (void)json_object_set_new(all, "exitCode", json_integer(exit_code));
    if (err->status != DKG_OK) (void)json_object_set_new(all, "error", dkg_results_text(err->text));
    if (err->hint[0]) (void)json_object_set_new(all, "hint", dkg_results_text(err->hint));
    (void)json_object_set(all, "warnings", results->warnings);
    (void)json_object_set_new(all, "results", nested);
    char *text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(12));
    if (text)
        dkg_append_text(out, "%s\n", text);
    else
        out->failed = true;
    free(text);
    json_decref(all);
}
