/* sample.c - which images, crops, noise and cipher keys a step sees: a function of the seed and the step's number alone. */
#include <sodium.h>
#include <string.h>

#include "dkg/training.h"

enum { HELD_OUT_EVERY = 8 };

/* What a stream of the seed is for; part of its nonce. */
enum { FOR_DRAWS = 0, FOR_SOURCE_NOISE = 1, FOR_CIPHER_KEY = 2, FOR_HELD_OUT_NOISE = 3, FOR_SUBSEEDS = 4 };

/* Decisions of a step. dkg_train_draw() leaves numbers from CALLERS on to callers outside this file. */
enum { SOURCE_IMAGE, SOURCE_X, SOURCE_Y, TARGET_IMAGE, TARGET_X, TARGET_Y, GIVEN, CALLERS = GIVEN + 9 };

static void stream(const uint8_t seed[32], uint64_t purpose, uint64_t number, uint64_t part, uint8_t *out, size_t n)
{
    uint8_t nonce[crypto_stream_xchacha20_NONCEBYTES];
    dkg_store64(nonce, purpose);
    dkg_store64(nonce + 8, number);
    dkg_store64(nonce + 16, part);
    (void)crypto_stream_xchacha20(out, n, nonce, seed);
}

static uint64_t draw(const uint8_t seed[32], uint64_t step, uint64_t what)
{
    uint8_t bytes[8];
    stream(seed, FOR_DRAWS, step, what, bytes, sizeof bytes);
    return dkg_load64(bytes);
}

uint64_t dkg_train_draw(const uint8_t seed[DKG_TRAIN_SEED_BYTES], uint64_t step, uint64_t what)
{
    return draw(seed, step, CALLERS + what);
}

void dkg_train_subseed(const uint8_t seed[DKG_TRAIN_SEED_BYTES], uint8_t what, uint8_t out[DKG_TRAIN_SEED_BYTES])
{
    stream(seed, FOR_SUBSEEDS, what, 0, out, DKG_TRAIN_SEED_BYTES);
}

/* ---- held-out images --------------------------------------------------------------------------------------------------------- */
static bool any_held_out(const dkg_train_data *d) { return d->count >= HELD_OUT_EVERY; }

static size_t trained_count(const dkg_train_data *d) { return any_held_out(d) ? d->count - d->count / HELD_OUT_EVERY : d->count; }

/* Image i of those that are trained on: the eighth, sixteenth ... are passed over. */
static size_t trained(const dkg_train_data *d, size_t i) { return any_held_out(d) ? i + i / (HELD_OUT_EVERY - 1) : i; }

size_t dkg_train_held_out_count(const dkg_train_data *d) { return any_held_out(d) ? d->count / HELD_OUT_EVERY : d->count; }

static size_t held_out(const dkg_train_data *d, size_t i) { return any_held_out(d) ? i * HELD_OUT_EVERY + HELD_OUT_EVERY - 1 : i; }

/* A flat area would give a tiled key: the low four bits of every byte are noise. */
static void add_noise(uint8_t *image, size_t bytes, const uint8_t seed[32], uint64_t purpose, uint64_t number)
{
    uint8_t noise[256];
    for (size_t at = 0; at < bytes; at += sizeof noise) {
        const size_t n = bytes - at < sizeof noise ? bytes - at : sizeof noise;
        stream(seed, purpose, number, at / sizeof noise, noise, n);
        for (size_t i = 0; i < n; i++) image[at + i] = (uint8_t)((image[at + i] & 0xF0) | (noise[i] & 0x0F));
    }
}

void dkg_train_held_out(const dkg_train_data *d, uint64_t i, uint32_t height, uint32_t width, uint8_t *out)
{
    const dkg_train_image *image = &d->images[held_out(d, (size_t)(i % dkg_train_held_out_count(d)))];
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            const size_t row = (size_t)((uint64_t)y * image->height / height), column = (size_t)((uint64_t)x * image->width / width);
            memset(out + 3 * ((size_t)y * width + x), image->pixels[row * image->width + column], 3);
        }
    add_noise(out, (size_t)3 * height * width, d->seed, FOR_HELD_OUT_NOISE, i);
}

/* ---- samples ---------------------------------------------------------------------------------------------------------------- */
/* A crop at a drawn place into `channels` bytes of each pixel of out. */
static void cut(const dkg_train_image *image, uint32_t crop, uint64_t x, uint64_t y, size_t channels, uint8_t *out)
{
    const size_t left = (size_t)(x % (image->width - crop + 1)), top = (size_t)(y % (image->height - crop + 1));
    for (size_t j = 0; j < crop; j++)
        for (size_t i = 0; i < crop; i++)
            memset(out + 3 * (j * crop + i), image->pixels[(top + j) * image->width + left + i], channels);
}

static void encrypt(const dkg_train_data *d, uint64_t step, uint8_t *image, size_t bytes)
{
    uint8_t key[32];
    const uint8_t nonce[crypto_stream_xchacha20_NONCEBYTES] = {0}; /* every step has a key of its own */
    stream(d->seed, FOR_CIPHER_KEY, step, 0, key, sizeof key);
    if (d->cipher == DKG_TRAIN_LOGISTIC)
        dkg_train_logistic_xor(key, image, bytes);
    else
        (void)crypto_stream_xchacha20_xor(image, image, bytes, nonce, key);
}

void dkg_train_sample(const dkg_train_data *d, uint64_t step, uint8_t *source, uint8_t *target)
{
    const size_t bytes = (size_t)3 * d->crop * d->crop, n = trained_count(d);
    const size_t first = (size_t)(draw(d->seed, step, SOURCE_IMAGE) % n);
    cut(&d->images[trained(d, first)], d->crop, draw(d->seed, step, SOURCE_X), draw(d->seed, step, SOURCE_Y), 3,
        source);
    add_noise(source, bytes, d->seed, FOR_SOURCE_NOISE, step);

    if (d->cipher == DKG_TRAIN_GIVEN) {
        for (uint64_t c = 0; c < 3; c++) {
            const dkg_train_image *image = &d->encrypted[draw(d->seed, step, GIVEN + 3 * c) % d->encrypted_count];
            cut(image, d->crop, draw(d->seed, step, GIVEN + 3 * c + 1), draw(d->seed, step, GIVEN + 3 * c + 2), 1, target + c);
        }
        return;
    }
    const size_t second = n > 1 ? (first + 1 + (size_t)(draw(d->seed, step, TARGET_IMAGE) % (n - 1))) % n : first;
    cut(&d->images[trained(d, second)], d->crop, draw(d->seed, step, TARGET_X), draw(d->seed, step, TARGET_Y), 3, target);
    encrypt(d, step, target, bytes);
}
