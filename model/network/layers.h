/* layers.h - the fixed shape of the network: which layers there are, their tensor names and channels (generator.md section 1). */
#ifndef DKG_NETWORK_LAYERS_H
#define DKG_NETWORK_LAYERS_H

#include "dkg/model.h"

/* Layers 3, 5, ... 13 open a residual block, layers 4, 6, ... 14 close it: their output is added to the block's input. */
bool dkg_layer_opens_block(size_t i);
bool dkg_layer_closes_block(size_t i);
/* True for a multiple of 4 in DKG_CHANNELS_MIN..DKG_CHANNELS_MAX. */
bool dkg_channels_valid(uint64_t channels);
/* Fills the table for n channels; weights of all layers lie one after another in `weights` (NULL: only the shapes).
 * Returns the number of weights of all layers. */
size_t dkg_layers_describe(uint32_t channels, const int8_t *weights, dkg_layer layers[DKG_LAYERS]);

#endif
