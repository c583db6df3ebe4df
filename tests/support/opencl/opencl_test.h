/* What every test on OpenCL devices needs. */
#ifndef DKG_OPENCL_TEST_H
#define DKG_OPENCL_TEST_H

#include <stddef.h>

/* How many devices there are; with none, the test is skipped by this name. */
size_t test_opencl_devices(const char *test);

/* main() of a program that runs itself under Oclgrind, which sees data races, accesses out of bounds and misuse of the API:
 * `small` says there with exit code 0 that all results are equal, and prints "equal" and nothing else. */
int test_under_oclgrind(int argc, char **argv, const char *suite, int seconds, int (*small)(void));

#endif
