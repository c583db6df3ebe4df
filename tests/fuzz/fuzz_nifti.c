/* libFuzzer target: volumes from memory and gzip data. The first byte of the input picks one: 0 a single file, 1 a pair whose
 * header takes the next 540 bytes, 2 gzip data. */
#include <stdlib.h>

#include "internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads every byte of a part, so that a sanitizer sees one that lies outside. */
static void touch(dkg_bytes part)
{
    if (part.size && dkg_is_zero(part.at, part.size) && part.at[0] != 0) abort();
}

static void parse(dkg_bytes head, const dkg_bytes *image)
{
    dkg_volume *v;
    if (dkg_volume_parse(head, image, &v, NULL) != DKG_OK) {
        if (v) abort();
        return;
    }
    if (v->data.size != dkg_nifti_data_size(&v->header)) abort();
    size_t all = v->head.size + v->image_head.size + v->data.size + v->tail.size;
    if (all != head.size + (image ? image->size : 0)) abort();
    touch(v->head);
    touch(v->image_head);
    touch(v->data);
    touch(v->tail);
    dkg_volume_free(v);
}

static void gunzip(dkg_bytes packed)
{
    enum { MOST = 1 << 20 };
    dkg_gunzip g;
    dkg_buffer out = {0};
    if (dkg_gunzip_start(&g, packed.at, packed.size, NULL) == DKG_OK && dkg_gunzip_until(&g, DKG_NIFTI2_SIZE, &out, NULL) == DKG_OK &&
        dkg_gunzip_until(&g, MOST, &out, NULL) == DKG_OK) {
        if (out.size > MOST) abort();
        if (out.size) parse((dkg_bytes){out.bytes, out.size}, NULL);
    }
    dkg_gunzip_end(&g);
    dkg_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return 0;
    dkg_bytes rest = {data + 1, size - 1};
    switch (data[0] % 3) {
    case 0: parse(rest, NULL); break;
    case 1: {
        size_t n = rest.size < DKG_NIFTI2_SIZE ? rest.size : DKG_NIFTI2_SIZE;
        parse((dkg_bytes){rest.at, n}, &(dkg_bytes){rest.at + n, rest.size - n});
        break;
    }
    default: gunzip(rest);
    }
    return 0;
}
