/* Large memory: zeroed as ever, and marked for large pages where the system has them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/base.h"
#include "support.h"

enum { LARGE = 24 << 20, SMALL = 1 << 20 };

/* True when Linux says that the mapping around p is advised to have large pages. */
static bool is_advised(const uint8_t *p)
{
    char line[512];
    bool inside = false, advised = false;
    FILE *maps = fopen("/proc/self/smaps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        uintptr_t from, to;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) == 2) inside = (uintptr_t)p >= from && (uintptr_t)p < to;
        if (inside && strncmp(line, "VmFlags:", 8) == 0) advised = strstr(line, " hg") != NULL;
    }
    if (maps) fclose(maps);
    return advised;
}

START_TEST(large_memory_is_zero_and_advised)
{
    uint8_t *large = dkg_calloc(LARGE, 1), *small = dkg_calloc(SMALL, 1);
    ck_assert(large && small);
    FILE *offered = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r");
    if (offered) {
        ck_assert(is_advised(large + LARGE / 2));
        ck_assert(!is_advised(small + SMALL / 2));
        fclose(offered);
    } else {
        puts("SKIP large pages: this system has none to offer");
    }
    ck_assert(dkg_is_zero(large, LARGE) && dkg_is_zero(small, SMALL));
    free(large);
    free(small);
    dkg_prefer_large_pages(NULL, LARGE);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("large pages");
    TCase *t = tcase_create("large pages");
    tcase_add_test(t, large_memory_is_zero_and_advised);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
