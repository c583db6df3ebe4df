/* metrics/blocks.h - the blocks of local Shannon entropy (docs/metrics.md, section 3). */
#ifndef DKG_METRICS_BLOCKS_H
#define DKG_METRICS_BLOCKS_H

#include "dkg/metrics.h"

/* Aligned cells of 44x44 samples, all different, drawn from a seed. */
typedef struct dkg_block { uint64_t plane; uint32_t x, y; } dkg_block;
typedef struct dkg_blocks {
    uint32_t count; /* DKG_LOCAL_BLOCKS, or all cells there are */
    dkg_block at[DKG_LOCAL_BLOCKS];
} dkg_blocks;
dkg_blocks dkg_blocks_draw(uint32_t nx, uint32_t ny, uint64_t planes, const uint8_t seed[32]);
/* Entropy of one block of 8-bit samples. */
double dkg_block_entropy(const uint16_t *plane, uint32_t nx, dkg_block block);

#endif
