/* A volume as head | data | tail: from memory, and from the file or files it lies in. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void dkg_volume_free(dkg_volume *volume)
{
    if (!volume) return;
    free(volume->owned[0]);
    free(volume->owned[1]);
    free(volume);
}

static bool any_byte(dkg_bytes part) { return part.size > 0 && !dkg_is_zero(part.at, part.size); }

/* Adds the zeros that a file cut short lacks; `missing` NULL: it may lack none. */
static dkg_status complete(dkg_loaded *file, uint64_t offset, uint64_t bytes, uint64_t *missing, dkg_error *err)
{
    uint64_t whole = offset + bytes; /* both < 2^63 */
    uint64_t there = file->size > offset ? file->size - offset : 0;
    if (there >= bytes) return DKG_OK;
    if (!missing || there < bytes / 3)
        return dkg_fail(err, DKG_SOURCE, "the voxels are cut short: %llu of %llu bytes are there", (unsigned long long)there,
                        (unsigned long long)bytes);
    uint8_t *longer = whole <= SIZE_MAX ? realloc(file->bytes, (size_t)whole) : NULL;
    if (!longer) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %llu bytes", (unsigned long long)whole);
    memset(longer + file->size, 0, (size_t)whole - file->size);
    *missing = bytes - there;
    file->bytes = longer;
    file->size = (size_t)whole;
    return DKG_OK;
}

/* Takes the bytes of both files over when it succeeds. image->bytes NULL: a single file. */
static dkg_status build(dkg_loaded *head_file, dkg_loaded *image_file, uint64_t *missing, dkg_volume **out, dkg_error *err)
{
    dkg_volume *v = NULL;
    dkg_nifti_header h;
    dkg_status status = dkg_nifti_header_parse(head_file->bytes, head_file->size, &h, err);
    if (status != DKG_OK) return status;
    if (h.pair != (image_file->bytes != NULL))
        return dkg_fail(err, DKG_SOURCE, h.pair ? "the header of a pair, whose image is missing" : "a whole volume, to which no image belongs");
    if (h.pair && head_file->size > DKG_NIFTI_HEAD_MAX)
        return dkg_fail(err, DKG_SOURCE, "a header of %zu bytes, more than %llu", head_file->size, (unsigned long long)DKG_NIFTI_HEAD_MAX);
    dkg_loaded *data_file = h.pair ? image_file : head_file;
    uint64_t bytes = dkg_nifti_data_size(&h);
    status = complete(data_file, h.data_offset, bytes, missing, err);
    if (status != DKG_OK) return status;
    size_t start = (size_t)h.data_offset, n = (size_t)bytes;
    dkg_bytes before = {data_file->bytes, start};
    dkg_bytes tail = {data_file->bytes + start + n, data_file->size - start - n};
    if (!missing && tail.size > DKG_NIFTI_TAIL_MAX)
        return dkg_fail(err, DKG_SOURCE, "%zu bytes follow the voxels, more than %llu", tail.size, (unsigned long long)DKG_NIFTI_TAIL_MAX);

    v = calloc(1, sizeof *v);
    if (!v) return dkg_fail(err, DKG_NO_MEMORY, "out of memory");
    v->header = h;
    v->gzipped = head_file->gzipped;
    v->head = h.pair ? (dkg_bytes){head_file->bytes, head_file->size} : before;
    if (h.pair) v->image_head = before;
    v->data = (dkg_bytes){data_file->bytes + start, n};
    v->tail = tail;
    size_t header_size = h.version == 1 ? DKG_NIFTI1_SIZE : DKG_NIFTI2_SIZE;
    size_t fixed = v->head.size < header_size + 4 ? v->head.size : header_size + 4; /* the four bytes say only "extensions follow" */
    v->header.has_text = h.has_text || any_byte((dkg_bytes){v->head.at + fixed, v->head.size - fixed}) || any_byte(v->image_head) ||
                         any_byte(v->tail);
    v->owned[0] = head_file->bytes;
    v->owned[1] = image_file->bytes;
    head_file->bytes = image_file->bytes = NULL;
    *out = v;
    return DKG_OK;
}

