/* Figures of models: weights, keys, distance of two models. */
#ifndef DKG_CLI_MODEL_FIGURES_H
#define DKG_CLI_MODEL_FIGURES_H

#include "dkg/host.h"
#include "dkg/model.h"

/* Results weights, weightZeros and weightMean (mean size of a weight), both over all layers, and directChannels: output channels
 * with too large a sum for integer Winograd. */
void dkg_show_weights(const dkg_model *model, dkg_host *host);
/* Makes `count` keys of public images of noise: entropy, largest chi-square and correlation, selfTest. */
DKG_MUST_USE dkg_status dkg_show_model_keys(const dkg_model *model, size_t count, const char *device, unsigned threads, dkg_host *host,
                                            dkg_error *err);
/* Makes `count` keys (0: none) with each model from the same public images: bytesDiffering, bitsDiffering (0.5 for noise), uaci;
 * and, when both have as many channels, weightsEqual and weightCorrelation. */
DKG_MUST_USE dkg_status dkg_compare_models(const dkg_model *one, const dkg_model *other, size_t count, const char *device,
                                           unsigned threads, dkg_host *host, dkg_error *err);
#endif
