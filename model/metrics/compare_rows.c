/* compare_rows.c - rows of a named pair: what is expected depends on the pair (docs/metrics.md, sections 2 and 6). */
#include <math.h>

#include "metrics/compare.h"

static const double none = (double)NAN;

const char *dkg_pair_name(dkg_pair pair)
{
    static const char *const names[DKG_PAIRS] = {"freshKey", "twoKeys",  "twoModels",   "keyBit",
                                                 "oneVoxel", "wrongKey", "plainCipher", "decrypted"};
    return names[pair];
}

static bool is_independent(dkg_pair p) { return p <= DKG_PAIR_KEY_BIT; }
bool dkg_pair_expects_uniform(dkg_pair p) { return p == DKG_PAIR_WRONG_KEY || p == DKG_PAIR_PLAIN_CIPHER; }

/* Mean and sd of the mean of |C - p| and (C - p)^2 over all samples p of a histogram, C uniform on 0..F. */
typedef struct expectation { double absolute, absolute_sd, square, square_sd; } expectation;

static expectation expect(const uint64_t *histogram, unsigned bits)
{
    double f = ldexp(1, (int)bits) - 1, levels = f + 1, n = 0;
    double second = (levels * levels - 1) / 12, fourth = (levels * levels - 1) * (3 * levels * levels - 7) / 240; /* about F/2 */
    expectation e = {0, 0, 0, 0};
    for (size_t v = 0; v < (size_t)1 << bits; v++) {
        if (!histogram[v]) continue;
        double count = (double)histogram[v], p = (double)v, d = (p - f / 2) * (p - f / 2);
        double absolute = (p * (p + 1) + (f - p) * (f - p + 1)) / (2 * levels), square = second + d;
        n += count;
        e.absolute += count * absolute;
        e.square += count * square;
        e.absolute_sd += count * (square - absolute * absolute);
        e.square_sd += count * (fourth + 6 * d * second + d * d - square * square);
    }
    return (expectation){e.absolute / n, sqrt(e.absolute_sd) / n, e.square / n, sqrt(e.square_sd) / n};
}

typedef struct work {
    const dkg_compare_options *options;
    dkg_metric_list *rows;
    dkg_error *err;
    dkg_status status;
} work;

static void add(work *w, dkg_metric *row)
{
    row->pair = dkg_pair_name(w->options->pair);
    if (w->status == DKG_OK) w->status = dkg_rows_add(w->rows, row, w->err);
}

static void add_differences(work *w, dkg_part part, const dkg_difference *d, const expectation *e)
{
    dkg_pair pair = w->options->pair;
    double alpha = w->options->alpha, n = (double)d->n, f = ldexp(1, (int)part.bits) - 1;
    dkg_metric npcr = dkg_row("npcr", part.name, -1, part.bits, d->n, 100 * (double)(d->n - d->equal) / n);
    dkg_metric uaci = dkg_row("uaci", part.name, -1, part.bits, d->n, 100 * (double)d->absolute / (n * f));
    if (is_independent(pair) || dkg_pair_expects_uniform(pair)) dkg_row_judge_npcr(&npcr, d->equal, alpha);
    if (pair == DKG_PAIR_ONE_VOXEL) npcr.expected = 100 / n;
    if (pair == DKG_PAIR_DECRYPTED) npcr.expected = uaci.expected = 0;
    if (is_independent(pair)) dkg_row_judge_normal(&uaci, dkg_uaci_interval(part.bits, d->n, alpha));
    if (e) dkg_row_judge_normal(&uaci, dkg_interval_around(100 * e->absolute / f, 100 * e->absolute_sd / f, alpha));
    add(w, &npcr);
    add(w, &uaci);
}

static void add_similarity(work *w, dkg_part part, const dkg_compared *s, const expectation *e)
{
    const dkg_difference *d = &s->part[0];
    double f = ldexp(1, (int)part.bits) - 1, value = (double)d->squares / (double)d->n;
    dkg_metric mse = dkg_row("mse", part.name, -1, part.bits, d->n, value);
    dkg_metric psnr = dkg_row("psnr", part.name, -1, part.bits, d->n, 10 * log10(f * f / value));
    dkg_metric ssim = dkg_row("ssim", part.name, -1, part.bits, d->n, s->ssim);
    if (e) {
        dkg_interval i = dkg_interval_around(e->square, e->square_sd, w->options->alpha);
        dkg_row_judge_normal(&mse, i);
        psnr.p = mse.p;
        /* a low error is a high ratio */
        dkg_row_judge(&psnr, (dkg_interval){10 * log10(f * f / i.mean), none, 10 * log10(f * f / i.high),
                                            i.low > 0 ? 10 * log10(f * f / i.low) : (double)INFINITY});
        ssim.expected = s->ssim_control;
    }
    if (w->options->pair == DKG_PAIR_DECRYPTED) {
        mse.expected = 0;
        ssim.expected = 1;
    }
    add(w, &mse);
    add(w, &psnr);
    add(w, &ssim);
}

dkg_status dkg_compare_rows(const dkg_compare_options *options, const dkg_part *parts, unsigned part_count, bool similarity,
                            const dkg_compared *sums, dkg_metric_list *rows, dkg_error *err)
{
    work w = {options, rows, err, DKG_OK};
    bool uniform = dkg_pair_expects_uniform(options->pair);
    expectation words = {0, 0, 0, 0};
    if (uniform) words = expect(sums->histogram, parts[0].bits);
    for (unsigned k = 0; k < part_count; k++) {
        expectation e = words;
        if (uniform && k > 0) {
            uint64_t bytes[256] = {0};
            for (size_t v = 0; v < (size_t)1 << parts[0].bits; v++) bytes[v >> parts[k].shift & 255] += sums->histogram[v];
            e = expect(bytes, 8);
        }
        add_differences(&w, parts[k], &sums->part[k], uniform ? &e : NULL);
    }
    const dkg_difference *d = &sums->part[0];
    uint64_t bits = d->n * parts[0].bits;
    dkg_metric hamming = dkg_row("hamming", parts[0].name, -1, parts[0].bits, bits, 100 * (double)d->hamming / (double)bits);
    if (is_independent(options->pair) || uniform) dkg_row_judge_normal(&hamming, dkg_hamming_interval(bits, options->alpha));
    add(&w, &hamming);
    if (similarity) add_similarity(&w, parts[0], sums, uniform ? &words : NULL);
    return w.status;
}
