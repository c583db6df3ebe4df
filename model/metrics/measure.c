/* measure.c - planes in, sums out. Planes of a batch are counted at once, each in its own slot, then added in their order. */
#include "metrics/measure.h"

#include <stdlib.h>
#include <string.h>

struct dkg_slot {
    uint16_t *samples, *before;           /* the plane and the one before it */
    uint16_t *part_samples, *part_before; /* one part of them */
    void *scratch;
    bool too_large; /* a sample above 2^bits - 1 */
    bool in_spectrum;
    struct slot_part {
        dkg_tally tally;
        uint32_t *histogram;
        double *power;
        dkg_slice_metrics slice;
    } part[3];
};

typedef struct batch {
    dkg_measure *m;
    const uint8_t *planes;
} batch;

/* At most DKG_SPECTRUM_PLANES planes, spread evenly. */
static bool chosen(uint64_t z, uint64_t planes)
{
    if (planes <= DKG_SPECTRUM_PLANES) return true;
    uint64_t j = (z * DKG_SPECTRUM_PLANES + planes - 1) / planes;
    return j * planes / DKG_SPECTRUM_PLANES == z;
}

static double r_and_p(const dkg_pair_sums *s, double *p)
{
    double r = dkg_pair_sums_r(s);
    *p = dkg_two_sided(r / dkg_correlation_interval(s->n, 0.01).deviation);
    return r;
}

/* Four sums side by side: each waits for itself alone. bins is a multiple of 4. */
static dkg_count_sums sum_counts(const uint32_t *histogram, size_t bins, const double *count_logs)
{
    dkg_count_sums sums[4] = {{0, 0, 0}};
    for (size_t v = 0; v < bins; v += 4)
        for (size_t i = 0; i < 4; i++) dkg_counts_take(&sums[i], histogram[v + i], dkg_count_log(count_logs, histogram[v + i]));
    for (size_t i = 1; i < 4; i++) {
        sums[0].n += sums[i].n;
        sums[0].squares += sums[i].squares;
        sums[0].logs += sums[i].logs;
    }
    return sums[0];
}

static dkg_slice_metrics describe(const dkg_measure *m, const struct slot_part *s, dkg_part part, uint64_t z)
{
    dkg_slice_metrics slice = {.plane = z, .part = part.name, .bits = (uint8_t)part.bits, .n = s->tally.samples,
                               .entropy = (double)NAN, .chi_square = (double)NAN, .chi_square_p = (double)NAN};
    if (m->options.what & DKG_MEASURE_COUNTS) {
        dkg_count_sums sums = sum_counts(s->histogram, (size_t)1 << part.bits, m->count_logs);
        slice.entropy = dkg_counts_entropy(&sums);
        slice.chi_square = dkg_counts_chi_square(&sums, part.bits);
        if (dkg_counts_suffice(sums.n, part.bits))
            slice.chi_square_p = dkg_chi_square_tail(slice.chi_square, ldexp(1, (int)part.bits) - 1);
    }
    slice.horizontal = r_and_p(&s->tally.pairs[DKG_HORIZONTAL], &slice.horizontal_p);
    slice.vertical = r_and_p(&s->tally.pairs[DKG_VERTICAL], &slice.vertical_p);
    slice.diagonal = r_and_p(&s->tally.pairs[DKG_DIAGONAL], &slice.diagonal_p);
    return slice;
}

static void count_plane(void *context, size_t i)
{
    const batch *b = context;
    dkg_measure *m = b->m;
    const dkg_measure_options *o = &m->options;
    dkg_slot *slot = &m->slots[i];
    size_t n = dkg_plane_samples(&o->shape), bytes = n * o->shape.sample_bytes;
    uint64_t z = m->done + i;
    const uint8_t *plane = b->planes + i * bytes, *before = i > 0 ? plane - bytes : m->done > 0 ? m->last : NULL;
    slot->in_spectrum = m->spectrum && chosen(z, o->shape.planes);
    slot->too_large = !dkg_samples_read(plane, n, &o->shape, slot->samples);
    if (slot->too_large) return;
    if (!(o->what & DKG_MEASURE_NEIGHBOURS)) before = NULL;
    if (before) (void)dkg_samples_read(before, n, &o->shape, slot->before);
    for (unsigned k = 0; k < m->parts; k++) {
        dkg_part part = m->part[k].part;
        struct slot_part *s = &slot->part[k];
        const uint16_t *samples = dkg_part_of(slot->samples, n, part, slot->part_samples);
        const uint16_t *samples_before = before ? dkg_part_of(slot->before, n, part, slot->part_before) : NULL;
        memset(&s->tally, 0, sizeof s->tally);
        memset(s->histogram, 0, sizeof *s->histogram << part.bits);
        /* the byte parts hold the same bits as the words */
        dkg_tally_plane(&s->tally, s->histogram, samples, samples_before, &o->shape, part.bits, o->what, k == 0);
        /* every block belongs to one plane, hence to one thread */
        for (uint32_t j = 0; j < m->blocks.count && part.bits == 8; j++)
            if (m->blocks.at[j].plane == z) m->part[k].block[j] = dkg_block_entropy(samples, o->shape.nx, m->blocks.at[j]);
        if (slot->in_spectrum) {
            memset(s->power, 0, dkg_spectrum_size(m->spectrum) * sizeof *s->power);
            dkg_spectrum_add(m->spectrum, samples, s->power, slot->scratch);
        }
        s->slice = describe(m, s, part, z);
    }
}

