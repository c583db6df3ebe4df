#include "batch/index.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch/dataset.h"
#include "batch/fields.h"
#include "dkg/cipher.h"

static const char head[] = "# deepkeygen index 1\nvolumeId\tcarrierDigest\tepoch\tpath\n";
static const char index_name[] = "index.tsv", signature_name[] = "index.tsv.sig";
static const uint64_t INDEX_MAX = (uint64_t)1 << 32;

void dkg_index_free(dkg_index *index)
{
    for (size_t i = 0; i < index->count; i++) free(index->lines[i].path);
    free(index->lines);
    *index = (dkg_index){0};
}

bool dkg_index_add(dkg_index *index, const dkg_index_line *line)
{
    if (index->count == index->capacity) {
        size_t more = index->capacity ? 2 * index->capacity : 256;
        dkg_index_line *lines = realloc(index->lines, more * sizeof *lines);
        if (!lines) return false;
        index->lines = lines;
        index->capacity = more;
    }
    index->lines[index->count] = *line;
    index->lines[index->count].path = strdup(line->path);
    return index->lines[index->count].path && ++index->count;
}

static int by_path(const void *a, const void *b) { return strcmp(((const dkg_index_line *)a)->path, ((const dkg_index_line *)b)->path); }

dkg_index_line *dkg_index_find(const dkg_index *index, const char *path)
{
    union { const char *in; char *key; } wanted = {path};
    dkg_index_line line = {.path = wanted.key};
    return index->count ? bsearch(&line, index->lines, index->count, sizeof line, by_path) : NULL;
}

/* "<signature, base64>\n<signer>\n", detached Ed25519 (RFC 8032) over the file. */
static dkg_status write_signature(const char *path, const dkg_buffer *text, const uint8_t *key, dkg_error *err)
{
    uint8_t signature[64];
    char base64[sodium_base64_ENCODED_LEN(sizeof signature, sodium_base64_VARIANT_ORIGINAL)], signer[DKG_SIGNER_TEXT], out[256];
    crypto_sign_detached(signature, NULL, text->bytes, text->size, key);
    sodium_bin2base64(base64, sizeof base64, signature, sizeof signature, sodium_base64_VARIANT_ORIGINAL);
    dkg_signer_text(key + 32, signer); /* libsodium keeps the public key behind the seed */
    const int n = snprintf(out, sizeof out, "%s\n%s\n", base64, signer);
    return dkg_file_write(path, DKG_OUTPUT_REPLACE, out, (size_t)n, err);
}

dkg_status dkg_index_write(const char *folder, const dkg_index *index, const uint8_t *signing_key, dkg_error *err)
{
    dkg_buffer text = {0};
    char *path = dkg_path_join(folder, index_name), *signature = dkg_path_join(folder, signature_name);
    dkg_append_text(&text, "%s", head);
    for (size_t i = 0; i < index->count; i++) {
        const dkg_index_line *l = &index->lines[i];
        dkg_append_text(&text, "%s\t%s\t%llu\t", l->volume_id, l->carrier_digest, (unsigned long long)l->epoch);
        dkg_field_append(&text, l->path);
        dkg_append(&text, "\n", 1);
    }
    dkg_status status = path && signature && !text.failed ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", folder);
    /* a signature of the index before must not stand beside the new one */
    if (status == DKG_OK && dkg_file_exists(signature) && remove(signature) != 0)
        status = dkg_fail(err, DKG_IO, "%s: cannot be removed", signature);
    if (status == DKG_OK) status = dkg_file_write(path, DKG_OUTPUT_REPLACE, text.bytes, text.size, err);
    if (status == DKG_OK && signing_key) status = write_signature(signature, &text, signing_key, err);
    dkg_buffer_free(&text);
    free(path);
    free(signature);
    return status;
}

