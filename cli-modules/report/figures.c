/* Figures F1 to F9. */
#include "report/html.h"
#include "report/page.h"
#include "report/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES = 6, POINTS_MAX = 1 << 20 };

/* Numbers of an array as doubles, null as NaN; NULL when there are none or memory is out. free() it. */
static double *numbers(const json_t *array, size_t *n)
{
    *n = json_array_size(array);
    double *out = *n > 0 && *n <= POINTS_MAX ? dkg_calloc(*n, sizeof *out) : NULL;
    for (size_t i = 0; out && i < *n; i++) {
        const json_t *v = json_array_get(array, i);
        out[i] = json_is_number(v) ? json_number_value(v) : (double)NAN;
    }
    if (!out) *n = 0;
    return out;
}

static void stretch(const double *v, size_t n, double *low, double *high)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(v[i])) continue;
        *low = fmin(*low, v[i]);
        *high = fmax(*high, v[i]);
    }
}

static void pad(double *low, double *high)
{
    double by = (*high - *low) * 0.06;
    *low -= by;
    *high += by;
}

static void figure(dkg_buffer *out, const char *title) { dkg_append_text(out, "<h3>%s</h3>\n<figure>\n", title); }

static void caption(dkg_buffer *out, const char *text)
{
    dkg_append_text(out, "<figcaption>");
    dkg_html_text(out, text);
    dkg_append_text(out, "</figcaption>\n</figure>\n");
}

