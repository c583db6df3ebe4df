#include "batch/parameters.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

dkg_status dkg_parameters_open(const dkg_plan *plan, int64_t passphrase_fd, dkg_host *host, dkg_parameters *out, dkg_error *err)
{
    const dkg_string_list none = {0};
    const char **names = dkg_calloc(plan->recipients_file_count + 1, sizeof *names);
    const dkg_string_list files = {names, plan->recipients_file_count};
    for (size_t i = 0; names && i < files.count; i++) names[i] = plan->recipients_files[i];
    *out = (dkg_parameters){.keys = dkg_keychain_open(host, passphrase_fd)};
    dkg_status status = names ? dkg_keychain_keyfile(&out->keys, plan->key_file, err)
                              : dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu recipients files", files.count);
    if (status == DKG_OK) status = dkg_keychain_recipients(&out->keys, &files, &none, err);
    free(names);
    if (status == DKG_OK && !out->keys.keyfile && out->keys.recipient_count == 0) {
        dkg_fail(err, DKG_USAGE, "no key was given: there is no default key");
        status = dkg_fail_hint(err, DKG_USAGE, "make one:  dkg keygen my.dkgkey\nuse it:    --key-file my.dkgkey   (or --recipients-file FILE)");
    }
    if (status == DKG_OK && strcmp(plan->mode, "aead") != 0)
        status = dkg_models_for_writing(plan->model_file, out->keys.keyfile, &out->model, err);
    return status;
}

void dkg_parameters_close(dkg_parameters *p)
{
    dkg_model_free(p->model);
    dkg_keychain_close(&p->keys);
}

void dkg_parameters_digest(const dkg_plan *plan, const dkg_parameters *p, char out[65])
{
    crypto_generichash_state state;
    uint8_t digest[32];
    const char *const words[] = {"DKG1 batch 1", plan->mode, plan->geometry, plan->rename ? "renamed" : "named"};
    crypto_generichash_init(&state, plan->salt, sizeof plan->salt, sizeof digest);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) crypto_generichash_update(&state, (const uint8_t *)words[i], strlen(words[i]) + 1);
    if (p->keys.keyfile) crypto_generichash_update(&state, dkg_keyfile_id(p->keys.keyfile), 16);
    crypto_generichash_update(&state, (const uint8_t *)"recipients", sizeof "recipients");
    for (size_t i = 0; i < p->keys.recipient_count; i++) crypto_generichash_update(&state, p->keys.recipients[i].key, 32);
    if (p->model) crypto_generichash_update(&state, dkg_model_digest(p->model), DKG_DIGEST_BYTES);
    crypto_generichash_final(&state, digest, sizeof digest);
    sodium_bin2hex(out, 65, digest, sizeof digest);
}
