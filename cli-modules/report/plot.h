/* Charts as SVG inside the page: axes, bands, lines, points, bars. Colours come from the page's style sheet (classes s0..s5), so
 * that they follow light and dark; series differ by dash and marker too. */
#ifndef DKG_CLI_PLOT_H
#define DKG_CLI_PLOT_H

#include "dkg/base.h"

typedef struct dkg_plot {
    dkg_buffer *out;
    const char *title;           /* also what a screen reader says */
    const char *x_label, *y_label;
    double x_low, x_high, y_low, y_high; /* finite; an empty range is widened */
    unsigned columns;            /* how many charts stand side by side; 1: the drawing is wider */
} dkg_plot;

void dkg_plot_begin(dkg_plot *plot);
void dkg_plot_end(const dkg_plot *plot);
/* What lies outside the axes is cut; points that are not finite are left out. series: 0..5. */
void dkg_plot_band(const dkg_plot *plot, double y_low, double y_high);
void dkg_plot_line(const dkg_plot *plot, unsigned series, const double *x, const double *y, size_t n);
void dkg_plot_points(const dkg_plot *plot, unsigned series, const double *x, const double *y, size_t n);
void dkg_plot_bars(const dkg_plot *plot, unsigned series, const double *y, size_t n); /* bar i from i to i + 1 */
/* The names of the series 0..n-1 under a row of charts. */
void dkg_plot_legend(dkg_buffer *out, const char *const *names, unsigned n);
#endif
