/* The record of an evaluation: every number of a report as JSON (docs/report.md), from which alone the page is made. Nothing of
 * a plaintext is put into it unless the caller does so. */
#ifndef DKG_CLI_RECORD_H
#define DKG_CLI_RECORD_H

#include "dkg/metrics.h"

#include <jansson.h>

#define DKG_RECORD_FORMAT "deepkeygen-report/1"
enum { DKG_RECORD_BYTES_MAX = 1 << 26 };

/* Members may be added to `root` through jansson as well; a failed addition is remembered and reported at the end. */
typedef struct dkg_record {
    json_t *root;
    bool failed;
    bool timed; /* false when SOURCE_DATE_EPOCH is set: no measured time is recorded, equal runs give equal text */
} dkg_record;

/* title: what was done, by `dkg command`. Free it in every case. */
dkg_record dkg_record_new(const char *title, const char *command);
/* The words after it that make the same record again, without paths of plaintexts; folders of other files are left out. */
void dkg_record_word(dkg_record *r, const char *word);
void dkg_record_option(dkg_record *r, const char *name, const char *value);
void dkg_record_option_integer(dkg_record *r, const char *name, int64_t value);
const char *dkg_record_file_name(const char *path); /* without folders; points into the path */
void dkg_record_free(dkg_record *r);

/* The member `name` of the record, made if need be; NULL after a failure, which every function below takes. */
json_t *dkg_record_object(dkg_record *r, const char *name);
json_t *dkg_record_array(dkg_record *r, const char *name);
/* An object appended to the array `name`. */
json_t *dkg_record_item(dkg_record *r, const char *name);
/* Members; a number that is not finite becomes null. `value` of dkg_record_set() is taken in every case. */
void dkg_record_set(dkg_record *r, json_t *object, const char *name, json_t *value);
void dkg_record_text(dkg_record *r, json_t *object, const char *name, const char *value);
void dkg_record_number(dkg_record *r, json_t *object, const char *name, double value);
void dkg_record_integer(dkg_record *r, json_t *object, const char *name, uint64_t value);
void dkg_record_flag(dkg_record *r, json_t *object, const char *name, bool value);
void dkg_record_warn(dkg_record *r, const char *format, ...) DKG_PRINTF(2, 3);
/* The engine and the model that made the keys, as provenance. */
void dkg_record_engine(dkg_record *r, const dkg_engine *engine, const dkg_model *model);
double dkg_record_clock(void); /* seconds on a clock that only goes forward */
void dkg_record_time(dkg_record *r, const char *what, const char *engine, double seconds, double bytes); /* bytes 0: no rate */

/* Rows of section 11's report.tsv; subject: "cipher", "generator", "key", "plain", "xchacha20", "rand" ... */
void dkg_record_rows(dkg_record *r, const char *subject, const dkg_metric_list *rows);
/* One slice of "slices" (columns by name), subjects and parts apart. */
void dkg_record_slice(dkg_record *r, const char *subject, const dkg_slice_metrics *m);
/* Counts of all values, binned to at most 256, with the limits within which each bin lies with 99.9 % when uniform. */
void dkg_record_histogram(dkg_record *r, const char *subject, const char *part, const uint64_t *count, size_t values);
/* Neighbours in a plane: up to 3,000 pairs spread evenly, and each direction's correlation as measured over all pairs. */
void dkg_record_scatter(dkg_record *r, const char *subject, const uint8_t *plane, const dkg_shape *shape, const dkg_metric_list *rows);
/* A picture, grey (channels 1) or RGB (3), rows one after another; alt: what it shows, for those who do not see it. */
void dkg_record_picture(dkg_record *r, const char *figure, const char *subject, const char *caption, const char *alt,
                        const uint8_t *pixels, uint32_t width, uint32_t height, unsigned channels);

/* The text of the record; free() it. The same record always gives the same bytes. */
DKG_MUST_USE dkg_status dkg_record_dump(const dkg_record *r, char **text, size_t *size, dkg_error *err);
/* The curve table of a training (`dkg train --curve-table`, CSV with a line of names) as the member "training", for F9. A cell that is
 * no number becomes null. DKG_USAGE: not such a table; DKG_IO. */
DKG_MUST_USE dkg_status dkg_record_training(dkg_record *r, const char *path, dkg_error *err);
/* Reads a record back. DKG_USAGE: not a record of this format, or too large. */
DKG_MUST_USE dkg_status dkg_record_load(const char *path, json_t **out, dkg_error *err);
/* Rows as CSV: subject, metric, part, index, pair, bits, n, value, expected, low, high, p, verdict. */
void dkg_record_csv(const json_t *record, dkg_buffer *out);
#endif
