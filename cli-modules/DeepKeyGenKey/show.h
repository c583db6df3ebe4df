/* Key images for people: of a fresh random nonce that no volume ever uses. */
#ifndef DKG_CLI_SHOW_KEYS_H
#define DKG_CLI_SHOW_KEYS_H

#include "DeepKeyGenKey/key.h"

/* Makes job->previewCount keys; writes them to previewVolume (RGB24, 256 x 256 x count: the 4-D key p(x, y, c) of slice i) and
 * their figures to keyTable. */
DKG_MUST_USE dkg_status dkg_show_keys(const dkg_key_job *job, dkg_host *host, dkg_error *err);
#endif
