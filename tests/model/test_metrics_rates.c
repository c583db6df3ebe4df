/* 200 fixed XChaCha20 streams: every interval is left at its nominal rate (2,000: test_slow_metrics_rates). */
#include "metrics_rates.h"

START_TEST(bytes) { rates_run((dkg_shape){144, 128, 2, 1, 8, 1}, 200, 0.05); }
END_TEST
START_TEST(words) { rates_run((dkg_shape){90, 96, 2, 2, 16, 1}, 200, 0.05); }
END_TEST

int main(void)
{
    Suite *s = suite_create("metrics_rates");
    TCase *t = tcase_create("metrics_rates");
    tcase_set_timeout(t, 280);
    tcase_add_test(t, bytes);
    tcase_add_test(t, words);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
