/* Prints what dkg/metrics.h computes, as JSON for tests/metrics/check.py (NaN and Infinity as Python writes them).
 *   metrics_tool bounds                                   intervals, one line of "bits n alpha" each on standard input
 *   metrics_tool distributions                            values, one line of "name arguments" each on standard input
 *   metrics_tool rows FILE NX NY PLANES BYTES BITS CHANNELS ALPHA THREADS      rows and slices of raw samples
 *   metrics_tool pair A B NX NY PLANES BYTES BITS PAIR ALPHA THREADS           rows of two arrays
 *   metrics_tool background FILE                          share of zero bytes
 *   metrics_tool reuse FILE SIZE                          the key guessed from ciphertexts of SIZE bytes, as raw bytes
 *   metrics_tool control KIND SEED COUNT                  bytes of a control stream; the seed is SEED in 4 bytes, then zeros */
#include "dkg/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int refuse(const dkg_error *err)
{
    fprintf(stderr, "metrics_tool: %s\n", err->text);
    return 1;
}

static void number(const char *name, double x)
{
    if (isnan(x)) printf(", \"%s\": NaN", name);
    else if (isinf(x)) printf(", \"%s\": %sInfinity", name, x < 0 ? "-" : "");
    else printf(", \"%s\": %.17g", name, x);
}

static void print_rows(const dkg_metric_list *rows, double alpha)
{
    printf("\"rows\": [");
    for (size_t i = 0; i < rows->count; i++) {
        const dkg_metric *m = &rows->at[i];
        printf("%s\n {\"name\": \"%s\", \"part\": \"%s\", \"pair\": \"%s\", \"index\": %d, \"bits\": %u, \"n\": %llu, \"verdict\": \"%s\"", i ? "," : "",
               m->name, m->part, m->pair ? m->pair : "", m->index, m->bits, (unsigned long long)m->n, dkg_verdict_text(m->verdict));
        number("value", m->value);
        number("expected", m->expected);
        number("deviation", m->deviation);
        number("low", m->low);
        number("high", m->high);
        number("p", m->p);
        printf("}");
    }
    printf("],\n\"verdict\": \"%s\"", dkg_verdict_text(dkg_metrics_verdict(rows, alpha)));
}

static void print_slice(void *self, const dkg_slice_metrics *m)
{
    size_t *count = self;
    printf("%s\n {\"plane\": %llu, \"part\": \"%s\"", (*count)++ ? "," : "\"slices\": [", (unsigned long long)m->plane, m->part);
    number("entropy", m->entropy);
    number("chiSquare", m->chi_square);
    number("chiSquareP", m->chi_square_p);
    number("horizontal", m->horizontal);
    number("vertical", m->vertical);
    number("diagonal", m->diagonal);
    printf("}");
}

static dkg_shape shape_of(char **argv, uint8_t channels)
{
    return (dkg_shape){(uint32_t)atoi(argv[0]), (uint32_t)atoi(argv[1]), (uint64_t)atoi(argv[2]), (uint8_t)atoi(argv[3]),
                       (uint8_t)atoi(argv[4]), channels};
}

static uint64_t size_of(const dkg_shape *s) { return (uint64_t)s->nx * s->ny * s->planes * s->sample_bytes; }

