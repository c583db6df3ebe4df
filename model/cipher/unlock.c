/* cipher/unlock.c - from keys to authentic metadata: steps 3 to 6 of section 11 of docs/volume-format.md. */
#include <sodium.h>
#include <string.h>

#include "cipher/keyfile.h"
#include "cipher/sealed.h"
#include "cipher/slots.h"

typedef struct attempt {
    const dkg_envelope *envelope;
    const dkg_keys *keys;
    dkg_secrets *secrets;
    const dkg_keyfile *factor; /* the one that fitted */
} attempt;

/* True when fk, with one of the factors if the volume has one, gives the commitment. */
static bool accept_fk(void *self, const uint8_t fk[32])
{
    attempt *a = self;
    dkg_secrets *s = a->secrets;
    const uint8_t *core = a->envelope->bytes;
    bool factor = (a->envelope->flags & DKG_FLAG_FACTOR) != 0;
    for (size_t i = 0; i < (factor ? a->keys->keyfile_count : 1); i++) {
        memset(s->factor, 0, sizeof s->factor);
        if (factor) dkg_keyfile_factor(a->keys->keyfiles[i], s->factor);
        dkg_schedule_derive(fk, core, s->factor, &s->keys);
        if (sodium_memcmp(s->keys.commitment, core + DKG_AT_COMMITMENT, 32) != 0) continue;
        memcpy(s->fk, fk, 32);
        a->factor = factor ? a->keys->keyfiles[i] : NULL;
        return true;
    }
    return false;
}

/* Steps 3 to 5. */
static dkg_status open_copy(const dkg_envelope *e, const dkg_keys *keys, dkg_secrets *secrets, bool *signed_, dkg_error *err)
{
    attempt a = {e, keys, secrets, NULL};
    uint8_t mac[32];
    if ((e->flags & DKG_FLAG_FACTOR) && keys->keyfile_count == 0)
        return dkg_fail(err, DKG_NO_KEY, "the volume also needs its key file, the second factor, and none is given");
    dkg_status status = dkg_slots_open(e->slots, e->salt, keys, accept_fk, &a, err);
    if (status != DKG_OK) return status;
    if (a.factor && !dkg_secrets_take_initial(secrets, a.factor)) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for an initial image");
    dkg_envelope_core_mac(e, secrets->keys.mac, mac);
    if (sodium_memcmp(mac, e->core_mac, sizeof mac) != 0)
        return dkg_fail(err, DKG_ENVELOPE, "the envelope does not authenticate: its core, metadata or table was altered");
    dkg_envelope_slots_mac(e, secrets->keys.slots, mac);
    if (sodium_memcmp(mac, e->slots_mac, sizeof mac) != 0)
        return dkg_fail(err, DKG_ENVELOPE, "the envelope does not authenticate: its slots or epoch were altered");
    return dkg_slots_verify(e->slots, e->bytes, e->core_mac, keys, signed_, err);
}

/* The first copy that opens; when none does, the error of the one tried first. */
static dkg_status open_any_copy(dkg_sealed *sealed, const dkg_keys *keys, const dkg_log *log, dkg_error *err)
{
    size_t first = sealed->used, second = 1 - first;
    dkg_status status = open_copy(&sealed->copy[first], keys, sealed->secrets, &sealed->opened.signature_valid, err);
    bool another = status == DKG_NO_KEY || status == DKG_ENVELOPE || status == DKG_POLICY;
    if (!another || sealed->copies < 2) return status;
    if (open_copy(&sealed->copy[second], keys, sealed->secrets, &sealed->opened.signature_valid, NULL) != DKG_OK) return status;
    sealed->used = second;
    dkg_sealed_describe(sealed);
    dkg_warn(log, "the first choice of the two copies of the envelope does not open; the other one was used");
    return DKG_OK;
}

/* Paper mode: the metadata are readable by anyone, the key file must be the one they name. */
static dkg_status take_paper_key(dkg_sealed *sealed, const dkg_keys *keys, dkg_error *err)
{
    dkg_secrets *s = sealed->secrets;
    for (size_t i = 0; i < keys->keyfile_count; i++) {
        const dkg_keyfile *key = keys->keyfiles[i];
        if (memcmp(dkg_keyfile_id(key), sealed->metadata.keyfile, 16) != 0) continue;
        dkg_keyfile_paper_key(key, dkg_sealed_envelope(sealed)->salt, s->keys.gen);
        if (!dkg_secrets_take_initial(s, key)) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for an initial image");
        return DKG_OK;
    }
    char id[33];
    sodium_bin2hex(id, sizeof id, sealed->metadata.keyfile, 16);
    return dkg_fail(err, DKG_NO_KEY, "the volume was made with key file %s, which is not among the keys given", id);
}

/* Step 6. */
static dkg_status open_metadata(dkg_sealed *sealed, dkg_error *err)
{
    const dkg_envelope *e = dkg_sealed_envelope(sealed);
    size_t size = e->sealed.size - DKG_TAG_BYTES;
    sealed->list = dkg_secret_alloc(size);
    if (!sealed->list) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for %zu bytes of metadata", size);
    dkg_status status = dkg_metadata_open(e, sealed->secrets->keys.meta, sealed->list, err);
    if (status != DKG_OK) return status;
    return dkg_metadata_parse((dkg_bytes){sealed->list, size}, e, &sealed->metadata, err);
}

static void publish(dkg_sealed *sealed)
{
    const dkg_metadata *m = &sealed->metadata;
    bool signed_ = sealed->opened.signature_valid;
    sealed->opened = (dkg_private_info){.kind = m->kind, .nifti_version = m->nifti_version, .big_endian = m->big_endian,
                                        .gzipped = m->gzipped, .datatype = m->datatype, .bpv = m->bpv,
                                        .data_offset = m->data_offset, .data_bytes = m->data_bytes, .head = m->head,
                                        .image_head = m->image_head, .tail = m->tail, .name = m->name, .note = m->note,
                                        .signature_valid = signed_};
    if (m->model) memcpy(sealed->opened.model_digest, m->model, DKG_DIGEST_BYTES);
}

static void forget(dkg_sealed *sealed)
{
    dkg_secrets_free(sealed->secrets);
    dkg_secret_free(sealed->list);
    sealed->secrets = NULL;
    sealed->list = NULL;
    memset(&sealed->opened, 0, sizeof sealed->opened);
}

dkg_status dkg_unlock(dkg_sealed *sealed, const dkg_keys *keys, bool paper_allowed, const dkg_log *log, dkg_error *err)
{
    bool paper = dkg_sealed_envelope(sealed)->mode == DKG_MODE_PAPER;
    dkg_status status;
    forget(sealed);
    if (paper && !paper_allowed)
        return dkg_fail(err, DKG_POLICY, "the volume is in paper mode, which is not secure and must be asked for");
    if (paper && keys->signer_count)
        return dkg_fail(err, DKG_POLICY, "a signature is asked for, and a volume in paper mode has none");
    sealed->secrets = dkg_secrets_new();
    if (!sealed->secrets) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for keys");
    status = paper ? DKG_OK : open_any_copy(sealed, keys, log, err);
    if (status == DKG_OK) status = open_metadata(sealed, err);
    if (status == DKG_OK && paper) status = take_paper_key(sealed, keys, err);
    if (status == DKG_OK)
        publish(sealed);
    else
        forget(sealed);
    return status;
}
