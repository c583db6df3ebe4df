/* cache.c - the user's folder for compiled programs and tuning results. Nothing in it is needed: every failure means "not there". */
#include "cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Ours, and nobody else can write to it. */
static bool is_private(const struct stat *st) { return st->st_uid == geteuid() && (st->st_mode & (S_IWGRP | S_IWOTH)) == 0; }

static bool folder_name(char out[DKG_CACHE_PATH])
{
    const char *own = getenv("DKG_CACHE"), *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int n = -1;
    if (own && *own)
        n = strcmp(own, "off") == 0 ? -1 : snprintf(out, DKG_CACHE_PATH, "%s", own);
    else if (cache && *cache == '/') /* relative ones are to be ignored, says the XDG Base Directory Specification */
        n = snprintf(out, DKG_CACHE_PATH, "%s/deepkeygen", cache);
    else if (home && *home == '/')
        n = snprintf(out, DKG_CACHE_PATH, "%s/.cache/deepkeygen", home);
    return n > 0 && n < DKG_CACHE_PATH;
}

/* The folder and those above it; mkdir() decides about what is there already. */
static void make_folder(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    (void)mkdir(path, 0700);
}

bool dkg_cache_path(const char *name, bool create, char out[DKG_CACHE_PATH])
{
    struct stat st;
    if (!folder_name(out)) return false;
    if (create) make_folder(out);
    if (lstat(out, &st) != 0 || !S_ISDIR(st.st_mode) || !is_private(&st)) return false;
    const size_t used = strlen(out);
    return snprintf(out + used, DKG_CACHE_PATH - used, "/%s", name) < (int)(DKG_CACHE_PATH - used);
}

bool dkg_cache_read(const char *name, uint8_t **bytes, size_t *size)
{
    char path[DKG_CACHE_PATH];
    struct stat st;
    *bytes = NULL;
    *size = 0;
    /* Only the owner of the folder can exchange the file between the two calls. */
    return dkg_cache_path(name, false, path) && lstat(path, &st) == 0 && S_ISREG(st.st_mode) && is_private(&st) &&
           dkg_file_read(path, DKG_CACHE_FILE_MAX, bytes, size, NULL) == DKG_OK;
}

/* Removes the oldest file of this extension when there are more than DKG_CACHE_FILES; true if there may be another one. */
static bool remove_oldest(int folder, const char *extension)
{
    char oldest[256] = "";
    struct timespec when = {0, 0};
    size_t count = 0;
    const int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy < 0 ? NULL : fdopendir(copy);
    if (!list) {
        if (copy >= 0) close(copy);
        return false;
    }
    for (struct dirent *e; (e = readdir(list)) != NULL;) {
        struct stat st;
        const char *dot = strrchr(e->d_name, '.');
        if (!dot || strcmp(dot, extension) != 0 || fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (count++ == 0 || st.st_mtim.tv_sec < when.tv_sec ||
            (st.st_mtim.tv_sec == when.tv_sec && st.st_mtim.tv_nsec < when.tv_nsec)) {
            when = st.st_mtim;
            snprintf(oldest, sizeof oldest, "%s", e->d_name);
        }
    }
    closedir(list);
    return count > DKG_CACHE_FILES && unlinkat(folder, oldest, 0) == 0;
}

bool dkg_cache_write(const char *name, const void *bytes, size_t size)
{
    char path[DKG_CACHE_PATH];
    if (size > DKG_CACHE_FILE_MAX || !dkg_cache_path(name, true, path) ||
        dkg_file_write(path, DKG_OUTPUT_REPLACE | DKG_OUTPUT_PRIVATE, bytes, size, NULL) != DKG_OK)
        return false;
    *strrchr(path, '/') = 0;
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        while (remove_oldest(folder, strrchr(name, '.'))) {}
        close(folder);
    }
    return true;
}

void dkg_cache_remove(const char *name)
{
    char path[DKG_CACHE_PATH];
    if (dkg_cache_path(name, false, path)) (void)unlink(path);
}
