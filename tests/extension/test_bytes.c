/* Checked sizes, little-endian stores, the bounded reader, the growing byte string. */
#include <stdlib.h>
#include <string.h>

#include "support.h"

START_TEST(sums_and_products_refuse_to_wrap)
{
    uint64_t v = 7;
    ck_assert(!dkg_add(UINT64_MAX, 1, &v));
    ck_assert(!dkg_mul(UINT64_MAX / 2 + 1, 2, &v));
    ck_assert_uint_eq(v, 7);
    ck_assert(dkg_add(UINT64_MAX - 1, 1, &v));
    ck_assert(v == UINT64_MAX);
    ck_assert(dkg_mul(0, UINT64_MAX, &v) && v == 0);
    ck_assert(dkg_mul(UINT64_MAX, 1, &v) && v == UINT64_MAX);
    ck_assert_ptr_null(dkg_calloc(UINT64_MAX, 2));
    ck_assert_ptr_null(dkg_calloc(SIZE_MAX, 1));
}
END_TEST

START_TEST(stores_are_little_endian)
{
    uint8_t b[8];
    dkg_store64(b, 0x0102030405060708u);
    ck_assert_mem_eq(b, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
    ck_assert(dkg_load64(b) == 0x0102030405060708u);
    ck_assert_uint_eq(dkg_load32(b), 0x05060708u);
    ck_assert_uint_eq(dkg_load16(b), 0x0708u);
}
END_TEST

START_TEST(a_cursor_stops_at_the_end_and_stays_stopped)
{
    static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7};
    dkg_cursor c = dkg_cursor_over(bytes, sizeof bytes);
    ck_assert_uint_eq(dkg_read16(&c), 0x0201);
    ck_assert_uint_eq(dkg_read32(&c), 0x06050403);
    ck_assert_uint_eq(dkg_read16(&c), 0); /* one byte left */
    ck_assert(c.failed);
    ck_assert_uint_eq(dkg_read8(&c), 0); /* would fit, but the reader has failed */
    ck_assert_uint_eq(c.left, 1);
    dkg_cursor none = dkg_cursor_over(NULL, 0);
    ck_assert(dkg_read_bytes(&none, 0) == NULL && !none.failed);
    ck_assert(dkg_read_bytes(&none, SIZE_MAX) == NULL && none.failed);
}
END_TEST

START_TEST(a_buffer_grows_and_remembers_failure)
{
    dkg_buffer b = {0};
    for (int i = 0; i < 1000; i++) dkg_append_text(&b, "%03d", i);
    dkg_append(&b, "ab\0c", 4);
    ck_assert_uint_eq(b.size, 3004);
    ck_assert_mem_eq(b.bytes, "000001", 6);
    ck_assert_mem_eq(b.bytes + 2997, "999ab\0c", 7);
    dkg_append(&b, "x", SIZE_MAX / 2);
    ck_assert(b.failed);
    dkg_append(&b, "x", 1);
    ck_assert_uint_eq(b.size, 3004);
    dkg_buffer_free(&b);
    ck_assert(b.bytes == NULL && !b.failed);
    dkg_buffer_free(NULL);
}
END_TEST

START_TEST(zero_means_every_byte)
{
    uint8_t b[64] = {0};
    ck_assert(dkg_is_zero(b, sizeof b));
    for (size_t i = 0; i < sizeof b; i++) {
        b[i] = 0x80;
        ck_assert(!dkg_is_zero(b, sizeof b));
        b[i] = 0;
    }
    ck_assert(dkg_is_zero(NULL, 0));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("bytes");
    TCase *t = tcase_create("bytes");
    tcase_add_test(t, sums_and_products_refuse_to_wrap);
    tcase_add_test(t, stores_are_little_endian);
    tcase_add_test(t, a_cursor_stops_at_the_end_and_stays_stopped);
    tcase_add_test(t, a_buffer_grows_and_remembers_failure);
    tcase_add_test(t, zero_means_every_byte);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
