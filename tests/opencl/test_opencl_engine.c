/* The OpenCL engine against the reference, bit for bit, on every device found and with every profile. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "golden.h"
#include "opencl_test.h"
#include "support.h"

/* The tuning to be compared: both profiles, the CPU one without 16-bit pair products, mad24 with odd tile sizes, and floats. */
static const dkg_profile *profiles(size_t *count)
{
    static dkg_profile list[5];
    list[0] = dkg_profile_cpu;
    list[1] = dkg_profile_gpu;
    list[2] = dkg_profile_cpu;
    list[2].name = "portable";
    list[2].madd16 = false;
    list[3] = dkg_profile_gpu;
    list[3].name = "mad24";
    list[3].mad24 = true;
    list[3].pixels = 3;
    list[3].vectors = 2;
    list[3].channels = 8;
    list[3].span = 5;
    list[3].chunk = 7;
    list[4] = dkg_profile_cpu;
    list[4].name = "float";
    list[4].in_float = true;
    list[4].pixels = 4;
    *count = sizeof list / sizeof list[0];
    return list;
}

static dkg_model *model_of(uint8_t seed_byte, uint32_t channels)
{
    uint8_t seed[32];
    dkg_model *model;
    memset(seed, seed_byte, sizeof seed);
    ck_ok(dkg_model_random(seed, channels, &model, err));
    return model;
}

static dkg_engine *engine_of(const dkg_model *model, size_t device, const dkg_profile *profile)
{
    char name[32];
    dkg_engine *engine;
    snprintf(name, sizeof name, "%zu", device);
    ck_ok(dkg_opencl_engine_tuned(model, name, 0, profile, &engine, err));
    return engine;
}

enum { NONE = 0 }; /* of the layers */

/* The key and, where a test asks for them, the layers of one image, computed once by the reference. */
typedef struct expected {
    const dkg_model *model;
    uint32_t height, width;
    uint8_t *image, *key;
    int16_t *layers[DKG_LAYERS - 1]; /* NULL: not compared */
    size_t bytes[DKG_LAYERS - 1];
} expected;

/* every: 1 all layers, 3 each third, NONE. */
static expected expect(const dkg_model *model, uint32_t height, uint32_t width, uint64_t pattern, size_t every)
{
    expected e = {.model = model, .height = height, .width = width};
    const size_t size = (size_t)height * width * 3;
    dkg_engine *reference;
    ck_ok(dkg_reference_engine(model, 0, &reference, err));
    e.image = malloc(size);
    e.key = malloc(size);
    test_pattern(e.image, size, pattern);
    for (size_t i = every == NONE ? DKG_LAYERS : 0; i + 1 < DKG_LAYERS; i += every) {
        uint32_t shape[3];
        dkg_layer_shape(model, i, height, width, shape);
        e.bytes[i] = (size_t)shape[0] * shape[1] * shape[2] * sizeof(int16_t);
        e.layers[i] = malloc(e.bytes[i]);
        ck_ok(reference->layer(reference, e.image, height, width, i, e.layers[i], err));
    }
    ck_ok(reference->generate(reference, e.image, height, width, 1, e.key, err));
    dkg_engine_free(reference);
    return e;
}

static void expected_free(expected *e)
{
    for (size_t i = 0; i + 1 < DKG_LAYERS; i++) free(e->layers[i]);
    free(e->image);
    free(e->key);
}

static void check_key(dkg_engine *engine, const expected *e, const char *what)
{
    const size_t size = (size_t)e->height * e->width * 3;
    uint8_t *key = calloc(size, 1);
    ck_ok(engine->generate(engine, e->image, e->height, e->width, 1, key, err));
    ck_assert_msg(memcmp(key, e->key, size) == 0, "%s: %s: another key at %u x %u, %u channels", engine->device, what, e->height,
                  e->width, dkg_model_channels(e->model));
    free(key);
}

static void check_layers(dkg_engine *engine, const expected *e, const char *what)
{
    for (size_t i = 0; i + 1 < DKG_LAYERS; i++) {
        if (!e->layers[i]) continue;
        int16_t *got = malloc(e->bytes[i]);
        ck_ok(engine->layer(engine, e->image, e->height, e->width, i, got, err));
        ck_assert_msg(memcmp(got, e->layers[i], e->bytes[i]) == 0, "%s: %s: layer %zu differs at %u x %u, %u channels",
                      engine->device, what, i, e->height, e->width, dkg_model_channels(e->model));
        free(got);
    }
    check_key(engine, e, what);
}

