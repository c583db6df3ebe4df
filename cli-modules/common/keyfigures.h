/* What keys look like, in a few numbers. */
#ifndef DKG_CLI_KEYFIGURES_H
#define DKG_CLI_KEYFIGURES_H

#include "dkg/base.h"

typedef struct dkg_key_figures {
    double entropy;                 /* of all bytes together */
    double chi_square, correlation; /* the largest of any key, the correlation without its sign */
    bool good;                      /* every key passes the self-test */
} dkg_key_figures;

/* Of `count` keys of DKG_KEY_BYTES, one after another. threads: 0 = all. */
DKG_MUST_USE dkg_status dkg_key_figures_of(const uint8_t *keys, size_t count, unsigned threads, dkg_key_figures *out, dkg_error *err);
#endif
