/* The pictures of a report. */
#ifndef DKG_CLI_SHOWN_H
#define DKG_CLI_SHOWN_H

#include "common/picture.h"
#include "report/record.h"

/* Planes of a ciphertext as a picture. */
dkg_picture_volume dkg_picture_of_planes(const dkg_shape *shape, const uint8_t *samples);
/* Figure F1: three orthogonal slices through the middle. */
void dkg_record_slices(dkg_record *r, const char *subject, const dkg_picture_volume *v);
/* Figure F5: a corner of one plane, bit by bit, the highest first. */
void dkg_record_bit_planes(dkg_record *r, const char *subject, const uint8_t *plane, const dkg_shape *shape);
/* Figure F6: the middle of each key image, and the matrix of their distances. keys: count * DKG_KEY_BYTES. */
void dkg_record_keys(dkg_record *r, const uint8_t *keys, size_t count);
#endif
