/* dkg/metrics.h - how random an encrypted volume looks. Passing is necessary, not sufficient: an insecure generator passes too;
 * the security of hybrid mode rests on XChaCha20-Poly1305 alone. Formulas: docs/metrics.md, sections 3 and 4. */
#ifndef DKG_METRICS_H
#define DKG_METRICS_H

#include "dkg/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dkg_plane_metrics {
    double entropy;          /* Shannon entropy of the bytes, bits per byte */
    double entropy_expected; /* of an ideal source of as many bytes (first order in 1/n; n >> 256) */
    /* Adjacent correlation of samples (uint8 or little-endian uint16) over all pairs within a plane; NaN when undefined. */
    double horizontal, vertical, diagonal;
} dkg_plane_metrics;

/* Measures `planes` planes of ny rows of nx samples of sample_bytes (1 or 2) bytes. The result does not depend on threads. */
DKG_MUST_USE dkg_status dkg_measure_planes(const uint8_t *samples, uint32_t nx, uint32_t ny, uint64_t planes, uint8_t sample_bytes,
                                           unsigned threads, dkg_plane_metrics *out, dkg_error *err);

#ifdef __cplusplus
}
#endif
#endif
