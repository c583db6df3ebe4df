/* Images, samples and ciphers of a training (model/train/image.c, sample.c, logistic.c). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/training.h"
#include "support.h"

enum { CROP = 32, SIDE = 64, BYTES = 3 * CROP * CROP, MANY = 20 };

/* Image i holds the byte 16 i (modulo 256) alone, so a sample tells where it is from. */
typedef struct fixture {
    dkg_train_image images[MANY];
    dkg_train_data data;
} fixture;

static fixture setup(size_t count, dkg_train_cipher cipher)
{
    fixture f = {0};
    for (size_t i = 0; i < count; i++) {
        f.images[i] = (dkg_train_image){SIDE, SIDE + 8, malloc((size_t)SIDE * (SIDE + 8))};
        memset(f.images[i].pixels, (int)(16 * (i % 16)), (size_t)SIDE * (SIDE + 8));
    }
    f.data = (dkg_train_data){.count = count, .cipher = cipher, .crop = CROP};
    memset(f.data.seed, 7, sizeof f.data.seed);
    return f;
}

static void teardown(fixture *f)
{
    for (size_t i = 0; i < MANY; i++) free(f->images[i].pixels);
}

/* ---- images ---------------------------------------------------------------------------------------------------------------- */
START_TEST(small_images_keep_their_pixels)
{
    float grey[6 * 4];
    dkg_train_image image;
    for (int i = 0; i < 24; i++) grey[i] = (float)(10 * i);
    grey[23] = 1000; /* clamped */
    grey[0] = NAN;
    ck_ok(dkg_train_image_make(grey, 6, 4, 8, 4, &image, err));
    ck_assert_uint_eq(image.width, 6);
    ck_assert_uint_eq(image.height, 4);
    for (int i = 1; i < 23; i++) ck_assert_uint_eq(image.pixels[i], (unsigned)(10 * i));
    ck_assert_uint_eq(image.pixels[23], 255);
    ck_assert_uint_eq(image.pixels[0], 0);
    free(image.pixels);
}
END_TEST

START_TEST(large_images_are_averaged)
{
    enum { W = 40, H = 20 };
    float grey[W * H];
    dkg_train_image image;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) grey[y * W + x] = (float)((x / 2) + 8 * (y / 2) + (x % 2 ? 2 : 0)); /* 2x2 block: base + 1 */
    ck_ok(dkg_train_image_make(grey, W, H, 10, 8, &image, err));
    ck_assert_uint_eq(image.width, 20);
    ck_assert_uint_eq(image.height, 10);
    for (unsigned y = 0; y < 10; y++)
        for (unsigned x = 0; x < 20; x++) ck_assert_uint_eq(image.pixels[y * 20 + x], x + 8 * y + 1);
    free(image.pixels);
}
END_TEST

START_TEST(the_middle_of_long_images_is_taken)
{
    enum { W = 1000, H = 10 };
    float *grey = malloc(sizeof(float) * W * H);
    dkg_train_image image;
    for (int i = 0; i < W * H; i++) grey[i] = (float)(i % W >= 490 && i % W < 510 ? 200 : 0);
    ck_ok(dkg_train_image_make(grey, W, H, 10, 8, &image, err));
    ck_assert_uint_eq(image.width, 40);
    ck_assert_uint_eq(image.height, 10);
    ck_assert_msg(image.pixels != NULL && image.pixels[20] == 200 && image.pixels[9] == 0 && image.pixels[10] == 200, "the middle");
    free(image.pixels);
    free(grey);
}
END_TEST

START_TEST(useless_images_are_refused)
{
    float grey[64 * 8];
    dkg_train_image image;
    for (int i = 0; i < 64 * 8; i++) grey[i] = 3;
    ck_fails(dkg_train_image_make(grey, 8, 8, 8, 8, &image, err), DKG_SOURCE, "all pixels are alike");
    ck_assert_ptr_null(image.pixels);
    grey[5] = 9;
    ck_fails(dkg_train_image_make(grey, 64, 8, 64, 12, &image, err), DKG_SOURCE, "64x8 pixels, smaller than the crop of 12x12");
    ck_ok(dkg_train_image_make(grey, 8, 8, 8, 8, &image, err));
    free(image.pixels);
}
END_TEST

