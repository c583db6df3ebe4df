/* Key texts: X25519 recipients and identities as C2SP age writes them, Ed25519 signing keys, and files of such lines. The
 * sentences never quote a text: it may be secret, or a secret pasted where a public key belongs. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "cipher/bech32.h"
#include "dkg/cipher.h"

typedef enum kind { RECIPIENT, IDENTITY, SIGNING_KEY, SIGNER, FOREIGN } kind;
static const struct {
    const char *prefix, *name;
} kinds[] = {
    [RECIPIENT] = {"age", "a recipient (age1...)"},
    [IDENTITY] = {"age-secret-key-", "an identity (AGE-SECRET-KEY-1...)"},
    [SIGNING_KEY] = {"dkg-sign-secret-", "a signing key (DKG-SIGN-SECRET-1...)"},
    [SIGNER] = {"dkg-sign", "a signer (dkg-sign1...)"},
};

/* What a text is by its first characters. */
typedef struct claim {
    const char *start;
    kind kind;
    const char *name;
} claim;
static const claim claims[] = {
    {"age-secret-key-1", IDENTITY, "a secret identity (AGE-SECRET-KEY-1...)"},
    {"age-secret-key-pq-", FOREIGN, "a post-quantum age identity (AGE-SECRET-KEY-PQ-...), which is not supported"},
    {"age-plugin-", FOREIGN, "an identity of an age plugin (AGE-PLUGIN-...), which is not supported"},
    {"age1pq1", FOREIGN, "a post-quantum age recipient (age1pq1...), which is not supported"},
    {"age1", RECIPIENT, "a public recipient (age1...)"},
    {"dkg-sign-secret-1", SIGNING_KEY, "a secret signing key (DKG-SIGN-SECRET-1...)"},
    {"dkg-sign1", SIGNER, "a public signer (dkg-sign1...)"},
    {"dkgkey1", FOREIGN, "a key file"},
    {"age-encryption.org/", FOREIGN, "a file that is itself encrypted with age, which is not supported"},
    {"-----begin", FOREIGN, "a PEM file, which is not supported"},
    {"ssh-", FOREIGN, "an SSH key, which is not supported"},
};
static const claim plugin_recipient = {"age1", FOREIGN, "a recipient of an age plugin, which is not supported"};

static bool starts(const char *text, size_t size, const char *start)
{
    size_t n = strlen(start);
    if (size < n) return false;
    for (size_t i = 0; i < n; i++)
        if ((text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]) != start[i]) return false;
    return true;
}

static const claim *claim_of(const char *text, size_t size)
{
    const claim *c = claims, *end = claims + sizeof claims / sizeof *claims;
    while (c < end && !starts(text, size, c->start)) c++;
    if (c == end) return NULL;
    /* no bech32 word is written '1', so a second one ends the name of a plugin */
    return c->kind == RECIPIENT && memchr(text + 4, '1', size - 4) ? &plugin_recipient : c;
}

static dkg_status parse(kind expected, const char *text, size_t size, uint8_t out[32], dkg_error *err)
{
    const char *why;
    if (dkg_bech32_decode(text, size, kinds[expected].prefix, out, 32, &why)) return DKG_OK;
    const claim *other = claim_of(text, size);
    if (other && other->kind != expected)
        return dkg_fail(err, DKG_USAGE, "the text must be %s and is %s", kinds[expected].name, other->name);
    return dkg_fail(err, DKG_USAGE, "the text is not %s: %s", kinds[expected].name, why);
}

static void upper(char *text)
{
    for (; *text; text++)
        if (*text >= 'a' && *text <= 'z') *text = (char)(*text - 'a' + 'A');
}

/* ---- recipients ------------------------------------------------------------------------------------------------------ */
static dkg_status parse_recipient(const char *text, size_t size, dkg_recipient *out, dkg_error *err)
{
    dkg_status status = parse(RECIPIENT, text, size, out->key, err);
    if (status != DKG_OK) return status;
    static const uint8_t one[32] = {1};
    uint8_t point[32];
    if (crypto_scalarmult(point, one, out->key) == 0) return DKG_OK;
    memset(out, 0, sizeof *out);
    return dkg_fail(err, DKG_USAGE, "the text is not %s: its point has low order, anyone could open what is sealed for it",
                    kinds[RECIPIENT].name);
}

dkg_status dkg_recipient_parse(const char *text, dkg_recipient *out, dkg_error *err)
{
    return parse_recipient(text, strlen(text), out, err);
}

void dkg_recipient_text(const dkg_recipient *r, char out[DKG_RECIPIENT_TEXT])
{
    dkg_bech32_encode(kinds[RECIPIENT].prefix, r->key, sizeof r->key, out);
}

/* ---- identities ------------------------------------------------------------------------------------------------------ */
static dkg_status parse_identity(const char *text, size_t size, dkg_identity *out, dkg_error *err)
{
    memset(out, 0, sizeof *out);
    dkg_status status = parse(IDENTITY, text, size, out->scalar, err);
    if (status == DKG_OK) crypto_scalarmult_base(out->key, out->scalar);
    return status;
}

dkg_status dkg_identity_parse(const char *text, dkg_identity *out, dkg_error *err)
{
    return parse_identity(text, strlen(text), out, err);
}

void dkg_identity_text(const dkg_identity *id, char out[DKG_IDENTITY_TEXT])
{
    dkg_bech32_encode(kinds[IDENTITY].prefix, id->scalar, sizeof id->scalar, out);
    upper(out);
}

