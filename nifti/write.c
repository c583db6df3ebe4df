/* Volumes out: plain or gzip, one file or a pair, complete or not at all. */
#include "internal.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

dkg_status dkg_writer_open(dkg_writer *w, const char *path, unsigned flags, dkg_error *err)
{
    *w = (dkg_writer){0};
    (void)dkg_name_of(path, &w->gzip);
    /* 16: a gzip header, which zlib leaves without name and time */
    if (w->gzip && deflateInit2(&w->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return dkg_fail(err, DKG_NO_MEMORY, "%s: no memory to pack it", path);
    dkg_status status = dkg_output_open(path, flags, &w->out, err);
    if (status != DKG_OK) dkg_writer_discard(w);
    return status;
}

void dkg_writer_discard(dkg_writer *w)
{
    if (w->gzip) (void)deflateEnd(&w->z);
    dkg_output_discard(w->out);
    *w = (dkg_writer){0};
}

/* Packs what z.next_in holds; with Z_FINISH, also ends the member. */
static dkg_status pack(dkg_writer *w, int flush, dkg_error *err)
{
    uint8_t piece[1 << 15];
    do {
        w->z.next_out = piece;
        w->z.avail_out = sizeof piece;
        if (deflate(&w->z, flush) == Z_STREAM_ERROR) return dkg_fail(err, DKG_INTERNAL, "zlib lost its state");
        dkg_status status = dkg_output_write(w->out, piece, sizeof piece - w->z.avail_out, err);
        if (status != DKG_OK) return status;
    } while (w->z.avail_out == 0);
    return DKG_OK;
}

dkg_status dkg_writer_write(dkg_writer *w, dkg_bytes bytes, dkg_error *err)
{
    if (!w->gzip) return dkg_output_write(w->out, bytes.at, bytes.size, err);
    while (bytes.size > 0) {
        size_t n = bytes.size < INT_MAX ? bytes.size : INT_MAX;
        w->z.next_in = bytes.at;
        w->z.avail_in = (uInt)n;
        dkg_status status = pack(w, Z_NO_FLUSH, err);
        if (status != DKG_OK) return status;
        bytes.at += n;
        bytes.size -= n;
    }
    return DKG_OK;
}

dkg_status dkg_writer_finish(dkg_writer *w, dkg_error *err) { return w->gzip ? pack(w, Z_FINISH, err) : DKG_OK; }

dkg_status dkg_writer_commit(dkg_writer *w, dkg_error *err) { return dkg_output_commit(&w->out, err); }

static dkg_status write_single(const char *path, unsigned flags, const dkg_bytes parts[3], dkg_error *err)
{
    dkg_writer w;
    dkg_status status = dkg_writer_open(&w, path, flags, err);
    for (int i = 0; i < 3 && status == DKG_OK; i++) status = dkg_writer_write(&w, parts[i], err);
    if (status == DKG_OK) status = dkg_writer_finish(&w, err);
    if (status == DKG_OK) status = dkg_writer_commit(&w, err);
    dkg_writer_discard(&w);
    return status;
}

/* Both files are complete before the first gets its name; the header, which makes it a volume, comes last. */
static dkg_status write_pair(const char *path, const char *image_path, unsigned flags, dkg_bytes head, const dkg_bytes parts[3], dkg_error *err)
{
    dkg_writer hdr = {0}, img = {0};
    dkg_status status = dkg_writer_open(&hdr, path, flags, err);
    if (status == DKG_OK) status = dkg_writer_open(&img, image_path, flags, err);
    if (status == DKG_OK) status = dkg_writer_write(&hdr, head, err);
    if (status == DKG_OK) status = dkg_writer_finish(&hdr, err);
    for (int i = 0; i < 3 && status == DKG_OK; i++) status = dkg_writer_write(&img, parts[i], err);
    if (status == DKG_OK) status = dkg_writer_finish(&img, err);
    if (status == DKG_OK) status = dkg_writer_commit(&img, err);
    if (status == DKG_OK) {
        status = dkg_writer_commit(&hdr, err);
        if (status != DKG_OK) (void)remove(image_path); /* an image without a header is no volume */
    }
    dkg_writer_discard(&hdr);
    dkg_writer_discard(&img);
    return status;
}

dkg_status dkg_volume_write(const char *path, unsigned flags, bool pair, dkg_bytes head, dkg_bytes image_head, dkg_bytes data, dkg_bytes tail,
                            dkg_error *err)
{
    bool gzip;
    dkg_name_kind kind = dkg_name_of(path, &gzip);
    if (!pair) {
        if (kind != DKG_NAME_NII) return dkg_fail(err, DKG_USAGE, "%s: the name must end in .nii or .nii.gz", path);
        return write_single(path, flags, (dkg_bytes[]){head, data, tail}, err);
    }
    if (kind != DKG_NAME_HDR)
        return dkg_fail(err, DKG_USAGE, "%s: the volume is a .hdr/.img pair, the name must end in .hdr or .hdr.gz", path);
    char *image_path = dkg_image_name(path);
    if (!image_path) return dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", path);
    dkg_status status = write_pair(path, image_path, flags, head, (dkg_bytes[]){image_head, data, tail}, err);
    free(image_path);
    return status;
}