/* ---- samples ------------------------------------------------------------------------------------------------------------------ */
START_TEST(samples_follow_from_seed_and_step_alone)
{
    fixture f = setup(MANY, DKG_TRAIN_XCHACHA20);
    uint8_t s[4][BYTES], t[4][BYTES];
    f.data.images = f.images;
    dkg_train_sample(&f.data, 5, s[0], t[0]);
    dkg_train_sample(&f.data, 6, s[1], t[1]);
    dkg_train_sample(&f.data, 5, s[2], t[2]);
    f.data.seed[31] ^= 1;
    dkg_train_sample(&f.data, 5, s[3], t[3]);
    ck_assert_mem_eq(s[0], s[2], BYTES);
    ck_assert_mem_eq(t[0], t[2], BYTES);
    for (int i = 1; i < 4; i += 2) {
        ck_assert_mem_ne(s[0], s[i], BYTES);
        ck_assert_mem_ne(t[0], t[i], BYTES);
    }
    ck_assert_uint_ne(dkg_train_draw(f.data.seed, 1, 0), dkg_train_draw(f.data.seed, 1, 1));
    ck_assert_uint_ne(dkg_train_draw(f.data.seed, 1, 0), dkg_train_draw(f.data.seed, 2, 0));
    teardown(&f);
}
END_TEST

START_TEST(sources_are_grey_with_noise_in_every_channel)
{
    fixture f = setup(1, DKG_TRAIN_XCHACHA20);
    uint8_t s[BYTES], t[BYTES];
    size_t histogram[16] = {0}, equal = 0;
    f.data.images = f.images;
    memset(f.images[0].pixels, 0x55, (size_t)SIDE * (SIDE + 8));
    dkg_train_sample(&f.data, 0, s, t);
    for (size_t i = 0; i < BYTES; i++) {
        ck_assert_uint_eq(s[i] & 0xF0, 0x50);
        histogram[s[i] & 15]++;
    }
    for (size_t i = 0; i < BYTES; i += 3) equal += s[i] == s[i + 1];
    for (int i = 0; i < 16; i++) ck_assert_msg(histogram[i] > 120 && histogram[i] < 270, "%zu", histogram[i]); /* mean 192 */
    ck_assert_msg(equal < BYTES / 3 / 8, "%zu", equal);
    teardown(&f);
}
END_TEST

/* A target is another image under a cipher whose key we know how to find: the same step with all-zero images is the keystream. */
static void target_parts(dkg_train_cipher cipher)
{
    fixture f = setup(MANY, cipher), zero = setup(MANY, cipher);
    uint8_t s[BYTES], t[BYTES], ignored[BYTES], stream[BYTES];
    f.data.images = f.images;
    zero.data.images = zero.images;
    for (size_t i = 0; i < MANY; i++) memset(zero.images[i].pixels, 0, (size_t)SIDE * (SIDE + 8));
    for (uint64_t step = 0; step < 60; step++) {
        size_t counts[256] = {0};
        dkg_train_sample(&f.data, step, s, t);
        dkg_train_sample(&zero.data, step, ignored, stream);
        for (size_t i = 0; i < BYTES; i++) {
            ck_assert_uint_eq(t[i] ^ stream[i], t[0] ^ stream[0]); /* one image, all of one value */
            counts[stream[i]]++;
        }
        for (int i = 0; i < 256; i++) ck_assert_msg(counts[i] < 48, "%d: %zu", i, counts[i]); /* mean 12 */
    }
    teardown(&f);
    teardown(&zero);
}

START_TEST(targets_are_images_under_xchacha20) { target_parts(DKG_TRAIN_XCHACHA20); }
END_TEST
START_TEST(targets_are_images_under_the_logistic_map) { target_parts(DKG_TRAIN_LOGISTIC); }
END_TEST

START_TEST(target_shows_another_image)
{
    fixture f = setup(2, DKG_TRAIN_XCHACHA20), zero = setup(2, DKG_TRAIN_XCHACHA20);
    uint8_t s[BYTES], t[BYTES], ignored[BYTES], stream[BYTES];
    int first = 0;
    f.data.images = f.images;
    zero.data.images = zero.images;
    memset(zero.images[1].pixels, 0, (size_t)SIDE * (SIDE + 8));
    for (uint64_t step = 0; step < 40; step++) {
        dkg_train_sample(&f.data, step, s, t);
        dkg_train_sample(&zero.data, step, ignored, stream);
        ck_assert_uint_eq((s[0] & 0xF0) + (t[0] ^ stream[0]), 16);
        first += (s[0] & 0xF0) == 0;
    }
    ck_assert_msg(first > 8 && first < 32, "%d", first);
    teardown(&f);
    teardown(&zero);
}
END_TEST

