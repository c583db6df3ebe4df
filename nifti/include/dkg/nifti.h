/* dkg/nifti.h - NIfTI volumes in and out, byte for byte. Header checks of our own come first, libnifti2 interprets, voxels
 * are never converted. NIfTI-1 and -2, .nii, .nii.gz, .hdr/.img pairs, both byte orders, every datatype. */
#ifndef DKG_NIFTI_H
#define DKG_NIFTI_H

#include "dkg/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a header says. Filled from our own bounded check plus libnifti2's interpretation. */
typedef struct dkg_nifti_header {
    uint8_t version;       /* 1 or 2 */
    bool pair;             /* .hdr/.img */
    bool big_endian;
    uint16_t datatype;     /* NIfTI code */
    uint16_t bpv;          /* bytes per voxel, from the datatype alone (volume-format section 3) */
    uint32_t rank;         /* dim[0], 1..7 */
    uint64_t dim[8];       /* dim[1..rank] >= 1, the rest 1; dim[0] = rank */
    uint64_t voxels;       /* product of dim */
    uint64_t data_offset;  /* of the voxels in their file */
    double slope, inter;   /* as stored, may be NaN or infinite */
    /* geometry, for the carrier's header and for pictures */
    double pixdim[8];      /* pixdim[0] = qfac (-1 or 1); 1..rank as libnifti2 reads them: 0 and NaN become 1 */
    uint8_t xyzt_units;
    int16_t qform_code, sform_code; /* 0 where the stored one is negative */
    double quatern[3], qoffset[3];  /* as stored, may be NaN or infinite */
    double srow[3][4];              /* as stored, may be NaN or infinite */
    double to_world[3][4]; /* voxel (i, j, k, 1) to x right, y anterior, z superior as libnifti2 reads it: sform, else qform,
                            * else spacing alone */
    bool has_text;         /* descrip, db_name, aux_file or intent_name is not empty; in a volume also: a byte other than zero
                            * outside header and voxels (extensions, gap, TAIL) */
} dkg_nifti_header;

/* A volume as it lies in its file or files, after gunzip: head | data | tail, or for pairs head (.hdr) and
 * image_head | data | tail (.img). All parts point into memory the volume owns. */
typedef struct dkg_volume {
    dkg_nifti_header header;
    bool gzipped;          /* the file with the header was gzipped */
    dkg_bytes head, image_head, data, tail;
    char name[256];        /* file name without folders; empty for dkg_volume_parse() */
    void *owned[2];
} dkg_volume;

/* Reads a volume. `path` may name a .nii, .nii.gz, or any file of a .hdr/.img pair. gzip is seen by the first bytes, for .img
 * by the name. `max`: most bytes after gunzip (0: 1/2 of the memory of the machine). DKG_SOURCE with one sentence for everything
 * volume-format section 16 lists, for more than 64 MiB before or 1 MiB after the voxels, DKG_IO when a file cannot be read. */
DKG_MUST_USE dkg_status dkg_volume_read(const char *path, uint64_t max, dkg_volume **out, dkg_error *err);
/* The same from memory, for fuzzing and for rebuilding from sealed metadata: `head_file` is a whole .nii or a .hdr, `image_file`
 * NULL or the .img. Bytes are copied. */
DKG_MUST_USE dkg_status dkg_volume_parse(dkg_bytes head_file, const dkg_bytes *image_file, dkg_volume **out, dkg_error *err);
void dkg_volume_free(dkg_volume *volume);

/* Checks and interprets a header alone; `bytes` may be longer, whether the voxels are there is not checked. DKG_SOURCE. */
DKG_MUST_USE dkg_status dkg_nifti_header_parse(const uint8_t *bytes, size_t size, dkg_nifti_header *out, dkg_error *err);

