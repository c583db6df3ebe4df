/* results.h - what a command found out: as lines, as JSON, as Slicer's return-parameter file. */
#ifndef DKG_HOST_RESULTS_H
#define DKG_HOST_RESULTS_H

#include <jansson.h>

#include "description.h"

typedef struct dkg_results {
    json_t *values;   /* object: name -> value, in the order they came */
    json_t *warnings; /* array of sentences */
    bool failed;      /* a result was lost: out of memory */
} dkg_results;

void dkg_results_begin(dkg_results *results);
void dkg_results_free(dkg_results *results);
/* Takes over `value` (NULL: lost); a second value of a name replaces the first. */
void dkg_results_set(dkg_results *results, const char *name, json_t *value);
/* A text of any bytes: what is not UTF-8 becomes '?'. */
json_t *dkg_results_text(const char *text);
/* A number; JSON has no NaN and no infinity, they become texts. */
json_t *dkg_results_number(double value);

/* "name: value" lines. */
void dkg_results_lines(const dkg_results *results, dkg_buffer *out);
/* The return-parameter file (docs/host.md, section 1.4): "name = value\n" for each simple output of the description that
 * has a result; LF, no blank line, no line end in a value. */
void dkg_results_return_file(const dkg_results *results, const dkg_description *description, dkg_buffer *out);
/* One JSON object and a line end: command, status, exitCode, error and hint (if failed), warnings, results. Names with
 * dots nest: "devices.0.name" is results.devices[0].name. */
void dkg_results_json(const dkg_results *results, const char *command, const dkg_error *err, int exit_code, dkg_buffer *out);

#endif
