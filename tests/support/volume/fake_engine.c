#include "fake_engine.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

void fake_key(const uint8_t digest[32], const uint8_t *image, size_t bytes, uint8_t *key)
{
    static const uint8_t nonce[24] = {0};
    uint8_t seed[32];
    crypto_generichash(seed, sizeof seed, image, bytes, digest, 32);
    crypto_stream_xchacha20(key, bytes, nonce, seed);
}

static dkg_status generate(dkg_engine *self, const uint8_t *images, uint32_t height, uint32_t width, size_t count, uint8_t *keys,
                           dkg_error *err)
{
    fake_engine *fake = (fake_engine *)self;
    size_t bytes = (size_t)height * width * 3;
    if (count > fake->largest) fake->largest = count;
    for (size_t i = 0; i < count; i++, fake->images++) {
        uint8_t *key = keys + i * bytes;
        if ((int64_t)fake->images == fake->fails) return dkg_fail(err, DKG_DEVICE, "the fake device failed at image %zu", fake->images);
        fake_key(fake->digest, images + i * bytes, bytes, key);
        if (fake->images < fake->weak) memset(key, 0, bytes);
        if ((int64_t)fake->images == fake->wrong) key[17] ^= 4;
    }
    return DKG_OK;
}

fake_engine fake_engine_make(const dkg_model *model, size_t batch)
{
    fake_engine fake = {.engine = {.kind = "fake", .batch = batch, .generate = generate}, .wrong = -1, .fails = -1};
    (void)snprintf(fake.engine.device, sizeof fake.engine.device, "fake");
    memcpy(fake.digest, dkg_model_digest(model), sizeof fake.digest);
    return fake;
}