/* Writes head | data | tail to a .nii or .nii.gz, or a pair to .hdr(.gz) and .img(.gz) beside it; atomic, with the flags
 * of dkg_output_open(). The name must fit the kind (DKG_USAGE): a pair goes to .hdr, a single file to .nii. */
DKG_MUST_USE dkg_status dkg_volume_write(const char *path, unsigned flags, bool pair, dkg_bytes head, dkg_bytes image_head,
                                         dkg_bytes data, dkg_bytes tail, dkg_error *err);
/* Writes a part as a single .nii(.gz): the source's header with dim[1..rank] kept and the rest 1, without extensions. data:
 * exactly the voxels of that shape. `head` and `header` as of dkg_volume. */
DKG_MUST_USE dkg_status dkg_volume_write_part(const char *path, unsigned flags, dkg_bytes head, const dkg_nifti_header *header,
                                              uint32_t rank, dkg_bytes data, dkg_error *err);
/* Writes a new little-endian NIfTI-1 .nii(.gz) with voxels of 1 mm and no orientation. dim: `rank` sizes, 1..32767. */
DKG_MUST_USE dkg_status dkg_volume_write_new(const char *path, unsigned flags, uint16_t datatype, uint32_t rank, const uint64_t *dim,
                                             dkg_bytes data, dkg_error *err);
/* Empties in memory what has_text speaks of: text fields, extensions, gap and TAIL. The voxels keep their offset. */
void dkg_volume_strip_text(dkg_volume *volume);
/* The .img name that belongs to a .hdr name (and .gz to .gz); free() it. NULL when path is no .hdr name or memory is out. */
char *dkg_image_name(const char *path);

/* ---- carriers: encrypted volumes as images (volume-format sections 9 and 10.1) ------------------------------------------- */
typedef enum dkg_geometry { DKG_GEOMETRY_KEEP, DKG_GEOMETRY_SPACING, DKG_GEOMETRY_STRIP } dkg_geometry;

typedef struct dkg_carrier_file {
    uint32_t nx, ny, planes;
    uint8_t carrier_bytes;          /* 1: uint8, 2: uint16 */
    uint32_t planes_per_slice;      /* P: the third spacing and axis are divided by it */
    bool paper;                     /* the descrip that warns */
    bool nifti2;
    dkg_geometry geometry;
    const dkg_nifti_header *source; /* geometry to keep; NULL: none */
    dkg_bytes extension;            /* text of the ecode 6 extension without padding; empty: none */
    dkg_bytes voxels;               /* nx * ny * planes * carrier_bytes */
} dkg_carrier_file;

/* Writes a carrier to .nii or .nii.gz (other names: DKG_USAGE), atomically; flags of dkg_output_open(). DKG_POLICY when a dimension exceeds 32767 and nifti2 is false, naming both ways out. */
DKG_MUST_USE dkg_status dkg_carrier_write(const char *path, unsigned flags, const dkg_carrier_file *carrier, dkg_error *err);

/* A stored image that may hold a carrier, also after other programs rewrote it. */
typedef struct dkg_stored_image {
    dkg_nifti_header header;
    dkg_bytes voxels;      /* as stored, header.bpv bytes each, header.big_endian; always header.voxels * header.bpv bytes */
    uint64_t missing;      /* bytes of them that the file, cut short, lacks at its end: zero in voxels */
    dkg_bytes extension;   /* text, without padding, of the first ecode 6 extension that starts with {"format":"DKG1", else empty */
    void *owned;
} dkg_stored_image;
/* Reads as dkg_volume_read(), but also a file that lacks up to two thirds of its voxels or goes on after them. DKG_FOREIGN when
 * the file is no numeric scalar NIfTI image with dim[4..7] = 1, DKG_IO when it cannot be read. */
DKG_MUST_USE dkg_status dkg_stored_read(const char *path, uint64_t max, dkg_stored_image **out, dkg_error *err);
void dkg_stored_free(dkg_stored_image *image);

#ifdef __cplusplus
}
#endif
#endif
