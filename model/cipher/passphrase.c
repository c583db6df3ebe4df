/* Passphrases: what is accepted, how they are asked for, and Argon2id, which turns them into keys. */
#include "cipher/passphrase.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

dkg_status dkg_passphrase_check(dkg_bytes passphrase, dkg_argon2 cost, dkg_error *err)
{
    if (passphrase.size < 1 || passphrase.size > DKG_PASSPHRASE_MAX)
        return dkg_fail(err, DKG_USAGE, "the passphrase has %zu bytes, it must have 1 to %d", passphrase.size, DKG_PASSPHRASE_MAX);
    if (memchr(passphrase.at, 0, passphrase.size)) return dkg_fail(err, DKG_USAGE, "the passphrase holds a NUL byte");
    if (cost.passes < DKG_ARGON2_PASSES_MIN || cost.kib < DKG_ARGON2_KIB_MIN)
        return dkg_fail(err, DKG_POLICY,
                        "Argon2id with %" PRIu32 " passes over %" PRIu32 " KiB is too cheap, the least is %d passes over %d KiB",
                        cost.passes, cost.kib, DKG_ARGON2_PASSES_MIN, DKG_ARGON2_KIB_MIN);
    return dkg_argon2_check(cost, false, err);
}

dkg_status dkg_argon2_check(dkg_argon2 cost, bool any, dkg_error *err)
{
    bool possible = cost.passes >= 1 && cost.kib >= DKG_ARGON2_KIB_LEAST;
    bool affordable = any || (cost.passes <= DKG_ARGON2_PASSES_MAX && cost.kib <= DKG_ARGON2_KIB_MAX);
    if (possible && affordable) return DKG_OK;
    return dkg_fail(err, DKG_POLICY,
                    "a passphrase is protected with Argon2id at %" PRIu32 " passes over %" PRIu32
                    " KiB, outside the accepted 1 to %d passes over %d to %d KiB",
                    cost.passes, cost.kib, DKG_ARGON2_PASSES_MAX, DKG_ARGON2_KIB_LEAST, DKG_ARGON2_KIB_MAX);
}

dkg_status dkg_argon2id(uint8_t *out, size_t n, dkg_bytes passphrase, const uint8_t salt[16], dkg_argon2 cost, dkg_error *err)
{
    uint64_t memory = (uint64_t)cost.kib * 1024;
    if (memory > SIZE_MAX || crypto_pwhash(out, n, (const char *)passphrase.at, passphrase.size, salt, cost.passes, (size_t)memory,
                                           crypto_pwhash_ALG_ARGON2ID13) != 0)
        return dkg_fail(err, DKG_NO_MEMORY, "Argon2id cannot have the %" PRIu32 " KiB of memory it needs for the passphrase", cost.kib);
    return DKG_OK;
}

dkg_status dkg_passphrase_ask(dkg_ask_passphrase ask, void *self, const char *what, uint8_t **out, size_t *size, dkg_error *err)
{
    *out = NULL;
    *size = 0;
    if (!ask) return dkg_fail(err, DKG_NO_KEY, "%s: it needs a passphrase and none can be asked for", what);
    uint8_t *typed = dkg_secret_alloc(DKG_PASSPHRASE_MAX);
    if (!typed) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for a passphrase");
    dkg_error why = {0};
    size_t n = ask(self, what, typed, &why);
    if (n >= 1 && n <= DKG_PASSPHRASE_MAX) {
        *out = typed;
        *size = n;
        return DKG_OK;
    }
    dkg_secret_free(typed);
    if (n > DKG_PASSPHRASE_MAX)
        return dkg_fail(err, DKG_INTERNAL, "%s: a passphrase of %zu bytes came back, the most is %d", what, n, DKG_PASSPHRASE_MAX);
    if (why.status == DKG_OK) return dkg_fail(err, DKG_NO_KEY, "%s: no passphrase was given", what);
    if (err) *err = why;
    return why.status;
}
