/* What every test program needs: finding data, temporary folders, skipping by name, running a suite. */
#ifndef DKG_TEST_SUPPORT_H
#define DKG_TEST_SUPPORT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dkg/base.h"

/* Folder of test data: $DKG_TEST_DATA, else ../shared/data beside the source tree; NULL when absent. */
const char *test_data(void);
/* "<test data>/<relative>" in a ring of static buffers. NULL when there is no test data. */
const char *test_data_path(const char *relative);
/* Prints "SKIP <what>: <why>". Use at the head of a test that then returns. */
void test_skip(const char *what, const char *why);
/* A fresh folder that is removed at exit; path without trailing slash. */
const char *test_folder(void);
/* "<folder>/<name>" in a ring of static buffers. */
const char *test_path(const char *name);
/* Deterministic bytes for test patterns (not a cryptographic generator). */
void test_pattern(uint8_t *out, size_t n, uint64_t seed);
/* Hex of bytes in a ring of static buffers (n <= 64). */
const char *test_hex(const uint8_t *bytes, size_t n);
/* Makes libsodium's randomness a fixed sequence of `seed` (randombytes_set_implementation); NULL: system again. */
void test_fixed_random(const uint8_t seed[32]);

/* Runs the suites, returns the exit code of main(). CK_FORK=no is respected. */
int test_run(Suite *first, ...); /* end with (Suite *)0 */

#define ck_ok(call)                                                                       \
    do {                                                                                  \
        dkg_error test_err_ = {0};                                                        \
        dkg_error *err = &test_err_;                                                      \
        dkg_status test_status_ = (call);                                                 \
        ck_assert_msg(test_status_ == DKG_OK, "%s: %s: %s", #call, dkg_status_name(test_status_), err->text); \
    } while (0)
/* Expects `wanted`; the sentence must contain `part` ("" for any). */
#define ck_fails(call, wanted, part)                                                      \
    do {                                                                                  \
        dkg_error test_err_ = {0};                                                        \
        dkg_error *err = &test_err_;                                                      \
        dkg_status test_status_ = (call);                                                 \
        ck_assert_msg(test_status_ == (wanted), "%s: got %s (%s), expected %s", #call,    \
                      dkg_status_name(test_status_), err->text, dkg_status_name(wanted)); \
        ck_assert_msg(strstr(err->text, (part)) != NULL, "%s: sentence is: %s", #call, err->text); \
    } while (0)
#endif
