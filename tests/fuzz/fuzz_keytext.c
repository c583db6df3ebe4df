/* Fuzz target: files of recipients, identities and signing keys, and the bech32 texts in them. What was read must come out of the
 * writer as a text that reads the same. */
#include <string.h>

#include "dkg/cipher.h"
#include "fuzz.h"

static void recipients(const uint8_t *data, size_t size)
{
    dkg_recipient *list;
    size_t count;
    if (dkg_recipients_parse(data, size, &list, &count, NULL) != DKG_OK) return;
    for (size_t i = 0; i < count; i++) {
        char text[DKG_RECIPIENT_TEXT];
        dkg_recipient again;
        dkg_recipient_text(&list[i], text);
        if (dkg_recipient_parse(text, &again, NULL) != DKG_OK || memcmp(&again, &list[i], sizeof again) != 0) abort();
    }
    free(list);
}

static void identities(const uint8_t *data, size_t size)
{
    dkg_identity *list;
    size_t count;
    if (dkg_identities_parse(data, size, &list, &count, NULL) != DKG_OK) return;
    for (size_t i = 0; i < count; i++) {
        char text[DKG_IDENTITY_TEXT];
        dkg_identity again;
        dkg_identity_text(&list[i], text);
        if (dkg_identity_parse(text, &again, NULL) != DKG_OK || memcmp(&again, &list[i], sizeof again) != 0) abort();
    }
    dkg_secret_free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t signing[64], signer[32];
    recipients(data, size);
    identities(data, size);
    if (dkg_signing_key_file_parse(data, size, signing, NULL) == DKG_OK) fuzz_touch((dkg_bytes){signing, sizeof signing});
    char *text = malloc(size + 1);
    if (text) {
        memcpy(text, data, size);
        text[size] = '\0';
        if (dkg_signer_parse(text, signer, NULL) == DKG_OK) fuzz_touch((dkg_bytes){signer, sizeof signer});
    }
    free(text);
    return 0;
}
