#include "common/tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "x.csv" -> "x.schema.csv"; free() it. */
static char *schema_name(const char *path)
{
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    size_t stem = dot && (!slash || dot > slash) ? (size_t)(dot - path) : strlen(path);
    size_t size = strlen(path) + sizeof ".schema";
    char *name = malloc(size);
    if (name) (void)snprintf(name, size, "%.*s.schema%s", (int)stem, path, path + stem);
    return name;
}

dkg_status dkg_table_write(const char *path, unsigned flags, const dkg_buffer *rows, const char *columns, dkg_error *err)
{
    dkg_buffer schema = {0};
    char *name = schema_name(path);
    dkg_append_text(&schema, "columnName,type\n%s", columns);
    dkg_status status = !name || schema.failed || rows->failed ? dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", path)
                                                               : dkg_file_write(name, DKG_OUTPUT_REPLACE, schema.bytes, schema.size, err);
    if (status == DKG_OK) status = dkg_file_write(path, flags, rows->bytes, rows->size, err);
    dkg_buffer_free(&schema);
    free(name);
    return status;
}
