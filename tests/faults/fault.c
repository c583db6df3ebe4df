/* Preloaded into a program: one call of a kind fails. DKG_FAULT_KIND: "memory" (malloc and its kin return NULL), "disk" (open,
 * write, fsync, link, rename ... return -1), "short" (reads and writes take one byte only, from that call on). DKG_FAULT_AT: which
 * call, from 1. DKG_FAULT_REPORT: a file that gets one byte when the fault came to be, so that the test knows when it is beyond
 * the last call. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The allocator below malloc: dlsym itself allocates, so it cannot be asked for the next malloc. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static atomic_long calls;

static void report(void)
{
    const char *path = getenv("DKG_FAULT_REPORT");
    if (!path) return;
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return;
    syscall(SYS_write, fd, "x", 1L);
    syscall(SYS_close, fd);
}

static bool of_kind(const char *kind)
{
    const char *wanted = getenv("DKG_FAULT_KIND");
    return wanted && strcmp(wanted, kind) == 0;
}

/* True for the call that fails ("short": for it and all later ones). */
static bool now(const char *kind)
{
    if (!of_kind(kind)) return false;
    const char *at = getenv("DKG_FAULT_AT");
    long wanted = at ? atol(at) : 0, call = atomic_fetch_add(&calls, 1) + 1;
    if (call == wanted) report();
    return strcmp(kind, "short") == 0 ? call >= wanted : call == wanted;
}

static bool memory(void)
{
    if (!now("memory")) return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size) { return memory() ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return memory() ? NULL : __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return memory() ? NULL : __libc_realloc(old, size); }

/* A full disk for what writes, a broken one for the rest. */
static bool disk(int code)
{
    if (!now("disk")) return false;
    errno = code;
    return true;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t size)
{
    if (disk(ENOSPC)) return -1;
    return NEXT(write)(fd, bytes, size > 1 && now("short") ? 1 : size);
}
ssize_t read(int fd, void *bytes, size_t size)
{
    if (disk(EIO)) return -1;
    return NEXT(read)(fd, bytes, size > 1 && now("short") ? 1 : size);
}
int fsync(int fd) { return disk(EIO) ? -1 : NEXT(fsync)(fd); }
int close(int fd)
{
    if (disk(EIO)) {
        NEXT(close)(fd); /* Linux closes it all the same */
        return -1;
    }
    return NEXT(close)(fd);
}
int linkat(int from, const char *old, int to, const char *name, int flags)
{
    return disk(ENOSPC) ? -1 : NEXT(linkat)(from, old, to, name, flags);
}
int renameat(int from, const char *old, int to, const char *name)
{
    return disk(EIO) ? -1 : NEXT(renameat)(from, old, to, name);
}
int renameat2(int from, const char *old, int to, const char *name, unsigned flags)
{
    return disk(EIO) ? -1 : NEXT(renameat2)(from, old, to, name, flags);
}
int unlinkat(int folder, const char *name, int flags) { return disk(EIO) ? -1 : NEXT(unlinkat)(folder, name, flags); }
int fstat(int fd, struct stat *st) { return disk(EIO) ? -1 : NEXT(fstat)(fd, st); }

static mode_t mode_of(int flags, va_list more)
{
    return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(more, mode_t) : 0;
}
int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    return disk(EIO) ? -1 : NEXT(open)(path, flags, mode);
}
int openat(int folder, const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    return disk(EIO) ? -1 : NEXT(openat)(folder, path, flags, mode);
}
