/* An encrypted volume opened with the user's keys: what decrypt, verify, rekey and reencrypt have in common. */
#ifndef DKG_CLI_OPENED_H
#define DKG_CLI_OPENED_H

#include "common/engines.h"
#include "common/keychain.h"
#include "dkg/cipher.h"
#include "dkg/nifti.h"

typedef struct dkg_open_options {
    const char *input;
    const char *key_file, *identity_file, *model_file; /* NULL: not given */
    bool ask_passphrase;      /* passphrase slots may be tried by asking */
    int64_t passphrase_fd;    /* -1: none */
    bool paper_allowed;
    bool strict;              /* a repaired volume is DKG_REPAIRED */
    const char *expect_id;    /* hex; NULL or "": any volume */
    int64_t min_epoch;
    const dkg_string_list *signers; /* NULL or empty: anybody may have written the volume */
} dkg_open_options;

typedef struct dkg_opened {
    dkg_stored_image *image;
    dkg_sealed *sealed;       /* unlocked */
    dkg_keychain keys;
    dkg_model *model;         /* NULL until dkg_opened_engine(), and in mode aead */
    dkg_engines engines;
} dkg_opened;

/* expect_id, min_epoch and strict, which need no key: DKG_POLICY, DKG_REPAIRED. */
DKG_MUST_USE dkg_status dkg_check_expectations(const dkg_open_options *options, const dkg_public_info *info, dkg_error *err);
/* Reads, locates, loads the keys and unlocks (volume-format section 11, steps 1 to 6). Close it in every case. */
DKG_MUST_USE dkg_status dkg_opened_open(const dkg_open_options *options, dkg_host *host, dkg_opened *out, dkg_error *err);
/* Step 7: the model by its fingerprint, and the engine to run it. Nothing to do in mode aead. slices: whose keys are wanted, for
 * the estimate of time. */
DKG_MUST_USE dkg_status dkg_opened_engine(dkg_opened *opened, const char *model_file, const char *device, unsigned threads,
                                          uint32_t slices, dkg_host *host, dkg_error *err);
void dkg_opened_close(dkg_opened *opened);
/* Rows of 256 pixels that all keys of the volume have together, for an estimate of time. */
uint64_t dkg_key_rows(uint64_t slices, uint64_t slice_bytes);
#endif
