/* Reading whole files, plain or secret, and comparing names. */
#include "dkg/base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static dkg_status open_regular(const char *path, uint64_t max, int *fd, struct stat *st, dkg_error *err)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang us */
    if (*fd < 0) return dkg_fail(err, DKG_IO, "%s: %s", path, strerror(errno));
    if (fstat(*fd, st) != 0) {
        dkg_fail(err, DKG_IO, "%s: %s", path, strerror(errno));
    } else if (!S_ISREG(st->st_mode)) {
        dkg_fail(err, DKG_IO, "%s: %s, not a file", path, S_ISDIR(st->st_mode) ? "is a directory" : "is a device or pipe");
    } else if ((uint64_t)st->st_size > max) {
        dkg_fail(err, DKG_IO, "%s: %lld bytes, more than the %llu accepted here", path, (long long)st->st_size,
                 (unsigned long long)max);
    } else {
        return DKG_OK;
    }
    close(*fd);
    *fd = -1;
    return DKG_IO;
}

/* Reads exactly the size seen at opening; a file that shrinks or grows meanwhile is an error, never a short buffer. */
static dkg_status read_exactly(int fd, const char *path, uint8_t *out, size_t size, dkg_error *err)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = read(fd, out + done, size - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return dkg_fail(err, DKG_IO, "%s: %s", path, strerror(errno));
        if (n == 0) return dkg_fail(err, DKG_IO, "%s: became shorter while it was read", path);
        done += (size_t)n;
    }
    uint8_t extra;
    if (read(fd, &extra, 1) > 0) return dkg_fail(err, DKG_IO, "%s: became longer while it was read", path);
    return DKG_OK;
}

static dkg_status read_whole(const char *path, uint64_t max, bool secret, bool private_only, uint8_t **bytes, size_t *size,
                             dkg_error *err)
{
    int fd = -1;
    struct stat st;
    uint8_t *got = NULL;
    *bytes = NULL;
    *size = 0;
    dkg_status status = open_regular(path, max, &fd, &st, err);
    if (status != DKG_OK) return status;
    if (private_only && (st.st_mode & (S_IRWXG | S_IRWXO))) {
        status = dkg_fail(err, DKG_USAGE, "%s: others can use this key (mode %03o)", path, (unsigned)(st.st_mode & 0777));
        dkg_fail_hint(err, status, "chmod 600 '%s'", path);
        goto done;
    }
    /* one byte more, zero: a text ends there */
    got = secret ? dkg_secret_alloc((size_t)st.st_size + 1) : dkg_calloc((uint64_t)st.st_size + 1, 1);
    if (!got) {
        status = dkg_fail(err, DKG_NO_MEMORY, "%s: no memory for its %lld bytes", path, (long long)st.st_size);
        goto done;
    }
    status = read_exactly(fd, path, got, (size_t)st.st_size, err);
    if (status != DKG_OK) goto done;
    *bytes = got;
    *size = (size_t)st.st_size;
    got = NULL;
done:
    if (secret)
        dkg_secret_free(got);
    else
        free(got);
    close(fd);
    return status;
}

dkg_status dkg_file_read(const char *path, uint64_t max, uint8_t **bytes, size_t *size, dkg_error *err)
{
    return read_whole(path, max, false, false, bytes, size, err);
}

dkg_status dkg_file_read_secret(const char *path, uint64_t max, bool private_only, uint8_t **bytes, size_t *size, dkg_error *err)
{
    return read_whole(path, max, true, private_only, bytes, size, err);
}

bool dkg_file_exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

/* The absolute name without links; for a file that does not exist yet, that of its folder plus its own name. */
static bool resolve(const char *path, char out[PATH_MAX])
{
    if (realpath(path, out)) return true;
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n >= sizeof folder) return false;
    memcpy(folder, path, n);
    folder[n] = '\0';
    if (!realpath(n ? folder : (slash ? "/" : "."), out)) return false;
    size_t used = strlen(out);
    return snprintf(out + used, PATH_MAX - used, "/%s", name) < (int)(PATH_MAX - used);
}

bool dkg_file_same(const char *a, const char *b)
{
    struct stat sa, sb;
    if (stat(a, &sa) == 0 && stat(b, &sb) == 0) return sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
    char ra[PATH_MAX], rb[PATH_MAX];
    return resolve(a, ra) && resolve(b, rb) && strcmp(ra, rb) == 0;
}
