/* The curves of a training in a report. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/record.h"

enum { CURVE_MAX = 1 << 26, COLUMNS_MAX = 32 };

/* The next cell, cut off; *more: another one follows on the line. */
static char *cell(char **at, bool *more)
{
    char *text = *at;
    size_t n = strcspn(text, ",\n");
    *more = text[n] == ',';
    *at = text + n + (text[n] != '\0');
    if (n && text[n - 1] == '\r') text[n - 1] = '\0';
    text[n] = '\0';
    return text;
}

dkg_status dkg_record_training(dkg_record *r, const char *path, dkg_error *err)
{
    uint8_t *file = NULL;
    size_t size, columns = 0, line = 1;
    json_t *curves[COLUMNS_MAX];
    dkg_status status = dkg_file_read(path, CURVE_MAX, &file, &size, err);
    if (status != DKG_OK) return status;
    json_t *training = dkg_record_object(r, "training");
    char *at = (char *)file;
    for (bool more = true; status == DKG_OK && more && columns < COLUMNS_MAX;) {
        const char *name = cell(&at, &more);
        curves[columns] = json_array();
        /* a second column of this name would free the first one's curve */
        if (json_object_get(training, name) || json_object_set_new(training, name, curves[columns]) != 0)
            status = dkg_fail(err, DKG_USAGE, "%s: column %zu has no name of its own in UTF-8", path, columns + 1);
        columns++;
    }
    if (status == DKG_OK && (columns < 2 || !json_object_get(training, "step"))) status = dkg_fail(err, DKG_USAGE, "%s: is no curve table: it has no column step", path);
    while (status == DKG_OK && *at) {
        bool more = true;
        line++;
        for (size_t i = 0; i < columns && status == DKG_OK; i++) {
            if (!more) status = dkg_fail(err, DKG_USAGE, "%s: line %zu has %zu cells, %zu were expected", path, line, i, columns);
            const char *text = more ? cell(&at, &more) : "";
            char *end;
            const double value = strtod(text, &end);
            json_t *number = *text && !*end && isfinite(value) ? json_real(value) : json_null();
            if (status == DKG_OK && json_array_append_new(curves[i], number) != 0) r->failed = true;
        }
        if (status == DKG_OK && more) status = dkg_fail(err, DKG_USAGE, "%s: line %zu has more than %zu cells", path, line, columns);
    }
    free(file);
    return status;
}
