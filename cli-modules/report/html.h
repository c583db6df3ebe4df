/* Text of the page: escaped, numbers with few digits. Strings come from a file anyone may have written. */
#ifndef DKG_CLI_HTML_H
#define DKG_CLI_HTML_H

#include "dkg/base.h"

#include <jansson.h>

/* Escaped for text and for attributes in double quotes; NULL writes nothing. */
void dkg_html_text(dkg_buffer *out, const char *text);
/* "7.99681", "1.2e-05", a dash for what is no number. */
void dkg_html_number(dkg_buffer *out, const json_t *value);
/* A member's text, or "" when it is absent or of another type. */
const char *dkg_html_string(const json_t *object, const char *name);
/* A member's number, or NaN. */
double dkg_html_value(const json_t *object, const char *name);
/* "Correlation horizontal" of "correlationHorizontal": names of the record as words. */
void dkg_html_words(dkg_buffer *out, const char *name);

/* A table: begin with its caption and column heads, then rows of cells. The first cell of a row is its head. Columns of numbers are
 * marked by a '#' before their head. */
typedef struct dkg_html_table {
    dkg_buffer *out;
    size_t column, rows;
} dkg_html_table;
dkg_html_table dkg_table_begin(dkg_buffer *out, const char *id, const char *caption, const char *const *heads, size_t count);
void dkg_table_row(dkg_html_table *t);
void dkg_table_text(dkg_html_table *t, const char *text);
void dkg_table_words(dkg_html_table *t, const char *name);
void dkg_table_number(dkg_html_table *t, const json_t *value);
void dkg_table_verdict(dkg_html_table *t, const char *verdict);
void dkg_table_format(dkg_html_table *t, const char *format, ...) DKG_PRINTF(2, 3);
void dkg_table_end(dkg_html_table *t);
#endif
