/* OUTPUT/index.tsv: which volumes the data set has. It travels with them; signed, it shows swapped, missing, added and older ones. */
#ifndef DKG_BATCH_INDEX_H
#define DKG_BATCH_INDEX_H

#include "dkg/base.h"

typedef struct dkg_index_line {
    char *path; /* below the output folder */
    char volume_id[65], carrier_digest[65];
    uint64_t epoch;
    bool seen; /* for who compares */
} dkg_index_line;

typedef struct dkg_index {
    dkg_index_line *lines; /* in the order of their paths */
    size_t count, capacity;
} dkg_index;

/* Takes a copy of `line`. False when memory is out. */
DKG_MUST_USE bool dkg_index_add(dkg_index *index, const dkg_index_line *line);
/* Writes index.tsv and, with a key (64 bytes, Ed25519), index.tsv.sig over its bytes: the signature and the signer's text. */
DKG_MUST_USE dkg_status dkg_index_write(const char *folder, const dkg_index *index, const uint8_t *signing_key, dkg_error *err);
/* *there: false when the folder has none. signers: if any, one of them must have signed (DKG_POLICY). DKG_FOREIGN: malformed;
 * DKG_ENVELOPE: a signature that does not verify. */
DKG_MUST_USE dkg_status dkg_index_read(const char *folder, const uint8_t (*signers)[32], size_t signer_count, dkg_index *out, bool *there,
                                       dkg_error *err);
dkg_index_line *dkg_index_find(const dkg_index *index, const char *path);
void dkg_index_free(dkg_index *index);

#endif