START_TEST(given_encrypted_images_are_taken_as_they_are)
{
    fixture f = setup(2, DKG_TRAIN_GIVEN);
    dkg_train_image noise = {SIDE, SIDE, malloc((size_t)SIDE * SIDE)};
    uint8_t s[BYTES], t[BYTES];
    size_t equal = 0;
    test_pattern(noise.pixels, (size_t)SIDE * SIDE, 1);
    f.data.images = f.images;
    f.data.encrypted = &noise;
    f.data.encrypted_count = 1;
    dkg_train_sample(&f.data, 3, s, t);
    for (size_t i = 0; i < BYTES; i += 3) equal += t[i] == t[i + 1];
    ck_assert_msg(equal < BYTES / 3 / 32, "channels are not copies: %zu", equal);
    bool found = false; /* the first channel's first row lies somewhere in the image */
    for (size_t at = 0; at + CROP <= (size_t)SIDE * SIDE && !found; at++) {
        size_t i = 0;
        while (i < CROP && noise.pixels[at + i] == t[3 * i]) i++;
        found = i == CROP;
    }
    ck_assert(found);
    free(noise.pixels);
    teardown(&f);
}
END_TEST

START_TEST(held_out_images_are_never_trained_on)
{
    fixture f = setup(16, DKG_TRAIN_XCHACHA20);
    uint8_t s[BYTES], t[BYTES], a[BYTES], b[BYTES];
    f.data.images = f.images;
    ck_assert_uint_eq(dkg_train_held_out_count(&f.data), 2);
    for (uint64_t step = 0; step < 300; step++) {
        dkg_train_sample(&f.data, step, s, t);
        ck_assert_uint_ne(s[0] >> 4, 7);
        ck_assert_uint_ne(s[0] >> 4, 15);
    }
    dkg_train_held_out(&f.data, 0, CROP, CROP, a);
    ck_assert_uint_eq(a[0] >> 4, 7);
    dkg_train_held_out(&f.data, 1, CROP, CROP, b);
    ck_assert_uint_eq(b[BYTES - 1] >> 4, 15);
    dkg_train_held_out(&f.data, 2, CROP, CROP, b); /* the first image again, under other noise */
    ck_assert_uint_eq(b[0] >> 4, 7);
    ck_assert_mem_ne(a, b, BYTES);
    f.data.count = 3;
    ck_assert_uint_eq(dkg_train_held_out_count(&f.data), 3);
    teardown(&f);
}
END_TEST

/* ---- the logistic map ---------------------------------------------------------------------------------------------------------- */
START_TEST(no_key_leaves_an_image_readable)
{
    /* starts at 0, 1/2, 3/4, just below 1, with the smallest and the largest r; then ordinary ones */
    static const uint64_t x[] = {0, 1, UINT64_C(1) << 63, UINT64_C(3) << 62, UINT64_C(1) << 62, UINT64_MAX};
    for (uint64_t k = 0; k < 300; k++) {
        uint8_t key[32] = {0}, bytes[4096] = {0};
        size_t counts[256] = {0};
        dkg_store64(key, k < 6 ? x[k] : k * UINT64_C(0x9E3779B97F4A7C15));
        dkg_store64(key + 8, k % 3 ? UINT64_MAX / 3 * (k % 3) : 0);
        dkg_train_logistic_xor(key, bytes, sizeof bytes);
        for (size_t i = 0; i < sizeof bytes; i++) counts[bytes[i]]++;
        for (int i = 0; i < 256; i++) ck_assert_msg(counts[i] < 64, "key %d, byte %d: %zu times", (int)k, i, counts[i]);
    }
}
END_TEST

START_TEST(subseeds_differ)
{
    uint8_t seed[32] = {1}, a[32], b[32];
    dkg_train_subseed(seed, 0, a);
    dkg_train_subseed(seed, 1, b);
    ck_assert_mem_ne(a, b, 32);
    ck_assert_mem_ne(a, seed, 32);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("training data");
    TCase *t = tcase_create("data");
    tcase_add_test(t, small_images_keep_their_pixels);
    tcase_add_test(t, large_images_are_averaged);
    tcase_add_test(t, the_middle_of_long_images_is_taken);
    tcase_add_test(t, useless_images_are_refused);
    tcase_add_test(t, samples_follow_from_seed_and_step_alone);
    tcase_add_test(t, sources_are_grey_with_noise_in_every_channel);
    tcase_add_test(t, targets_are_images_under_xchacha20);
    tcase_add_test(t, targets_are_images_under_the_logistic_map);
    tcase_add_test(t, target_shows_another_image);
    tcase_add_test(t, given_encrypted_images_are_taken_as_they_are);
    tcase_add_test(t, held_out_images_are_never_trained_on);
    tcase_add_test(t, no_key_leaves_an_image_readable);
    tcase_add_test(t, subseeds_differ);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
