/* One array of samples measured and put into a record: rows, curves per slice, histogram, neighbours, failures of many tests. */
#ifndef DKG_CLI_SUBJECT_H
#define DKG_CLI_SUBJECT_H

#include "report/record.h"

typedef struct dkg_subject {
    const char *name;         /* "cipher" */
    dkg_shape shape;
    const uint8_t *samples;   /* all planes, or NULL: they come from `control` */
    dkg_control *control;
    const uint8_t *seed;      /* 32 bytes, chooses the blocks of local entropy; NULL: zeros */
    double alpha;
    unsigned threads;
    bool figures;             /* histogram and neighbours too */
} dkg_subject;

/* rows: NULL, or filled with the rows, to be freed in every case. Memory does not grow with the planes of a control. */
DKG_MUST_USE dkg_status dkg_record_subject(dkg_record *r, const dkg_subject *s, dkg_metric_list *rows, dkg_error *err);
/* XChaCha20 and rand, on the same shape; warns in the record when XChaCha20 is not consistent: the measurement is broken then. */
DKG_MUST_USE dkg_status dkg_record_controls(dkg_record *r, const dkg_subject *like, dkg_error *err);
/* Intervals of one slice's entropy, chi-square and correlations, for the bands of figure F4. */
void dkg_record_bands(dkg_record *r, const dkg_shape *shape, double alpha);
/* Two arrays of the shape of `like` as a named pair: rows of subject `name`. */
DKG_MUST_USE dkg_status dkg_record_pair(dkg_record *r, const char *name, dkg_pair pair, const dkg_subject *like, const uint8_t *a,
                                        const uint8_t *b, dkg_metric_list *rows, dkg_error *err);
#endif
