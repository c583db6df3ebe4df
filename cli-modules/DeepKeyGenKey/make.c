#include "DeepKeyGenKey/make.h"

#include "common/keychain.h"
#include "common/models.h"
#include "common/picture.h"
#include "common/volumes.h"
#include "dkg/cipher.h"
#include "dkg/nifti.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void dkg_hex_result(dkg_host *host, const char *name, const uint8_t *bytes, size_t n)
{
    char hex[65];
    sodium_bin2hex(hex, sizeof hex, bytes, n);
    dkg_result_text(host, name, hex);
}

/* The middle slice, grey in three channels. Its low four bits are noise: a flat area would give a tiled key. */
static dkg_status initial_image(const char *path, uint8_t *image, dkg_error *err)
{
    dkg_volume *volume;
    uint8_t *grey = image + (DKG_KEY_BYTES - DKG_KEY_WIDTH * DKG_KEY_ROWS); /* last third: expanded from the front */
    dkg_status status = dkg_volume_read(path, 0, &volume, err);
    if (status != DKG_OK) return status;
    dkg_picture_volume shown = dkg_picture_of_volume(&volume->header, volume->data.at);
    dkg_picture_slice(&shown, 0, 1, DKG_KEY_WIDTH, grey, DKG_KEY_WIDTH);
    dkg_volume_free(volume);
    for (size_t i = 0; i < DKG_KEY_WIDTH * DKG_KEY_ROWS; i++) {
        uint8_t g = grey[i], noise[3];
        dkg_random(noise, sizeof noise);
        for (size_t c = 0; c < 3; c++) image[3 * i + c] = (uint8_t)((g & 0xF0) | (noise[c] & 0x0F));
    }
    return DKG_OK;
}

static dkg_status make_identity(const dkg_key_plan *plan, dkg_host *host, dkg_error *err)
{
    enum { TEXT = 512 };
    dkg_identity *id = dkg_secret_alloc(sizeof *id);
    char *text = dkg_secret_alloc(TEXT), *secret = dkg_secret_alloc(DKG_IDENTITY_TEXT), public_text[DKG_RECIPIENT_TEXT], day[32];
    dkg_status status;
    time_t now = time(NULL);
    struct tm utc;
    if (!id || !text || !secret || !gmtime_r(&now, &utc)) {
        status = dkg_fail(err, DKG_NO_MEMORY, "no secret memory for an identity");
        goto done;
    }
    dkg_identity_generate(id);
    dkg_recipient r;
    memcpy(r.key, id->key, sizeof r.key);
    dkg_recipient_text(&r, public_text);
    dkg_identity_text(id, secret);
    (void)strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%SZ", &utc);
    int n = snprintf(text, TEXT, "# created: %s\n# public key: %s\n%s\n", day, public_text, secret);
    status = dkg_file_write(plan->path, DKG_OUTPUT_PRIVATE | (plan->replace ? DKG_OUTPUT_REPLACE : 0), text, (size_t)n, err);
    if (status == DKG_OK && plan->recipient_file) {
        char line[DKG_RECIPIENT_TEXT + 1];
        n = snprintf(line, sizeof line, "%s\n", public_text);
        status = dkg_file_write(plan->recipient_file, plan->replace ? DKG_OUTPUT_REPLACE : 0, line, (size_t)n, err);
    }
    if (status != DKG_OK) goto done;
    dkg_result_text(host, "keyKindFound", "identity");
    dkg_result_text(host, "keyId", public_text);
    dkg_result_boolean(host, "passphraseProtected", false);
    dkg_say(host, "share the public key %s with those who encrypt for you; keep %s to yourself", public_text, plan->path);
done:
    dkg_secret_free(secret);
    dkg_secret_free(text);
    dkg_secret_free(id);
    return status;
}

