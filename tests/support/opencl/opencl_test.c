#include "opencl_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "dkg/opencl.h"
#include "support.h"

/* Leaks of OpenCL implementations and their compilers are theirs; the leak checker asks this function, by this name. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libpocl\nleak:libLLVM\nleak:libclang-cpp\nleak:libOpenCL\nleak:libigdrcl\nleak:libintelocl\n";
}

size_t test_opencl_devices(const char *test)
{
    dkg_device_info *devices = NULL;
    size_t count = 0;
    ck_ok(dkg_opencl_devices(&devices, &count, err));
    free(devices);
    if (count == 0) test_skip(test, "no OpenCL device");
    return count;
}

static const char *self;

START_TEST(oclgrind_finds_nothing)
{
    char command[4096], line[1024], report[3000] = "";
    const char *library = "$(dirname \"$(command -v oclgrind)\")/../lib/oclgrind/liboclgrind-rt-icd.so";
    snprintf(command, sizeof command, "test -f \"%s\"", library);
    if (system(command) != 0) {
        test_skip("oclgrind_finds_nothing", "oclgrind is not installed");
        return;
    }
    /* Through the loader, like any device: the program `oclgrind` replaces functions of a libOpenCL linked at build time. */
    snprintf(command, sizeof command, "OCL_ICD_VENDORS=\"%s\" OCLGRIND_DATA_RACES=1 OCLGRIND_CHECK_API=1 '%s' small 2>&1", library, self);
    FILE *run = popen(command, "r");
    ck_assert_ptr_nonnull(run);
    while (fgets(line, sizeof line, run))
        if (strlen(report) + strlen(line) < sizeof report) strcat(report, line);
    const int code = pclose(run);
    ck_assert_msg(WIFEXITED(code) && WEXITSTATUS(code) == 0, "%s", report);
    ck_assert_msg(strcmp(report, "equal\n") == 0, "%s", report);
}
END_TEST

int test_under_oclgrind(int argc, char **argv, const char *suite, int seconds, int (*small)(void))
{
    self = argv[0];
    if (argc > 1 && strcmp(argv[1], "small") == 0) return small();
    Suite *s = suite_create(suite);
    TCase *t = tcase_create("races");
    tcase_set_timeout(t, seconds);
    suite_add_tcase(s, t);
    tcase_add_test(t, oclgrind_finds_nothing);
    return test_run(s, (Suite *)0);
}
