/* Fuzz target: model files. An accepted one must be written and read again as the same model. */
#include <string.h>

#include "dkg/model.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dkg_model *model, *again;
    uint8_t *bytes;
    size_t count;
    if (dkg_model_parse(data, size, &model, NULL) != DKG_OK) {
        if (model) abort();
        return 0;
    }
    if (dkg_model_serialize(model, &bytes, &count, NULL) == DKG_OK) {
        if (dkg_model_parse(bytes, count, &again, NULL) != DKG_OK ||
            memcmp(dkg_model_digest(model), dkg_model_digest(again), DKG_DIGEST_BYTES) != 0)
            abort();
        dkg_model_free(again);
        free(bytes);
    }
    dkg_model_free(model);
    return 0;
}