/* Base64 as written by us; anything else is not put into an attribute. */
static bool base64(const char *text) { return *text && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") == strlen(text); }

static bool pictures(const json_t *record, const char *name, const char *title, dkg_buffer *out)
{
    const json_t *item;
    size_t i;
    bool any = false;
    json_array_foreach(json_object_get(record, "pictures"), i, item) {
        const char *png = dkg_html_string(item, "png");
        if (strcmp(dkg_html_string(item, "figure"), name) != 0 || !base64(png)) continue;
        if (!any) {
            figure(out, title);
            dkg_append_text(out, "<div class=\"pictures\">\n");
        }
        any = true;
        dkg_append_text(out, "<div><img width=\"%.0f\" height=\"%.0f\" alt=\"", dkg_html_value(item, "width"), dkg_html_value(item, "height"));
        dkg_html_text(out, dkg_html_string(item, "alt"));
        dkg_append_text(out, "\" src=\"data:image/png;base64,%s\"><span>", png);
        dkg_html_text(out, dkg_html_string(item, "caption"));
        dkg_append_text(out, "</span></div>\n");
    }
    if (any) dkg_append_text(out, "</div>\n");
    return any;
}

static void f1(const json_t *record, dkg_buffer *out)
{
    if (pictures(record, "F1", "F1 Slices", out)) caption(out, "F1. Three slices through the middle. Noise is the expected picture of a ciphertext.");
}

static void f2(const json_t *record, dkg_buffer *out)
{
    const json_t *item;
    size_t i;
    if (json_array_size(json_object_get(record, "histograms")) == 0) return;
    figure(out, "F2 Histograms");
    dkg_append_text(out, "<div class=\"row\">\n");
    json_array_foreach(json_object_get(record, "histograms"), i, item) {
        size_t n;
        double *count = numbers(json_object_get(item, "count"), &n), low = 0, high = 1;
        char title[160];
        (void)snprintf(title, sizeof title, "Histogram of %.60s (%.40s)", dkg_html_string(item, "subject"), dkg_html_string(item, "part"));
        stretch(count, n, &low, &high);
        dkg_plot p = {out, title, title, "count", 0, (double)n, 0, high * 1.1, 2};
        dkg_plot_begin(&p);
        dkg_plot_bars(&p, (unsigned)(i % SERIES), count, n);
        dkg_plot_band(&p, dkg_html_value(item, "low"), dkg_html_value(item, "high"));
        dkg_plot_end(&p);
        free(count);
    }
    dkg_append_text(out, "</div>\n");
    caption(out, "F2. Count of each value, or of 256 groups of values. The shaded band holds 99.9 % of the bars of a uniform source.");
}

static void f3(const json_t *record, dkg_buffer *out)
{
    const json_t *item;
    size_t i;
    if (json_array_size(json_object_get(record, "scatter")) == 0) return;
    figure(out, "F3 Neighbours");
    dkg_append_text(out, "<div class=\"row\">\n");
    json_array_foreach(json_object_get(record, "scatter"), i, item) {
        size_t n, m;
        double *x = numbers(json_object_get(item, "x"), &n), *y = numbers(json_object_get(item, "y"), &m);
        double bits = dkg_html_value(item, "bits"), top = exp2(bits > 0 && bits <= 16 ? bits : 8);
        char title[200];
        (void)snprintf(title, sizeof title, "%.60s, %.40s neighbours, r = %.5f", dkg_html_string(item, "subject"),
                       dkg_html_string(item, "direction"), dkg_html_value(item, "r"));
        dkg_plot p = {out, title, title, "neighbour", 0, top, 0, top, 2};
        dkg_plot_begin(&p);
        dkg_plot_points(&p, (unsigned)(i / 3 % SERIES), x, y, n < m ? n : m);
        dkg_plot_end(&p);
        free(x);
        free(y);
    }
    dkg_append_text(out, "</div>\n");
    caption(out, "F3. Value of a sample and of its neighbour, pairs spread over one slice; r is over all pairs of the volume.");
}

/* Slices of as many samples of the same kind as those of the first subject: only these fit one band. */
static bool same_kind(const json_t *slices, const json_t *item)
{
    const json_t *first = json_array_get(slices, 0);
    return json_equal(json_object_get(item, "part"), json_object_get(first, "part")) &&
           json_equal(json_object_get(item, "n"), json_object_get(first, "n"));
}

/* One chart of F4: `name` of every subject of one part, with the band of the items' limits. */
static void per_slice(const json_t *record, const char *part, const char *name, const char *label, dkg_buffer *out)
{
    const json_t *slices = json_object_get(record, "slices"), *item, *band = json_object_get(record, "sliceBands");
    const char *names[SERIES];
    unsigned count = 0;
    double low = INFINITY, high = -INFINITY, longest = 1, band_low = (double)NAN, band_high = (double)NAN;
    size_t i, n;
    json_array_foreach(slices, i, item) {
        if (!same_kind(slices, item)) continue;
        double *v = numbers(json_object_get(item, name), &n);
        stretch(v, n, &low, &high);
        longest = fmax(longest, (double)n);
        free(v);
    }
    json_array_foreach(band, i, item) {
        if (strcmp(dkg_html_string(item, "part"), part) != 0 || strcmp(dkg_html_string(item, "curve"), name) != 0) continue;
        band_low = dkg_html_value(item, "low");
        band_high = dkg_html_value(item, "high");
        stretch((double[]){band_low, band_high}, 2, &low, &high);
    }
    if (!(high >= low)) return;
    pad(&low, &high);
    char title[160];
    (void)snprintf(title, sizeof title, "%.60s per slice (%.40s)", label, part);
    dkg_plot p = {out, title, "slice", label, 0, longest - 1, low, high, 2};
    dkg_append_text(out, "<div>");
    dkg_plot_begin(&p);
    if (isfinite(band_high)) dkg_plot_band(&p, isfinite(band_low) ? band_low : low, band_high);
    json_array_foreach(slices, i, item) {
        if (!same_kind(slices, item) || count == SERIES) continue;
        double *v = numbers(json_object_get(item, name), &n), *x = dkg_calloc(n, sizeof *x);
        for (size_t k = 0; x && k < n; k++) x[k] = (double)k;
        if (x && v) dkg_plot_points(&p, count, x, v, n);
        names[count] = dkg_html_string(item, "subject");
        count++;
        free(x);
        free(v);
    }
    dkg_plot_end(&p);
    dkg_plot_legend(out, names, count);
    dkg_append_text(out, "</div>\n");
}

static void f4(const json_t *record, dkg_buffer *out)
{
    const json_t *first = json_array_get(json_object_get(record, "slices"), 0);
    const char *part = dkg_html_string(first, "part");
    if (!first || json_array_size(json_object_get(first, "entropy")) < 2) return;
    figure(out, "F4 Slice by slice");
    dkg_append_text(out, "<div class=\"row\">\n");
    per_slice(record, part, "entropy", "Entropy", out);
    per_slice(record, part, "chiSquare", "Chi-square", out);
    per_slice(record, part, "horizontal", "Horizontal correlation", out);
    per_slice(record, part, "vertical", "Vertical correlation", out);
    dkg_append_text(out, "</div>\n");
    caption(out, "F4. Each slice on its own. The band is the interval of one test: of many slices some lie outside by chance, table T7 counts them.");
}

static void f5(const json_t *record, dkg_buffer *out)
{
    const json_t *metrics = json_object_get(record, "metrics"), *item;
    const char *names[SERIES] = {NULL};
    unsigned count = 0;
    double low = 50, high = 50, widest = 0, band_low = (double)NAN, band_high = (double)NAN;
    size_t i;
    bool shown = pictures(record, "F5", "F5 Bit planes", out);
    json_array_foreach(metrics, i, item) {
        if (strcmp(dkg_html_string(item, "metric"), "bitOnes") != 0) continue;
        stretch((double[]){dkg_html_value(item, "value"), dkg_html_value(item, "low"), dkg_html_value(item, "high")}, 3, &low, &high);
        widest = fmax(widest, dkg_html_value(item, "index"));
        if (isnan(band_low)) band_low = dkg_html_value(item, "low"), band_high = dkg_html_value(item, "high");
    }
    if (isfinite(band_low)) {
        if (!shown) figure(out, "F5 Bit planes");
        shown = true;
        pad(&low, &high);
        dkg_plot p = {out, "Share of ones per bit plane", "bit (0 = lowest)", "ones (%)", -0.5, widest + 0.5, low, high, 1};
        dkg_plot_begin(&p);
        dkg_plot_band(&p, band_low, band_high);
        json_array_foreach(metrics, i, item) {
            const char *subject = dkg_html_string(item, "subject"), *part = dkg_html_string(item, "part");
            unsigned s = 0;
            if (strcmp(dkg_html_string(item, "metric"), "bitOnes") != 0 || (strcmp(part, "words") != 0 && strcmp(part, "bytes") != 0)) continue;
            while (s < count && strcmp(names[s], subject) != 0) s++;
            if (s == SERIES) continue;
            names[s] = subject;
            if (s == count) count++;
            dkg_plot_points(&p, s, (double[]){dkg_html_value(item, "index")}, (double[]){dkg_html_value(item, "value")}, 1);
        }
        dkg_plot_end(&p);
        dkg_plot_legend(out, names, count);
    }
    if (shown) caption(out, "F5. Bit planes of the middle slice, highest bit first, and the share of ones of each over all slices; the band is the interval of the first subject.");
}

static void f6(const json_t *record, dkg_buffer *out)
{
    const json_t *distances = json_object_get(json_object_get(record, "keys"), "distances"), *row;
    size_t i, k;
    if (!pictures(record, "F6", "F6 Key images", out)) return;
    if (json_array_size(distances) > 0 && json_array_size(distances) <= 64) {
        dkg_append_text(out, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"f6\"><table><caption id=\"f6\">Bits that differ between "
                             "two key images, in percent (ideal 50)</caption><thead><tr><th scope=\"col\">Key</th>");
        for (i = 0; i < json_array_size(distances); i++) dkg_append_text(out, "<th scope=\"col\" class=\"n\">%zu</th>", i + 1);
        dkg_append_text(out, "</tr></thead><tbody>\n");
        json_array_foreach(distances, i, row) {
            dkg_append_text(out, "<tr><th scope=\"row\">%zu</th>", i + 1);
            for (k = 0; k < json_array_size(row) && k < 64; k++) {
                dkg_append_text(out, "<td class=\"n\">");
                if (k != i) dkg_html_number(out, json_array_get(row, k));
                dkg_append_text(out, "</td>");
            }
            dkg_append_text(out, "</tr>\n");
        }
        dkg_append_text(out, "</tbody></table></div>\n");
    }
    caption(out, "F6. Key images of a demonstration that no volume uses.");
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void f7(const json_t *record, dkg_buffer *out)
{
    const json_t *slices = json_object_get(record, "slices"), *item;
    static const char *const members[] = {"chiSquareP", "horizontalP", "verticalP", "diagonalP"};
    const char *part = dkg_html_string(json_array_get(slices, 0), "part"), *names[SERIES];
    unsigned count = 0;
    size_t i, n;
    if (json_array_size(json_object_get(json_array_get(slices, 0), "entropy")) < 5) return;
    figure(out, "F7 p-values");
    dkg_plot p = {out, "Sorted p-values against the uniform line", "share of slices' tests", "p", 0, 1, 0, 1, 1};
    dkg_plot_begin(&p);
    dkg_plot_line(&p, 4, (double[]){0, 1}, (double[]){0, 1}, 2);
    json_array_foreach(slices, i, item) {
        if (strcmp(dkg_html_string(item, "part"), part) != 0 || count == 4) continue;
        double *all = dkg_calloc(4 * (json_array_size(json_object_get(item, members[0])) + 1), sizeof *all), *x = NULL;
        size_t total = 0;
        for (size_t k = 0; all && k < 4; k++) {
            double *v = numbers(json_object_get(item, members[k]), &n);
            if (n <= json_array_size(json_object_get(item, members[0])))
                for (size_t j = 0; j < n; j++)
                    if (isfinite(v[j])) all[total++] = v[j];
            free(v);
        }
        if (total > 0 && (x = dkg_calloc(total, sizeof *x)) != NULL) {
            qsort(all, total, sizeof *all, ascending);
            for (size_t j = 0; j < total; j++) x[j] = ((double)j + 0.5) / (double)total;
            dkg_plot_line(&p, count, x, all, total);
            names[count] = dkg_html_string(item, "subject");
            count++;
        }
        free(x);
        free(all);
    }
    dkg_plot_end(&p);
    dkg_plot_legend(out, names, count);
    caption(out, "F7. The p-values of all slices (chi-square and correlations), sorted. Those of an ideal source follow the straight line.");
}

static void f8(const json_t *record, dkg_buffer *out)
{
    static const char *const kinds[] = {"saltAndPepper", "gaussian", "cropping"};
    const json_t *item;
    size_t i;
    bool any = false;
    for (size_t k = 0; k < 3; k++) {
        double x[32], mse[32], expected[32], high = 0, widest = 0;
        size_t n = 0;
        json_array_foreach(json_object_get(record, "robustness"), i, item) {
            if (strcmp(dkg_html_string(item, "disturbance"), kinds[k]) != 0 || strcmp(dkg_html_string(item, "mode"), "paper") != 0 || n == 32) continue;
            x[n] = dkg_html_value(item, "amount");
            mse[n] = dkg_html_value(item, "mse");
            expected[n] = dkg_html_value(item, "mseExpected");
            if (!isfinite(x[n])) continue;
            widest = fmax(widest, x[n]);
            high = fmax(high, fmax(mse[n], expected[n]));
            n++;
        }
        if (n == 0) continue;
        if (!any) {
            figure(out, "F8 Robustness and malleability");
            dkg_append_text(out, "<div class=\"row\">\n");
        }
        any = true;
        dkg_plot p = {out, "Mean squared error after a disturbance, paper mode", kinds[k], "MSE", 0, widest * 1.05, 0, high * 1.1, 2};
        dkg_plot_begin(&p);
        dkg_plot_line(&p, 1, x, expected, n);
        dkg_plot_points(&p, 0, x, mse, n);
        dkg_plot_end(&p);
    }
    if (!any) return;
    dkg_append_text(out, "</div>\n");
    dkg_plot_legend(out, (const char *const[]){"measured", "expected"}, 2);
    caption(out, "F8. Paper mode lets damage through: points measured, dashed line expected. Hybrid mode refuses every one of these (table T4).");
}

/* Only with plaintext: these pictures show the patient. */
static void attacks(const json_t *record, dkg_buffer *out)
{
    if (pictures(record, "attacks", "Attacks on paper mode", out))
        caption(out, "What paper mode gives away to anyone who has the ciphertexts (table T5).");
}

static void f9(const json_t *record, dkg_buffer *out)
{
    const json_t *training = json_object_get(record, "training"), *curve;
    const char *name;
    size_t n, m;
    double *step = numbers(json_object_get(training, "step"), &n);
    if (!step) return;
    figure(out, "F9 Training");
    dkg_append_text(out, "<div class=\"row\">\n");
    json_object_foreach(((json_t *)(uintptr_t)training), name, curve) {
        double *v = strcmp(name, "step") == 0 ? NULL : numbers(curve, &m), low = INFINITY, high = -INFINITY;
        double *at = v ? dkg_calloc(m, sizeof *at) : NULL;
        size_t measured = 0; /* some figures are taken now and then: the line joins what there is */
        for (size_t i = 0; at && i < m && i < n; i++) {
            if (!isfinite(v[i])) continue;
            at[measured] = step[i];
            v[measured++] = v[i];
        }
        stretch(v, measured, &low, &high);
        if (high >= low) {
            pad(&low, &high);
            dkg_plot p = {out, name, "step", name, step[0], step[n - 1], low, high, 2};
            dkg_plot_begin(&p);
            dkg_plot_line(&p, 0, at, v, measured);
            dkg_plot_end(&p);
        }
        free(at);
        free(v);
    }
    dkg_append_text(out, "</div>\n");
    caption(out, "F9. Training, step by step.");
    free(step);
}

void dkg_report_figures(const json_t *record, dkg_buffer *out)
{
    static void (*const figures[])(const json_t *, dkg_buffer *) = {f1, f2, f3, f4, f5, f6, f7, f8, attacks, f9};
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) figures[i](record, out);
}
