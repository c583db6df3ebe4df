/* cipher/plan.h - what an encryption is going to make, decided and refused before any work (docs/volume-format.md, sections 3,
 * 9, 13 and 14). */
#ifndef DKG_CIPHER_PLAN_H
#define DKG_CIPHER_PLAN_H

#include "cipher/envelope.h"

typedef struct dkg_plan {
    dkg_shape shape;
    uint16_t datatype; /* of the core: 0 in stream layout */
    uint32_t flags;
} dkg_plan;

/* Checks source and options and chooses the shape. DKG_SOURCE: sizes that do not agree; DKG_USAGE: options that do not belong
 * together; DKG_POLICY: limits of the format, a tanh model in hybrid mode. */
DKG_MUST_USE dkg_status dkg_plan_make(const dkg_source *source, const dkg_encrypt_options *options, dkg_plan *out, dkg_error *err);
/* DKG_POLICY when a carrier with an envelope of `envelope` bytes has a dimension NIfTI-1 cannot hold; names both ways out. */
DKG_MUST_USE dkg_status dkg_plan_check_planes(const dkg_plan *plan, uint64_t envelope, bool nifti2, dkg_error *err);

#endif
