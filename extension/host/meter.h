/* meter.h - progress: tags for Slicer, a bar for a terminal. Time is handed in, so that it can be tested. */
#ifndef DKG_HOST_METER_H
#define DKG_HOST_METER_H

#include <stdbool.h>
#include <stdio.h>

typedef enum dkg_meter_style { DKG_METER_OFF, DKG_METER_TAGS, DKG_METER_BAR } dkg_meter_style;

enum { DKG_METER_STAGE = 96 };

typedef struct dkg_meter {
    dkg_meter_style style;
    FILE *out;
    char title[DKG_METER_STAGE];
    double started, last; /* seconds: when it began, when it last wrote */
    double shown;         /* fraction last written, -1: none */
    char stage[DKG_METER_STAGE]; /* announced */
    unsigned stages;      /* announced so far */
    bool visible;         /* a bar is on the terminal */
} dkg_meter;

dkg_meter dkg_meter_new(dkg_meter_style style, FILE *out, const char *title, double now);
/* Shows that `fraction` (0..1, kept inside) of the job is done and what it does now. Tags: at most five a second, at most
 * 200 lines a run, because the host searches its whole text again for each; flushed, or the host's bar
 * would not move. */
void dkg_meter_show(dkg_meter *meter, const char *stage, double fraction, double now);
/* Removes a bar so that a line can be printed. */
void dkg_meter_clear(dkg_meter *meter);
/* The end; `completed` as opposed to failed. */
void dkg_meter_end(dkg_meter *meter, bool completed, double now);

#endif
