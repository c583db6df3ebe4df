/* cipher/carrier.h - making a carrier: cipher planes, slab, extension (docs/volume-format.md, sections 3, 4 and 9). */
#ifndef DKG_CIPHER_CARRIER_H
#define DKG_CIPHER_CARRIER_H

#include "cipher/envelope.h"

/* A zeroed carrier with room for the cipher planes and the slab of an envelope of `envelope` bytes. DKG_NO_MEMORY. */
DKG_MUST_USE dkg_status dkg_carrier_new(const dkg_shape *shape, uint64_t envelope, dkg_carrier **out, dkg_error *err);
/* Puts the finished envelope into the slab and the extension, and describes the carrier. `slots`: of types 1..3. */
DKG_MUST_USE dkg_status dkg_carrier_close(dkg_carrier *carrier, const dkg_envelope *envelope, uint32_t slots, dkg_error *err);

#endif
