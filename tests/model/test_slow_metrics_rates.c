/* 2,000 fixed XChaCha20 streams: every interval is left at its nominal rate. */
#include "metrics_rates.h"

START_TEST(bytes) { rates_run((dkg_shape){256, 256, 1, 1, 8, 1}, 2000, 0.01); }
END_TEST
START_TEST(words) { rates_run((dkg_shape){132, 100, 4, 2, 16, 1}, 2000, 0.05); }
END_TEST
START_TEST(key_images) { rates_run((dkg_shape){288, 128, 2, 1, 8, 3}, 2000, 0.05); }
END_TEST

int main(void)
{
    Suite *s = suite_create("metrics_rates");
    TCase *t = tcase_create("metrics_rates");
    tcase_set_timeout(t, 1200);
    tcase_add_test(t, bytes);
    tcase_add_test(t, words);
    tcase_add_test(t, key_images);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
