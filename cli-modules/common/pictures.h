/* Which volumes a --preview shows. */
#ifndef DKG_CLI_PICTURES_H
#define DKG_CLI_PICTURES_H

#include "common/keychain.h"
#include "dkg/cipher.h"
#include "dkg/nifti.h"

/* Source, encrypted and, when the keys at hand can open it, decrypted: the file just written is read back and decrypted. */
DKG_MUST_USE dkg_status dkg_picture_of_encryption(const char *path, bool replace, const dkg_volume *source, const dkg_carrier *carrier,
                                                  const char *written, dkg_keychain *keys, const dkg_model *model,
                                                  dkg_engine *engine, dkg_host *host, dkg_error *err);
/* Encrypted, as stored, and decrypted. `header`: of the decrypted source. */
DKG_MUST_USE dkg_status dkg_picture_of_decryption(const char *path, bool replace, const dkg_stored_image *stored,
                                                  const dkg_nifti_header *header, dkg_bytes data, dkg_error *err);
#endif
