/* The page of a report: one HTML file made from the record alone, without script and without any outside reference. */
#ifndef DKG_CLI_PAGE_H
#define DKG_CLI_PAGE_H

#include "dkg/base.h"

#include <jansson.h>

/* Appends the page. What the record lacks is left out; what has another type than docs/report.md says counts as lacking.
 * DKG_NO_MEMORY. */
DKG_MUST_USE dkg_status dkg_report_page(const json_t *record, dkg_buffer *out, dkg_error *err);

/* Its parts: tables T1 to T9 and figures F1 to F9 of docs/metrics.md, section 11. */
void dkg_report_tables(const json_t *record, dkg_buffer *out);
void dkg_report_figures(const json_t *record, dkg_buffer *out);
#endif
