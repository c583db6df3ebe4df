#include "support.h"

#include <limits.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef DKG_SOURCE_DIR
#define DKG_SOURCE_DIR "."
#endif

enum { RING = 8 };
enum { NAME = 2 * PATH_MAX + 32 };
static char ring[RING][NAME];
static unsigned ring_at;
static char folder[512];
static pid_t folder_owner;

static char *ring_next(void) { return ring[ring_at++ % RING]; }

static const char *join(const char *base, const char *name)
{
    char *out = ring_next();
    int n = snprintf(out, NAME, "%s/%s", base, name);
    if (n < 0 || n >= NAME) abort();
    return out;
}

const char *test_data(void)
{
    static char found[PATH_MAX];
    const char *named = getenv("DKG_TEST_DATA");
    struct stat st;
    int n = snprintf(found, sizeof found, "%s", named ? named : DKG_SOURCE_DIR "/../shared/data");
    return n > 0 && n < (int)sizeof found && stat(found, &st) == 0 && S_ISDIR(st.st_mode) ? found : NULL;
}

const char *test_data_path(const char *relative)
{
    const char *base = test_data();
    if (!base) return NULL;
    return join(base, relative);
}

void test_skip(const char *what, const char *why) { printf("SKIP %s: %s\n", what, why); }

static void remove_folder(void)
{
    if (!folder[0] || getpid() != folder_owner) return;
    char command[2 * sizeof folder + 64];
    snprintf(command, sizeof command, "chmod -R u+w '%s'; rm -rf '%s'", folder, folder);
    if (system(command) != 0) fprintf(stderr, "could not remove %s\n", folder);
}

const char *test_folder(void)
{
    if (!folder[0] || getpid() != folder_owner) {
        const char *tmp = getenv("TMPDIR");
        int n = snprintf(folder, sizeof folder, "%s/dkg-test-XXXXXX", tmp ? tmp : "/tmp");
        if (n < 0 || n >= (int)sizeof folder || !mkdtemp(folder)) {
            perror(folder);
            exit(1);
        }
        folder_owner = getpid();
        atexit(remove_folder);
    }
    return folder;
}

const char *test_path(const char *name)
{
    return join(test_folder(), name);
}

void test_pattern(uint8_t *out, size_t n, uint64_t seed)
{
    uint64_t s = seed * 0x9E3779B97F4A7C15u + 1;
    for (size_t i = 0; i < n; i++) {
        s ^= s << 13;
        s ^= s >> 7;
        s ^= s << 17;
        out[i] = (uint8_t)(s >> 32);
    }
}

const char *test_hex(const uint8_t *bytes, size_t n)
{
    char *out = ring_next();
    if (n > 64) n = 64;
    sodium_bin2hex(out, NAME, bytes, n);
    return out;
}

/* A counter-mode sequence: block i of the fixed randomness is ChaCha20 of the seed with nonce i. */
static uint8_t fixed_seed[32];
static uint64_t fixed_block;
static const char *fixed_name(void) { return "fixed for tests"; }
static void fixed_bytes(void *const out, const size_t n)
{
    uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
    dkg_store64(nonce, fixed_block++);
    crypto_stream_chacha20(out, n, nonce, fixed_seed);
}
static uint32_t fixed_word(void)
{
    uint32_t w;
    fixed_bytes(&w, sizeof w);
    return w;
}
static struct randombytes_implementation fixed = {fixed_name, fixed_word, NULL, NULL, fixed_bytes, NULL};

void test_fixed_random(const uint8_t seed[32])
{
    if (sodium_init() < 0) abort();
    if (!seed) {
        randombytes_set_implementation(&randombytes_sysrandom_implementation);
        return;
    }
    memcpy(fixed_seed, seed, 32);
    fixed_block = 0;
    randombytes_set_implementation(&fixed);
}

int test_run(Suite *first, ...)
{
    dkg_error err = {0};
    if (dkg_start(&err) != DKG_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    SRunner *runner = srunner_create(first);
    va_list more;
    va_start(more, first);
    for (Suite *s; (s = va_arg(more, Suite *)) != NULL;) srunner_add_suite(runner, s);
    va_end(more);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
