#include "common/keychain.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES_MAX (1u << 20)
/* A key file may embed a model file of up to 64 MiB. */
#define KEYFILE_BYTES_MAX ((64u << 20) + (1u << 20))
#define PHRASE_BYTES 1024

dkg_keychain dkg_keychain_open(dkg_host *host, int64_t passphrase_fd)
{
    return (dkg_keychain){.host = host, .passphrase_fd = passphrase_fd};
}

void dkg_keychain_close(dkg_keychain *chain)
{
    dkg_secret_free(chain->phrase);
    dkg_keyfile_free(chain->keyfile);
    dkg_secret_free(chain->identities);
    free(chain->recipients);
    free(chain->signers);
    dkg_secret_free(chain->signing_key);
    *chain = (dkg_keychain){.passphrase_fd = -1};
}

/* Asks once per --passphrase-fd and remembers, because a pipe can be read only once; asks people every time. */
static dkg_status ask(dkg_keychain *chain, const char *what, bool making, dkg_error *err)
{
    if (chain->phrase && chain->passphrase_fd >= 0) return DKG_OK;
    if (!chain->phrase) chain->phrase = dkg_secret_alloc(PHRASE_BYTES);
    if (!chain->phrase) return dkg_fail(err, DKG_NO_MEMORY, "no secret memory for a passphrase");
    chain->phrase_size = dkg_host_passphrase(chain->host, chain->passphrase_fd, what, making, chain->phrase, err);
    if (chain->phrase_size > 0) return DKG_OK;
    dkg_secret_free(chain->phrase);
    chain->phrase = NULL;
    return err ? err->status : DKG_USAGE;
}

static size_t ask_to_open(void *self, const char *what, uint8_t out[PHRASE_BYTES], dkg_error *err)
{
    dkg_keychain *chain = self;
    if (ask(chain, what, false, err) != DKG_OK) return 0;
    memcpy(out, chain->phrase, PHRASE_BYTES);
    return chain->phrase_size;
}

dkg_status dkg_keychain_new_passphrase(dkg_keychain *chain, const char *what, dkg_bytes *out, dkg_error *err)
{
    dkg_error why = {0};
    *out = (dkg_bytes){NULL, 0};
    dkg_status status = ask(chain, what, true, &why);
    if (status != DKG_OK) {
        dkg_fail(err, status, "%s", why.text);
        return dkg_fail_hint(err, status, "%s", why.hint);
    }
    *out = (dkg_bytes){chain->phrase, chain->phrase_size};
    return DKG_OK;
}

/* Passes an error on with the file's name before its sentence. */
static dkg_status named(dkg_error *err, dkg_status status, const char *path, const dkg_error *why)
{
    dkg_fail(err, status, "%s: %s", path, why->text);
    return dkg_fail_hint(err, status, "%s", why->hint);
}

dkg_status dkg_keychain_keyfile(dkg_keychain *chain, const char *path, dkg_error *err)
{
    uint8_t *bytes;
    size_t size;
    dkg_error why = {0};
    if (!path) return DKG_OK;
    dkg_status status = dkg_file_read_secret(path, KEYFILE_BYTES_MAX, true, &bytes, &size, err);
    if (status != DKG_OK) return status;
    status = dkg_keyfile_parse(bytes, size, ask_to_open, chain, &chain->keyfile, &why);
    dkg_secret_free(bytes);
    return status == DKG_OK ? DKG_OK : named(err, status, path, &why);
}

dkg_status dkg_keychain_identities(dkg_keychain *chain, const char *path, dkg_error *err)
{
    uint8_t *text;
    size_t size;
    dkg_error why = {0};
    if (!path) return DKG_OK;
    dkg_status status = dkg_file_read_secret(path, TEXT_BYTES_MAX, true, &text, &size, err);
    if (status != DKG_OK) return status;
    status = dkg_identities_parse(text, size, &chain->identities, &chain->identity_count, &why);
    dkg_secret_free(text);
    return status == DKG_OK ? DKG_OK : named(err, status, path, &why);
}

