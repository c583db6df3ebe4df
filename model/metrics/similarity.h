/* metrics/similarity.h - mean structural similarity, SSIM (Wang et al. 2004; docs/metrics.md, section 6). */
#ifndef DKG_METRICS_SIMILARITY_H
#define DKG_METRICS_SIMILARITY_H

#include "dkg/base.h"

enum { DKG_SSIM_SIDE = 11 };

/* Numbers of scratch memory for rows of nx samples. */
size_t dkg_similarity_scratch(uint32_t nx);
/* Means over all windows that lie within the plane of a against b, and of a against c when c is not NULL. nx, ny >= 11.
 * most: F, the dynamic range. */
void dkg_similarity(const uint16_t *a, const uint16_t *b, const uint16_t *c, uint32_t nx, uint32_t ny, double most, double *scratch,
                    double *against_b, double *against_c);

#endif