static void take_p(dkg_part_state *part, size_t test, double p, double alpha)
{
    if (isnan(p)) return;
    part->p[test][part->tests[test]++] = p;
    part->failures[test] += p < alpha;
}

static dkg_status merge(dkg_measure *m, const dkg_slot *slot, uint64_t z, dkg_error *err)
{
    const dkg_measure_options *o = &m->options;
    if (slot->too_large) return dkg_sample_too_large(&o->shape, z, err);
    m->spectrum_planes += slot->in_spectrum;
    for (unsigned k = 0; k < m->parts; k++) {
        dkg_part_state *part = &m->part[k];
        const struct slot_part *s = &slot->part[k];
        dkg_tally_add(&part->tally, &s->tally);
        for (size_t v = 0; v < (size_t)1 << part->part.bits; v++) part->histogram[v] += s->histogram[v];
        for (size_t v = 0; slot->in_spectrum && v < dkg_spectrum_size(m->spectrum); v++) part->power[v] += s->power[v];
        take_p(part, DKG_SLICE_CHI, s->slice.chi_square_p, o->alpha);
        take_p(part, DKG_SLICE_HORIZONTAL, s->slice.horizontal_p, o->alpha);
        take_p(part, DKG_SLICE_VERTICAL, s->slice.vertical_p, o->alpha);
        take_p(part, DKG_SLICE_DIAGONAL, s->slice.diagonal_p, o->alpha);
        if (o->slice) o->slice(o->self, &s->slice);
    }
    return DKG_OK;
}

dkg_status dkg_measure_add(dkg_measure *m, const uint8_t *planes, uint64_t count, dkg_error *err)
{
    const dkg_shape *shape = &m->options.shape;
    size_t bytes = dkg_plane_samples(shape) * shape->sample_bytes;
    dkg_status status = dkg_check_planes(shape, m->done, count, err);
    if (status != DKG_OK) return status;
    while (count > 0) {
        size_t now = count < m->slot_count ? (size_t)count : m->slot_count;
        batch b = {m, planes};
        dkg_parallel(m->options.threads, now, count_plane, &b);
        for (size_t i = 0; i < now; i++) {
            status = merge(m, &m->slots[i], m->done + i, err);
            if (status != DKG_OK) return status;
        }
        planes += now * bytes;
        memcpy(m->last, planes - bytes, bytes);
        m->done += now;
        count -= now;
    }
    return DKG_OK;
}

dkg_status dkg_measure_finish(dkg_measure *m, dkg_metric_list *rows, dkg_error *err)
{
    if (m->done != m->options.shape.planes)
        return dkg_fail(err, DKG_USAGE, "%llu planes were measured, but %llu announced", (unsigned long long)m->done,
                        (unsigned long long)m->options.shape.planes);
    dkg_status status = DKG_OK;
    for (unsigned k = 0; k < m->parts && status == DKG_OK; k++) status = dkg_measure_rows(m, &m->part[k], k == 0, rows, err);
    return status;
}

const uint64_t *dkg_measure_histogram(const dkg_measure *m, unsigned part, size_t *bins)
{
    *bins = part < m->parts ? (size_t)1 << m->part[part].part.bits : 0;
    return part < m->parts ? m->part[part].histogram : NULL;
}