void dkg_identity_generate(dkg_identity *out)
{
    dkg_random(out->scalar, sizeof out->scalar);
    crypto_scalarmult_base(out->key, out->scalar);
}

/* ---- signing keys ---------------------------------------------------------------------------------------------------- */
static dkg_status parse_signing_key(const char *text, size_t size, uint8_t secret[64], dkg_error *err)
{
    uint8_t seed[32], key[32];
    sodium_memzero(secret, 64);
    dkg_status status = parse(SIGNING_KEY, text, size, seed, err);
    if (status == DKG_OK) crypto_sign_seed_keypair(key, secret, seed);
    sodium_memzero(seed, sizeof seed);
    return status;
}

dkg_status dkg_signing_key_parse(const char *text, uint8_t secret[64], dkg_error *err)
{
    return parse_signing_key(text, strlen(text), secret, err);
}

void dkg_signing_key_text(const uint8_t secret[64], char out[DKG_SIGNING_KEY_TEXT])
{
    dkg_bech32_encode(kinds[SIGNING_KEY].prefix, secret, 32, out); /* the seed is the first half */
    upper(out);
}

void dkg_signing_key_generate(uint8_t secret[64])
{
    uint8_t key[32];
    crypto_sign_keypair(key, secret);
}

dkg_status dkg_signer_parse(const char *text, uint8_t key[32], dkg_error *err)
{
    return parse(SIGNER, text, strlen(text), key, err);
}

void dkg_signer_text(const uint8_t key[32], char out[DKG_SIGNER_TEXT])
{
    dkg_bech32_encode(kinds[SIGNER].prefix, key, 32, out);
}

/* ---- files of texts -------------------------------------------------------------------------------------------------- */
typedef struct lines {
    const char *at;
    size_t left, number;
} lines;

/* The next line that is neither empty nor a comment, without its line end; NULL after the last. */
static const char *next_line(lines *l, size_t *size)
{
    while (l->left > 0) {
        const char *line = l->at, *end = memchr(line, '\n', l->left);
        size_t n = end ? (size_t)(end - line) : l->left, used = end ? n + 1 : n;
        l->at += used;
        l->left -= used;
        l->number++;
        if (n > 0 && line[n - 1] == '\r') n--;
        if (n > 0 && line[0] != '#') {
            *size = n;
            return line;
        }
    }
    return NULL;
}

static lines lines_of(const uint8_t *text, size_t size) { return (lines){(const char *)text, size, 0}; }

static dkg_status at_line(const lines *l, const dkg_error *why, dkg_error *err)
{
    return dkg_fail(err, why->status, "line %zu: %s", l->number, why->text);
}

dkg_status dkg_recipients_parse(const uint8_t *text, size_t size, dkg_recipient **out, size_t *count, dkg_error *err)
{
    *out = NULL;
    *count = 0;
    size_t n, found = 0;
    dkg_recipient *list = dkg_calloc(size / (DKG_RECIPIENT_TEXT - 1) + 1, sizeof *list); /* no text is shorter */
    if (!list) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for a list of recipients of %zu bytes", size);
    lines l = lines_of(text, size);
    dkg_error why = {0};
    for (const char *line; why.status == DKG_OK && (line = next_line(&l, &n)) != NULL; found++)
        (void)parse_recipient(line, n, &list[found], &why);
    if (why.status == DKG_OK && found > 0) {
        *out = list;
        *count = found;
        return DKG_OK;
    }
    free(list);
    return found > 0 ? at_line(&l, &why, err) : dkg_fail(err, DKG_USAGE, "the list holds no recipient");
}

dkg_status dkg_identities_parse(const uint8_t *text, size_t size, dkg_identity **out, size_t *count, dkg_error *err)
{
    *out = NULL;
    *count = 0;
    size_t n, found = 0;
    dkg_identity *list = dkg_secret_alloc((size / (DKG_IDENTITY_TEXT - 1) + 1) * sizeof *list); /* no text is shorter */
    if (!list) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for an identity file of %zu bytes", size);
    lines l = lines_of(text, size);
    dkg_error why = {0};
    for (const char *line; why.status == DKG_OK && (line = next_line(&l, &n)) != NULL; found++)
        (void)parse_identity(line, n, &list[found], &why);
    if (why.status == DKG_OK && found > 0) {
        *out = list;
        *count = found;
        return DKG_OK;
    }
    dkg_secret_free(list);
    return found > 0 ? at_line(&l, &why, err) : dkg_fail(err, DKG_USAGE, "the identity file holds no identity");
}

dkg_status dkg_signing_key_file_parse(const uint8_t *text, size_t size, uint8_t secret[64], dkg_error *err)
{
    memset(secret, 0, 64);
    lines l = lines_of(text, size);
    size_t n;
    const char *line = next_line(&l, &n);
    if (!line) return dkg_fail(err, DKG_USAGE, "the signing key file holds no signing key");
    dkg_error why = {0};
    if (parse_signing_key(line, n, secret, &why) != DKG_OK) return at_line(&l, &why, err);
    if (!next_line(&l, &n)) return DKG_OK;
    sodium_memzero(secret, 64);
    return dkg_fail(err, DKG_USAGE, "line %zu: the signing key file must hold one signing key and nothing after it", l.number);
}
