/* Key images that no volume uses, measured beside a ciphertext: subjects "key" and "generator". */
#ifndef DKG_CLI_DEMONSTRATION_H
#define DKG_CLI_DEMONSTRATION_H

#include "dkg/cipher.h"
#include "dkg/host.h"
#include "report/subject.h"

typedef struct dkg_demonstration {
    const dkg_sealed *sealed;    /* its model is looked for; NULL: the one shipped */
    const dkg_subject *like;     /* the ciphertext: shape, seed, significance */
    const char *model_file, *device;
    size_t count;                /* key images */
} dkg_demonstration;

/* Initial images come from a stream of the volume's public id, of which no secret can be learned and which is the same in every
 * run. "key": each image with its three channels; "generator": the same bytes laid out as planes of the ciphertext. Without a
 * model at hand a warning says so and nothing is measured. */
DKG_MUST_USE dkg_status dkg_measure_demonstration(dkg_record *r, const dkg_demonstration *d, dkg_host *host, dkg_error *err);
#endif