static dkg_status copy_of(dkg_bytes from, dkg_loaded *to, dkg_error *err)
{
    *to = (dkg_loaded){.bytes = malloc(from.size ? from.size : 1), .size = from.size};
    if (!to->bytes) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu bytes", from.size);
    if (from.size) memcpy(to->bytes, from.at, from.size);
    return DKG_OK;
}

dkg_status dkg_volume_parse(dkg_bytes head_file, const dkg_bytes *image_file, dkg_volume **out, dkg_error *err)
{
    dkg_loaded head = {0}, image = {0};
    *out = NULL;
    dkg_status status = copy_of(head_file, &head, err);
    if (status == DKG_OK && image_file) status = copy_of(*image_file, &image, err);
    if (status == DKG_OK) status = build(&head, &image, NULL, out, err);
    free(head.bytes);
    free(image.bytes);
    return status;
}

uint64_t dkg_memory_limit(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (uint64_t)pages / 2 * (uint64_t)page : (uint64_t)1 << 32;
}

/* The other file of a pair: packed like `path` if that exists, else the other way; NULL when out of memory. */
static char *find_partner(const char *path)
{
    bool gzip;
    (void)dkg_name_of(path, &gzip);
    char *like = dkg_name_partner(path, gzip);
    char *unlike = dkg_name_partner(path, !gzip);
    if (!like || !unlike || (!dkg_file_exists(like) && dkg_file_exists(unlike))) {
        free(like);
        return unlike;
    }
    free(unlike);
    return like;
}

/* The .img of the pair whose header was just loaded. `given`: the name of the .img if that was asked for, else NULL. */
static dkg_status load_image(const char *head_path, const char *given, uint64_t max, const dkg_loaded *head, dkg_loaded *image, dkg_error *err)
{
    char *found = NULL;
    dkg_nifti_header h;
    bool gzip;
    dkg_status status = dkg_nifti_header_parse(head->bytes, head->size, &h, err);
    if (status != DKG_OK) return dkg_fail_in(err, status, head_path);
    if (!h.pair && !given) return DKG_OK;
    if (!h.pair) return dkg_fail(err, DKG_SOURCE, "%s: a whole volume, to which no image belongs", head_path);
    if (dkg_name_of(head_path, &gzip) != DKG_NAME_HDR)
        return dkg_fail(err, DKG_SOURCE, "%s: the header of a pair (magic ni%u), but not named .hdr", head_path, (unsigned)h.version);
    if (!given) {
        given = found = find_partner(head_path);
        if (!found) return dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", head_path);
        if (!dkg_file_exists(found)) {
            status = dkg_fail(err, DKG_SOURCE, "%s: its image %s is missing", head_path, found);
            goto done;
        }
    }
    status = dkg_load(given, max > head->size ? max - head->size : 0, &h, image, err);
done:
    free(found);
    return status;
}

dkg_status dkg_volume_read_cut(const char *path, uint64_t max, uint64_t *missing, dkg_volume **out, dkg_error *err)
{
    dkg_loaded head = {0}, image = {0};
    char *found = NULL;
    const char *head_path = path, *image_path = NULL;
    bool gzip;
    *out = NULL;
    if (max == 0) max = dkg_memory_limit();
    if (dkg_name_of(path, &gzip) == DKG_NAME_IMG) {
        found = find_partner(path);
        if (!found) return dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", path);
        head_path = found;
        image_path = path;
    }
    dkg_status status = dkg_load(head_path, max, NULL, &head, err);
    if (status != DKG_OK) goto done;
    status = load_image(head_path, image_path, max, &head, &image, err);
    if (status != DKG_OK) goto done;
    status = build(&head, &image, missing, out, err);
    if (status != DKG_OK) {
        (void)dkg_fail_in(err, status, head_path);
        goto done;
    }
    const char *slash = strrchr(path, '/');
    (void)snprintf((*out)->name, sizeof (*out)->name, "%s", slash ? slash + 1 : path);
done:
    free(head.bytes);
    free(image.bytes);
    free(found);
    return status;
}

dkg_status dkg_volume_read(const char *path, uint64_t max, dkg_volume **out, dkg_error *err)
{
    return dkg_volume_read_cut(path, max, NULL, out, err);
}
