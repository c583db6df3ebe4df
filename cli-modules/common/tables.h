/* Tables for the scene: CSV with a schema beside it (docs/host.md section 1.4). */
#ifndef DKG_CLI_TABLES_H
#define DKG_CLI_TABLES_H

#include "dkg/base.h"

/* Writes rows (first line: column names) to path and "<stem>.schema<.ext>" with lines "column,type" to the schema. */
DKG_MUST_USE dkg_status dkg_table_write(const char *path, unsigned flags, const dkg_buffer *rows, const char *columns, dkg_error *err);
#endif
