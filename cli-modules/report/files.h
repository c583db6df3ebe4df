/* Where a record goes: JSON, page, tables. */
#ifndef DKG_CLI_REPORT_FILES_H
#define DKG_CLI_REPORT_FILES_H

#include "report/record.h"

typedef struct dkg_report_files {
    const char *json, *page, *csv;                     /* files; NULL: not wanted */
    const char *metrics_table, *histogram_table;       /* nodes of the scene, replaced */
    bool replace;
    bool private_only;                                 /* mode 0600: the record holds something of a plaintext */
} dkg_report_files;

DKG_MUST_USE dkg_status dkg_record_write(const dkg_record *r, const dkg_report_files *files, dkg_error *err);
#endif
