/* planes.c - the summary that encryption reports: entropy of bytes, adjacent correlation of samples. */
#include <math.h>

#include "dkg/metrics.h"

static double entropy(const uint64_t count[256])
{
    uint64_t n = 0;
    double sum = 0;
    for (size_t v = 0; v < 256; v++) {
        n += count[v];
        if (count[v]) sum += (double)count[v] * log2((double)count[v]);
    }
    return log2((double)n) - sum / (double)n;
}

static double value(const dkg_metric_list *rows, const char *name) { return dkg_metric_find(rows, name, rows->at[0].part, -1)->value; }

dkg_status dkg_measure_planes(const uint8_t *samples, uint32_t nx, uint32_t ny, uint64_t planes, uint8_t sample_bytes,
                              unsigned threads, dkg_plane_metrics *out, dkg_error *err)
{
    const double none = (double)NAN;
    *out = (dkg_plane_metrics){none, none, none, none, none};
    if (planes >> 32 || (uint64_t)nx * ny >> 30 || (uint64_t)nx * ny * planes >> 32) return DKG_OK; /* see the header */
    dkg_measure_options options = {.shape = {nx, ny, planes, sample_bytes, (uint8_t)(8 * sample_bytes), 1},
                                   .what = DKG_MEASURE_COUNTS | DKG_MEASURE_NEIGHBOURS,
                                   .threads = threads};
    dkg_measure *m = NULL;
    dkg_metric_list rows = {0};
    uint64_t bytes[256] = {0};
    dkg_status status = dkg_measure_begin(&options, &m, err);
    if (status == DKG_OK) status = dkg_measure_add(m, samples, planes, err);
    if (status == DKG_OK) status = dkg_measure_finish(m, &rows, err);
    if (status != DKG_OK) goto done;
    for (unsigned part = sample_bytes - 1; part < 2u * sample_bytes - 1; part++) {
        size_t bins;
        const uint64_t *h = dkg_measure_histogram(m, part, &bins);
        for (size_t v = 0; v < 256; v++) bytes[v] += h[v];
    }
    out->entropy = entropy(bytes);
    out->entropy_expected = dkg_entropy_interval(8, (uint64_t)nx * ny * planes * sample_bytes, 0.01).mean;
    out->horizontal = value(&rows, "correlationHorizontal");
    out->vertical = value(&rows, "correlationVertical");
    out->diagonal = value(&rows, "correlationDiagonal");
done:
    dkg_metric_list_free(&rows);
    dkg_measure_free(m);
    return status;
}
