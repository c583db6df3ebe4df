/* Model files, and finding them: by name, in a key file, or in the folders of the user and of the installation. */
#ifndef DKG_CLI_MODELS_H
#define DKG_CLI_MODELS_H

#include "dkg/cipher.h"
#include "dkg/model.h"

/* Reads one model file. */
DKG_MUST_USE dkg_status dkg_models_load(const char *path, dkg_model **out, dkg_error *err);
/* Writes one; flags: those of dkg_file_write(). */
DKG_MUST_USE dkg_status dkg_models_save(const char *path, unsigned flags, const dkg_model *model, dkg_error *err);
/* The model to encrypt with: `model_file` if given; else the one a key file names (embedded, or found by its digest); else the
 * one shipped. */
DKG_MUST_USE dkg_status dkg_models_for_writing(const char *model_file, const dkg_keyfile *key, dkg_model **out, dkg_error *err);
/* The model a volume was made with, among all models at hand: `model_file`, embedded in a key file, DKG_MODEL_PATH, the
 * user's folder, the installation's. DKG_GENERATOR when none fits. */
DKG_MUST_USE dkg_status dkg_models_for_reading(const dkg_sealed *sealed, const char *model_file, const dkg_keyfile *const *keys,
                                               size_t key_count, dkg_model **out, dkg_error *err);
#endif
