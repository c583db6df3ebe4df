/* Names of image files. */
#ifndef DKG_CLI_TRAIN_NAMES_H
#define DKG_CLI_TRAIN_NAMES_H

#include "dkg/base.h"

typedef struct dkg_names {
    char **items;
    size_t count, capacity;
} dkg_names;

/* The image files of a folder and its subfolders, by their endings, in the order of their bytes; the names of a list (.txt: one
 * per line, relative to its folder, # begins a comment) in its order; else `place` itself. Hidden files and links to folders are
 * passed over. Each name is freed by dkg_names_free(). */
DKG_MUST_USE dkg_status dkg_names_find(const char *place, dkg_names *out, dkg_error *err);
void dkg_names_free(dkg_names *names);
#endif
