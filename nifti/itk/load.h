/* load.h - the library that holds ITK, when there is one. */
#ifndef DKG_ITK_LOAD_H
#define DKG_ITK_LOAD_H

#include "itk/shim.h"

/* The table; it stays loaded until the process ends. DKG_UNSUPPORTED with the reason. */
DKG_MUST_USE dkg_status dkg_shim_load(const dkg_shim **out, dkg_error *err);

#endif
