/* train/network.h - both networks on the device: layers, their images, forwards and backwards. */
#ifndef DKG_OPENCL_TRAIN_NETWORK_H
#define DKG_OPENCL_TRAIN_NETWORK_H

#include "dkg/train.h"
#include "train/ops.h"

/* The first and the last layer of the generator are 1 x 1 convolutions of unfolded planes (train_fold.cl). */
typedef enum dkg_train_kind { DKG_TRAIN_PLAIN, DKG_TRAIN_UNFOLDS, DKG_TRAIN_FOLDS } dkg_train_kind;

typedef struct dkg_train_layer {
    dkg_train_kind kind;
    bool transposed, active; /* active: a norm or an activation follows */
    bool adds;               /* the output of the layer before the last is added */
    dkg_train_join join;
    int inputs, outputs;     /* panels */
    dkg_train_after after;
    dkg_train_map in;        /* what it reads */
    dkg_train_map normed;    /* what its convolution wrote, then normalised */
    dkg_train_map out;       /* after the activation; the next layer's in */
    dkg_train_map before;    /* gradient before the norm; layers of one shape share it */
    dkg_train_map dout, din; /* gradients of out and in, without border; shared by many layers */
    bool din_adds;           /* another part of din is there already */
} dkg_train_layer;

enum { DKG_TRAIN_BUFFERS = 128 };

/* Parameters lie in vectors of all layers on the device: weights, the same for the way back (train_transpose.cl), gradients and
 * both moments. Nothing is allocated after the start. */
typedef struct dkg_train_network {
    dkg_train_options options;
    dkg_train_device *device;
    dkg_train_tensor tensors[DKG_TRAIN_TENSORS];
    dkg_train_layer layers[DKG_TRAIN_TENSORS];
    size_t count;         /* values of a vector of parameters on the device */
    cl_mem weights, back, gradients, moment1, moment2;
    cl_mem source, target; /* bytes */
    cl_mem plane, du;      /* planes of train_fold.cl: the source, the gradient of u */
    cl_mem u, pool;        /* [3][y][x]; [slot][3][y][x] */
    cl_mem losses;         /* [aim] */
    dkg_train_map unfolded; /* of the source, of u, of its gradient: one after another */
    dkg_train_map view;     /* of u or the target: what the discriminator reads */
    cl_mem buffers[DKG_TRAIN_BUFFERS]; /* all that are to be released */
    size_t buffer_count;
} dkg_train_network;

/* Describes and allocates. DKG_NO_MEMORY with what it takes and advice; dkg_train_network_free() in every case. */
DKG_MUST_USE dkg_status dkg_train_network_make(dkg_train_network *n, dkg_train_device *device, const dkg_train_options *options,
                                               dkg_error *err);
void dkg_train_network_free(dkg_train_network *n);

/* Layers first..end-1 forwards, from what layer `first` reads. */
DKG_MUST_USE dkg_status dkg_train_forward(dkg_train_network *n, size_t first, size_t end, dkg_error *err);
/* Layers end-1 down to first: from the gradient of what the last convolution wrote, in its `before`, to the weights' (learn: set,
 * or added to with `add`) and, with din, to that of what layer `first` reads. */
DKG_MUST_USE dkg_status dkg_train_backward(dkg_train_network *n, size_t first, size_t end, bool learn, bool add, bool din,
                                           dkg_error *err);
/* Weights for the way back from the weights. */
DKG_MUST_USE dkg_status dkg_train_turn(dkg_train_network *n, dkg_error *err);
/* Place of value i of tensor t in a vector on the device. */
size_t dkg_train_place(const dkg_train_network *n, size_t t, size_t i);

#endif
