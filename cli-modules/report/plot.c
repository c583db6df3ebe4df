#include "report/plot.h"

#include "report/html.h"

#include <math.h>

enum { LEFT = 62, RIGHT = 12, TOP = 12, BOTTOM = 46, HEIGHT = 280, WIDE = 640, HALF = 420 };

static double width(const dkg_plot *p) { return p->columns == 1 ? WIDE : HALF; }

static double across(const dkg_plot *p, double x)
{
    return LEFT + (x - p->x_low) / (p->x_high - p->x_low) * (width(p) - LEFT - RIGHT);
}

static double down(const dkg_plot *p, double y) { return HEIGHT - BOTTOM - (y - p->y_low) / (p->y_high - p->y_low) * (HEIGHT - TOP - BOTTOM); }

static double cut(double v, double low, double high) { return v < low ? low : v > high ? high : v; }

/* A step of 1, 2 or 5 times a power of ten that gives about five ticks. */
static double tick_step(double range)
{
    double power = pow(10, floor(log10(range / 5))), share = range / 5 / power;
    return power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
}

static void widen(double *low, double *high)
{
    if (*high > *low) return;
    double by = *low == 0 ? 1 : fabs(*low) / 10;
    *low -= by;
    *high += by;
}

static void x_ticks(const dkg_plot *p)
{
    double step = tick_step(p->x_high - p->x_low), first = ceil(p->x_low / step - 1e-9);
    for (double k = first; k * step <= p->x_high + step * 1e-9; k++)
        dkg_append_text(p->out, "<path class=\"g\" d=\"M%.1f %dV%d\"/><text x=\"%.1f\" y=\"%d\" class=\"m\">%.6g</text>", across(p, k * step), TOP,
                        HEIGHT - BOTTOM, across(p, k * step), HEIGHT - BOTTOM + 16, k * step == 0 ? 0 : k * step);
}

static void y_ticks(const dkg_plot *p)
{
    double step = tick_step(p->y_high - p->y_low), first = ceil(p->y_low / step - 1e-9);
    for (double k = first; k * step <= p->y_high + step * 1e-9; k++)
        dkg_append_text(p->out, "<path class=\"g\" d=\"M%d %.1fH%.0f\"/><text x=\"%d\" y=\"%.1f\" class=\"e\">%.6g</text>", LEFT, down(p, k * step),
                        width(p) - RIGHT, LEFT - 6, down(p, k * step) + 4, k * step == 0 ? 0 : k * step);
}

void dkg_plot_begin(dkg_plot *p)
{
    widen(&p->x_low, &p->x_high);
    widen(&p->y_low, &p->y_high);
    dkg_append_text(p->out, "<svg viewBox=\"0 0 %.0f %d\" role=\"img\" aria-label=\"", width(p), HEIGHT);
    dkg_html_text(p->out, p->title);
    dkg_append_text(p->out, "\">\n");
    x_ticks(p);
    y_ticks(p);
    dkg_append_text(p->out, "\n<path class=\"a\" d=\"M%d %dV%dH%.0f\"/><text x=\"%.1f\" y=\"%d\" class=\"m\">", LEFT, TOP, HEIGHT - BOTTOM,
                    width(p) - RIGHT, (LEFT + width(p) - RIGHT) / 2, HEIGHT - 8);
    dkg_html_text(p->out, p->x_label);
    dkg_append_text(p->out, "</text><text transform=\"translate(14 %d) rotate(-90)\" class=\"m\">", (TOP + HEIGHT - BOTTOM) / 2);
    dkg_html_text(p->out, p->y_label);
    dkg_append_text(p->out, "</text>\n");
}

void dkg_plot_end(const dkg_plot *p) { dkg_append_text(p->out, "</svg>\n"); }

void dkg_plot_band(const dkg_plot *p, double y_low, double y_high)
{
    double top = down(p, cut(y_high, p->y_low, p->y_high)), bottom = down(p, cut(y_low, p->y_low, p->y_high));
    if (!(bottom > top)) return;
    dkg_append_text(p->out, "<path class=\"b\" d=\"M%d %.1fH%.0fV%.1fH%dz\"/>\n", LEFT, top, width(p) - RIGHT, bottom, LEFT);
}

static bool inside(const dkg_plot *p, double x, double y) { return isfinite(x) && isfinite(y) && x >= p->x_low && x <= p->x_high; }

void dkg_plot_line(const dkg_plot *p, unsigned series, const double *x, const double *y, size_t n)
{
    bool drawing = false;
    dkg_append_text(p->out, "<path class=\"l s%u\" d=\"", series);
    for (size_t i = 0; i < n; i++) {
        bool shown = inside(p, x[i], y[i]);
        if (shown) dkg_append_text(p->out, "%s%.1f %.1f", drawing ? "L" : "M", across(p, x[i]), down(p, cut(y[i], p->y_low, p->y_high)));
        drawing = shown;
    }
    dkg_append_text(p->out, "\"/>\n");
}

static const char *const marker[4] = {"h0", "m-2-2h4v4h-4z", "m0-3l3 5h-6z", "m-2-2l4 4m0-4l-4 4"}; /* dot, square, triangle, cross */

static const char *class_of(unsigned series) { return series % 4 == 0 ? "p" : "k"; }

void dkg_plot_points(const dkg_plot *p, unsigned series, const double *x, const double *y, size_t n)
{
    dkg_append_text(p->out, "<path class=\"%s s%u\" d=\"", n > 500 ? "d" : class_of(series), series);
    for (size_t i = 0; i < n; i++)
        if (inside(p, x[i], y[i]))
            dkg_append_text(p->out, "M%.1f %.1f%s", across(p, x[i]), down(p, cut(y[i], p->y_low, p->y_high)), n > 500 ? "h0" : marker[series % 4]);
    dkg_append_text(p->out, "\"/>\n");
}

void dkg_plot_bars(const dkg_plot *p, unsigned series, const double *y, size_t n)
{
    dkg_append_text(p->out, "<path class=\"f s%u\" d=\"M%.1f %.1f", series, across(p, 0), down(p, cut(0, p->y_low, p->y_high)));
    for (size_t i = 0; i < n; i++)
        dkg_append_text(p->out, "V%.1fH%.1f", down(p, cut(isfinite(y[i]) ? y[i] : 0, p->y_low, p->y_high)), across(p, (double)i + 1));
    dkg_append_text(p->out, "V%.1fz\"/>\n", down(p, cut(0, p->y_low, p->y_high)));
}

void dkg_plot_legend(dkg_buffer *out, const char *const *names, unsigned n)
{
    dkg_append_text(out, "<ul class=\"legend\">");
    for (unsigned i = 0; i < n; i++) {
        dkg_append_text(out, "<li><svg viewBox=\"0 0 28 10\" aria-hidden=\"true\"><path class=\"l s%u\" d=\"M0 5H28\"/><path class=\"%s s%u\" d=\"M14 5%s\"/></svg> ", i,
                        class_of(i), i, marker[i % 4]);
        dkg_html_words(out, names[i]);
        dkg_append_text(out, "</li>");
    }
    dkg_append_text(out, "</ul>\n");
}