static void check_everywhere(const expected *e, size_t devices)
{
    size_t count;
    const dkg_profile *list = profiles(&count);
    for (size_t d = 0; d < devices; d++)
        for (size_t i = 0; i < count; i++) {
            dkg_engine *engine = engine_of(e->model, d, &list[i]);
            check_layers(engine, e, list[i].name);
            dkg_engine_free(engine);
        }
}

START_TEST(every_layer_equals_the_reference)
{
    static const uint32_t sizes[][2] = {{32, 32}, {64, 64}, {36, 20}, {12, 76}};
    const size_t devices = test_opencl_devices("every_layer_equals_the_reference");
    if (!devices) return;
    for (uint8_t seed = 1; seed <= 3; seed++) {
        dkg_model *model = model_of(seed, 16);
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            expected e = expect(model, sizes[s][0], sizes[s][1], seed + s, 1);
            check_everywhere(&e, devices);
            expected_free(&e);
        }
        dkg_model_free(model);
    }
}
END_TEST

/* Recorded by an implementation that shares no code with this project; both heads, up to 256 x 256. */
START_TEST(every_golden_vector_on_every_device)
{
    static golden_case cases[GOLDEN_MAX];
    const size_t devices = test_opencl_devices("every_golden_vector_on_every_device");
    if (!devices) return;
    const size_t count = golden_read(cases);
    for (size_t i = 0; i < count; i++) {
        dkg_model *model = golden_model(&cases[i]);
        for (size_t d = 0; d < devices; d++) {
            dkg_engine *engine = engine_of(model, d, NULL);
            golden_check(engine, model, &cases[i]);
            dkg_engine_free(engine);
        }
        dkg_model_free(model);
    }
}
END_TEST

/* Channel counts that fill no panel, the largest, and those of the default model. */
START_TEST(every_number_of_channels)
{
    static const uint32_t channels[] = {20, 24, 64, 84};
    const size_t devices = test_opencl_devices("every_number_of_channels");
    if (!devices) return;
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        dkg_model *model = model_of(1, channels[i]);
        expected e = expect(model, 12, 20, i, 4);
        check_everywhere(&e, devices);
        expected_free(&e);
        dkg_model_free(model);
    }
}
END_TEST

START_TEST(full_blocks_and_smallest_images)
{
    static const uint32_t sizes[][2] = {{256, 256}, {152, 256}, {4, 4}, {8, 4}, {4, 44}, {8, 8}};
    const size_t devices = test_opencl_devices("full_blocks_and_smallest_images");
    if (!devices) return;
    dkg_model *model = model_of(2, 16);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        expected e = expect(model, sizes[s][0], sizes[s][1], s, 16);
        for (size_t d = 0; d < devices; d++) {
            dkg_engine *engine = engine_of(model, d, NULL);
            check_layers(engine, &e, "chosen profile");
            dkg_engine_free(engine);
        }
        expected_free(&e);
    }
    dkg_model_free(model);
}
END_TEST

/* Extreme images and, in one layer, an output channel whose weights force the direct path: the same bits. */
START_TEST(direct_path_for_heavy_channels)
{
    enum { CHANNEL_WEIGHTS = 128 * 9 };
    const size_t devices = test_opencl_devices("direct_path_for_heavy_channels");
    if (!devices) return;
    dkg_model *light = model_of(3, 32), *heavy;
    uint8_t *file;
    size_t size, at = 0;
    ck_ok(dkg_model_serialize(light, &file, &size, err));
    const dkg_layer *layer = dkg_model_layer(light, 4);
    while (memcmp(file + at, layer->weights, layer->weight_count) != 0) ck_assert_uint_lt(at++ + layer->weight_count, size);
    for (size_t i = 0; i < CHANNEL_WEIGHTS; i++) file[at + 5 * CHANNEL_WEIGHTS + i] = (uint8_t)(i % 5 ? 127 : 256 - 127);
    ck_ok(dkg_model_parse(file, size, &heavy, err));
    free(file);
    expected e = expect(heavy, 24, 32, 0, 3);
    expected of_light = expect(light, 24, 32, 0, NONE);
    ck_assert_int_ne(memcmp(e.key, of_light.key, 24 * 32 * 3), 0);
    check_everywhere(&e, devices);
    expected_free(&e);
    expected_free(&of_light);
    dkg_model_free(heavy);
    dkg_model_free(light);
}
END_TEST

