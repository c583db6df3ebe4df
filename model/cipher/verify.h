/* cipher/verify.h - the check of a finished encryption, before anyone gets it. */
#ifndef DKG_CIPHER_VERIFY_H
#define DKG_CIPHER_VERIFY_H

#include "cipher/keystream.h"
#include "cipher/sealed.h"

/* Reads both copies of the envelope and the trailer back from the slab, checks every tag, and makes the keys of the first, the
 * last and a random slice (or of all) again with options->check_engine; fills in the cross-check members of the carrier.
 * stream: as it made the keys. DKG_GENERATOR: the check engine disagrees; DKG_INTERNAL: anything else. */
DKG_MUST_USE dkg_status dkg_verify(dkg_carrier *carrier, const dkg_source *source, const dkg_encrypt_options *options,
                                   const dkg_keystream *stream, const uint8_t *aead, dkg_error *err);

#endif
