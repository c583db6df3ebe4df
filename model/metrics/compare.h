/* metrics/compare.h - sums over two arrays, and the rows made of them. */
#ifndef DKG_METRICS_COMPARE_H
#define DKG_METRICS_COMPARE_H

#include "metrics/tally.h"

typedef struct dkg_difference {
    uint64_t n, equal;
    uint64_t absolute, squares; /* sums of |a - b| and (a - b)^2 */
    uint64_t hamming;           /* bits */
} dkg_difference;
/* All but hamming; squares only on request. */
void dkg_difference_add(dkg_difference *d, const uint16_t *a, const uint16_t *b, size_t n, bool squares);

typedef struct dkg_compared {
    dkg_difference part[3];
    uint64_t *histogram;       /* of the first array, where the second is expected to be uniform */
    double ssim, ssim_control; /* means over planes, NaN: none */
} dkg_compared;
/* Whether the second array of such a pair is a cipher, or noise, and the first an image. */
bool dkg_pair_expects_uniform(dkg_pair pair);
DKG_MUST_USE dkg_status dkg_compare_rows(const dkg_compare_options *options, const dkg_part *parts, unsigned part_count,
                                         bool similarity, const dkg_compared *sums, dkg_metric_list *rows, dkg_error *err);

#endif
