/* cipher/rekey.c - other recipients for the same ciphertext (docs/volume-format.md, section 14). */
#include <stdlib.h>
#include <string.h>

#include "cipher/carrier.h"
#include "cipher/sealed.h"
#include "cipher/slots.h"

/* The second factor is part of the volume's keys and stays; its key file must not become a slot that opens the volume alone. */
static dkg_status check_factor(const dkg_envelope *e, const dkg_locks *locks, dkg_error *err)
{
    bool factor = (e->flags & DKG_FLAG_FACTOR) != 0;
    if (locks->key_factor && !factor)
        return dkg_fail(err, DKG_USAGE, "a second factor cannot be added to a volume; encrypt it again with one");
    if (factor && locks->keyfile && !locks->key_factor)
        return dkg_fail(err, DKG_POLICY, "the volume's key file is its second factor and cannot open it alone");
    return DKG_OK;
}

/* A signature covers only what a rekey keeps, so it stays valid and stays in the volume unless another is made. */
static dkg_status keep_signature(dkg_bytes old, dkg_buffer *slots, dkg_error *err)
{
    static const uint8_t zeros[DKG_SLOTS_STEP];
    dkg_slot slot;
    dkg_cursor from = dkg_cursor_over(old.at, old.size), to = dkg_cursor_over(slots->bytes, slots->size);
    bool signed_ = false;
    while (!signed_ && dkg_slot_next(&from, &slot)) signed_ = slot.type == DKG_SLOT_SIGNATURE;
    if (!signed_) return DKG_OK;
    dkg_slot other;
    while (dkg_slot_next(&to, &other)) {}
    slots->size -= to.left; /* the padding */
    dkg_append(slots, slot.body - 4, slot.size + 4u);
    dkg_append(slots, zeros, (DKG_SLOTS_STEP - slots->size % DKG_SLOTS_STEP) % DKG_SLOTS_STEP);
    if (slots->failed) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for slots");
    if (slots->size > DKG_SLOTS_MAX)
        return dkg_fail(err, DKG_USAGE, "the slots and the kept signature take %zu bytes, at most 65536 fit", slots->size);
    return DKG_OK;
}

/* The old envelope with new slots, epoch + 1 and new sums; *bytes is freed by the caller. */
static dkg_status write_envelope(const dkg_envelope *old, const dkg_buffer *slots, const dkg_secrets *secrets, uint8_t **bytes,
                                 dkg_envelope *out, dkg_error *err)
{
    uint64_t kept = old->sealed.size + (uint64_t)old->shape.slices * DKG_ENTRY_BYTES; /* sealed and table follow each other */
    uint64_t size = DKG_HEAD_BYTES + slots->size + kept;
    uint8_t *e = *bytes = dkg_calloc(size, 1);
    if (!e) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for an envelope");
    memcpy(e, old->bytes, DKG_CORE_BYTES);
    dkg_store32(e + DKG_AT_SIZE, (uint32_t)size);
    dkg_store32(e + DKG_AT_SLOTS_SIZE, (uint32_t)slots->size);
    dkg_store64(e + DKG_AT_EPOCH, old->epoch + 1);
    memcpy(e + DKG_AT_CORE_MAC, old->core_mac, 32);
    memcpy(e + DKG_AT_SLOTS, slots->bytes, slots->size);
    memcpy(e + DKG_AT_SLOTS + slots->size, old->sealed.at, (size_t)kept);
    dkg_status status = dkg_envelope_parse((dkg_bytes){e, (size_t)size}, out, err);
    if (status != DKG_OK) return status;
    dkg_envelope_slots_mac(out, secrets->keys.slots, e + DKG_AT_SLOTS_MAC);
    dkg_envelope_checksum(e, size, e + DKG_AT_CHECKSUM);
    return DKG_OK;
}

dkg_status dkg_rekey(dkg_sealed *sealed, const dkg_locks *locks, const dkg_log *log, dkg_carrier **out, dkg_error *err)
{
    const dkg_envelope *old = dkg_sealed_envelope(sealed);
    dkg_envelope envelope;
    dkg_buffer slots = {0};
    dkg_carrier *carrier = NULL;
    uint8_t *bytes = NULL;
    uint32_t count = 0;
    dkg_status status;
    *out = NULL;
    if (!sealed->secrets) return dkg_fail(err, DKG_USAGE, "the volume must be unlocked first");
    if (old->mode == DKG_MODE_PAPER) return dkg_fail(err, DKG_USAGE, "a volume in paper mode has no slots to change");
    if (old->epoch == UINT64_MAX) return dkg_fail(err, DKG_ENVELOPE, "the epoch of the volume cannot grow any more");
    if ((status = check_factor(old, locks, err)) != DKG_OK) return status;

    status = dkg_slots_write(locks, sealed->secrets->fk, old->bytes, old->core_mac, &slots, &count, err);
    if (status == DKG_OK && !locks->signing_key) status = keep_signature(old->slots, &slots, err);
    if (status == DKG_OK) status = write_envelope(old, &slots, sealed->secrets, &bytes, &envelope, err);
    if (status == DKG_OK) status = dkg_carrier_new(&envelope.shape, envelope.size, &carrier, err);
    if (status != DKG_OK) goto done;
    memcpy(carrier->voxels, sealed->cipher, (size_t)(envelope.shape.slice * envelope.shape.slices));
    if ((status = dkg_carrier_close(carrier, &envelope, count, err)) != DKG_OK) goto done;
    if (count == 1) dkg_warn(log, "only one key opens this volume; losing it loses the data");
    *out = carrier;
    carrier = NULL;
done:
    dkg_carrier_free(carrier);
    dkg_buffer_free(&slots);
    free(bytes);
    return status;
}
