/* Progress tags and progress bar (docs/host.md, section 1.5). */
#include "meter.h"

#include <string.h>

/* At most a line per per cent, one per stage and two at the end: below 200. */
enum { STAGES_MAX = 90, BAR = 30 };
static const double percent = 0.01, interval = 0.2; /* seconds between two lines */

static double inside(double fraction) { return fraction > 0 ? fraction < 1 ? fraction : 1 : 0; }

/* Text inside a tag: no tag in it, no line end, short. */
static void plain(const char *text, char out[DKG_METER_STAGE])
{
    size_t n = 0;
    for (; *text && n + 1 < DKG_METER_STAGE; text++)
        out[n++] = *text == '<' || *text == '>' || (unsigned char)*text < 0x20 ? ' ' : *text;
    out[n] = '\0';
}

dkg_meter dkg_meter_new(dkg_meter_style style, FILE *out, const char *title, double now)
{
    dkg_meter meter = {.style = style, .out = out, .started = now, .last = now - interval, .shown = -1};
    plain(title, meter.title);
    return meter;
}

static void end_stage(dkg_meter *m, double now)
{
    unsigned ms = (unsigned)((now > m->started ? now - m->started : 0) * 1000 + 0.5);
    fprintf(m->out, "<filter-end><filter-name>%s</filter-name><filter-time>%u.%03u</filter-time></filter-end>\n", m->title,
            ms / 1000, ms % 1000);
}

/* Thousandths as a whole number print alike in every locale. */
static void print_fraction(dkg_meter *m, double fraction)
{
    unsigned permille = (unsigned)(fraction * 1000 + 0.5);
    fprintf(m->out, "<filter-progress>%u.%03u</filter-progress>\n", permille / 1000, permille % 1000);
    m->shown = fraction;
}

static void show_tags(dkg_meter *m, const char *stage, double fraction, double now)
{
    bool other = m->stages == 0 || (strcmp(stage, m->stage) != 0 && m->stages < STAGES_MAX);
    bool moved = m->shown < 0 || fraction >= m->shown + percent;
    if (now - m->last < interval || (!other && !moved)) return;
    if (other) {
        fprintf(m->out, "<filter-start><filter-name>%s</filter-name><filter-comment>%s</filter-comment></filter-start>\n",
                m->title, stage);
        m->stages++;
        (void)strcpy(m->stage, stage);
    } else {
        print_fraction(m, fraction);
    }
    m->last = now;
    (void)fflush(m->out);
}

static void show_bar(dkg_meter *m, const char *stage, double fraction, double now)
{
    char bar[BAR + 1];
    if (now - m->last < interval && strcmp(stage, m->stage) == 0) return;
    size_t filled = (size_t)(fraction * BAR);
    memset(bar, '#', filled);
    memset(bar + filled, '.', BAR - filled);
    bar[BAR] = '\0';
    fprintf(m->out, "\r%3u %% [%s] %.40s\033[K", (unsigned)(fraction * 100), bar, stage);
    (void)fflush(m->out);
    (void)strcpy(m->stage, stage);
    m->visible = true;
    m->last = now;
}

void dkg_meter_show(dkg_meter *meter, const char *stage, double fraction, double now)
{
    char text[DKG_METER_STAGE];
    plain(stage ? stage : "", text);
    if (meter->style == DKG_METER_TAGS) show_tags(meter, text, inside(fraction), now);
    if (meter->style == DKG_METER_BAR) show_bar(meter, text, inside(fraction), now);
}

void dkg_meter_clear(dkg_meter *meter)
{
    if (!meter->visible) return;
    fprintf(meter->out, "\r\033[K");
    (void)fflush(meter->out);
    meter->visible = false;
}

void dkg_meter_end(dkg_meter *meter, bool completed, double now)
{
    dkg_meter_clear(meter);
    if (meter->style != DKG_METER_TAGS || meter->stages == 0 || !completed) return;
    print_fraction(meter, 1);
    end_stage(meter, now);
    (void)fflush(meter->out);
}
