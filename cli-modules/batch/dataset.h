/* What lies in a folder of volumes: every file, which of them are volumes, and where each goes. */
#ifndef DKG_BATCH_DATASET_H
#define DKG_BATCH_DATASET_H

#include "dkg/base.h"

typedef enum dkg_layout { DKG_LAYOUT_TREE, DKG_LAYOUT_BIDS, DKG_LAYOUT_BRATS } dkg_layout;
const char *dkg_layout_name(dkg_layout layout); /* "tree", "bids", "brats" */

typedef struct dkg_entry {
    char *path;          /* below the source folder, with '/' */
    char *output;        /* below the output folder */
    char subject[64];    /* "sub-01", "BraTS20_Training_001"; the first folder in a tree, or "" */
    char modality[32];   /* "T1w", "flair", "seg"; "" when the name does not say */
    bool volume;         /* NIfTI by its name; else another file, which is sealed whole */
    bool odd;            /* recognised although its name breaks the layout's pattern */
    bool empty;          /* nothing to encrypt */
    bool second;         /* of a pair: goes with its .hdr */
    uint64_t bytes;
    uint8_t sha256[32];
    uint32_t shard;      /* 1..shards */
} dkg_entry;

typedef struct dkg_dataset {
    dkg_layout layout;
    dkg_entry *entries;  /* in the order of their paths, byte by byte */
    size_t count, capacity;
} dkg_dataset;

/* What a path says by itself: subject, modality, whether it is a volume, and its output name. False when memory is out. */
DKG_MUST_USE bool dkg_entry_describe(dkg_entry *entry, dkg_layout layout);
/* The layout of a list of paths: BIDS by a folder sub-*, BraTS by folders of its cases, else a tree. */
dkg_layout dkg_layout_guess(char *const *paths, size_t count);

typedef struct dkg_scan_options {
    const char *layout;             /* "auto", or a name */
    const char *include, *exclude;  /* glob over the path below the source folder; NULL: all, none */
    bool rename;                    /* outputs are "v000001.dkg.nii" ...; names lie in the sealed metadata */
} dkg_scan_options;
/* Lists a folder. Hidden files and folders are left out, links to folders are not followed, the .img of a pair goes with its .hdr.
 * DKG_IO; DKG_USAGE: nothing there, or two files with one output name. Free with dkg_dataset_free(). */
DKG_MUST_USE dkg_status dkg_dataset_scan(const char *folder, const dkg_scan_options *options, dkg_dataset *out, dkg_error *err);
/* Deals the entries to `shards` parts of about equal bytes; files of one subject stay together. */
void dkg_dataset_deal(dkg_dataset *dataset, uint32_t shards);
/* Frees and leaves out the entries that are not wanted. */
void dkg_dataset_keep(dkg_dataset *dataset, bool (*wanted)(void *self, const dkg_entry *entry), void *self);
void dkg_dataset_free(dkg_dataset *dataset);

/* "<folder>/<path>", free() it; NULL when memory is out. */
char *dkg_path_join(const char *folder, const char *path);
/* Makes the folders above a file. DKG_IO. */
DKG_MUST_USE dkg_status dkg_make_folders(const char *file, dkg_error *err);
/* SHA-256 and size of a file, of a .hdr/.img pair (by its .hdr) of both files one after the other. DKG_IO. */
DKG_MUST_USE dkg_status dkg_source_sha256(const char *path, uint8_t out[32], uint64_t *bytes, dkg_error *err);

#endif
