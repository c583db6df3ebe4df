/* A reference engine that remembers its keys, and sources to encrypt. */
#ifndef DKG_TEST_REMEMBER_H
#define DKG_TEST_REMEMBER_H

#include "bench.h"

dkg_engine *remembering_engine(const dkg_model *model);

/* A volume of pattern bytes with a true NIfTI header; source_release() frees it. */
dkg_source *source_of(const char *name, const recipe *how);
void source_release(dkg_source *source);

#endif
