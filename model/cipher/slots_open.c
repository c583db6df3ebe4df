/* Opening a volume's slots with the keys at hand: cheap kinds first, the passphrase last and asked for at most once. */
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "cipher/keyfile.h"
#include "cipher/passphrase.h"
#include "cipher/schedule.h"
#include "cipher/slots.h"

typedef struct opening {
    dkg_bytes slots;
    const uint8_t *salt;
    const dkg_keys *keys;
    dkg_accept_fk accept;
    void *self;
    uint8_t *inner; /* secret: what a slot holds, the file key first */
    bool came_out;  /* a slot opened, though its file key may not have been accepted */
} opening;

static bool offer(opening *o)
{
    o->came_out = true;
    return o->accept(o->self, o->inner);
}

static bool try_x25519(opening *o, const uint8_t *body)
{
    uint8_t mark[16];
    dkg_slot_mark(mark, o->salt);
    for (size_t i = 0; i < o->keys->identity_count; i++) {
        const dkg_identity *id = &o->keys->identities[i];
        if (crypto_box_seal_open(o->inner, body, DKG_SLOT_X25519_BYTES, id->key, id->scalar) == 0 &&
            sodium_memcmp(o->inner + 32, mark, sizeof mark) == 0 && offer(o))
            return true;
    }
    return false;
}

static bool open_fk(opening *o, uint16_t type, const uint8_t sealed[48], const uint8_t nonce[24], const uint8_t key[32])
{
    uint8_t associated[DKG_SLOT_ASSOCIATED];
    dkg_slot_associated(associated, type, o->salt);
    return crypto_aead_xchacha20poly1305_ietf_decrypt(o->inner, NULL, NULL, sealed, 48, associated, sizeof associated, nonce,
                                                      key) == 0;
}

static bool try_keyfile(opening *o, const uint8_t *body)
{
    for (size_t i = 0; i < o->keys->keyfile_count; i++) {
        uint8_t kid[8], kek[32];
        dkg_keyfile_mark(o->keys->keyfiles[i], o->salt, kid);
        if (memcmp(kid, body, sizeof kid) != 0) continue;
        dkg_keyfile_kek(o->keys->keyfiles[i], kek);
        bool opened = open_fk(o, DKG_SLOT_KEYFILE, body + 32, body + 8, kek);
        sodium_memzero(kek, sizeof kek);
        if (opened && offer(o)) return true;
    }
    return false;
}

static bool try_keys(opening *o)
{
    dkg_cursor c = dkg_cursor_over(o->slots.at, o->slots.size);
    for (dkg_slot slot; dkg_slot_next(&c, &slot);) {
        if (slot.type == DKG_SLOT_X25519 && try_x25519(o, slot.body)) return true;
        if (slot.type == DKG_SLOT_KEYFILE && try_keyfile(o, slot.body)) return true;
    }
    return false;
}

static dkg_status try_passphrase(opening *o, dkg_bytes passphrase, dkg_argon2 cost, const uint8_t *body, bool *accepted,
                                 dkg_error *err)
{
    static const uint8_t zeros[24];
    uint8_t derived[64]; /* W || check */
    dkg_status status = dkg_argon2id(derived, sizeof derived, passphrase, body, cost, err);
    *accepted = status == DKG_OK && sodium_memcmp(derived + 32, body + 24, 32) == 0 &&
                open_fk(o, DKG_SLOT_PASSPHRASE, body + 56, zeros, derived) && offer(o);
    sodium_memzero(derived, sizeof derived);
    return status;
}

/* Status DKG_OK with *accepted false: no passphrase slot opens. */
static dkg_status try_passphrases(opening *o, bool *accepted, dkg_error *err)
{
    uint8_t *typed = NULL;
    size_t size = 0;
    dkg_status status = DKG_OK, refused = DKG_OK;
    dkg_cursor c = dkg_cursor_over(o->slots.at, o->slots.size);
    unsigned tries = 0;
    for (dkg_slot slot; dkg_slot_next(&c, &slot) && tries < DKG_PASSPHRASE_TRIES;) {
        if (slot.type != DKG_SLOT_PASSPHRASE) continue;
        tries++;
        dkg_argon2 cost = {dkg_load32(slot.body + 16), dkg_load32(slot.body + 20)};
        dkg_status checked = dkg_argon2_check(cost, o->keys->any_argon2_cost, err);
        if (checked != DKG_OK) { /* another slot may still open */
            refused = checked;
            continue;
        }
        if (!typed) {
            status = dkg_passphrase_ask(o->keys->ask, o->keys->ask_self, "the encrypted volume", &typed, &size, err);
            if (status != DKG_OK) goto done;
        }
        status = try_passphrase(o, (dkg_bytes){typed, size}, cost, slot.body, accepted, err);
        if (status != DKG_OK || *accepted) goto done;
    }
    status = refused;
done:
    dkg_secret_free(typed);
    return status;
}

static dkg_status no_key(const opening *o, dkg_error *err)
{
    if (o->came_out)
        return dkg_fail(err, DKG_NO_KEY, "a slot opens, but its file key does not fit the volume: key-file factor missing or wrong");
    dkg_slots_info info;
    dkg_status status = dkg_slots_parse(o->slots, &info, err);
    if (status != DKG_OK) return status;
    return dkg_fail(err, DKG_NO_KEY,
                    "none of %zu identities and %zu key files%s opens one of the %" PRIu32 " X25519, %" PRIu32 " key-file and %" PRIu32
                    " passphrase slots",
                    o->keys->identity_count, o->keys->keyfile_count, o->keys->ask && info.passphrase ? " and no passphrase" : "",
                    info.x25519, info.keyfile, info.passphrase);
}

dkg_status dkg_slots_open(dkg_bytes slots, const uint8_t salt[32], const dkg_keys *keys, dkg_accept_fk accept, void *self,
                          dkg_error *err)
{
    dkg_slots_info info;
    dkg_status status = dkg_slots_parse(slots, &info, err);
    if (status != DKG_OK) return status;
    opening o = {slots, salt, keys, accept, self, dkg_secret_alloc(DKG_SLOT_X25519_INNER), false};
    if (!o.inner) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for a file key");
    bool accepted = try_keys(&o);
    if (!accepted && keys->ask) status = try_passphrases(&o, &accepted, err);
    if (!accepted && status == DKG_OK) status = no_key(&o, err);
    dkg_secret_free(o.inner);
    return status;
}
