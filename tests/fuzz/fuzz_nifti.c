/* Fuzz target: volumes from memory, header and extensions. The first byte of the input picks: even a single file, odd a pair
 * whose header takes the next 540 bytes. */
#include "fuzz.h"
#include "internal.h"

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
    fuzz_touch(v->head);
    fuzz_touch(v->image_head);
    fuzz_touch(v->data);
    fuzz_touch(v->tail);
    dkg_volume_strip_text(v);
    dkg_volume_free(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return 0;
    dkg_bytes rest = {data + 1, size - 1};
    if (data[0] & 1) {
        size_t n = rest.size < DKG_NIFTI2_SIZE ? rest.size : DKG_NIFTI2_SIZE;
        parse((dkg_bytes){rest.at, n}, &(dkg_bytes){rest.at + n, rest.size - n});
    } else {
        parse(rest, NULL);
    }
    return 0;
}
