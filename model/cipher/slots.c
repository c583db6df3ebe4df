/* The slots region as a list: reading, structural check, writing and the signature. Opening is in slots_open.c. */
#include "cipher/slots.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "cipher/keyfile.h"
#include "cipher/passphrase.h"
#include "cipher/schedule.h"

enum { SLOT_HEAD = 4, UNKNOWN_MUST_REFUSE = 0x8000, SIGNED_BYTES = 8 + 128 + 32 };

static const struct {
    uint16_t type, length;
    const char *name;
} known[] = {
    {DKG_SLOT_X25519, DKG_SLOT_X25519_BYTES, "X25519"},
    {DKG_SLOT_PASSPHRASE, DKG_SLOT_PASSPHRASE_BYTES, "passphrase"},
    {DKG_SLOT_KEYFILE, DKG_SLOT_KEYFILE_BYTES, "key-file"},
    {DKG_SLOT_SIGNATURE, DKG_SLOT_SIGNATURE_BYTES, "signature"},
};

/* ---- reading ------------------------------------------------------------------------------------------------------- */
bool dkg_slot_next(dkg_cursor *c, dkg_slot *out)
{
    if (c->failed) return false;
    *out = (dkg_slot){0};
    if (c->left >= SLOT_HEAD) {
        out->type = dkg_load16(c->at);
        out->size = dkg_load16(c->at + 2);
    }
    if (out->type == 0) { /* the end: the rest must be zeros */
        c->failed = !dkg_is_zero(c->at, c->left);
        return false;
    }
    (void)dkg_read_bytes(c, SLOT_HEAD);
    out->body = dkg_read_bytes(c, out->size);
    return out->body != NULL;
}

static dkg_status check_slot(const dkg_slot *slot, dkg_slots_info *info, dkg_error *err)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (slot->type == known[i].type && slot->size != known[i].length)
            return dkg_fail(err, DKG_ENVELOPE, "a %s slot has %u bytes instead of %u", known[i].name, slot->size, known[i].length);
    switch (slot->type) {
    case DKG_SLOT_X25519: info->x25519++; break;
    case DKG_SLOT_PASSPHRASE: info->passphrase++; break;
    case DKG_SLOT_KEYFILE: info->keyfile++; break;
    case DKG_SLOT_SIGNATURE:
        if (info->has_signature) return dkg_fail(err, DKG_ENVELOPE, "the volume has more than one signature");
        info->has_signature = true;
        memcpy(info->signer, slot->body, sizeof info->signer);
        break;
    default:
        if (slot->type & UNKNOWN_MUST_REFUSE)
            return dkg_fail(err, DKG_ENVELOPE, "a slot has the unknown type 0x%04x, which must not be skipped", slot->type);
        info->other++;
    }
    return DKG_OK;
}

dkg_status dkg_slots_parse(dkg_bytes slots, dkg_slots_info *out, dkg_error *err)
{
    *out = (dkg_slots_info){0};
    dkg_slots_info info = {0};
    dkg_cursor c = dkg_cursor_over(slots.at, slots.size);
    for (dkg_slot slot; dkg_slot_next(&c, &slot);) {
        dkg_status status = check_slot(&slot, &info, err);
        if (status != DKG_OK) return status;
    }
    if (c.failed)
        return dkg_fail(err, DKG_ENVELOPE, "the list of slots is cut short or not followed by zeros, %zu bytes before its end", c.left);
    *out = info;
    return DKG_OK;
}

/* ---- writing ------------------------------------------------------------------------------------------------------- */
void dkg_slot_associated(uint8_t out[DKG_SLOT_ASSOCIATED], uint16_t type, const uint8_t salt[32])
{
    memcpy(out, "DKG1SLOT", 8);
    dkg_store16(out + 8, type);
    memcpy(out + 10, salt, 32);
}

void dkg_slot_mark(uint8_t out[16], const uint8_t salt[32]) { DKG_B2(out, 16, NULL, DKG_TEXT("DKG1slot"), {salt, 32}); }

static void add_slot(dkg_buffer *out, uint16_t type, const uint8_t *body, uint16_t size)
{
    uint8_t head[SLOT_HEAD];
    dkg_store16(head, type);
    dkg_store16(head + 2, size);
    dkg_append(out, head, sizeof head);
    dkg_append(out, body, size);
}