static int rows(char **argv)
{
    dkg_error err = {0};
    uint8_t *bytes = NULL, seed[32];
    size_t size, slices = 0;
    dkg_metric_list list = {0};
    dkg_measure *m = NULL;
    for (size_t i = 0; i < sizeof seed; i++) seed[i] = (uint8_t)i;
    dkg_measure_options o = {.shape = shape_of(argv + 1, (uint8_t)atoi(argv[6])), .alpha = atof(argv[7]), .seed = seed,
                             .threads = (unsigned)atoi(argv[8]), .slice = print_slice, .self = &slices};
    printf("{");
    dkg_status status = dkg_file_read(argv[0], size_of(&o.shape), &bytes, &size, &err);
    if (status == DKG_OK) status = dkg_measure_begin(&o, &m, &err);
    /* in two calls, unequal */
    uint64_t first = o.shape.planes / 3;
    if (status == DKG_OK) status = dkg_measure_add(m, bytes, first, &err);
    if (status == DKG_OK) status = dkg_measure_add(m, bytes + first * (size / o.shape.planes), o.shape.planes - first, &err);
    if (status == DKG_OK) status = dkg_measure_finish(m, &list, &err);
    printf("],\n");
    if (status == DKG_OK) print_rows(&list, o.alpha);
    printf("}\n");
    dkg_measure_free(m);
    dkg_metric_list_free(&list);
    free(bytes);
    return status == DKG_OK ? 0 : refuse(&err);
}

static int pair(char **argv)
{
    dkg_error err = {0};
    uint8_t *a = NULL, *b = NULL;
    size_t size;
    dkg_metric_list list = {0};
    dkg_compare_options o = {.shape = shape_of(argv + 2, 1), .alpha = atof(argv[8]), .similarity = true, .threads = (unsigned)atoi(argv[9])};
    for (unsigned i = 0; i < DKG_PAIRS; i++)
        if (strcmp(argv[7], dkg_pair_name((dkg_pair)i)) == 0) o.pair = (dkg_pair)i;
    dkg_status status = dkg_file_read(argv[0], size_of(&o.shape), &a, &size, &err);
    if (status == DKG_OK) status = dkg_file_read(argv[1], size_of(&o.shape), &b, &size, &err);
    if (status == DKG_OK) status = dkg_compare_arrays(&o, a, b, &list, &err);
    printf("{");
    if (status == DKG_OK) print_rows(&list, o.alpha);
    printf("}\n");
    dkg_metric_list_free(&list);
    free(a);
    free(b);
    return status == DKG_OK ? 0 : refuse(&err);
}

static void interval(const char *name, dkg_interval i)
{
    printf("%s\"%s\": {\"x\": 0", strcmp(name, "npcr") ? ", " : "", name);
    number("mean", i.mean);
    number("deviation", i.deviation);
    number("low", i.low);
    number("high", i.high);
    printf("}");
}

static int bounds(void)
{
    unsigned bits;
    unsigned long long n;
    double alpha;
    const char *comma = "[";
    while (scanf("%u %llu %lf", &bits, &n, &alpha) == 3) {
        printf("%s\n{", comma);
        comma = ",";
        interval("npcr", dkg_npcr_interval(bits, n, alpha));
        interval("uaci", dkg_uaci_interval(bits, n, alpha));
        interval("hamming", dkg_hamming_interval(n, alpha));
        interval("correlation", dkg_correlation_interval(n, alpha));
        interval("entropy", dkg_entropy_interval(bits, n, alpha));
        interval("chiSquare", dkg_chi_square_interval(bits, alpha));
        interval("local", dkg_local_entropy_interval(n < 1000 ? (uint32_t)n : 30, alpha, false));
        interval("published", dkg_local_entropy_interval(n < 1000 ? (uint32_t)n : 30, alpha, true));
        printf(", \"equal\": %llu, \"failures\": %llu}", (unsigned long long)dkg_npcr_equal_critical(bits, n, alpha),
               (unsigned long long)dkg_failures_allowed(n, alpha));
    }
    printf("]\n");
    return 0;
}

