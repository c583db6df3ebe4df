/* cache.h - a folder of the user's own for what may be made again: compiled programs, results of tuning. */
#ifndef DKG_OPENCL_CACHE_H
#define DKG_OPENCL_CACHE_H

#include "dkg/base.h"

enum { DKG_CACHE_PATH = 4096, DKG_CACHE_FILES = 16, DKG_CACHE_FILE_MAX = 16 << 20 };

/* "<folder>/<name>" of the cache: $DKG_CACHE, else $XDG_CACHE_HOME/deepkeygen, else ~/.cache/deepkeygen. `create` makes the folder
 * (mode 0700). False: DKG_CACHE is "off", there is no such folder, it belongs to somebody else or somebody else can write to it
 * (what is in it is executed). */
DKG_MUST_USE bool dkg_cache_path(const char *name, bool create, char out[DKG_CACHE_PATH]);
/* A whole file of the cache, freed with free(). False: none, one that others could have written, one of more than
 * DKG_CACHE_FILE_MAX bytes. */
DKG_MUST_USE bool dkg_cache_read(const char *name, uint8_t **bytes, size_t *size);
/* Writes a file (mode 0600), complete or not at all, then removes the oldest files with the same extension beyond
 * DKG_CACHE_FILES. False: it could not be written. */
bool dkg_cache_write(const char *name, const void *bytes, size_t size);
void dkg_cache_remove(const char *name);

#endif