static dkg_status add_recipient(dkg_buffer *out, const dkg_recipient *recipient, const uint8_t fk[32], const uint8_t salt[32],
                                dkg_error *err)
{
    uint8_t inner[DKG_SLOT_X25519_INNER], body[DKG_SLOT_X25519_BYTES];
    memcpy(inner, fk, 32);
    dkg_slot_mark(inner + 32, salt);
    int failed = crypto_box_seal(body, inner, sizeof inner, recipient->key);
    sodium_memzero(inner, sizeof inner);
    if (failed) return dkg_fail(err, DKG_USAGE, "a recipient is a point of low order, for which nothing can be sealed");
    add_slot(out, DKG_SLOT_X25519, body, sizeof body);
    return DKG_OK;
}

static void seal_fk(uint8_t out[48], uint16_t type, const uint8_t salt[32], const uint8_t fk[32], const uint8_t nonce[24],
                    const uint8_t key[32])
{
    uint8_t associated[DKG_SLOT_ASSOCIATED];
    dkg_slot_associated(associated, type, salt);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, fk, 32, associated, sizeof associated, NULL, nonce, key);
}

static void add_keyfile(dkg_buffer *out, const dkg_keyfile *key, const uint8_t fk[32], const uint8_t salt[32])
{
    uint8_t body[DKG_SLOT_KEYFILE_BYTES], kek[32];
    dkg_keyfile_mark(key, salt, body);
    dkg_random(body + 8, 24);
    dkg_keyfile_kek(key, kek);
    seal_fk(body + 32, DKG_SLOT_KEYFILE, salt, fk, body + 8, kek);
    sodium_memzero(kek, sizeof kek);
    add_slot(out, DKG_SLOT_KEYFILE, body, sizeof body);
}

static dkg_status add_passphrase(dkg_buffer *out, dkg_bytes passphrase, dkg_argon2 cost, const uint8_t fk[32],
                                 const uint8_t salt[32], dkg_error *err)
{
    static const uint8_t zeros[24];
    uint8_t body[DKG_SLOT_PASSPHRASE_BYTES], derived[64]; /* W || check */
    dkg_random(body, 16);
    dkg_store32(body + 16, cost.passes);
    dkg_store32(body + 20, cost.kib);
    dkg_status status = dkg_argon2id(derived, sizeof derived, passphrase, body, cost, err);
    if (status == DKG_OK) {
        memcpy(body + 24, derived + 32, 32);
        seal_fk(body + 56, DKG_SLOT_PASSPHRASE, salt, fk, zeros, derived);
        add_slot(out, DKG_SLOT_PASSPHRASE, body, sizeof body);
    }
    sodium_memzero(derived, sizeof derived);
    return status;
}

static void signed_bytes(uint8_t out[SIGNED_BYTES], const uint8_t core[128], const uint8_t core_mac[32])
{
    memcpy(out, "DKG1SIG1", 8);
    memcpy(out + 8, core, 128);
    memcpy(out + 136, core_mac, 32);
}

static void add_signature(dkg_buffer *out, const uint8_t signing_key[64], const uint8_t core[128], const uint8_t core_mac[32])
{
    uint8_t body[DKG_SLOT_SIGNATURE_BYTES], message[SIGNED_BYTES];
    memcpy(body, signing_key + 32, 32);
    signed_bytes(message, core, core_mac);
    crypto_sign_detached(body + 32, NULL, message, sizeof message, signing_key);
    add_slot(out, DKG_SLOT_SIGNATURE, body, sizeof body);
}

static size_t room(bool wanted, size_t body) { return wanted ? SLOT_HEAD + body : 0; }

