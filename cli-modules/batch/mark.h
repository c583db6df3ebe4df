/* X.dkg.nii -> X.dkg.json: the mark that X is done, written last, and what anyone may know of it. */
#ifndef DKG_BATCH_MARK_H
#define DKG_BATCH_MARK_H

#include "dkg/cipher.h"

typedef struct dkg_mark {
    char version[16];        /* of the program */
    char volume_id[65];      /* hex */
    char mode[24];
    char parameters[65];     /* dkg_plan.parameters */
    char carrier_digest[65]; /* BLAKE2b-256 of the carrier's bytes as written, before any program moved them */
    char sha256[65];         /* of the file */
    uint64_t epoch;          /* of the volume's keys */
    uint64_t bytes;          /* of the file */
} dkg_mark;

/* "x.dkg.nii" -> "x.dkg.json", free() it; NULL when memory is out. */
char *dkg_mark_path(const char *output);
DKG_MUST_USE dkg_status dkg_mark_write(const char *path, const dkg_mark *mark, dkg_error *err);
/* DKG_IO: not there; DKG_FOREIGN: no mark of this kind. */
DKG_MUST_USE dkg_status dkg_mark_read(const char *path, dkg_mark *out, dkg_error *err);
/* The mark's size and SHA-256 are the file's. DKG_DAMAGED when they are not, DKG_IO when the file cannot be read. */
DKG_MUST_USE dkg_status dkg_mark_check(const dkg_mark *mark, const char *file, dkg_error *err);

#endif
