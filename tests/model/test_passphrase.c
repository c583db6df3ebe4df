/* Passphrases: what writers and readers accept, and how one is asked for. Argon2id itself: test_primitives. */
#include "cipher/passphrase.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "support.h"

static dkg_bytes text(const char *s) { return (dkg_bytes){(const uint8_t *)s, strlen(s)}; }

START_TEST(writers_refuse_bad_passphrases)
{
    static uint8_t long_one[1025];
    memset(long_one, 'x', sizeof long_one);
    dkg_argon2 cost = DKG_ARGON2_DEFAULT;
    ck_ok(dkg_passphrase_check(text("x"), cost, err));
    ck_ok(dkg_passphrase_check((dkg_bytes){long_one, 1024}, cost, err));
    ck_fails(dkg_passphrase_check((dkg_bytes){long_one, 1025}, cost, err), DKG_USAGE, "1025 bytes");
    ck_fails(dkg_passphrase_check(text(""), cost, err), DKG_USAGE, "0 bytes");
    ck_fails(dkg_passphrase_check((dkg_bytes){(const uint8_t *)"a\0b", 3}, cost, err), DKG_USAGE, "NUL");
}
END_TEST

START_TEST(writers_keep_to_the_cost_limits)
{
    static const dkg_argon2 good[] = {{3, 262144}, {4, 1048576}, {2, 65536}, {10, 2097152}};
    static const dkg_argon2 bad[] = {{0, 0}, {1, 65536}, {2, 65535}, {11, 65536}, {2, 2097153}, {3, 8}, {UINT32_MAX, UINT32_MAX}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) ck_ok(dkg_passphrase_check(text("x"), good[i], err));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) ck_fails(dkg_passphrase_check(text("x"), bad[i], err), DKG_POLICY, "Argon2id");
}
END_TEST

START_TEST(readers_keep_to_the_cost_limits)
{
    static const dkg_argon2 good[] = {{1, 8}, {10, 2097152}, {3, 64}};
    static const dkg_argon2 dear[] = {{11, 8}, {1, 2097153}, {UINT32_MAX, UINT32_MAX}};
    static const dkg_argon2 impossible[] = {{0, 8}, {1, 7}, {0, 0}};
    for (size_t i = 0; i < 3; i++) {
        ck_ok(dkg_argon2_check(good[i], false, err));
        ck_ok(dkg_argon2_check(good[i], true, err));
        ck_fails(dkg_argon2_check(dear[i], false, err), DKG_POLICY, "outside");
        ck_ok(dkg_argon2_check(dear[i], true, err));
        ck_fails(dkg_argon2_check(impossible[i], false, err), DKG_POLICY, "outside");
        ck_fails(dkg_argon2_check(impossible[i], true, err), DKG_POLICY, "outside");
    }
}
END_TEST

/* AddressSanitizer ends the program when memory is out. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ENDS_WITHOUT_MEMORY 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ENDS_WITHOUT_MEMORY 1
#endif

/* Two GiB under a limit of one: a failure, not a crash. */
START_TEST(memory_that_cannot_be_had_is_an_error)
{
#ifdef ENDS_WITHOUT_MEMORY
    test_skip("memory_that_cannot_be_had_is_an_error", "AddressSanitizer ends the program when memory is out");
#else
    uint8_t out[32], salt[16] = {0};
    struct rlimit kept, tight;
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &kept), 0);
    tight = (struct rlimit){1u << 30, kept.rlim_max};
    dkg_error err = {0};
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &tight), 0);
    dkg_status status = dkg_argon2id(out, sizeof out, text("x"), salt, (dkg_argon2){1, 2097152}, &err);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &kept), 0);
    ck_assert_int_eq(status, DKG_NO_MEMORY);
    ck_assert_ptr_nonnull(strstr(err.text, "2097152 KiB"));
#endif
}
END_TEST

typedef struct answer {
    size_t n;
    dkg_status status;
    const char *what;
} answer;

static size_t ask(void *self, const char *what, uint8_t out[1024], dkg_error *err)
{
    answer *a = self;
    a->what = what;
    if (a->n <= 1024) memset(out, 'p', a->n);
    if (a->status != DKG_OK) (void)dkg_fail(err, a->status, "asking failed");
    return a->n;
}

START_TEST(asking_gives_a_passphrase_or_a_reason)
{
    uint8_t *typed;
    size_t n;
    answer good = {1024, DKG_OK, NULL}, none = {0, DKG_OK, NULL}, failed = {0, DKG_IO, NULL}, mad = {1025, DKG_OK, NULL};
    ck_ok(dkg_passphrase_ask(ask, &good, "key file", &typed, &n, err));
    ck_assert_str_eq(good.what, "key file");
    ck_assert_uint_eq(n, 1024);
    ck_assert_int_eq(typed[1023], 'p');
    dkg_secret_free(typed);
    ck_fails(dkg_passphrase_ask(NULL, NULL, "key file", &typed, &n, err), DKG_NO_KEY, "key file");
    ck_assert_ptr_null(typed);
    ck_fails(dkg_passphrase_ask(ask, &none, "key file", &typed, &n, err), DKG_NO_KEY, "no passphrase was given");
    ck_fails(dkg_passphrase_ask(ask, &failed, "key file", &typed, &n, err), DKG_IO, "asking failed");
    ck_fails(dkg_passphrase_ask(ask, &mad, "key file", &typed, &n, err), DKG_INTERNAL, "1025");
    ck_assert_ptr_null(typed);
    ck_assert_uint_eq(n, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("passphrase");
    TCase *t = tcase_create("all");
    tcase_add_test(t, writers_refuse_bad_passphrases);
    tcase_add_test(t, writers_keep_to_the_cost_limits);
    tcase_add_test(t, readers_keep_to_the_cost_limits);
    tcase_add_test(t, memory_that_cannot_be_had_is_an_error);
    tcase_add_test(t, asking_gives_a_passphrase_or_a_reason);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
