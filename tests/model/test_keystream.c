/* The key stream in batches equals its definition, block by block (volume-format section 6). */
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cipher/keystream.h"
#include "cipher/schedule.h"
#include "support.h"
#include "volume.h"

enum { COUNT = 7 };
static const uint8_t gen[32] = {1, 2, 3}, gcheck[32] = {4, 5, 6};

typedef struct collected {
    uint8_t *bytes; /* COUNT * L */
    uint64_t slice, next[COUNT];
} collected;

static void collect(void *self, size_t i, uint64_t offset, const uint8_t *key, size_t n, uint32_t rows)
{
    collected *c = self;
    ck_assert_uint_eq(offset, c->next[i]); /* in order */
    ck_assert(n > 0 && n <= (size_t)rows * 768 && offset + n <= c->slice);
    memcpy(c->bytes + i * c->slice + offset, key, n);
    c->next[i] += n;
}

/* G of slice z, straight from section 6. */
static void define(uint64_t slice, const uint8_t *initial, uint32_t z, bool paper, uint8_t *out)
{
    uint8_t *image = malloc(DKG_KEY_BYTES), *key = malloc(DKG_KEY_BYTES);
    ck_assert(image && key);
    for (uint64_t at = 0, j = 0; at < slice; at += DKG_KEY_BYTES, j++) {
        uint64_t rest = slice - at, rows = paper || rest > DKG_KEY_BYTES ? 256 : (rest + 3071) / 3072 * 4;
        uint8_t nonce[24] = {0};
        if (rows < 64) rows = 64;
        dkg_store64(nonce, z);
        dkg_store32(nonce + 8, (uint32_t)j);
        memcpy(nonce + 12, "GEN", 3);
        memset(image, 0, DKG_KEY_BYTES);
        if (initial) memcpy(image, initial, (size_t)rows * 768);
        crypto_stream_xchacha20_xor(image, image, rows * 768, nonce, gen);
        fake_key(dkg_model_digest(volume_model()), image, (size_t)rows * 768, key);
        memcpy(out + at, key, (size_t)(rest < rows * 768 ? rest : rows * 768));
    }
    free(image);
    free(key);
}

static void check(uint64_t slice, size_t batch, unsigned threads, const uint8_t *initial, bool paper)
{
    static const uint32_t list[COUNT] = {0, 3, 4, 9, 10, 500, 4000000};
    fake_engine fake = fake_engine_make(volume_model(), batch);
    collected c = {.bytes = malloc((size_t)slice * COUNT), .slice = slice};
    uint8_t *wanted = malloc((size_t)slice), checks[COUNT * 16];
    ck_assert(c.bytes && wanted);
    dkg_keystream stream = {.engine = &fake.engine, .gen = gen, .initial = initial, .gcheck = gcheck, .slice = slice, .paper = paper,
                            .threads = threads, .sink = collect, .self = &c, .stage = "testing", .to = 1};
    ck_ok(dkg_keystream_run(&stream, list, COUNT, checks, err));
    ck_assert_uint_eq(fake.images, COUNT * ((slice + DKG_KEY_BYTES - 1) / DKG_KEY_BYTES));
    ck_assert_uint_le(fake.largest, batch);
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t number[8], sum[16];
        define(slice, initial, list[i], paper, wanted);
        ck_assert_uint_eq(c.next[i], slice);
        ck_assert_msg(memcmp(c.bytes + i * slice, wanted, (size_t)slice) == 0, "L %llu, batch %zu, slice %u", (unsigned long long)slice, batch, list[i]);
        dkg_store64(number, list[i]);
        crypto_generichash_state state;
        crypto_generichash_init(&state, gcheck, 32, 16);
        crypto_generichash_update(&state, number, 8);
        crypto_generichash_update(&state, wanted, slice);
        crypto_generichash_final(&state, sum, 16);
        ck_assert_mem_eq(checks + 16 * i, sum, 16);
    }
    free(c.bytes);
    free(wanted);
}

START_TEST(batches_and_threads_do_not_matter)
{
    static const uint64_t slices[] = {1, 128, 49152, 49153, 115200, 196607, 196608, 196609, 393216, 524288, 1000000};
    static const size_t batches[] = {1, 2, 5, 64};
    uint8_t *initial = malloc(DKG_KEY_BYTES);
    ck_assert_ptr_nonnull(initial);
    test_pattern(initial, DKG_KEY_BYTES, 1);
    for (size_t s = 0; s < sizeof slices / sizeof *slices; s++)
        for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) check(slices[s], batches[b], b % 2 ? 3 : 1, b % 2 ? initial : NULL, false);
    check(524288, 4, 2, initial, true);
    check(100, 4, 2, initial, true);
    free(initial);
}
END_TEST

START_TEST(few_slices_fill_a_batch_with_blocks)
{
    static const uint32_t list[1] = {0};
    uint8_t check_[16];
    fake_engine fake = fake_engine_make(volume_model(), 8);
    dkg_keystream stream = {.engine = &fake.engine, .gen = gen, .gcheck = gcheck, .slice = 20 * DKG_KEY_BYTES + 5, .stage = "testing", .to = 1};
    ck_ok(dkg_keystream_run(&stream, list, 1, check_, err));
    ck_assert_uint_eq(fake.largest, 8);
    ck_assert_uint_eq(fake.images, 21);
}
END_TEST

/* An engine that returns from its second call only once the keys of the first are used: it would wait in vain if nobody used
 * them meanwhile. */
typedef struct patient_engine {
    fake_engine fake; /* first */
    dkg_status (*generate)(dkg_engine *, const uint8_t *, uint32_t, uint32_t, size_t, uint8_t *, dkg_error *);
    atomic_uint used;
    bool waited_in_vain;
} patient_engine;

static dkg_status generate_patiently(dkg_engine *self, const uint8_t *images, uint32_t height, uint32_t width, size_t count, uint8_t *keys,
                                     dkg_error *e)
{
    patient_engine *p = (patient_engine *)self;
    const struct timespec moment = {0, 1000000};
    for (int i = 0; p->fake.images > 0 && atomic_load(&p->used) < p->fake.images; i++) {
        if (i == 20000) p->waited_in_vain = true;
        if (p->waited_in_vain) break;
        nanosleep(&moment, NULL);
    }
    return p->generate(self, images, height, width, count, keys, e);
}

static void count_use(void *self, size_t i, uint64_t offset, const uint8_t *key, size_t n, uint32_t rows)
{
    patient_engine *p = self;
    (void)i, (void)offset, (void)key, (void)n, (void)rows;
    atomic_fetch_add(&p->used, 1);
}

START_TEST(keys_are_used_while_the_engine_makes_others)
{
    static const uint32_t list[COUNT] = {0, 1, 2, 3, 4, 5, 6};
    patient_engine p = {.fake = fake_engine_make(volume_model(), 2)};
    p.generate = p.fake.engine.generate;
    p.fake.engine.generate = generate_patiently;
    dkg_keystream stream = {.engine = &p.fake.engine, .gen = gen, .slice = 100, .threads = 2, .sink = count_use, .self = &p, .to = 1};
    ck_ok(dkg_keystream_run(&stream, list, COUNT, NULL, err));
    ck_assert(!p.waited_in_vain);
    ck_assert_uint_eq(atomic_load(&p.used), COUNT);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("keystream");
    TCase *c = tcase_create("keystream");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, batches_and_threads_do_not_matter);
    tcase_add_test(c, few_slices_fill_a_batch_with_blocks);
    tcase_add_test(c, keys_are_used_while_the_engine_makes_others);
    suite_add_tcase(s, c);
    return test_run(s, (Suite *)0);
}
