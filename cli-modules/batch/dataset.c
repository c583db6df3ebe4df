/* Walking a folder: a sorted list of files, each described by its name. */
#include "batch/dataset.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dkg/nifti.h"

enum { DEPTH_MAX = 32 };

char *dkg_path_join(const char *folder, const char *path)
{
    size_t n = strlen(folder) + strlen(path) + 2;
    char *out = malloc(n);
    if (out) (void)snprintf(out, n, "%s/%s", folder, path);
    return out;
}

dkg_status dkg_make_folders(const char *file, dkg_error *err)
{
    char *path = strdup(file);
    if (!path) return dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", file);
    dkg_status status = DKG_OK;
    for (char *at = path; status == DKG_OK && (at = strchr(at + 1, '/')) != NULL;) {
        *at = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST) status = dkg_fail(err, DKG_IO, "%s: cannot be made: %s", path, strerror(errno));
        *at = '/';
    }
    free(path);
    return status;
}

static dkg_status add_file(crypto_hash_sha256_state *state, const char *path, uint64_t *bytes, dkg_error *err)
{
    uint8_t piece[1 << 16];
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return dkg_fail(err, DKG_IO, "%s: cannot be read: %s", path, strerror(errno));
    while ((n = read(fd, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR)) {
        if (n < 0) continue;
        crypto_hash_sha256_update(state, piece, (unsigned long long)n);
        *bytes += (uint64_t)n;
    }
    const int why = errno;
    close(fd);
    return n == 0 ? DKG_OK : dkg_fail(err, DKG_IO, "%s: cannot be read: %s", path, strerror(why));
}

dkg_status dkg_source_sha256(const char *path, uint8_t out[32], uint64_t *bytes, dkg_error *err)
{
    crypto_hash_sha256_state state;
    char *image = dkg_image_name(path);
    *bytes = 0;
    crypto_hash_sha256_init(&state);
    dkg_status status = add_file(&state, path, bytes, err);
    /* without its .img, reading the pair will say so */
    if (status == DKG_OK && image && dkg_file_exists(image)) status = add_file(&state, image, bytes, err);
    if (status == DKG_OK) crypto_hash_sha256_final(&state, out);
    free(image);
    return status;
}

void dkg_dataset_free(dkg_dataset *d)
{
    for (size_t i = 0; i < d->count; i++) {
        free(d->entries[i].path);
        free(d->entries[i].output);
    }
    free(d->entries);
    *d = (dkg_dataset){0};
}

static dkg_status add(dkg_dataset *d, const char *path, uint64_t bytes, bool empty, dkg_error *err)
{
    if (d->count == d->capacity) {
        size_t more = d->capacity ? 2 * d->capacity : 256;
        dkg_entry *entries = realloc(d->entries, more * sizeof *entries);
        if (!entries) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a list of %zu files", more);
        d->entries = entries;
        d->capacity = more;
    }
    char *copy = strdup(path);
    if (!copy) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a list of %zu files", d->count);
    d->entries[d->count++] = (dkg_entry){.path = copy, .bytes = bytes, .empty = empty};
    return DKG_OK;
}

/* Lists the folder open as `fd`; `below`: its path below the source, "" or ending in '/'. Takes the descriptor. */
static dkg_status walk(int fd, const char *below, int depth, dkg_dataset *d, dkg_error *err)
{
    dkg_status status = DKG_OK;
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder) {
        const int why = errno;
        if (fd >= 0) close(fd);
        return dkg_fail(err, DKG_IO, "%s: cannot be listed: %s", *below ? below : "the source folder", strerror(why));
    }
    for (struct dirent *e; status == DKG_OK && (e = readdir(folder)) != NULL;) {
        struct stat st;
        if (e->d_name[0] == '.') continue;
        char *path = malloc(strlen(below) + strlen(e->d_name) + 2);
        if (!path) {
            status = dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", e->d_name);
            break;
        }
        (void)sprintf(path, "%s%s", below, e->d_name);
        if (fstatat(dirfd(folder), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            status = dkg_fail(err, DKG_IO, "%s: %s", path, strerror(errno));
        else if (S_ISDIR(st.st_mode)) {
            (void)strcat(path, "/");
            if (depth == DEPTH_MAX)
                status = dkg_fail(err, DKG_IO, "%s: more than %d folders deep", path, DEPTH_MAX);
            else
                status = walk(openat(dirfd(folder), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), path, depth + 1, d, err);
        } else if (fstatat(dirfd(folder), e->d_name, &st, 0) != 0 || S_ISREG(st.st_mode)) {
            /* a link that leads nowhere stays in the list, so that its absence is an error of that file */
            status = add(d, path, S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0, S_ISREG(st.st_mode) && st.st_size == 0, err);
        }
        free(path);
    }
    closedir(folder);
    return status;
}

static int by_path(const void *a, const void *b) { return strcmp(((const dkg_entry *)a)->path, ((const dkg_entry *)b)->path); }
static int by_output(const void *a, const void *b)
{
    return strcmp((*(const dkg_entry *const *)a)->output, (*(const dkg_entry *const *)b)->output);
}

void dkg_dataset_keep(dkg_dataset *d, bool (*wanted)(void *self, const dkg_entry *e), void *self)
{
    size_t n = 0;
    for (size_t i = 0; i < d->count; i++) {
        if (wanted(self, &d->entries[i])) {
            d->entries[n++] = d->entries[i];
        } else {
            free(d->entries[i].path);
            free(d->entries[i].output);
        }
    }
    d->count = n;
}

static bool selected(void *self, const dkg_entry *e)
{
    const dkg_scan_options *o = self;
    return (!o->include || fnmatch(o->include, e->path, 0) == 0) && !(o->exclude && fnmatch(o->exclude, e->path, 0) == 0);
}

static bool is_no_second(void *self, const dkg_entry *e)
{
    (void)self;
    return !e->second;
}

/* The .img of a .hdr that is in the list goes with it. */
static void drop_seconds_of_pairs(dkg_dataset *d)
{
    for (size_t i = 0; i < d->count; i++) {
        dkg_entry wanted = {.path = dkg_image_name(d->entries[i].path)}, *second = NULL;
        if (wanted.path) second = bsearch(&wanted, d->entries, d->count, sizeof *d->entries, by_path);
        if (second) second->second = true;
        free(wanted.path);
    }
    dkg_dataset_keep(d, is_no_second, NULL);
}

static dkg_status check_outputs(const dkg_dataset *d, dkg_error *err)
{
    const dkg_entry **order = dkg_calloc(d->count, sizeof *order);
    dkg_status status = DKG_OK;
    if (!order) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a list of %zu files", d->count);
    for (size_t i = 0; i < d->count; i++) order[i] = &d->entries[i];
    qsort(order, d->count, sizeof *order, by_output);
    for (size_t i = 1; status == DKG_OK && i < d->count; i++)
        if (strcmp(order[i - 1]->output, order[i]->output) == 0)
            status = dkg_fail(err, DKG_USAGE, "%s and %s would both become %s: leave one out with --exclude", order[i - 1]->path,
                              order[i]->path, order[i]->output);
    free(order);
    return status;
}

static dkg_status choose_layout(dkg_dataset *d, const char *wanted, dkg_error *err)
{
    for (int l = DKG_LAYOUT_TREE; l <= DKG_LAYOUT_BRATS; l++)
        if (strcmp(wanted, dkg_layout_name((dkg_layout)l)) == 0) {
            d->layout = (dkg_layout)l;
            return DKG_OK;
        }
    char **paths = dkg_calloc(d->count, sizeof *paths);
    if (!paths) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a list of %zu files", d->count);
    for (size_t i = 0; i < d->count; i++) paths[i] = d->entries[i].path;
    d->layout = dkg_layout_guess(paths, d->count);
    free(paths);
    return DKG_OK;
}

static dkg_status describe(dkg_dataset *d, bool rename, dkg_error *err)
{
    for (size_t i = 0; i < d->count; i++) {
        dkg_entry *e = &d->entries[i];
        if (!dkg_entry_describe(e, d->layout)) return dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", e->path);
        if (!rename) continue;
        char name[32];
        (void)snprintf(name, sizeof name, "v%06zu.dkg.nii", i + 1);
        free(e->output);
        if (!(e->output = strdup(name))) return dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", e->path);
    }
    return DKG_OK;
}

dkg_status dkg_dataset_scan(const char *folder, const dkg_scan_options *options, dkg_dataset *out, dkg_error *err)
{
    *out = (dkg_dataset){0};
    dkg_status status = walk(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), "", 0, out, err);
    if (status == DKG_OK) {
        if (out->count) qsort(out->entries, out->count, sizeof *out->entries, by_path);
        dkg_scan_options wanted = *options;
        dkg_dataset_keep(out, selected, &wanted);
        drop_seconds_of_pairs(out);
    }
    if (status == DKG_OK && out->count == 0) status = dkg_fail(err, DKG_USAGE, "%s: there is no file to encrypt", folder);
    if (status == DKG_OK) status = choose_layout(out, options->layout, err);
    if (status == DKG_OK) status = describe(out, options->rename, err);
    if (status == DKG_OK) status = check_outputs(out, err);
    if (status != DKG_OK) dkg_dataset_free(out);
    return status;
}

void dkg_dataset_deal(dkg_dataset *d, uint32_t shards)
{
    uint64_t total = 0, before = 0;
    for (size_t i = 0; i < d->count; i++) total += d->entries[i].bytes + 1;
    for (size_t i = 0; i < d->count; i++) {
        dkg_entry *e = &d->entries[i];
        /* where the first file of its subject lies among all bytes decides for all of them */
        if (i > 0 && e->subject[0] && strcmp(e->subject, e[-1].subject) == 0)
            e->shard = e[-1].shard;
        else
            e->shard = 1 + (uint32_t)((double)before / (double)total * shards);
        before += e->bytes + 1;
    }
}
