/* Fuzz target: key files. No passphrase is at hand: wrapped ones end after their header. */
#include "dkg/cipher.h"
#include "dkg/model.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dkg_keyfile *key;
    if (dkg_keyfile_parse(data, size, NULL, NULL, &key, NULL) == DKG_OK) {
        uint8_t *image = malloc(DKG_KEY_BYTES);
        if (image) {
            dkg_keyfile_initial_image(key, image);
            fuzz_touch((dkg_bytes){image, DKG_KEY_BYTES});
        }
        free(image);
        fuzz_touch(dkg_keyfile_model(key));
    } else if (key) {
        abort();
    }
    dkg_keyfile_free(key);
    return 0;
}