START_TEST(a_batch_equals_single_calls_and_sizes_may_alternate)
{
    enum { ONE = 28 * 20 * 3 };
    const size_t devices = test_opencl_devices("a_batch_equals_single_calls_and_sizes_may_alternate");
    if (!devices) return;
    dkg_model *model = model_of(1, 16);
    uint8_t images[3 * ONE], keys[3 * ONE];
    expected single[3], other[2] = {expect(model, 16, 20, 8, NONE), expect(model, 32, 12, 9, NONE)};
    for (size_t i = 0; i < 3; i++) {
        single[i] = expect(model, 28, 20, i, NONE);
        memcpy(images + i * ONE, single[i].image, ONE);
    }
    for (size_t d = 0; d < devices; d++) {
        dkg_engine *engine = engine_of(model, d, NULL);
        for (size_t round = 0; round < 2; round++) {
            memset(keys, 0, sizeof keys);
            ck_ok(engine->generate(engine, images, 28, 20, 3, keys, err));
            for (size_t i = 0; i < 3; i++) ck_assert_mem_eq(keys + i * ONE, single[i].key, ONE);
            check_key(engine, &other[0], "second size");
            check_key(engine, &other[1], "third size");
            check_key(engine, &other[0], "second size again");
        }
        ck_ok(engine->generate(engine, images, 28, 20, 0, keys, err));
        dkg_engine_free(engine);
    }
    for (size_t i = 0; i < 3; i++) expected_free(&single[i]);
    for (size_t i = 0; i < 2; i++) expected_free(&other[i]);
    dkg_model_free(model);
}
END_TEST

/* Two images in flight, more images than slots, and calls that follow each other. */
START_TEST(images_in_flight_do_not_mix)
{
    enum { ONE = 16 * 20 * 3, COUNT = 5 };
    const size_t devices = test_opencl_devices("images_in_flight_do_not_mix");
    if (!devices) return;
    dkg_model *model = model_of(2, 16);
    uint8_t images[COUNT * ONE], keys[COUNT * ONE];
    expected single[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        single[i] = expect(model, 16, 20, i, NONE);
        memcpy(images + i * ONE, single[i].image, ONE);
    }
    for (size_t d = 0; d < devices; d++) {
        dkg_engine *engine = engine_of(model, d, &dkg_profile_gpu);
        ck_assert_uint_gt(engine->batch, 1);
        for (size_t count = 1; count <= COUNT; count++) {
            memset(keys, 0, sizeof keys);
            ck_ok(engine->generate(engine, images, 16, 20, count, keys, err));
            for (size_t i = 0; i < count; i++) ck_assert_mem_eq(keys + i * ONE, single[i].key, ONE);
            ck_assert(count == COUNT || dkg_is_zero(keys + count * ONE, ONE));
        }
        ck_assert_uint_ne(((dkg_opencl *)engine)->slots[1].plans[1].height + ((dkg_opencl *)engine)->slots[1].plans[0].height, 0);
        dkg_engine_free(engine);
    }
    for (size_t i = 0; i < COUNT; i++) expected_free(&single[i]);
    dkg_model_free(model);
}
END_TEST

/* One bright pixel, handed on by the middle taps of every layer, is 4095 in all channels where the last layer adds them up
 * without a norm: 36 products of up to 4095 * 127 are more than a float's 24 bits hold, and odd. */
START_TEST(floats_are_emptied_before_they_round)
{
    enum { CHANNELS = 36, SIZE = 128 };
    const size_t devices = test_opencl_devices("floats_are_emptied_before_they_round");
    if (!devices) return;
    dkg_model *random = model_of(1, CHANNELS), *spike;
    size_t count = 0, at = 0;
    for (size_t i = 0; i < DKG_LAYERS; i++) count += dkg_model_layer(random, i)->weight_count;
    int8_t *weights = calloc(count, 1);
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        const dkg_layer *l = dkg_model_layer(random, i);
        const size_t taps = (size_t)l->kernel * l->kernel;
        for (size_t k = taps / 2; k < l->weight_count && (i < 3 || i > 14); k += taps) weights[at + k] = 127;
        at += l->weight_count;
    }
    weights[count - 1 - 49 / 2] = 126; /* of output 2, so that its sum is odd in another way */
    ck_ok(dkg_model_from_weights(CHANNELS, weights, count, NULL, &spike, err));
    free(weights);
    expected e = {.model = spike, .height = SIZE, .width = SIZE, .image = calloc(SIZE * SIZE, 3), .key = malloc(SIZE * SIZE * 3)};
    memset(e.image + (64 * SIZE + 64) * 3, 255, 3);
    dkg_engine *reference;
    ck_ok(dkg_reference_engine(spike, 0, &reference, err));
    ck_ok(reference->generate(reference, e.image, SIZE, SIZE, 1, e.key, err));
    dkg_engine_free(reference);
    const uint32_t sum = 36u * 4095 * 127, less = sum - 4095;
    const uint8_t *pixel = e.key + (64 * SIZE + 64) * 3;
    ck_assert_uint_eq(pixel[0], (sum ^ sum >> 8 ^ sum >> 16) & 255);
    ck_assert_uint_eq(pixel[2], (less ^ less >> 8 ^ less >> 16) & 255);
    size_t profile_count;
    const dkg_profile *list = profiles(&profile_count);
    for (size_t d = 0; d < devices; d++)
        for (size_t i = 0; i < profile_count; i++) {
            if (!list[i].in_float) continue;
            dkg_engine *engine = engine_of(spike, d, &list[i]);
            check_key(engine, &e, list[i].name);
            dkg_engine_free(engine);
        }
    expected_free(&e);
    dkg_model_free(spike);
    dkg_model_free(random);
}
END_TEST

