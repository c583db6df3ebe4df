/* Encrypted volumes for tests: sources, keys, and the ways there and back with a fake generator. */
#ifndef DKG_TEST_VOLUME_H
#define DKG_TEST_VOLUME_H

#include "dkg/cipher.h"
#include "fake_engine.h"

const dkg_model *volume_model(void);             /* n = 16, seed 0x01... */
const dkg_identity *volume_identity(void);
const dkg_recipient *volume_recipient(void);     /* of that identity */
const dkg_keyfile *volume_keyfile(void);         /* for that model, one per process */
fake_engine *volume_engine(void);                /* batch 4, one per process */

/* A source of pattern data with a 352-byte head; static memory per seed is not shared: free with source_free(). */
dkg_source *source_make(uint16_t datatype, uint16_t bpv, uint64_t nx, uint64_t ny, uint64_t slices, uint64_t seed);
void source_free(dkg_source *source);

/* Hybrid mode for volume_recipient() with volume_engine(); change what the test is about. Paper mode needs locks of its own. */
dkg_encrypt_options options_make(dkg_mode mode);
dkg_carrier *encrypt_with(const dkg_source *source, const dkg_encrypt_options *options); /* must succeed */
dkg_carrier *encrypt_simply(const dkg_source *source, dkg_mode mode);

/* The carrier as a file that no one touched. */
dkg_stored stored_of(const dkg_carrier *carrier);

typedef struct opened {
    dkg_status status;
    dkg_error err;
    dkg_public_info info;  /* if it was located */
    bool located;
    dkg_sealed *sealed;
    dkg_plain *plain;
} opened;
/* Locate, unlock with identity and key file, decrypt everything. Always opened_free() it. */
opened open_stored(const dkg_stored *stored);
opened open_salvage(const dkg_stored *stored);
void opened_free(opened *o);
/* Exactly the source: data, head, tail. */
bool opened_equals(const opened *o, const dkg_source *source);

/* A log that keeps what it was told. */
typedef struct heard {
    dkg_log log;
    unsigned warnings, reports;
    double last;
    char text[1024];
    unsigned stop_at; /* cancel at that report; 0: never */
} heard;
void heard_make(heard *h);

#endif
