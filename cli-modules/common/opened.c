#include "common/opened.h"

#include "common/models.h"
#include "common/volumes.h"

#include <sodium.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

/* Passphrase slots are tried when the caller said so, and by people at a terminal without asking them to say so. */
static bool may_ask(const dkg_open_options *o, const dkg_host *host)
{
    return o->ask_passphrase || o->passphrase_fd >= 0 || (!dkg_host_is_module(host) && isatty(STDIN_FILENO));
}

dkg_status dkg_check_expectations(const dkg_open_options *o, const dkg_public_info *info, dkg_error *err)
{
    char id[65];
    sodium_bin2hex(id, sizeof id, info->volume_id, sizeof info->volume_id);
    if (o->expect_id && *o->expect_id && strcasecmp(o->expect_id, id) != 0)
        return dkg_fail(err, DKG_POLICY, "%s: the volume id is %s, expected was %s", o->input, id, o->expect_id);
    if (o->min_epoch > 0 && info->epoch < (uint64_t)o->min_epoch)
        return dkg_fail(err, DKG_POLICY, "%s: the key epoch is %llu, at least %lld was asked for", o->input,
                        (unsigned long long)info->epoch, (long long)o->min_epoch);
    if (o->strict && info->repaired)
        return dkg_fail(err, DKG_REPAIRED, "%s: the volume was moved or repaired on reading, and --strict was asked for", o->input);
    return DKG_OK;
}

dkg_status dkg_opened_open(const dkg_open_options *o, dkg_host *host, dkg_opened *out, dkg_error *err)
{
    const dkg_log *log = dkg_host_log(host);
    *out = (dkg_opened){.keys = dkg_keychain_open(host, o->passphrase_fd)};
    dkg_status status = dkg_open_carrier(o->input, log, &out->image, &out->sealed, err);
    if (status != DKG_OK) return status;
    const dkg_public_info *info = dkg_sealed_public(out->sealed);
    status = dkg_check_expectations(o, info, err);
    if (status == DKG_OK) status = dkg_keychain_keyfile(&out->keys, o->key_file, err);
    if (status == DKG_OK) status = dkg_keychain_identities(&out->keys, o->identity_file, err);
    if (status == DKG_OK && o->signers) status = dkg_keychain_signers(&out->keys, o->signers, err);
    if (status != DKG_OK) return status;

    bool ask = may_ask(o, host) && info->passphrase_slots > 0;
    if (!out->keys.keyfile && !out->keys.identity_count && !ask && info->mode != DKG_MODE_PAPER) {
        bool vain = o->ask_passphrase || o->passphrase_fd >= 0;
        dkg_fail(err, DKG_USAGE, vain ? "%s: no passphrase opens this volume" : "%s: no key was given", o->input);
        return dkg_fail_hint(err, DKG_USAGE, "name a key with --key-file or --identity-file%s",
                             info->passphrase_slots ? ", or ask for the passphrase with --ask-passphrase" : "");
    }
    dkg_keys keys = dkg_keychain_keys(&out->keys, ask);
    return dkg_unlock(out->sealed, &keys, o->paper_allowed, log, err);
}

uint64_t dkg_key_rows(uint64_t slices, uint64_t slice_bytes)
{
    uint64_t full = slice_bytes / DKG_KEY_BYTES, rest = slice_bytes % DKG_KEY_BYTES, last = 0;
    if (rest) last = 4 * ((rest + 3071) / 3072);
    if (rest && last < DKG_KEY_ROWS_MIN) last = DKG_KEY_ROWS_MIN;
    return slices * (full * DKG_KEY_ROWS + last);
}

dkg_status dkg_opened_engine(dkg_opened *opened, const char *model_file, const char *device, unsigned threads, uint32_t slices,
                             dkg_host *host, dkg_error *err)
{
    const dkg_public_info *info = dkg_sealed_public(opened->sealed);
    const dkg_log *log = dkg_host_log(host);
    if (info->mode == DKG_MODE_AEAD) return DKG_OK;
    dkg_status status = dkg_models_for_reading(opened->sealed, model_file, opened->keys.keyfile_list,
                                               opened->keys.keyfile ? 1 : 0, &opened->model, err);
    if (status == DKG_OK) status = dkg_engines_open(opened->model, device, threads, false, log, &opened->engines, err);
    if (status != DKG_OK) return status;
    uint64_t slice_bytes = (uint64_t)info->nx * info->ny * info->bpv;
    dkg_engines_estimate(&opened->engines, dkg_key_rows(slices, slice_bytes), log);
    return DKG_OK;
}

void dkg_opened_close(dkg_opened *opened)
{
    dkg_engines_close(&opened->engines);
    dkg_model_free(opened->model);
    dkg_sealed_free(opened->sealed);
    dkg_stored_free(opened->image);
    dkg_keychain_close(&opened->keys);
    *opened = (dkg_opened){.keys = {.passphrase_fd = -1}};
}