START_TEST(fewer_threads_give_the_same_key)
{
    if (!test_opencl_devices("fewer_threads_give_the_same_key")) return;
    dkg_model *model = model_of(1, 16);
    expected e = expect(model, 32, 32, 4, NONE);
    for (unsigned threads = 0; threads <= 3; threads++) {
        dkg_engine *engine;
        ck_ok(dkg_opencl_engine(model, "", threads, &engine, err));
        ck_assert_str_eq(engine->kind, "opencl");
        ck_assert_uint_ge(engine->batch, 1);
        check_key(engine, &e, "threads");
        ck_ok(dkg_engine_known_answer(engine, model, err));
        dkg_engine_free(engine);
    }
    expected_free(&e);
    dkg_model_free(model);
}
END_TEST

/* Implementations have threads of their own that outlive an engine's last call. */
START_TEST(engines_come_and_go)
{
    if (!test_opencl_devices("engines_come_and_go")) return;
    dkg_model *model = model_of(1, 16);
    expected e = expect(model, 8, 8, 4, NONE);
    for (unsigned i = 0; i < 60; i++) {
        dkg_engine *engine;
        ck_ok(dkg_opencl_engine(model, "", i % 3, &engine, err));
        check_key(engine, &e, "one of many");
        dkg_engine_free(engine);
    }
    expected_free(&e);
    dkg_model_free(model);
}
END_TEST

START_TEST(what_cannot_be_run_is_refused)
{
    uint8_t bytes[8 * 8 * 3] = {0}, key[8 * 8 * 3];
    int16_t out[16 * 8 * 8];
    if (!test_opencl_devices("what_cannot_be_run_is_refused")) return;
    dkg_model *model = model_of(1, 16);
    dkg_engine *engine;
    dkg_profile broken = dkg_profile_cpu;
    broken.channels = 5;
    ck_fails(dkg_opencl_engine(model, "no such device", 0, &engine, err), DKG_USAGE, "no such device");
    ck_assert_ptr_null(engine);
    ck_fails(dkg_opencl_engine_tuned(model, "", 0, &broken, &engine, err), DKG_DEVICE, "CL_BUILD_PROGRAM_FAILURE");
    ck_assert_ptr_null(engine);
    ck_ok(dkg_opencl_engine(model, "", 0, &engine, err));
    ck_fails(engine->generate(engine, bytes, 8, 6, 1, key, err), DKG_USAGE, "6");
    ck_fails(engine->generate(engine, bytes, 0, 8, 1, key, err), DKG_USAGE, "0");
    ck_fails(engine->generate(engine, bytes, 1u << 20, 1u << 20, 1, key, err), DKG_USAGE, "1048576");
    ck_fails(engine->layer(engine, bytes, 8, 8, DKG_LAYERS - 1, out, err), DKG_USAGE, "layer is 17");
    ck_ok(engine->layer(engine, bytes, 8, 8, 0, out, err));
    dkg_engine_free(engine);
    dkg_model_free(model);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("OpenCL engine");
    TCase *t = tcase_create("engine");
    tcase_set_timeout(t, 280);
    suite_add_tcase(s, t);
    tcase_add_test(t, every_layer_equals_the_reference);
    tcase_add_test(t, every_golden_vector_on_every_device);
    tcase_add_test(t, every_number_of_channels);
    tcase_add_test(t, full_blocks_and_smallest_images);
    tcase_add_test(t, direct_path_for_heavy_channels);
    tcase_add_test(t, a_batch_equals_single_calls_and_sizes_may_alternate);
    tcase_add_test(t, images_in_flight_do_not_mix);
    tcase_add_test(t, floats_are_emptied_before_they_round);
    tcase_add_test(t, fewer_threads_give_the_same_key);
    tcase_add_test(t, engines_come_and_go);
    tcase_add_test(t, what_cannot_be_run_is_refused);
    return test_run(s, (Suite *)0);
}
