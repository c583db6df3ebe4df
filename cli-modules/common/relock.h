/* New keys for an opened volume: what rekey and reencrypt have in common. */
#ifndef DKG_CLI_RELOCK_H
#define DKG_CLI_RELOCK_H

#include "common/opened.h"

typedef struct dkg_relock_options {
    const char *new_key_file, *signing_key_file;
    const dkg_string_list *recipients_files, *recipients;
    bool new_passphrase, strong;
    int64_t new_passphrase_fd;
    const dkg_keyfile *factor; /* the volume's key-file factor, kept as it is; NULL: none */
} dkg_relock_options;

/* Fills `locks` from the options; what it points to lives in `fresh`. DKG_USAGE when nobody could open the result. */
DKG_MUST_USE dkg_status dkg_relock(const dkg_relock_options *options, dkg_keychain *fresh, dkg_locks *locks, dkg_error *err);
#endif
