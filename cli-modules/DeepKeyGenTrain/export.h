/* From the trained network to a model file. */
#ifndef DKG_CLI_TRAIN_EXPORT_H
#define DKG_CLI_TRAIN_EXPORT_H

#include "dkg/host.h"
#include "dkg/training.h"

typedef struct dkg_export {
    const char *model_file, *sample_key; /* sample_key: NULL for none */
    bool replace;
    unsigned threads;
    size_t files, images;    /* trained on, for the metadata */
} dkg_export;

/* Quantises, calibrates a tanh head, makes three keys of held-out images, says how they are and writes the model with what it was
 * made of as metadata. DKG_GENERATOR: keys of a phase head fail the self-test; nothing is written then. */
DKG_MUST_USE dkg_status dkg_export_model(const dkg_export *to, dkg_trainer *trainer, const dkg_train_record *record,
                                         const dkg_train_data *data, dkg_host *host, dkg_error *err);
/* "xchacha20", "bce", "phase": as on the command line. */
const char *dkg_cipher_name(dkg_train_cipher cipher);
const char *dkg_loss_name(dkg_train_loss loss);
const char *dkg_head_name(dkg_train_head head);
#endif
