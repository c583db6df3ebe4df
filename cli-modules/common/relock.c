#include "common/relock.h"

dkg_status dkg_relock(const dkg_relock_options *o, dkg_keychain *fresh, dkg_locks *locks, dkg_error *err)
{
    dkg_bytes passphrase = {NULL, 0};
    dkg_status status = dkg_keychain_keyfile(fresh, o->new_key_file, err);
    if (status == DKG_OK) status = dkg_keychain_recipients(fresh, o->recipients_files, o->recipients, err);
    if (status == DKG_OK) status = dkg_keychain_signing_key(fresh, o->signing_key_file, err);
    if (status == DKG_OK && (o->new_passphrase || o->new_passphrase_fd >= 0))
        status = dkg_keychain_new_passphrase(fresh, "the new slot of the volume", &passphrase, err);
    if (status != DKG_OK) return status;
    *locks = dkg_keychain_locks(fresh, o->factor != NULL, passphrase, o->strong);
    if (o->factor && fresh->keyfile)
        return dkg_fail(err, DKG_USAGE, "--new-key-file: this volume has a key-file factor, which rekeying cannot change; use reencrypt");
    if (o->factor) locks->keyfile = o->factor;
    if (locks->recipient_count || passphrase.size || fresh->keyfile) return DKG_OK;
    dkg_fail(err, DKG_USAGE, "no new key was given: nobody could open the result");
    return dkg_fail_hint(err, DKG_USAGE, "name at least one of --new-key-file, --recipient, --recipients-file, --new-passphrase");
}
