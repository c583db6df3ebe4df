/* planes.c - the summary that encryption reports: entropy of bytes, adjacent correlation of samples. It must not be felt beside
 * an encryption, so that it counts no more than that. */
#include <stdlib.h>

#include "metrics/measure.h"

static double entropy(const uint64_t count[256])
{
    dkg_count_sums s = {0};
    for (size_t v = 0; v < 256; v++) dkg_counts_take(&s, count[v], count[v] ? (double)count[v] * log2((double)count[v]) : 0);
    return dkg_counts_entropy(&s);
}

/* The whole is counted in pieces that threads take; each has every PIECES-th plane. */
enum { PIECES = 64 };

typedef struct piece {
    uint64_t bytes[256];
    dkg_tally tally;
    bool failed; /* for want of memory */
} piece;

typedef struct counting {
    const uint8_t *samples;
    dkg_shape shape;
    piece *pieces;
} counting;

static void count_piece(void *self, size_t at)
{
    const counting *c = self;
    piece *p = &c->pieces[at];
    const size_t n = dkg_plane_samples(&c->shape), size = n * c->shape.sample_bytes;
    uint16_t *plane = dkg_calloc(n, sizeof *plane);
    p->failed = !plane;
    if (p->failed) return;
    for (uint64_t z = at; z < c->shape.planes; z += PIECES) {
        const uint8_t *from = c->samples + z * size;
        for (size_t i = 0; i < size; i++) p->bytes[from[i]]++;
        (void)dkg_samples_read(from, n, &c->shape, plane); /* words of 16 bits are always in range */
        dkg_tally_plane(&p->tally, NULL, plane, NULL, &c->shape, c->shape.bits, DKG_MEASURE_NEIGHBOURS, false);
    }
    free(plane);
}

dkg_status dkg_measure_planes(const uint8_t *samples, uint32_t nx, uint32_t ny, uint64_t planes, uint8_t sample_bytes,
                              unsigned threads, dkg_plane_metrics *out, dkg_error *err)
{
    const double none = (double)NAN;
    *out = (dkg_plane_metrics){none, none, none, none, none};
    if (planes >> 32 || (uint64_t)nx * ny >> 30 || (uint64_t)nx * ny * planes >> 32) return DKG_OK; /* see the header */
    counting c = {.samples = samples, .shape = {nx, ny, planes, sample_bytes, (uint8_t)(8 * sample_bytes), 1}};
    const size_t pieces = planes < PIECES ? (size_t)planes : PIECES;
    double alpha = 0;
    dkg_status status = dkg_check_shape(&c.shape, &alpha, err);
    if (status != DKG_OK) return status;
    c.pieces = dkg_calloc(pieces, sizeof *c.pieces);
    if (!c.pieces) return dkg_fail(err, DKG_NO_MEMORY, "no memory to measure %llu planes", (unsigned long long)planes);
    dkg_parallel(threads, pieces, count_piece, &c);
    piece *all = &c.pieces[0];
    for (size_t i = 1; i < pieces; i++) {
        dkg_tally_add(&all->tally, &c.pieces[i].tally);
        for (size_t v = 0; v < 256; v++) all->bytes[v] += c.pieces[i].bytes[v];
        all->failed = all->failed || c.pieces[i].failed;
    }
    if (all->failed) {
        status = dkg_fail(err, DKG_NO_MEMORY, "no memory for planes of %u x %u samples", nx, ny);
        goto done;
    }
    out->entropy = entropy(all->bytes);
    out->entropy_expected = dkg_entropy_interval(8, (uint64_t)nx * ny * planes * sample_bytes, 0.01).mean;
    out->horizontal = dkg_pair_sums_r(&all->tally.pairs[DKG_HORIZONTAL]);
    out->vertical = dkg_pair_sums_r(&all->tally.pairs[DKG_VERTICAL]);
    out->diagonal = dkg_pair_sums_r(&all->tally.pairs[DKG_DIAGONAL]);
done:
    free(c.pieces);
    return status;
}
