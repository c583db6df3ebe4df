/* Large pages for large memory: the system then hands out 2 MiB at a touch instead of 4 KiB, and addresses are found faster. */
#define _GNU_SOURCE /* madvise */
#include "dkg/base.h"

#include <sys/mman.h>

void dkg_prefer_large_pages(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
    enum { PAGE = 4096, WORTHWHILE = 4 << 20 };
    const size_t before = (PAGE - (uintptr_t)memory % PAGE) % PAGE;
    if (!memory || size < WORTHWHILE) return;
    (void)madvise((uint8_t *)memory + before, size - before, MADV_HUGEPAGE); /* a wish: systems without them refuse it */
#else
    (void)memory;
    (void)size;
#endif
}
