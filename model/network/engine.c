/* engine.c - what every engine shares: sizes it accepts, its known-answer test, its end. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/model.h"

void dkg_engine_free(dkg_engine *engine)
{
    if (engine) engine->destroy(engine);
}

dkg_status dkg_check_image_size(uint32_t height, uint32_t width, dkg_error *err)
{
    if (height == 0 || width == 0 || height % 4 || width % 4 || (uint64_t)height * width > DKG_IMAGE_PIXELS_MAX)
        return dkg_fail(err, DKG_USAGE, "an image of %u x %u pixels: both must be multiples of 4, and at most %d pixels in all", width,
                        height, DKG_IMAGE_PIXELS_MAX);
    return DKG_OK;
}

enum { KNOWN_IMAGES = 2, KNOWN_BYTES_MAX = 12 * 76 * 3 };
/* Not square, and halved twice they fill no tile or vector evenly. Few pixels, because the reference takes its time with wide
 * networks and every program that opens an engine waits for it; long rows, because those are what it is least slow with. */
static const struct {
    uint32_t height, width;
    bool extreme; /* only 0 and 255: the largest sums */
} known[KNOWN_IMAGES] = {{12, 76, false}, {8, 52, true}};

static void known_image(size_t i, uint8_t *image)
{
    static const uint8_t seed[crypto_stream_xchacha20_KEYBYTES] = "known-answer image";
    uint8_t nonce[crypto_stream_xchacha20_NONCEBYTES] = {(uint8_t)i};
    size_t n = (size_t)known[i].height * known[i].width * 3;
    crypto_stream_xchacha20(image, n, nonce, seed);
    for (size_t k = 0; known[i].extreme && k < n; k++) image[k] = image[k] < 128 ? 0 : 255;
}

dkg_status dkg_engine_known_answer(dkg_engine *engine, const dkg_model *model, dkg_error *err)
{
    dkg_engine *reference = NULL;
    uint8_t *memory = NULL;
    dkg_status status = dkg_reference_engine(model, 0, &reference, err);
    if (status) return status;
    memory = dkg_calloc(3, KNOWN_BYTES_MAX);
    if (!memory) {
        status = dkg_fail(err, DKG_NO_MEMORY, "no memory for the known-answer test");
        goto done;
    }
    uint8_t *image = memory, *expected = memory + KNOWN_BYTES_MAX, *got = expected + KNOWN_BYTES_MAX;
    for (size_t i = 0; i < KNOWN_IMAGES; i++) {
        uint32_t h = known[i].height, w = known[i].width;
        size_t n = (size_t)h * w * 3;
        known_image(i, image);
        status = reference->generate(reference, image, h, w, 1, expected, err);
        if (status) goto done;
        status = engine->generate(engine, image, h, w, 1, got, err);
        if (status) goto done;
        if (memcmp(expected, got, n) != 0) {
            status = dkg_fail(err, DKG_DEVICE, "engine %s on %s computes a wrong key for known image %zu (%u x %u pixels)", engine->kind,
                              engine->device, i, w, h);
            goto done;
        }
    }
done:
    free(memory);
    dkg_engine_free(reference);
    return status;
}
