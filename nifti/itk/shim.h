/* shim.h - what crosses between C and the library that holds ITK: a table of functions, plain structs, no exception. */
#ifndef DKG_ITK_SHIM_H
#define DKG_ITK_SHIM_H

#include "dkg/itk.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DKG_SHIM_LIBRARY "libdkg_itk.so"
#define DKG_SHIM_SYMBOL "dkg_itk_shim"
enum { DKG_SHIM_VERSION = 1 }; /* rises with every change of the struct below or of dkg_image */

/* What goes into *image is freed with free(image->owned); on failure nothing is in it. `max`: most bytes of voxels. */
typedef struct dkg_shim {
    unsigned version;
    dkg_status (*read)(dkg_image_format format, const char *path, uint64_t max, dkg_image *image, dkg_error *err);
    dkg_status (*write)(dkg_image_format format, const char *path, const dkg_image *image, dkg_error *err);
} dkg_shim;

typedef const dkg_shim *(*dkg_shim_entry)(void);

#ifdef __cplusplus
}
#endif
#endif
