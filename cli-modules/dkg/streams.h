/* Endless byte streams for tests of randomness: the key generator, hybrid mode, controls, and one that is bad on purpose. */
#ifndef DKG_CLI_STREAMS_H
#define DKG_CLI_STREAMS_H

#include "dkg/base.h"

enum { DKG_STREAM_BLOCK = 196608 }; /* bytes: one key image */

typedef struct dkg_stream dkg_stream;
/* name: "generator" (images of the network), "hybrid" (ciphertext of zeros), a control ("xchacha20", "rand", "mt19937"), or
 * "counter" (64-bit numbers upwards, which every battery must find). Fresh secrets in every run, never used for a volume.
 * model_file NULL: the model shipped. DKG_USAGE: another name; a status of model or engine. */
DKG_MUST_USE dkg_status dkg_stream_open(const char *name, const char *model_file, const char *device, unsigned threads,
                                        const dkg_log *log, dkg_stream **out, dkg_error *err);
/* The next block. */
DKG_MUST_USE dkg_status dkg_stream_next(dkg_stream *s, uint8_t out[DKG_STREAM_BLOCK], dkg_error *err);
const char *dkg_stream_device(const dkg_stream *s); /* "" when no network is run */
void dkg_stream_close(dkg_stream *s);
#endif
