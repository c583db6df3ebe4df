/* libFuzzer target: everything about keys that comes from outside as bytes: key files, texts of recipients, identities and signing
 * keys, model files. The first byte picks one. */
#include <stdlib.h>

#include "dkg/cipher.h"
#include "dkg/model.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    if (dkg_start(NULL) != DKG_OK) abort();
    return 0;
}

static void keyfile(const uint8_t *data, size_t size)
{
    dkg_keyfile *key;
    if (dkg_keyfile_parse(data, size, NULL, NULL, &key, NULL) == DKG_OK) {
        uint8_t *image = malloc(DKG_KEY_BYTES);
        if (image) dkg_keyfile_initial_image(key, image);
        free(image);
    } else if (key) {
        abort();
    }
    dkg_keyfile_free(key);
}

static void texts(const uint8_t *data, size_t size)
{
    dkg_recipient *recipients;
    dkg_identity *identities;
    size_t count;
    uint8_t signing[64];
    if (dkg_recipients_parse(data, size, &recipients, &count, NULL) == DKG_OK) free(recipients);
    if (dkg_identities_parse(data, size, &identities, &count, NULL) == DKG_OK) dkg_secret_free(identities);
    (void)!dkg_signing_key_file_parse(data, size, signing, NULL);
}

static void model(const uint8_t *data, size_t size)
{
    dkg_model *m;
    if (dkg_model_parse(data, size, &m, NULL) != DKG_OK && m) abort();
    dkg_model_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    switch (data[0] % 3) {
    case 0: keyfile(data + 1, size - 1); break;
    case 1: texts(data + 1, size - 1); break;
    default: model(data + 1, size - 1);
    }
    return 0;
}