static dkg_status add_recipients(dkg_keychain *chain, const dkg_recipient *more, size_t count, dkg_error *err)
{
    dkg_recipient *grown = realloc(chain->recipients, (chain->recipient_count + count) * sizeof *grown);
    if (!grown) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu recipients", count);
    memcpy(grown + chain->recipient_count, more, count * sizeof *grown);
    chain->recipients = grown;
    chain->recipient_count += count;
    return DKG_OK;
}

static dkg_status add_recipients_file(dkg_keychain *chain, const char *path, dkg_error *err)
{
    uint8_t *text;
    size_t size, count;
    dkg_recipient *list;
    dkg_error why = {0};
    dkg_status status = dkg_file_read(path, TEXT_BYTES_MAX, &text, &size, err);
    if (status != DKG_OK) return status;
    status = dkg_recipients_parse(text, size, &list, &count, &why);
    free(text);
    if (status != DKG_OK) return named(err, status, path, &why);
    status = add_recipients(chain, list, count, err);
    free(list);
    return status;
}

dkg_status dkg_keychain_recipients(dkg_keychain *chain, const dkg_string_list *files, const dkg_string_list *texts, dkg_error *err)
{
    dkg_status status = DKG_OK;
    for (size_t i = 0; files && i < files->count && status == DKG_OK; i++) status = add_recipients_file(chain, files->items[i], err);
    for (size_t i = 0; texts && i < texts->count && status == DKG_OK; i++) {
        dkg_recipient one;
        status = dkg_recipient_parse(texts->items[i], &one, err);
        if (status == DKG_OK) status = add_recipients(chain, &one, 1, err);
    }
    return status;
}

dkg_status dkg_keychain_signing_key(dkg_keychain *chain, const char *path, dkg_error *err)
{
    uint8_t *text;
    size_t size;
    dkg_error why = {0};
    if (!path) return DKG_OK;
    dkg_status status = dkg_file_read_secret(path, TEXT_BYTES_MAX, true, &text, &size, err);
    if (status != DKG_OK) return status;
    chain->signing_key = dkg_secret_alloc(64);
    status = chain->signing_key ? dkg_signing_key_file_parse(text, size, chain->signing_key, &why)
                                : dkg_fail(&why, DKG_NO_MEMORY, "no secret memory for the signing key");
    dkg_secret_free(text);
    return status == DKG_OK ? DKG_OK : named(err, status, path, &why);
}

dkg_status dkg_keychain_signers(dkg_keychain *chain, const dkg_string_list *texts, dkg_error *err)
{
    if (texts->count == 0) return DKG_OK;
    chain->signers = dkg_calloc(texts->count, sizeof *chain->signers);
    if (!chain->signers) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu signers", texts->count);
    for (size_t i = 0; i < texts->count; i++) {
        dkg_status status = dkg_signer_parse(texts->items[i], chain->signers[i], err);
        if (status != DKG_OK) return status;
    }
    chain->signer_count = texts->count;
    return DKG_OK;
}

dkg_keys dkg_keychain_keys(dkg_keychain *chain, bool may_ask)
{
    chain->keyfile_list[0] = chain->keyfile;
    return (dkg_keys){
        .identities = chain->identities,
        .identity_count = chain->identity_count,
        .keyfiles = chain->keyfile_list,
        .keyfile_count = chain->keyfile ? 1 : 0,
        .signers = (const uint8_t(*)[32])chain->signers,
        .signer_count = chain->signer_count,
        .ask = may_ask ? ask_to_open : NULL,
        .ask_self = chain,
    };
}

dkg_locks dkg_keychain_locks(const dkg_keychain *chain, bool key_factor, dkg_bytes passphrase, bool strong)
{
    return (dkg_locks){
        .recipients = chain->recipients,
        .recipient_count = chain->recipient_count,
        .keyfile = chain->keyfile,
        .key_factor = key_factor,
        .passphrase = passphrase,
        .cost = strong ? DKG_ARGON2_STRONG : DKG_ARGON2_DEFAULT,
        .signing_key = chain->signing_key,
    };
}