static double distribution(const char *name, double a, double b, double c)
{
    if (strcmp(name, "normalTail") == 0) return dkg_normal_tail(a);
    if (strcmp(name, "normalQuantile") == 0) return dkg_normal_quantile(a);
    if (strcmp(name, "gammaTail") == 0) return dkg_gamma_tail(a, b);
    if (strcmp(name, "chiSquareTail") == 0) return dkg_chi_square_tail(a, b);
    if (strcmp(name, "chiSquareCritical") == 0) return dkg_chi_square_critical(a, b);
    if (strcmp(name, "poissonTail") == 0) return dkg_poisson_tail((uint64_t)a, b);
    if (strcmp(name, "poissonCritical") == 0) return (double)dkg_poisson_critical(a, b);
    if (strcmp(name, "binomialTail") == 0) return dkg_binomial_tail((uint64_t)a, (uint64_t)b, c);
    if (strcmp(name, "binomialCritical") == 0) return (double)dkg_binomial_critical(a, (uint64_t)b, c);
    return (double)NAN;
}

static int distributions(void)
{
    char name[40];
    double a, b, c;
    while (scanf("%39s %lf %lf %lf", name, &a, &b, &c) == 4) printf("%.17g\n", distribution(name, a, b, c));
    return 0;
}

static int background(char **argv)
{
    dkg_error err = {0};
    uint8_t *bytes;
    size_t size;
    if (dkg_file_read(argv[0], 1 << 28, &bytes, &size, &err) != DKG_OK) return refuse(&err);
    printf("%.17g\n", dkg_attack_background(bytes, size));
    free(bytes);
    return 0;
}

static int reuse(char **argv)
{
    dkg_error err = {0};
    uint8_t *bytes;
    const uint8_t *ciphers[1000];
    size_t size, slice = strtoul(argv[1], NULL, 10), count = 0;
    if (dkg_file_read(argv[0], 1 << 28, &bytes, &size, &err) != DKG_OK) return refuse(&err);
    for (; count < 1000 && (count + 1) * slice <= size; count++) ciphers[count] = bytes + count * slice;
    uint8_t *guess = calloc(slice, 1);
    if (guess) dkg_attack_reuse(ciphers, count, slice, guess);
    bool written = guess && fwrite(guess, 1, slice, stdout) == slice;
    free(guess);
    free(bytes);
    return written ? 0 : 1;
}

static int control(char **argv)
{
    dkg_error err = {0};
    dkg_control *c = NULL;
    uint8_t seed[32] = {0}, block[1000];
    dkg_control_kind kind = DKG_CONTROL_XCHACHA20;
    for (unsigned i = 0; i < DKG_CONTROLS; i++)
        if (strcmp(argv[0], dkg_control_name((dkg_control_kind)i)) == 0) kind = (dkg_control_kind)i;
    dkg_store32(seed, (uint32_t)strtoul(argv[1], NULL, 10));
    dkg_status status = dkg_control_open(kind, seed, &c, &err);
    for (size_t left = strtoul(argv[2], NULL, 10); left > 0 && status == DKG_OK;) {
        size_t n = left < sizeof block ? left : sizeof block;
        dkg_control_read(c, block, n);
        if (fwrite(block, 1, n, stdout) != n) status = dkg_fail(&err, DKG_IO, "standard output");
        left -= n;
    }
    dkg_control_free(c);
    return status == DKG_OK ? 0 : refuse(&err);
}

int main(int argc, char **argv)
{
    dkg_error err = {0};
    if (dkg_start(&err) != DKG_OK) return refuse(&err);
    if (argc == 2 && strcmp(argv[1], "bounds") == 0) return bounds();
    if (argc == 2 && strcmp(argv[1], "distributions") == 0) return distributions();
    if (argc == 11 && strcmp(argv[1], "rows") == 0) return rows(argv + 2);
    if (argc == 12 && strcmp(argv[1], "pair") == 0) return pair(argv + 2);
    if (argc == 3 && strcmp(argv[1], "background") == 0) return background(argv + 2);
    if (argc == 4 && strcmp(argv[1], "reuse") == 0) return reuse(argv + 2);
    if (argc == 5 && strcmp(argv[1], "control") == 0) return control(argv + 2);
    fprintf(stderr, "metrics_tool: wrong usage, see the head of its source\n");
    return 2;
}
