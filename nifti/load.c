/* One file into memory, unpacked, never larger than its header accounts for. */
#include "internal.h"

#include <stdlib.h>

static bool is_gzip(const uint8_t *bytes, size_t size) { return size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b; }

/* Unpacks no more than the header at the beginning (or `known`, for an .img) accounts for, so that a small file cannot fill the
 * memory. */
static dkg_status unpack(dkg_gunzip *g, uint64_t max, const dkg_nifti_header *known, dkg_buffer *out, dkg_error *err)
{
    dkg_nifti_header header;
    if (!known) {
        dkg_status status = dkg_gunzip_until(g, DKG_NIFTI2_SIZE, out, err);
        if (status != DKG_OK) return status;
        if (is_gzip(out->bytes, out->size)) return dkg_fail(err, DKG_SOURCE, "packed with gzip twice: unpack it once");
        status = dkg_nifti_header_parse(out->bytes, out->size, &header, err);
        if (status != DKG_OK) return status;
    }
    uint64_t limit = DKG_NIFTI_HEAD_MAX;
    if (known || !header.pair) {
        const dkg_nifti_header *h = known ? known : &header;
        limit = h->data_offset + dkg_nifti_data_size(h) + DKG_NIFTI_TAIL_MAX;
    }
    if (limit > max) limit = max;
    dkg_status status = dkg_gunzip_until(g, limit + 1, out, err);
    if (status != DKG_OK) return status;
    if (out->size == 0) return dkg_fail(err, DKG_SOURCE, "the gzip data hold nothing");
    if (out->size > limit)
        return dkg_fail(err, DKG_SOURCE, "unpacks to more than %llu bytes, the most its header or the memory allow", (unsigned long long)limit);
    return DKG_OK;
}

dkg_status dkg_load(const char *path, uint64_t max, const dkg_nifti_header *known, dkg_loaded *out, dkg_error *err)
{
    dkg_gunzip g = {0};
    dkg_buffer unpacked = {0};
    uint8_t *bytes = NULL;
    size_t size;
    bool named_gzip;
    *out = (dkg_loaded){0};
    dkg_status status = dkg_file_read(path, max, &bytes, &size, err);
    if (status != DKG_OK) return status;
    (void)dkg_name_of(path, &named_gzip);
    if (known ? !named_gzip : !is_gzip(bytes, size)) {
        *out = (dkg_loaded){bytes, size, false};
        return DKG_OK;
    }
    status = dkg_gunzip_start(&g, bytes, size, err);
    if (status == DKG_OK) status = unpack(&g, max, known, &unpacked, err);
    if (status != DKG_OK) {
        (void)dkg_fail_in(err, status, path);
        goto done;
    }
    *out = (dkg_loaded){unpacked.bytes, unpacked.size, true};
    unpacked = (dkg_buffer){0};
done:
    dkg_gunzip_end(&g);
    dkg_buffer_free(&unpacked);
    free(bytes);
    return status;
}
