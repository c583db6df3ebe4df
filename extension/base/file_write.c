/* Outputs that appear complete or not at all.
 *
 * Where the system and the file system allow (Linux O_TMPFILE), the output has no name until it is whole. Elsewhere, and for the
 * moment in which it replaces another file, it is `.dkg-<random>.part` in the target folder, locked by its writer: what a killed
 * run left has no lock and is removed by the next output into that folder. */
#define _GNU_SOURCE /* O_TMPFILE, renameat2 */
#include "dkg/base.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct dkg_output {
    int fd;
    int folder;          /* open directory of the target */
    unsigned flags;
    char part[64];       /* temporary name inside folder; empty while nameless */
    char *path;          /* as given, for messages */
    const char *name;    /* last part of path */
    bool failed;
};

static void part_name(char out[64])
{
    uint8_t r[8];
    dkg_random(r, sizeof r);
    (void)snprintf(out, 64, ".dkg-%02x%02x%02x%02x%02x%02x%02x%02x.part", r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7]);
}

static bool is_part(const char *name)
{
    size_t n = strlen(name);
    return n == 26 && strncmp(name, ".dkg-", 5) == 0 && strcmp(name + 21, ".part") == 0;
}

/* Removes leftovers of killed runs: part files whose lock nobody holds. */
static void sweep(int folder)
{
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (!dir) {
        if (copy >= 0) close(copy);
        return;
    }
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (!is_part(e->d_name)) continue;
        int fd = openat(folder, e->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0) continue;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) (void)unlinkat(folder, e->d_name, 0);
        close(fd);
    }
    closedir(dir);
}

/* A new file without a name, or -1 where there is no such thing. It is locked too, because replacing gives it a part name for a
 * moment. */
static int create_nameless(int folder, mode_t mode)
{
#ifdef O_TMPFILE
    int fd = openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    if (fd >= 0) close(fd);
#else
    (void)folder;
    (void)mode;
#endif
    return -1;
}

/* A new part file that this process has locked: a sweeper may lock or remove it before we do, then the next name is tried. */
static int create_part(int folder, mode_t mode, char part[64])
{
    for (int attempt = 0; attempt < 16; attempt++) {
        struct stat st;
        part_name(part);
        int fd = openat(folder, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd < 0) break;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 && st.st_nlink == 1) return fd;
        close(fd);
        (void)unlinkat(folder, part, 0);
        errno = EAGAIN;
    }
    part[0] = '\0';
    return -1;
}

static void release(dkg_output *o)
{
    if (o->fd >= 0) close(o->fd);
    if (o->part[0]) (void)unlinkat(o->folder, o->part, 0);
    if (o->folder >= 0) close(o->folder);
    free(o->path);
    free(o);
}

