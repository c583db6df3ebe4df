/* cipher/extension.h - the spare copy of the envelope in the header extension (docs/volume-format.md, section 9). */
#ifndef DKG_CIPHER_EXTENSION_H
#define DKG_CIPHER_EXTENSION_H

#include "cipher/envelope.h"

enum { DKG_EXTENSION_ENVELOPE_MAX = 6 << 20 }; /* a larger envelope is left out */

/* The JSON line, with a NUL that *size does not count; freed with free(). NULL when memory is out. */
char *dkg_extension_write(const dkg_envelope *envelope, uint64_t planes, size_t *size);
/* The envelope's bytes in such a text, freed with free(); NULL when there are none. Nothing in them is checked. */
uint8_t *dkg_extension_envelope(dkg_bytes text, size_t *size);

#endif
