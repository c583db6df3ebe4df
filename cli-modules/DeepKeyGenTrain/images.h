/* The images of a training, read from files of every format at hand. */
#ifndef DKG_CLI_TRAIN_IMAGES_H
#define DKG_CLI_TRAIN_IMAGES_H

#include "dkg/training.h"

typedef struct dkg_image_set {
    dkg_train_image *items;
    size_t count;
    size_t files, skipped;   /* files that gave images; files that gave none */
    uint8_t digest[DKG_DIGEST_BYTES]; /* of all sizes and pixels in order: the same images give the same digest */
} dkg_image_set;

/* Reads `place`: a folder with its subfolders, a list (.txt: one name per line, # begins a comment) or one image. Files that
 * cannot be used are named in a warning and passed over. Memory is bounded: of very many files and slices some are taken, spread
 * evenly, the files by the seed. `encrypted`: the bytes are taken as they are, without any scaling.
 * DKG_SOURCE when nothing can be used. */
DKG_MUST_USE dkg_status dkg_image_set_read(const char *place, uint32_t crop, bool encrypted, const uint8_t seed[DKG_TRAIN_SEED_BYTES],
                                           const dkg_log *log, dkg_image_set *out, dkg_error *err);
void dkg_image_set_free(dkg_image_set *set);
#endif