static bool take_line(char *at, dkg_index *index)
{
    dkg_index_line line = {0};
    char *digest = strchr(at, '\t'), *epoch = digest ? strchr(digest + 1, '\t') : NULL, *end;
    if (!epoch || digest - at != 64 || epoch - digest - 1 != 64) return false;
    memcpy(line.volume_id, at, 64);
    memcpy(line.carrier_digest, digest + 1, 64);
    line.epoch = strtoull(epoch + 1, &end, 10);
    if (*end != '\t' || !end[1] || !dkg_field_decode(end + 1)) return false;
    line.path = end + 1;
    return dkg_index_add(index, &line);
}

static dkg_status check_signature(const char *path, const uint8_t *text, size_t size, const uint8_t (*signers)[32], size_t count,
                                  dkg_error *err)
{
    uint8_t *file = NULL, signature[64], key[32];
    size_t file_size, n = 0;
    const char *end = NULL;
    dkg_status status = dkg_file_read(path, 4096, &file, &file_size, err);
    if (status != DKG_OK) return status;
    bool good = sodium_base642bin(signature, sizeof signature, (const char *)file, file_size, NULL, &n, &end, sodium_base64_VARIANT_ORIGINAL) == 0 &&
                n == sizeof signature && *end == '\n';
    if (good) {
        char signer[DKG_SIGNER_TEXT] = "";
        (void)snprintf(signer, sizeof signer, "%.*s", (int)strcspn(end + 1, "\n"), end + 1);
        good = dkg_signer_parse(signer, key, NULL) == DKG_OK && crypto_sign_verify_detached(signature, text, size, key) == 0;
    }
    free(file);
    if (!good) return dkg_fail(err, DKG_ENVELOPE, "%s: does not verify: the index was changed after it was signed", path);
    for (size_t i = 0; i < count; i++)
        if (memcmp(signers[i], key, sizeof key) == 0) return DKG_OK;
    return count == 0 ? DKG_OK : dkg_fail(err, DKG_POLICY, "%s: none of the signers asked for signed the index", path);
}

static dkg_status take_index(char *text, const char *path, dkg_index *out, dkg_error *err)
{
    if (strncmp(text, head, sizeof head - 1) != 0) return dkg_fail(err, DKG_FOREIGN, "%s: is no index of this version", path);
    size_t line = 2;
    for (char *at = text + sizeof head - 1; *at;) {
        char *end = strchr(at, '\n');
        line++;
        if (end) *end = '\0';
        if (!take_line(at, out)) return dkg_fail(err, DKG_FOREIGN, "%s: line %zu is malformed", path, line);
        at = end ? end + 1 : at + strlen(at);
    }
    if (out->count) qsort(out->lines, out->count, sizeof *out->lines, by_path);
    return DKG_OK;
}

dkg_status dkg_index_read(const char *folder, const uint8_t (*signers)[32], size_t signer_count, dkg_index *out, bool *there, dkg_error *err)
{
    uint8_t *text = NULL;
    size_t size;
    dkg_status status = DKG_OK;
    *out = (dkg_index){0};
    *there = false;
    char *path = dkg_path_join(folder, index_name), *signature = dkg_path_join(folder, signature_name);
    if (!path || !signature) {
        status = dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", folder);
        goto done;
    }
    if (!dkg_file_exists(path)) {
        if (signer_count) status = dkg_fail(err, DKG_POLICY, "%s: there is no index that someone could have signed", folder);
        goto done;
    }
    status = dkg_file_read(path, INDEX_MAX, &text, &size, err);
    if (status != DKG_OK) goto done;
    if (dkg_file_exists(signature))
        status = check_signature(signature, text, size, signers, signer_count, err);
    else if (signer_count)
        status = dkg_fail(err, DKG_POLICY, "%s: is not signed", path);
    if (status == DKG_OK) status = take_index((char *)text, path, out, err);
    *there = status == DKG_OK;
done:
    if (status != DKG_OK) dkg_index_free(out);
    free(text);
    free(path);
    free(signature);
    return status;
}