static dkg_status check_locks(const dkg_locks *locks, dkg_error *err)
{
    bool keyfile_slot = locks->keyfile && !locks->key_factor;
    if (locks->key_factor && !locks->keyfile) return dkg_fail(err, DKG_USAGE, "a key-file factor is asked for without a key file");
    if (locks->recipient_count == 0 && locks->passphrase.size == 0 && !keyfile_slot) {
        if (locks->key_factor)
            return dkg_fail(err, DKG_POLICY, "a key file as second factor needs a recipient or a passphrase besides it");
        return dkg_fail(err, DKG_USAGE, "there is no key to encrypt for: no recipient, no key file, no passphrase");
    }
    size_t others = room(keyfile_slot, DKG_SLOT_KEYFILE_BYTES) + room(locks->passphrase.size > 0, DKG_SLOT_PASSPHRASE_BYTES) +
                    room(locks->signing_key != NULL, DKG_SLOT_SIGNATURE_BYTES);
    size_t most = (DKG_SLOTS_MAX - others) / room(true, DKG_SLOT_X25519_BYTES);
    if (locks->recipient_count > most)
        return dkg_fail(err, DKG_USAGE, "%zu recipients are too many, at most %zu fit", locks->recipient_count, most);
    return locks->passphrase.size ? dkg_passphrase_check(locks->passphrase, locks->cost, err) : DKG_OK;
}

dkg_status dkg_slots_write(const dkg_locks *locks, const uint8_t fk[32], const uint8_t core[128], const uint8_t core_mac[32],
                           dkg_buffer *out, uint32_t *count, dkg_error *err)
{
    const uint8_t *salt = core + DKG_CORE_SALT;
    *out = (dkg_buffer){0};
    *count = 0;
    dkg_status status = check_locks(locks, err);
    if (status != DKG_OK) goto done;
    for (size_t i = 0; i < locks->recipient_count; i++) {
        status = add_recipient(out, &locks->recipients[i], fk, salt, err);
        if (status != DKG_OK) goto done;
        ++*count;
    }
    if (locks->keyfile && !locks->key_factor) {
        add_keyfile(out, locks->keyfile, fk, salt);
        ++*count;
    }
    if (locks->passphrase.size) {
        status = add_passphrase(out, locks->passphrase, locks->cost, fk, salt, err);
        if (status != DKG_OK) goto done;
        ++*count;
    }
    if (locks->signing_key) add_signature(out, locks->signing_key, core, core_mac);
    static const uint8_t zeros[DKG_SLOTS_STEP];
    dkg_append(out, zeros, (DKG_SLOTS_STEP - out->size % DKG_SLOTS_STEP) % DKG_SLOTS_STEP);
    if (out->failed) status = dkg_fail(err, DKG_NO_MEMORY, "out of memory for %" PRIu32 " slots", *count);
done:
    if (status != DKG_OK) {
        dkg_buffer_free(out);
        *count = 0;
    }
    return status;
}

/* ---- signature ----------------------------------------------------------------------------------------------------- */
static dkg_status check_signer(const uint8_t signer[32], const dkg_keys *keys, dkg_error *err)
{
    for (size_t i = 0; i < keys->signer_count; i++)
        if (memcmp(keys->signers[i], signer, 32) == 0) return DKG_OK;
    char text[DKG_SIGNER_TEXT];
    dkg_signer_text(signer, text);
    return dkg_fail(err, DKG_POLICY, "the volume is signed by %s, which is not a signer asked for", text);
}

dkg_status dkg_slots_verify(dkg_bytes slots, const uint8_t core[128], const uint8_t core_mac[32], const dkg_keys *keys,
                            bool *valid, dkg_error *err)
{
    *valid = false;
    dkg_cursor c = dkg_cursor_over(slots.at, slots.size);
    for (dkg_slot slot; dkg_slot_next(&c, &slot);) {
        if (slot.type != DKG_SLOT_SIGNATURE) continue;
        uint8_t message[SIGNED_BYTES];
        signed_bytes(message, core, core_mac);
        if (crypto_sign_verify_detached(slot.body + 32, message, sizeof message, slot.body) != 0)
            return dkg_fail(err, DKG_ENVELOPE, "the signature of the volume is not valid");
        if (keys->signer_count > 0) {
            dkg_status status = check_signer(slot.body, keys, err);
            if (status != DKG_OK) return status;
        }
        *valid = true;
        return DKG_OK;
    }
    if (keys->signer_count > 0) return dkg_fail(err, DKG_POLICY, "the volume is not signed, and a signature is asked for");
    return DKG_OK;
}
