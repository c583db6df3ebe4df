/* Fuzz target: an envelope as the locator hands it on, its slots with keys at hand, its metadata list. The keyless checksum is made
 * right, so that what lies behind it is reached; no file key is ever accepted. */
#include <string.h>

#include "cipher/metadata.h"
#include "cipher/slots.h"
#include "fuzz.h"

static bool refuse(void *self, const uint8_t fk[32])
{
    (void)self;
    fuzz_touch((dkg_bytes){fk, 32});
    return false;
}

static void read(const dkg_envelope *e)
{
    dkg_slots_info info;
    dkg_metadata m;
    dkg_identity identity = {.scalar = {8}, .key = {9}};
    dkg_keys keys = {.identities = &identity, .identity_count = 1};
    if (dkg_slots_parse(e->slots, &info, NULL) == DKG_OK &&
        dkg_slots_open(e->slots, e->salt, &keys, refuse, NULL, NULL) == DKG_OK)
        abort();
    /* the list of paper mode is readable by anyone, so any bytes can stand there */
    dkg_bytes list = {e->sealed.at, e->sealed.size - DKG_TAG_BYTES};
    if (dkg_metadata_parse(list, e, &m, NULL) != DKG_OK) return;
    fuzz_touch(m.head);
    fuzz_touch(m.image_head);
    fuzz_touch(m.tail);
    fuzz_touch(m.name);
    fuzz_touch(m.note);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *bytes = malloc(size + 1);
    dkg_envelope e;
    if (!bytes) return 0;
    memcpy(bytes, data, size);
    if (size >= DKG_HEAD_BYTES) dkg_envelope_checksum(bytes, size, bytes + DKG_AT_CHECKSUM);
    if (dkg_envelope_parse((dkg_bytes){bytes, size}, &e, NULL) == DKG_OK) read(&e);
    free(bytes);
    return 0;
}