static dkg_status allocate(dkg_measure *m, dkg_error *err)
{
    const dkg_shape *shape = &m->options.shape;
    size_t n = dkg_plane_samples(shape), spectrum = m->spectrum ? dkg_spectrum_size(m->spectrum) : 0;
    bool ok = (m->slots = dkg_calloc(m->slot_count, sizeof *m->slots)) && (m->last = dkg_calloc(n, shape->sample_bytes)) &&
              (m->count_logs = dkg_calloc(DKG_COUNT_LOGS, sizeof *m->count_logs));
    for (unsigned k = 0; ok && k < m->parts; k++) {
        dkg_part_state *part = &m->part[k];
        uint64_t bins = (uint64_t)1 << part->part.bits;
        ok = (part->histogram = dkg_calloc(bins, sizeof *part->histogram)) != NULL;
        for (size_t t = 0; ok && t < DKG_SLICE_TESTS; t++) ok = (part->p[t] = dkg_calloc(shape->planes, sizeof(double))) != NULL;
        if (ok && spectrum) ok = (part->power = dkg_calloc(spectrum, sizeof(double))) != NULL;
        for (size_t i = 0; ok && i < m->slot_count; i++) {
            ok = (m->slots[i].part[k].histogram = dkg_calloc(bins, sizeof(uint32_t))) != NULL;
            if (ok && spectrum) ok = (m->slots[i].part[k].power = dkg_calloc(spectrum, sizeof(double))) != NULL;
        }
    }
    for (size_t i = 0; ok && i < m->slot_count; i++) {
        dkg_slot *s = &m->slots[i];
        ok = (s->samples = dkg_calloc(n, sizeof *s->samples)) && (s->before = dkg_calloc(n, sizeof *s->before)) &&
             (s->part_samples = dkg_calloc(n, sizeof *s->part_samples)) && (s->part_before = dkg_calloc(n, sizeof *s->part_before)) &&
             (!spectrum || (s->scratch = dkg_calloc(dkg_spectrum_scratch(m->spectrum), 16)));
    }
    return ok ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no memory to measure planes of %u x %u samples", shape->nx, shape->ny);
}

dkg_status dkg_measure_begin(const dkg_measure_options *options, dkg_measure **out, dkg_error *err)
{
    static const uint8_t zeros[32] = {0};
    *out = NULL;
    dkg_measure_options o = *options;
    if (o.what == 0) o.what = DKG_MEASURE_ALL;
    dkg_status status = dkg_check_shape(&o.shape, &o.alpha, err);
    if (status != DKG_OK) return status;
    dkg_measure *m = dkg_calloc(1, sizeof *m);
    if (!m) return dkg_fail(err, DKG_NO_MEMORY, "no memory for a measurement");
    m->options = o;
    m->slot_count = dkg_planes_at_once(&o.shape, o.threads);
    dkg_part parts[3];
    m->parts = dkg_parts(o.shape.sample_bytes, o.shape.bits, parts);
    for (unsigned k = 0; k < m->parts; k++) m->part[k].part = parts[k];
    if (o.what & DKG_MEASURE_LOCAL) m->blocks = dkg_blocks_draw(o.shape.nx, o.shape.ny, o.shape.planes, o.seed ? o.seed : zeros);
    if (o.what & DKG_MEASURE_SPECTRUM) status = dkg_spectrum_open(o.shape.nx, o.shape.ny, &m->spectrum, err);
    if (status == DKG_OK) status = allocate(m, err);
    if (status != DKG_OK) {
        dkg_measure_free(m);
        return status;
    }
    m->scratch = m->slots[0].scratch;
    for (size_t c = 1; c < DKG_COUNT_LOGS; c++) m->count_logs[c] = (double)c * log2((double)c);
    *out = m;
    return DKG_OK;
}

void dkg_measure_free(dkg_measure *m)
{
    if (!m) return;
    for (size_t i = 0; m->slots && i < m->slot_count; i++) {
        free(m->slots[i].samples);
        free(m->slots[i].before);
        free(m->slots[i].part_samples);
        free(m->slots[i].part_before);
        free(m->slots[i].scratch);
        for (unsigned k = 0; k < m->parts; k++) {
            free(m->slots[i].part[k].histogram);
            free(m->slots[i].part[k].power);
        }
    }
    for (unsigned k = 0; k < m->parts; k++) {
        free(m->part[k].histogram);
        free(m->part[k].power);
        for (size_t t = 0; t < DKG_SLICE_TESTS; t++) free(m->part[k].p[t]);
    }
    dkg_spectrum_free(m->spectrum);
    free(m->count_logs);
    free(m->slots);
    free(m->last);
    free(m);
}

dkg_status dkg_measure_array(const dkg_measure_options *options, const uint8_t *samples, dkg_metric_list *rows, dkg_error *err)
{
    dkg_measure *m = NULL;
    dkg_status status = dkg_measure_begin(options, &m, err);
    if (status == DKG_OK) status = dkg_measure_add(m, samples, options->shape.planes, err);
    if (status == DKG_OK) status = dkg_measure_finish(m, rows, err);
    dkg_measure_free(m);
    return status;
}
