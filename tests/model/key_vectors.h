/* Reading tests/vectors/schedule.json and keys.json: objects whose members are hex or text. */
#ifndef DKG_TEST_KEY_VECTORS_H
#define DKG_TEST_KEY_VECTORS_H

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "support.h"

/* The caller owns it: json_decref(). Tests run in the source folder. */
static inline json_t *vectors_load(const char *name)
{
    char path[128];
    json_error_t why;
    snprintf(path, sizeof path, "tests/vectors/%s", name);
    json_t *all = json_load_file(path, 0, &why);
    ck_assert_msg(all != NULL, "%s: %s", path, why.text);
    return all;
}

static inline const char *vectors_text(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    ck_assert_msg(text != NULL, "no %s", member);
    return text;
}

static inline uint32_t vectors_number(const json_t *object, const char *member)
{
    const json_t *number = json_object_get(object, member);
    ck_assert_msg(json_is_integer(number), "no %s", member);
    return (uint32_t)json_integer_value(number);
}

/* Bytes of a hex member; returns how many, at most `max`. */
static inline size_t vectors_bytes(const json_t *object, const char *member, uint8_t *out, size_t max)
{
    const char *hex = vectors_text(object, member);
    size_t n = 0;
    ck_assert_msg(sodium_hex2bin(out, max, hex, strlen(hex), NULL, &n, NULL) == 0, "%s is no hex of at most %zu bytes", member, max);
    ck_assert_uint_eq(2 * n, strlen(hex));
    return n;
}

#define ck_vector(object, member, got, n)                                          \
    do {                                                                           \
        uint8_t want_[1024];                                                       \
        ck_assert_uint_eq(vectors_bytes((object), (member), want_, sizeof want_), (n)); \
        ck_assert_msg(memcmp(want_, (got), (n)) == 0, "%s differs", (member));     \
    } while (0)

#endif