static dkg_status make_signing_key(const dkg_key_plan *plan, dkg_host *host, dkg_error *err)
{
    enum { TEXT = 256 };
    uint8_t *secret = dkg_secret_alloc(64);
    char *text = dkg_secret_alloc(TEXT), *line = dkg_secret_alloc(DKG_SIGNING_KEY_TEXT), signer[DKG_SIGNER_TEXT];
    dkg_status status = DKG_OK;
    if (!secret || !text || !line) {
        status = dkg_fail(err, DKG_NO_MEMORY, "no secret memory for a signing key");
        goto done;
    }
    dkg_signing_key_generate(secret);
    dkg_signing_key_text(secret, line);
    dkg_signer_text(secret + 32, signer); /* libsodium keeps the public key behind the seed */
    int n = snprintf(text, TEXT, "# signer: %s\n%s\n", signer, line);
    status = dkg_file_write(plan->path, DKG_OUTPUT_PRIVATE | (plan->replace ? DKG_OUTPUT_REPLACE : 0), text, (size_t)n, err);
    if (status != DKG_OK) goto done;
    dkg_result_text(host, "keyKindFound", "signing");
    dkg_result_text(host, "keyId", signer);
    dkg_say(host, "those who decrypt can ask for your signature with --signer %s", signer);
done:
    dkg_secret_free(secret);
    dkg_secret_free(text);
    dkg_secret_free(line);
    return status;
}

static dkg_status write_key(const dkg_key_plan *plan, const dkg_keyfile *key, dkg_host *host, dkg_error *err)
{
    dkg_keychain chain = dkg_keychain_open(host, plan->passphrase_fd);
    dkg_bytes passphrase = {NULL, 0};
    uint8_t *bytes = NULL;
    size_t size;
    dkg_status status = DKG_OK;
    if (plan->passphrase) status = dkg_keychain_new_passphrase(&chain, "the new key file", &passphrase, err);
    if (status == DKG_OK)
        status = dkg_keyfile_serialize(key, passphrase, plan->strong ? DKG_ARGON2_STRONG : DKG_ARGON2_DEFAULT, &bytes, &size, err);
    if (status == DKG_OK)
        status = dkg_file_write(plan->path, DKG_OUTPUT_PRIVATE | (plan->replace ? DKG_OUTPUT_REPLACE : 0), bytes, size, err);
    dkg_secret_free(bytes);
    dkg_keychain_close(&chain);
    return status;
}

static dkg_status make_shared(const dkg_key_plan *plan, dkg_host *host, dkg_error *err)
{
    dkg_model *model = NULL;
    dkg_keyfile *key = NULL;
    uint8_t *image = NULL, *model_bytes = NULL;
    size_t model_size = 0;
    dkg_status status = dkg_models_for_writing(plan->model_file, NULL, &model, err);
    if (status != DKG_OK) return status;
    if (plan->initial_volume) {
        image = dkg_secret_alloc(DKG_KEY_BYTES);
        status = image ? initial_image(plan->initial_volume, image, err) : dkg_fail(err, DKG_NO_MEMORY, "no secret memory for an image");
    }
    if (status == DKG_OK && plan->embed_model) status = dkg_model_serialize(model, &model_bytes, &model_size, err);
    if (status == DKG_OK) {
        dkg_keyfile_options options = {dkg_model_digest(model), image, {model_bytes, model_size}};
        status = dkg_keyfile_create(&options, &key, err);
    }
    if (status == DKG_OK) status = write_key(plan, key, host, err);
    if (status == DKG_OK) {
        dkg_result_text(host, "keyKindFound", "shared");
        dkg_hex_result(host, "keyId", dkg_keyfile_id(key), 16);
        dkg_hex_result(host, "modelDigest", dkg_model_digest(model), DKG_DIGEST_BYTES);
        dkg_result_boolean(host, "passphraseProtected", plan->passphrase);
        if (!plan->passphrase) dkg_warn(dkg_host_log(host), "%s is not protected by a passphrase: whoever reads it opens your volumes", plan->path);
    }
    dkg_keyfile_free(key);
    free(model_bytes);
    dkg_secret_free(image);
    dkg_model_free(model);
    return status;
}

dkg_status dkg_make_key(const dkg_key_plan *plan, dkg_host *host, dkg_error *err)
{
    /* an existing key file is never replaced by accident, and nobody types a passphrase in vain */
    const char *const inputs[] = {plan->model_file, plan->initial_volume}, *const outputs[] = {plan->path, plan->recipient_file};
    if (plan->recipient_file && !plan->identity)
        return dkg_fail(err, DKG_USAGE, "%s: only an identity has a public key to write", plan->recipient_file);
    dkg_status status = dkg_check_files(inputs, 2, outputs, 2, plan->replace, err);
    if (status != DKG_OK) return status;
    if (plan->signing) return make_signing_key(plan, host, err);
    return plan->identity ? make_identity(plan, host, err) : make_shared(plan, host, err);
}
