/* What the files of this room share. */
#ifndef DKG_NIFTI_INTERNAL_H
#define DKG_NIFTI_INTERNAL_H

#include "dkg/nifti.h"

#define ZLIB_CONST
#include <zlib.h>

enum { DKG_NIFTI1_SIZE = 348, DKG_NIFTI2_SIZE = 540 };
/* Most bytes before the voxels: they must fit the sealed metadata (volume-format section 14, M). */
#define DKG_NIFTI_HEAD_MAX ((uint64_t)1 << 26)
/* Most bytes after the voxels (volume-format section 5, TAIL). */
#define DKG_NIFTI_TAIL_MAX ((uint64_t)1 << 20)

bool dkg_host_is_big_endian(void);
/* Bytes of all voxels; cannot overflow for a header that was parsed. */
uint64_t dkg_nifti_data_size(const dkg_nifti_header *header);
/* Puts "<path>: " before the sentence of err; returns status. */
dkg_status dkg_fail_in(dkg_error *err, dkg_status status, const char *path);

/* ---- names.c: .nii .hdr .img, each also with .gz, in either letter case ---- */
typedef enum dkg_name_kind { DKG_NAME_OTHER, DKG_NAME_NII, DKG_NAME_HDR, DKG_NAME_IMG } dkg_name_kind;
dkg_name_kind dkg_name_of(const char *path, bool *gzip);
/* True of a longer path with that ending, in either letter case. */
bool dkg_ends_in(const char *path, const char *ending);
/* The other file of a pair: path with .hdr and .img exchanged, with or without .gz; free() it. NULL when out of memory. */
char *dkg_name_partner(const char *path, bool gzip);

/* ---- gunzip.c: gzip data of any number of members, piece by piece ---- */
typedef struct dkg_gunzip {
    z_stream z;
    const uint8_t *at; /* input not yet handed to zlib */
    size_t left;
    bool ended; /* every member was unpacked and its CRC and length were right */
} dkg_gunzip;
DKG_MUST_USE dkg_status dkg_gunzip_start(dkg_gunzip *g, const uint8_t *packed, size_t size, dkg_error *err);
/* Appends to out until it holds `want` bytes or the data have ended. DKG_SOURCE when they are damaged or cut short. */
DKG_MUST_USE dkg_status dkg_gunzip_until(dkg_gunzip *g, uint64_t want, dkg_buffer *out, dkg_error *err);
void dkg_gunzip_end(dkg_gunzip *g);

/* ---- load.c: one file, unpacked ---- */
typedef struct dkg_loaded {
    uint8_t *bytes; /* free() */
    size_t size;
    bool gzipped;
} dkg_loaded;
/* Reads a file of at most `max` bytes, packed and unpacked. `known` NULL: a file that begins with a header, gzip is seen by its
 * first bytes. Else the .img that belongs to `known`, whose voxels may begin with any bytes: gzip is seen by its name. */
DKG_MUST_USE dkg_status dkg_load(const char *path, uint64_t max, const dkg_nifti_header *known, dkg_loaded *out, dkg_error *err);

/* ---- volume.c ---- */
/* dkg_volume_read() that, with `missing` not NULL, also takes a file that ends within the last two thirds of its voxels and
 * any number of bytes after them: the missing bytes are zero in `data`, their number is *missing. */
DKG_MUST_USE dkg_status dkg_volume_read_cut(const char *path, uint64_t max, uint64_t *missing, dkg_volume **out, dkg_error *err);

/* Most bytes a reader takes when its caller names no limit: half of the memory of the machine. */
uint64_t dkg_memory_limit(void);

/* ---- store.c ---- */
struct nifti_2_header;
/* The bytes of a header of the machine's byte order, little-endian, with the magic of a single file: NIfTI-1 when its sizeof_hdr
 * is 348, whose narrower fields its numbers must fit, else NIfTI-2. out: 540 bytes. Returns 348 or 540. */
size_t dkg_nifti_store(const struct nifti_2_header *header, uint8_t *out);

/* ---- write.c: an output, packed when its name ends in .gz ---- */
typedef struct dkg_writer {
    dkg_output *out;
    bool gzip;
    z_stream z;
} dkg_writer;
DKG_MUST_USE dkg_status dkg_writer_open(dkg_writer *w, const char *path, unsigned flags, dkg_error *err);
DKG_MUST_USE dkg_status dkg_writer_write(dkg_writer *w, dkg_bytes bytes, dkg_error *err);
/* Everything is in the file, which is still without its name. */
DKG_MUST_USE dkg_status dkg_writer_finish(dkg_writer *w, dkg_error *err);
DKG_MUST_USE dkg_status dkg_writer_commit(dkg_writer *w, dkg_error *err);
void dkg_writer_discard(dkg_writer *w); /* also of a zeroed or a committed one */

#endif
