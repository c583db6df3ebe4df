#include "metrics/blocks.h"

#include <math.h>
#include <sodium.h>

dkg_blocks dkg_blocks_draw(uint32_t nx, uint32_t ny, uint64_t planes, const uint8_t seed[32])
{
    uint64_t across = nx / DKG_LOCAL_SIDE, per_plane = across * (ny / DKG_LOCAL_SIDE), cells = per_plane * planes;
    uint64_t cell[DKG_LOCAL_BLOCKS];
    uint8_t random[8 * DKG_LOCAL_BLOCKS];
    dkg_blocks b = {.count = cells < DKG_LOCAL_BLOCKS ? (uint32_t)cells : DKG_LOCAL_BLOCKS};
    randombytes_buf_deterministic(random, sizeof random, seed);
    /* Floyd's sampling: each set of cells is as likely as any other, and every draw succeeds. A remainder of 64 random bits is
     * even enough for fewer than 2^32 cells. */
    for (uint32_t i = 0; i < b.count; i++) {
        uint64_t last = cells - b.count + i, drawn = dkg_load64(random + 8 * i) % (last + 1);
        for (uint32_t k = 0; k < i; k++)
            if (cell[k] == drawn) {
                drawn = last;
                break;
            }
        cell[i] = drawn;
        uint64_t in_plane = drawn % per_plane;
        b.at[i] = (dkg_block){drawn / per_plane, (uint32_t)(in_plane % across) * DKG_LOCAL_SIDE,
                              (uint32_t)(in_plane / across) * DKG_LOCAL_SIDE};
    }
    return b;
}

double dkg_block_entropy(const uint16_t *plane, uint32_t nx, dkg_block block)
{
    uint32_t seen[256] = {0};
    double sum = 0;
    for (size_t y = 0; y < DKG_LOCAL_SIDE; y++)
        for (size_t x = 0; x < DKG_LOCAL_SIDE; x++) seen[plane[(block.y + y) * nx + block.x + x]]++;
    for (size_t v = 0; v < 256; v++)
        if (seen[v]) sum += seen[v] * log2(seen[v]);
    return log2(DKG_LOCAL_SAMPLES) - sum / DKG_LOCAL_SAMPLES;
}
