/* cipher/sealed.c - what anyone can see of a located carrier, and its end. */
#include "cipher/sealed.h"

#include <stdlib.h>
#include <string.h>

#include "cipher/slots.h"

dkg_secrets *dkg_secrets_new(void) { return dkg_secret_alloc(sizeof(dkg_secrets)); }

void dkg_secrets_free(dkg_secrets *secrets)
{
    if (secrets) dkg_secret_free(secrets->initial);
    dkg_secret_free(secrets);
}

bool dkg_secrets_take_initial(dkg_secrets *secrets, const dkg_keyfile *key)
{
    if (!secrets->initial) secrets->initial = dkg_secret_alloc(DKG_KEY_BYTES);
    if (secrets->initial) dkg_keyfile_initial_image(key, secrets->initial);
    return secrets->initial != NULL;
}

const dkg_envelope *dkg_sealed_envelope(const dkg_sealed *sealed) { return &sealed->copy[sealed->used]; }

void dkg_sealed_describe(dkg_sealed *sealed)
{
    const dkg_envelope *e = dkg_sealed_envelope(sealed);
    dkg_public_info *info = &sealed->info;
    info->mode = e->mode;
    info->carrier_bytes = e->shape.cb;
    info->nx = e->shape.nx;
    info->ny = e->shape.ny;
    info->slices = e->shape.slices;
    info->planes_per_slice = e->shape.per_slice;
    info->key_planes = (uint32_t)dkg_key_planes(e->size, e->shape.plane);
    info->datatype = e->datatype;
    info->bpv = e->shape.bpv;
    info->stream = (e->flags & DKG_FLAG_STREAM) != 0;
    info->key_factor = (e->flags & DKG_FLAG_FACTOR) != 0;
    info->fixed_image = (e->flags & DKG_FLAG_FIXED_IMAGE) != 0;
    memcpy(info->volume_id, e->salt, sizeof info->volume_id);
    memcpy(info->model_fingerprint, e->bytes + DKG_AT_FINGERPRINT, sizeof info->model_fingerprint);
    info->epoch = e->epoch;
    info->envelope_bytes = e->size;
    info->metadata_bytes = e->sealed.size;
    dkg_slots_info slots;
    if (dkg_slots_parse(e->slots, &slots, NULL) != DKG_OK) slots = (dkg_slots_info){0}; /* checked before: cannot fail */
    info->x25519_slots = slots.x25519;
    info->passphrase_slots = slots.passphrase;
    info->keyfile_slots = slots.keyfile;
    info->other_slots = slots.other;
    info->has_signature = slots.has_signature;
    memcpy(info->signer, slots.signer, sizeof info->signer);
}

const dkg_public_info *dkg_sealed_public(const dkg_sealed *sealed) { return &sealed->info; }

dkg_bytes dkg_sealed_ciphertext(const dkg_sealed *sealed)
{
    const dkg_envelope *e = dkg_sealed_envelope(sealed);
    return (dkg_bytes){sealed->cipher, (size_t)(e->shape.slice * e->shape.slices)};
}

const dkg_private_info *dkg_sealed_private(const dkg_sealed *sealed) { return sealed->secrets ? &sealed->opened : NULL; }

bool dkg_sealed_fits(const dkg_sealed *sealed, const dkg_model *model)
{
    const dkg_envelope *e = dkg_sealed_envelope(sealed);
    uint8_t mark[16];
    if (e->mode == DKG_MODE_AEAD) return false;
    DKG_B2(mark, sizeof mark, e->salt, {dkg_model_digest(model), DKG_DIGEST_BYTES});
    return memcmp(mark, e->bytes + DKG_AT_FINGERPRINT, sizeof mark) == 0;
}

void dkg_sealed_free(dkg_sealed *sealed)
{
    if (!sealed) return;
    free(sealed->copy_bytes[0]);
    free(sealed->copy_bytes[1]);
    free(sealed->cipher_owned);
    dkg_secrets_free(sealed->secrets);
    dkg_secret_free(sealed->list);
    free(sealed);
}