static dkg_status open_folder(dkg_output *o, dkg_error *err)
{
    char folder[PATH_MAX];
    size_t n = (size_t)(o->name - o->path);
    if (n >= sizeof folder) return dkg_fail(err, DKG_IO, "%s: the name is too long", o->path);
    memcpy(folder, o->path, n);
    folder[n] = '\0';
    o->folder = open(n ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (o->folder < 0) return dkg_fail(err, DKG_IO, "%s: its folder cannot be opened: %s", o->path, strerror(errno));
    return DKG_OK;
}

dkg_status dkg_output_open(const char *path, unsigned flags, dkg_output **out, dkg_error *err)
{
    dkg_status status = DKG_OK;
    struct stat st;
    *out = NULL;
    dkg_output *o = calloc(1, sizeof *o);
    if (!o) return dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", path);
    o->fd = o->folder = -1;
    o->flags = flags;
    o->path = strdup(path);
    if (!o->path) {
        status = dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", path);
        goto done;
    }
    const char *slash = strrchr(o->path, '/');
    o->name = slash ? slash + 1 : o->path;
    if (!o->name[0]) {
        status = dkg_fail(err, DKG_IO, "%s: names a folder, not a file", path);
        goto done;
    }
    status = open_folder(o, err);
    if (status != DKG_OK) goto done;
    if (fstatat(o->folder, o->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) {
            status = dkg_fail(err, DKG_IO, "%s: %s, not a file that can be replaced", path,
                              S_ISDIR(st.st_mode) ? "is a directory" : "is a device or pipe");
            goto done;
        }
        if (!(flags & DKG_OUTPUT_REPLACE)) {
            status = dkg_fail(err, DKG_IO, "%s: exists already", path);
            dkg_fail_hint(err, status, "choose another name, or replace it with --force");
            goto done;
        }
    }
    mode_t mode = flags & DKG_OUTPUT_PRIVATE ? 0600 : 0666;
    sweep(o->folder);
    if (!(flags & DKG_OUTPUT_NAMED)) o->fd = create_nameless(o->folder, mode);
    if (o->fd < 0) o->fd = create_part(o->folder, mode, o->part);
    if (o->fd < 0) {
        status = dkg_fail(err, DKG_IO, "%s: cannot be created: %s", path, strerror(errno));
        goto done;
    }
    *out = o;
    o = NULL;
done:
    if (o) release(o);
    return status;
}

dkg_status dkg_output_write(dkg_output *o, const void *bytes, size_t n, dkg_error *err)
{
    const uint8_t *p = bytes;
    while (n > 0) {
        ssize_t w = write(o->fd, p, n > (1u << 30) ? (1u << 30) : n);
        if (w < 0 && errno == EINTR) continue;
        if (w <= 0) {
            o->failed = true;
            return dkg_fail(err, DKG_IO, "%s: cannot be written: %s", o->path, strerror(errno));
        }
        p += w;
        n -= (size_t)w;
    }
    return DKG_OK;
}

/* Gives the nameless file a name inside the folder; false with errno. */
static bool link_as(const dkg_output *o, const char *name)
{
    char self[64];
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", o->fd);
    return linkat(AT_FDCWD, self, o->folder, name, AT_SYMLINK_FOLLOW) == 0;
}

/* Names the part file, never replacing what has the name. Renaming needs no hard links, which FAT and exFAT lack; linking needs no
 * RENAME_NOREPLACE, which some network file systems lack. False with errno. */
static bool name_part(dkg_output *o)
{
#ifdef RENAME_NOREPLACE
    if (renameat2(o->folder, o->part, o->folder, o->name, RENAME_NOREPLACE) == 0) {
        o->part[0] = '\0';
        return true;
    }
    if (errno != EINVAL && errno != ENOSYS) return false;
#endif
    return linkat(o->folder, o->part, o->folder, o->name, 0) == 0; /* release() removes the second name */
}

static dkg_status publish(dkg_output *o, dkg_error *err)
{
    bool replace = (o->flags & DKG_OUTPUT_REPLACE) != 0;
    if (replace && !o->part[0]) {
        part_name(o->part);
        if (!link_as(o, o->part)) {
            o->part[0] = '\0';
            return dkg_fail(err, DKG_IO, "%s: cannot be named: %s", o->path, strerror(errno));
        }
    }
    if (!replace) {
        if (o->part[0] ? name_part(o) : link_as(o, o->name)) return DKG_OK;
        if (errno == EEXIST) return dkg_fail(err, DKG_IO, "%s: was created by somebody else meanwhile", o->path);
        return dkg_fail(err, DKG_IO, "%s: cannot be named: %s", o->path, strerror(errno));
    }
    if (renameat(o->folder, o->part, o->folder, o->name) != 0)
        return dkg_fail(err, DKG_IO, "%s: cannot be renamed: %s", o->path, strerror(errno));
    o->part[0] = '\0';
    return DKG_OK;
}

dkg_status dkg_output_commit(dkg_output **out, dkg_error *err)
{
    dkg_output *o = *out;
    dkg_status status;
    *out = NULL;
    if (o->failed)
        status = dkg_fail(err, DKG_IO, "%s: was not written completely", o->path);
    else if (fsync(o->fd) != 0)
        status = dkg_fail(err, DKG_IO, "%s: cannot be written to disk: %s", o->path, strerror(errno));
    else
        status = publish(o, err);
    if (status == DKG_OK) (void)fsync(o->folder); /* some file systems refuse to sync folders: the file itself is safe */
    release(o);
    return status;
}

void dkg_output_discard(dkg_output *o)
{
    if (o) release(o);
}

dkg_status dkg_file_write(const char *path, unsigned flags, const void *bytes, size_t n, dkg_error *err)
{
    dkg_output *o;
    dkg_status status = dkg_output_open(path, flags, &o, err);
    if (status != DKG_OK) return status;
    status = dkg_output_write(o, bytes, n, err);
    if (status != DKG_OK) {
        dkg_output_discard(o);
        return status;
    }
    return dkg_output_commit(&o, err);
}
