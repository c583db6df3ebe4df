/* Every bit of an encrypted file of 3 kB flipped, one at a time (volume-format section 17). */
#define BIT_STEP 1
#include "tamper.h"

int main(void)
{
    Suite *s = suite_create("tamper, every bit");
    TCase *c = tcase_create("tamper");
    add_bit_tests(c);
    suite_add_tcase(s, c);
    return test_run(s, (Suite *)0);
}
