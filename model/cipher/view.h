/* cipher/view.h - stored voxels read as carrier bytes: canonical values in one of 48 axis orders and flips
 * (docs/volume-format.md, sections 10.2 and 10.3). */
#ifndef DKG_CIPHER_VIEW_H
#define DKG_CIPHER_VIEW_H

#include "dkg/cipher.h"

enum { DKG_VIEWS = 48 };

typedef struct dkg_view {
    const dkg_stored *stored;
    uint8_t cb;           /* carrier bytes per voxel */
    bool scaled;          /* apply slope and inter */
    bool identity;        /* axes as stored */
    uint64_t dim[3];      /* of the view, x first */
    uint64_t origin;      /* stored index of view voxel (0, 0, 0) */
    uint64_t step[3];     /* in stored voxels, modulo 2^64: a flipped axis steps back */
    uint64_t size;        /* bytes: dim[0] * dim[1] * dim[2] * cb */
} dkg_view;

/* DKG_FOREIGN when the voxels are no numeric scalars or the sizes do not add up. Everything below needs this first. */
DKG_MUST_USE dkg_status dkg_stored_check(const dkg_stored *stored, dkg_error *err);
/* True when slope and inter say something else than 1 and 0. */
bool dkg_stored_scaled(const dkg_stored *stored);

/* View `number` (0: identity; below DKG_VIEWS). */
dkg_view dkg_view_make(const dkg_stored *stored, unsigned number, uint8_t cb, bool scaled);
/* Bytes offset .. offset+n-1 of the view, both multiples of cb and inside its size. Lost voxels count as 0. */
void dkg_view_read(const dkg_view *view, uint64_t offset, size_t n, uint8_t *out);
/* The first of the offsets offset, offset + step, ... below `end` where the 8 bytes of `mark` stand, else `end`. offset and step
 * are multiples of cb, step > 0, end + 8 <= size. */
uint64_t dkg_view_find(const dkg_view *view, const uint8_t mark[8], uint64_t offset, uint64_t step, uint64_t end);
/* The stored bytes themselves when they already are the view's, else NULL. */
const uint8_t *dkg_view_as_stored(const dkg_view *view);

#endif
