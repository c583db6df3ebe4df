/* Every piece of work is done exactly once, with any number of threads. Secret memory and the log's callbacks. */
#include <stdatomic.h>
#include <string.h>

#include "support.h"

enum { COUNT = 10007 };
static atomic_int done[COUNT];

static void mark(void *context, size_t i)
{
    (void)context;
    atomic_fetch_add(&done[i], 1);
}

START_TEST(every_piece_once)
{
    static const unsigned threads[] = {0, 1, 2, 7, 5000};
    for (size_t k = 0; k < sizeof threads / sizeof threads[0]; k++) {
        for (size_t i = 0; i < COUNT; i++) atomic_store(&done[i], 0);
        dkg_parallel(threads[k], COUNT, mark, NULL);
        for (size_t i = 0; i < COUNT; i++) ck_assert_int_eq(atomic_load(&done[i]), 1);
    }
    dkg_parallel(4, 0, mark, NULL);
    ck_assert_uint_ge(dkg_cpu_count(), 1);
}
END_TEST

START_TEST(secret_memory_starts_zeroed)
{
    for (size_t n = 1; n < 5000; n = n * 3 + 1) {
        uint8_t *p = dkg_secret_alloc(n);
        ck_assert_ptr_nonnull(p);
        ck_assert(dkg_is_zero(p, n));
        memset(p, 0xAA, n);
        dkg_secret_free(p);
    }
    dkg_secret_free(NULL);
}
END_TEST

START_TEST(randomness_can_be_fixed_for_tests_and_only_there)
{
    uint8_t a[48], b[48], c[48];
    static const uint8_t seed[32] = {1};
    test_fixed_random(seed);
    dkg_random(a, sizeof a);
    test_fixed_random(seed);
    dkg_random(b, sizeof b);
    test_fixed_random(NULL);
    dkg_random(c, sizeof c);
    ck_assert_mem_eq(a, b, sizeof a);
    ck_assert_mem_ne(a, c, sizeof a);
}
END_TEST

static char warned[64];
static void note_warning(void *self, const char *sentence)
{
    (void)self;
    strncpy(warned, sentence, sizeof warned - 1);
}
static bool stop_at_half(void *self, const char *stage, double fraction)
{
    (void)self;
    (void)stage;
    return fraction < 0.5;
}

START_TEST(the_log_carries_warnings_and_the_wish_to_stop)
{
    dkg_log log = {.warn = note_warning, .progress = stop_at_half};
    dkg_warn(&log, "%d slots", 1);
    ck_assert_str_eq(warned, "1 slots");
    ck_ok(dkg_progress(&log, "encrypting", 0.25, err));
    ck_fails(dkg_progress(&log, "encrypting", 0.75, err), DKG_CANCELLED, "while encrypting");
    ck_ok(dkg_progress(NULL, "encrypting", 0.75, err));
    dkg_warn(NULL, "nobody listens");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("services");
    TCase *t = tcase_create("services");
    tcase_add_test(t, every_piece_once);
    tcase_add_test(t, secret_memory_starts_zeroed);
    tcase_add_test(t, randomness_can_be_fixed_for_tests_and_only_there);
    tcase_add_test(t, the_log_carries_warnings_and_the_wish_to_stop);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
