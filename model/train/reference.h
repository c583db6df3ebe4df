/* train/reference.h - the parts of a training step in plain C and double precision (docs/generator.md section 5).
 *
 * A convolution joins a big image (its input, or the output of a transposed one) with a small one, and three functions are all
 * there is: a convolution's forward pass is a transposed one's way back, and the other way round. Images are [channel][y][x]. */
#ifndef DKG_TRAIN_REFERENCE_H
#define DKG_TRAIN_REFERENCE_H

#include "dkg/train.h"

typedef struct dkg_join {
    size_t big, small;   /* channels */
    size_t big_side, small_side; /* rows and columns */
    size_t kernel, stride, padding;
} dkg_join; /* weights: [small][big][ky][kx], the order of both kinds in the model file */

/* small += conv(big), big += its adjoint(small), dw += gradient of the weights. */
void dkg_join_gather(const dkg_join *j, const double *w, const double *big, double *small);
void dkg_join_scatter(const dkg_join *j, const double *w, const double *small, double *big);
void dkg_join_weights(const dkg_join *j, const double *big, const double *small, double *dw);

/* Instance normalisation of one channel in place: (v - mean) / sqrt(variance + 1e-5). Returns 1 / that root. */
double dkg_norm_forward(double *values, size_t count);
/* dy (gradient after the norm) becomes the gradient before it. */
void dkg_norm_backward(const double *normed, double inverse, double *dy, size_t count);

/* What the discriminator's output ought to be. */
typedef enum dkg_train_aim { DKG_AIM_FOOL, DKG_AIM_REAL, DKG_AIM_FAKE } dkg_train_aim;
/* Mean loss of logits and its gradient times `scale`. */
double dkg_train_loss_of(dkg_train_loss loss, dkg_train_aim aim, const double *logits, size_t count, double scale,
                         double *gradient);

/* The discriminator's view of u, and the gradient of u from the gradient of the view; `pixels` per channel. Phase: cos(pi u)
 * of three channels, then sin(pi u); a target byte k stands for u = (k + 0.5) / 128. Tanh: tanh(u), k / 127.5 - 1. */
void dkg_train_view(dkg_train_head head, const double *u, size_t pixels, double *view);
void dkg_train_view_back(dkg_train_head head, const double *u, const double *dview, size_t pixels, double *du);
void dkg_train_view_target(dkg_train_head head, const uint8_t *bytes, size_t pixels, double *view);

/* Adam's step number `step` (from 1) on `count` weights. */
void dkg_train_adam(const dkg_train_options *options, uint64_t step, const double *gradient, double *moment1, double *moment2,
                    double *weights, size_t count);

#endif
