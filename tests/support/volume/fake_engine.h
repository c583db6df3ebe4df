/* A generator that is fast: keys are XChaCha20 streams of a hash of model digest and image. For tests of what surrounds the
 * generator; nothing of it is secret or slow. */
#ifndef DKG_TEST_FAKE_ENGINE_H
#define DKG_TEST_FAKE_ENGINE_H

#include "dkg/model.h"

typedef struct fake_engine {
    dkg_engine engine;    /* first: a fake_engine * is a dkg_engine * */
    uint8_t digest[32];
    size_t images;        /* made so far */
    size_t largest;       /* images in the largest call */
    size_t weak;          /* that many first images get keys that fail the self-test */
    int64_t wrong;        /* number of the image whose key gets one wrong bit, or -1 */
    int64_t fails;        /* number of the image at which the call fails with DKG_DEVICE, or -1 */
} fake_engine;

/* For a model's digest; nothing to free. */
fake_engine fake_engine_make(const dkg_model *model, size_t batch);
/* The key of one image, as the engine makes it. */
void fake_key(const uint8_t digest[32], const uint8_t *image, size_t bytes, uint8_t *key);

#endif
