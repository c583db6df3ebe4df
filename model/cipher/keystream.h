/* cipher/keystream.h - the generator's key stream G_z of slices, made in batches (docs/volume-format.md, section 6). */
#ifndef DKG_CIPHER_KEYSTREAM_H
#define DKG_CIPHER_KEYSTREAM_H

#include "dkg/cipher.h"

/* Gets the next n bytes of G of slice number i of the list, at `offset` in the slice; `rows` of the whole block at key. Called
 * in order of offset within a slice, at the same time for different slices. */
typedef void (*dkg_keystream_sink)(void *self, size_t i, uint64_t offset, const uint8_t *key, size_t n, uint32_t rows);

typedef struct dkg_keystream {
    dkg_engine *engine;
    const uint8_t *gen;     /* k_gen, 32 bytes; NULL: the fixed image of paper mode */
    const uint8_t *initial; /* I0, or NULL for zeros */
    const uint8_t *gcheck;  /* k_gcheck, 32 bytes; NULL: no gcheck (paper mode) */
    uint64_t slice;         /* L */
    bool paper;
    unsigned threads;
    dkg_keystream_sink sink; /* NULL: only the gchecks are wanted */
    void *self;
    const dkg_log *log;
    const char *stage;      /* what the log is told, with fractions from..to */
    double from, to;
} dkg_keystream;

/* Makes G of the slices list[0..count-1]; gcheck_z of the i-th goes to checks + 16 * i (NULL without gcheck). A status of the
 * engine, DKG_NO_MEMORY, DKG_CANCELLED. */
DKG_MUST_USE dkg_status dkg_keystream_run(const dkg_keystream *stream, const uint32_t *list, size_t count, uint8_t *checks,
                                          dkg_error *err);

#endif
