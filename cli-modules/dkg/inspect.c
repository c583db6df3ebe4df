/* dkg inspect FILE: what anyone can see of an encrypted volume without a key, and what a key file is. */
#include "dkg/commands.h"

#include "DeepKeyGenKey/make.h"
#include "common/volumes.h"

#include <stdio.h>
#include <string.h>

typedef struct job {
    const char *inputFile;
} job;

/* By the first bytes: a key file, or a text file of keys, which begins with a comment or a key. */
static bool is_key(const char *path)
{
    uint8_t start[64] = {0};
    FILE *file = fopen(path, "rb");
    const size_t n = file ? fread(start, 1, sizeof start, file) : 0;
    if (file) fclose(file);
    return dkg_is_keyfile(start, n) || start[0] == '#' || memcmp(start, "AGE-SECRET-KEY-", 15) == 0;
}

static dkg_status inspect_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    dkg_stored_image *image;
    dkg_sealed *sealed;
    if (is_key(j->inputFile)) return dkg_inspect_key(j->inputFile, NULL, host, err);
    dkg_status status = dkg_open_carrier(j->inputFile, dkg_host_log(host), &image, &sealed, err);
    if (status != DKG_OK) return status;
    const dkg_public_info *i = dkg_sealed_public(sealed);
    dkg_hex_result(host, "volumeId", i->volume_id, sizeof i->volume_id);
    dkg_result_text(host, "modeUsed", dkg_mode_name(i->mode));
    dkg_result_text(host, "layout", i->stream ? "stream" : "grid");
    dkg_result_integer(host, "nx", i->nx);
    dkg_result_integer(host, "ny", i->ny);
    dkg_result_integer(host, "slices", i->slices);
    dkg_result_integer(host, "planesPerSlice", i->planes_per_slice);
    dkg_result_integer(host, "keyPlanes", i->key_planes);
    if (!i->stream) dkg_result_integer(host, "datatype", i->datatype);
    dkg_result_integer(host, "bytesPerVoxel", i->bpv);
    dkg_result_integer(host, "epoch", (int64_t)i->epoch);
    dkg_result_integer(host, "envelopeBytes", (int64_t)i->envelope_bytes);
    dkg_result_integer(host, "recipientSlots", i->x25519_slots);
    dkg_result_integer(host, "passphraseSlots", i->passphrase_slots);
    dkg_result_integer(host, "keyFileSlots", i->keyfile_slots);
    dkg_result_boolean(host, "keyFileFactor", i->key_factor);
    dkg_result_boolean(host, "signed", i->has_signature);
    if (i->has_signature) {
        char signer[DKG_SIGNER_TEXT];
        dkg_signer_text(i->signer, signer);
        dkg_result_text(host, "signer", signer);
    }
    dkg_result_boolean(host, "trailerIntact", i->trailer_ok);
    dkg_result_boolean(host, "copyAIntact", i->copy_a_ok);
    dkg_result_boolean(host, "copyBIntact", i->copy_b_ok);
    dkg_result_boolean(host, "moved", i->moved);
    dkg_result_boolean(host, "repaired", i->repaired);
    dkg_sealed_free(sealed);
    dkg_stored_free(image);
    return status;
}

static const dkg_binding bindings[] = {{"inputFile", DKG_OPTION_STRING, offsetof(job, inputFile)}};

DKG_COMMAND(inspect, job, inspect_run)
