#include "batch/mark.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch/dataset.h"

enum { MARK_MAX = 1 << 16 };

char *dkg_mark_path(const char *output)
{
    size_t n = strlen(output);
    if (n > 4 && strcmp(output + n - 4, ".nii") == 0) n -= 4;
    char *path = malloc(n + sizeof ".json");
    if (path) (void)sprintf(path, "%.*s.json", (int)n, output);
    return path;
}

dkg_status dkg_mark_write(const char *path, const dkg_mark *m, dkg_error *err)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s}", "deepkeygen", m->version, "format", "DKG1", "volumeId", m->volume_id,
                             "mode", m->mode, "parameters", m->parameters, "carrierDigest", m->carrier_digest, "epoch", (json_int_t)m->epoch, "bytes", (json_int_t)m->bytes,
                             "sha256", m->sha256);
    char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
    dkg_status status = text ? dkg_file_write(path, DKG_OUTPUT_REPLACE, text, strlen(text), err)
                             : dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", path);
    free(text);
    json_decref(json);
    return status;
}

static bool take(const json_t *json, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(json, key));
    if (!text || strlen(text) >= size) return false;
    strcpy(out, text);
    return true;
}

dkg_status dkg_mark_read(const char *path, dkg_mark *m, dkg_error *err)
{
    uint8_t *text;
    size_t size;
    *m = (dkg_mark){0};
    dkg_status status = dkg_file_read(path, MARK_MAX, &text, &size, err);
    if (status != DKG_OK) return status;
    json_t *json = json_loads((const char *)text, JSON_REJECT_DUPLICATES, NULL);
    const json_int_t bytes = json_integer_value(json_object_get(json, "bytes"));
    char format[8];
    const bool good = json && take(json, "format", format, sizeof format) && strcmp(format, "DKG1") == 0 &&
                      take(json, "deepkeygen", m->version, sizeof m->version) && take(json, "volumeId", m->volume_id, sizeof m->volume_id) &&
                      take(json, "mode", m->mode, sizeof m->mode) && take(json, "parameters", m->parameters, sizeof m->parameters) &&
                      take(json, "carrierDigest", m->carrier_digest, sizeof m->carrier_digest) &&
                      take(json, "sha256", m->sha256, sizeof m->sha256) && bytes > 0;
    m->bytes = good ? (uint64_t)bytes : 0;
    m->epoch = (uint64_t)json_integer_value(json_object_get(json, "epoch"));
    json_decref(json);
    free(text);
    return good ? DKG_OK : dkg_fail(err, DKG_FOREIGN, "%s: does not describe an encrypted volume", path);
}

dkg_status dkg_mark_check(const dkg_mark *mark, const char *file, dkg_error *err)
{
    uint8_t digest[32];
    char hex[65];
    uint64_t bytes;
    dkg_status status = dkg_source_sha256(file, digest, &bytes, err);
    if (status != DKG_OK) return status;
    sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
    if (bytes == mark->bytes && strcmp(hex, mark->sha256) == 0) return DKG_OK;
    return dkg_fail(err, DKG_DAMAGED, "%s: is not the file that was written (%llu bytes, %llu were written)", file,
                    (unsigned long long)bytes, (unsigned long long)mark->bytes);
}
