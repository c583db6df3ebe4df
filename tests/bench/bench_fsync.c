/* bench_fsync - loaded into a program with LD_PRELOAD: writes to the file DKG_BENCH_FSYNC how many seconds the program waited in
 * fsync, which says something about the disk and nothing about the program. */
#define _GNU_SOURCE /* syscall */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench_clock.h"

static double waited;

int fsync(int fd)
{
    const double start = bench_now();
    const long result = syscall(SYS_fsync, fd);
    waited += bench_now() - start;
    return (int)result;
}

__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("DKG_BENCH_FSYNC");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%.6f\n", waited);
    fclose(file);
}
