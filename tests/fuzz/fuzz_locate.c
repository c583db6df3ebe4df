/* Fuzz target: the locator, envelope, slots and metadata list. The first 32 bytes of the input describe the stored image,
 * the next two give the size of the extension, which comes first. Sums that need no key are made right, so that what lies behind
 * them is reached. */
#include <string.h>

#include "cipher/metadata.h"
#include "cipher/schedule.h"
#include "dkg/cipher.h"
#include "fuzz.h"

enum { ABOUT = 34 };

static void mend(uint8_t *voxels, size_t size)
{
    if (size < DKG_TRAILER_BYTES) return;
    uint8_t *trailer = voxels + size - DKG_TRAILER_BYTES;
    DKG_B2(trailer + 48, 16, NULL, {trailer, 48});
    dkg_trailer t;
    if (!dkg_trailer_read(trailer, &t) || t.envelope < DKG_HEAD_BYTES || t.envelope > size - DKG_TRAILER_BYTES) return;
    uint64_t slab = t.key_planes * (uint64_t)t.nx * t.ny * t.cb;
    if (slab > size) return;
    uint8_t *copies[2] = {voxels + size - slab, trailer - t.envelope};
    for (int i = 0; i < 2; i++) dkg_envelope_checksum(copies[i], t.envelope, copies[i] + DKG_AT_CHECKSUM);
}

/* The list of paper mode is readable by anyone, so any bytes can stand there. */
static void read_metadata(const uint8_t *voxels, size_t size, const dkg_public_info *info)
{
    uint64_t cipher = (uint64_t)info->slices * info->nx * info->ny * info->bpv;
    dkg_envelope e;
    dkg_metadata m;
    if (size < cipher + info->envelope_bytes) return;
    if (dkg_envelope_parse((dkg_bytes){voxels + cipher, (size_t)info->envelope_bytes}, &e, NULL) != DKG_OK) return;
    dkg_bytes list = {e.sealed.at, e.sealed.size - DKG_TAG_BYTES};
    if (dkg_metadata_parse(list, &e, &m, NULL) == DKG_OK && m.head.size + m.tail.size > list.size) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < ABOUT) return 0;
    dkg_stored s = {.datatype = dkg_load16(data), .bpv = dkg_load16(data + 2), .big_endian = data[4] & 1};
    for (int i = 0; i < 3; i++) s.dim[i] = dkg_load32(data + 5 + 4 * i);
    memcpy(&s.slope, data + 17, 8);
    memcpy(&s.inter, data + 25, 7);
    size_t text = dkg_load16(data + 32);
    if (text > size - ABOUT) text = size - ABOUT;
    s.extension = (dkg_bytes){data + ABOUT, text};
    size_t n = size - ABOUT - text;
    uint8_t *voxels = malloc(n + 1);
    if (!voxels) return 0;
    memcpy(voxels, data + ABOUT + text, n);
    mend(voxels, n);
    s.voxels = (dkg_bytes){voxels, n};
    dkg_sealed *sealed = NULL;
    if (dkg_locate(&s, NULL, &sealed, NULL) == DKG_OK) {
        const dkg_public_info *info = dkg_sealed_public(sealed);
        if (!info->moved) read_metadata(voxels, n, info);
        dkg_keys none = {0};
        if (dkg_unlock(sealed, &none, true, NULL, NULL) == DKG_OK) abort();
    } else if (sealed) {
        abort();
    }
    dkg_sealed_free(sealed);
    free(voxels);
    return 0;
}
