/* head.h - from the sums of the last layer to key bytes (generator.md section 2, step 5). */
#ifndef DKG_NETWORK_HEAD_H
#define DKG_NETWORK_HEAD_H

#include "dkg/model.h"

/* Key bytes of `count` pixels of one colour: key[3 * i] from sums[i]. */
void dkg_head_apply(const dkg_model *model, const int32_t *sums, size_t count, uint8_t *key);

#endif
