/* Images that may hold a carrier: volume-format section 10 step 1, and the text of the extension. */
#include "internal.h"

#include <nifti2_io.h>
#include <stdlib.h>
#include <string.h>

static const char extension_start[] = "{\"format\":\"DKG1\"";

static bool is_numeric_scalar(uint16_t datatype)
{
    switch (datatype) {
    case NIFTI_TYPE_UINT8:
    case NIFTI_TYPE_INT8:
    case NIFTI_TYPE_INT16:
    case NIFTI_TYPE_UINT16:
    case NIFTI_TYPE_INT32:
    case NIFTI_TYPE_UINT32:
    case NIFTI_TYPE_INT64:
    case NIFTI_TYPE_UINT64:
    case NIFTI_TYPE_FLOAT32:
    case NIFTI_TYPE_FLOAT64: return true;
    default: return false;
    }
}

static uint32_t load32(const uint8_t *p, bool big_endian)
{
    uint32_t v = dkg_load32(p);
    return big_endian ? v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24 : v;
}

/* Walks the extensions, a list of (esize, ecode, esize - 8 bytes); one that makes no sense ends it. */
static dkg_bytes find_extension(const dkg_volume *v)
{
    size_t header_size = v->header.version == 1 ? DKG_NIFTI1_SIZE : DKG_NIFTI2_SIZE;
    dkg_cursor c = dkg_cursor_over(v->head.at, v->head.size);
    (void)dkg_read_bytes(&c, header_size);
    const uint8_t *extender = dkg_read_bytes(&c, 4);
    if (!extender || extender[0] == 0) return (dkg_bytes){0};
    for (;;) {
        const uint8_t *head = dkg_read_bytes(&c, 8);
        uint32_t esize = head ? load32(head, v->header.big_endian) : 0;
        const uint8_t *text = esize >= 8 ? dkg_read_bytes(&c, esize - 8) : NULL;
        if (!text) return (dkg_bytes){0};
        size_t n = esize - 8;
        if (load32(head + 4, v->header.big_endian) != NIFTI_ECODE_COMMENT || n < sizeof extension_start - 1 ||
            memcmp(text, extension_start, sizeof extension_start - 1) != 0)
            continue;
        while (text[n - 1] == ' ' || text[n - 1] == '\n' || text[n - 1] == '\0') n--; /* ends at the start's last quote at least */
        return (dkg_bytes){text, n};
    }
}

void dkg_stored_free(dkg_stored_image *image)
{
    if (!image) return;
    dkg_volume_free(image->owned);
    free(image);
}

dkg_status dkg_stored_read(const char *path, uint64_t max, dkg_stored_image **out, dkg_error *err)
{
    dkg_volume *v = NULL;
    uint64_t missing = 0;
    *out = NULL;
    dkg_status status = dkg_volume_read_cut(path, max, &missing, &v, err);
    if (status == DKG_SOURCE) { /* malformed as a source: foreign as an encrypted volume */
        status = DKG_FOREIGN;
        if (err) err->status = status;
    }
    if (status != DKG_OK) return status;
    const dkg_nifti_header *h = &v->header;
    if (!is_numeric_scalar(h->datatype)) {
        status = dkg_fail(err, DKG_FOREIGN, "%s: datatype is %u, not that of an encrypted volume", path, (unsigned)h->datatype);
        goto done;
    }
    for (unsigned i = 4; i < 8; i++) {
        if (h->dim[i] == 1) continue;
        status = dkg_fail(err, DKG_FOREIGN, "%s: dim[%u] is %llu, must be 1 in an encrypted volume", path, i, (unsigned long long)h->dim[i]);
        goto done;
    }
    dkg_stored_image *image = calloc(1, sizeof *image);
    if (!image) {
        status = dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", path);
        goto done;
    }
    *image = (dkg_stored_image){.header = *h, .voxels = v->data, .missing = missing, .extension = find_extension(v), .owned = v};
    *out = image;
    v = NULL;
done:
    dkg_volume_free(v);
    return status;
}
