/* train/ops.h - the operations of a step on images that lie on the device, one function per kernel or pair of kernels. */
#ifndef DKG_OPENCL_TRAIN_OPS_H
#define DKG_OPENCL_TRAIN_OPS_H

#include "train/device.h"

enum { DKG_TRAIN_PANEL = 16, DKG_TRAIN_TAPS = 16, DKG_TRAIN_UNFOLDED = 10 /* panels: 147 values, padded */ };

/* Square image of float [panel][row][column][16] with `border` zeros around each panel. */
typedef struct dkg_train_map {
    cl_mem memory;
    int panels, side, border;
} dkg_train_map;
uint64_t dkg_train_map_bytes(const dkg_train_map *m);

/* A convolution from a big to a small image, or a transposed one from small to big; as the reference's dkg_join. */
typedef struct dkg_train_join {
    int kernel, stride, padding;
    int weights; /* where its weights begin in the vectors */
} dkg_train_join;

/* What follows a convolution: normalisation or none, then an activation of slope 1 (none), 0 (ReLU), 0.2 (LeakyReLU). */
typedef struct dkg_train_after {
    bool norm;
    float slope;
    int scale;      /* where its factors begin in the vector of scales */
    cl_mem partial; /* dkg_train_partial_bytes() for scratch */
    cl_mem scales;
} dkg_train_after;
uint64_t dkg_train_partial_bytes(const dkg_train_tuning *tuning, int panels, int side);

/* small = conv(big) with `weights` of [small][big] panels; big = its adjoint(small) with weights of [big][small] panels. */
DKG_MUST_USE dkg_status dkg_op_gather(dkg_train_device *d, const dkg_train_join *j, cl_mem weights, const dkg_train_map *big,
                                         const dkg_train_map *small, bool add, dkg_error *err);
DKG_MUST_USE dkg_status dkg_op_scatter(dkg_train_device *d, const dkg_train_join *j, cl_mem weights, const dkg_train_map *small,
                                          const dkg_train_map *big, bool add, dkg_error *err);
/* Gradient of the weights [out][in] panels; transposed: `in` is the small image. */
DKG_MUST_USE dkg_status dkg_op_gradient(dkg_train_device *d, const dkg_train_join *j, bool transposed, const dkg_train_map *in,
                                           const dkg_train_map *out, cl_mem gradient, bool add, dkg_error *err);

/* normed (without border) is normalised in place; out = activation(normed) + add (NULL: nothing). */
DKG_MUST_USE dkg_status dkg_op_norm(dkg_train_device *d, const dkg_train_after *a, const dkg_train_map *normed,
                                       const dkg_train_map *add, const dkg_train_map *out, dkg_error *err);
/* dout: gradient of the activation, laid out as normed; out: gradient before the norm. */
DKG_MUST_USE dkg_status dkg_op_norm_back(dkg_train_device *d, const dkg_train_after *a, const dkg_train_map *normed,
                                            const dkg_train_map *dout, const dkg_train_map *out, dkg_error *err);

/* train_fold.cl: planes to 147 values per pixel, and their sum back to [3][y][x]. */
DKG_MUST_USE dkg_status dkg_op_unfold(dkg_train_device *d, cl_mem plane, const dkg_train_map *out, int sign, dkg_error *err);
DKG_MUST_USE dkg_status dkg_op_fold(dkg_train_device *d, const dkg_train_map *in, cl_mem out, dkg_error *err);

/* train_view.cl; side is the view's. */
DKG_MUST_USE dkg_status dkg_op_source(dkg_train_device *d, cl_mem bytes, cl_mem plane, int side, dkg_error *err);
DKG_MUST_USE dkg_status dkg_op_target(dkg_train_device *d, int head, cl_mem bytes, const dkg_train_map *view, dkg_error *err);
DKG_MUST_USE dkg_status dkg_op_view(dkg_train_device *d, int head, cl_mem u, int first, const dkg_train_map *view, dkg_error *err);
DKG_MUST_USE dkg_status dkg_op_view_back(dkg_train_device *d, int head, cl_mem u, const dkg_train_map *dview, cl_mem du,
                                            dkg_error *err);

/* u to the pool, from value `first` on. */
DKG_MUST_USE dkg_status dkg_op_store(dkg_train_device *d, cl_mem u, cl_mem pool, int first, int side, dkg_error *err);

/* losses[aim] and the gradient of the logits (channel 0), times scale. */
DKG_MUST_USE dkg_status dkg_op_loss(dkg_train_device *d, int loss, int aim, float scale, const dkg_train_map *logits,
                                       const dkg_train_map *gradient, cl_mem losses, dkg_error *err);

/* Adam on the first `count` values (a multiple of 16); members as train_adam.cl says. */
typedef struct dkg_train_adam {
    float beta1, rest1, beta2, rest2, rate, root;
} dkg_train_adam;
DKG_MUST_USE dkg_status dkg_op_update(dkg_train_device *d, const dkg_train_adam *a, cl_mem weights, cl_mem gradient, cl_mem moment1,
                                         cl_mem moment2, int count, dkg_error *err);
DKG_MUST_USE dkg_status dkg_op_transpose(dkg_train_device *d, const dkg_train_join *j, int inputs, int outputs, cl_mem weights,
                                            cl_mem back, dkg_error *err);

#endif
