#include "DeepKeyGenTrain/names.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 32, LIST_BYTES_MAX = 16 << 20 };

static bool ends_in(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

/* The .img of a pair is read with its .hdr. */
static bool is_image(const char *name)
{
    static const char *const endings[] = {".nii", ".nii.gz", ".hdr", ".hdr.gz", ".png", ".nrrd", ".nhdr", ".mha",
                                          ".mhd", ".tif",    ".tiff", ".jp2",   ".dcm", ".PNG",  ".TIF",  ".DCM"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (ends_in(name, endings[i])) return true;
    return false;
}

static dkg_status add(dkg_names *names, const char *folder, const char *name, size_t length, dkg_error *err)
{
    if (names->count == names->capacity) {
        const size_t capacity = names->capacity ? 2 * names->capacity : 64;
        char **items = realloc(names->items, capacity * sizeof *items);
        if (!items) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu names", capacity);
        names->items = items;
        names->capacity = capacity;
    }
    const size_t size = strlen(folder) + length + 2;
    char *path = malloc(size);
    if (!path) return dkg_fail(err, DKG_NO_MEMORY, "no memory for the name of a file");
    (void)snprintf(path, size, "%s%s%.*s", folder, *folder ? "/" : "", (int)length, name);
    names->items[names->count++] = path;
    return DKG_OK;
}

static dkg_status search(dkg_names *names, const char *folder, int depth, dkg_error *err)
{
    DIR *dir = opendir(folder);
    dkg_status status = DKG_OK;
    if (!dir) return dkg_fail(err, DKG_IO, "%s: the folder cannot be read", folder);
    for (struct dirent *e; status == DKG_OK && (e = readdir(dir)) != NULL;) {
        struct stat st = {0};
        if (e->d_name[0] == '.') continue;
        status = add(names, folder, e->d_name, strlen(e->d_name), err);
        if (status != DKG_OK) break;
        char *path = names->items[names->count - 1];
        if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode) && (stat(path, &st) != 0 || S_ISDIR(st.st_mode))) st.st_mode = 0;
        if (S_ISREG(st.st_mode) && is_image(path)) continue;
        names->count--; /* not an image: the path was only needed here */
        if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) status = search(names, path, depth + 1, err);
        free(path);
    }
    closedir(dir);
    return status;
}

static dkg_status read_list(dkg_names *names, const char *path, dkg_error *err)
{
    uint8_t *bytes;
    size_t size;
    dkg_status status = dkg_file_read(path, LIST_BYTES_MAX, &bytes, &size, err);
    if (status != DKG_OK) return status;
    char *folder = strdup(path), *slash = folder ? strrchr(folder, '/') : NULL;
    if (!folder) status = dkg_fail(err, DKG_NO_MEMORY, "no memory for the name of a folder");
    else *(slash ? slash : folder) = '\0';
    for (const char *line = (const char *)bytes; status == DKG_OK && *line;) {
        const size_t n = strcspn(line, "\r\n");
        const bool absolute = *line == '/';
        if (n > 0 && *line != '#') status = add(names, absolute ? "" : folder, line, n, err);
        line += n;
        line += strspn(line, "\r\n");
    }
    free(folder);
    free(bytes);
    return status;
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

dkg_status dkg_names_find(const char *place, dkg_names *out, dkg_error *err)
{
    struct stat st;
    dkg_names names = {0};
    dkg_status status;
    *out = names;
    if (stat(place, &st) != 0) return dkg_fail(err, DKG_IO, "%s: there is no such folder or file", place);
    if (S_ISDIR(st.st_mode)) {
        status = search(&names, place, 0, err);
        if (names.count > 0) qsort(names.items, names.count, sizeof *names.items, by_bytes);
    } else if (ends_in(place, ".txt")) {
        status = read_list(&names, place, err);
    } else {
        status = add(&names, "", place, strlen(place), err);
    }
    if (status == DKG_OK && names.count == 0) status = dkg_fail(err, DKG_SOURCE, "%s: holds no image", place);
    if (status == DKG_OK) *out = names;
    else dkg_names_free(&names);
    return status;
}

void dkg_names_free(dkg_names *names)
{
    for (size_t i = 0; i < names->count; i++) free(names->items[i]);
    free(names->items);
    *names = (dkg_names){0};
}
