/* The control of the conformance suite: the same network in floats, run by C and by OpenCL. */
#ifndef DKG_CONFORMANCE_FLOAT_CONTROL_H
#define DKG_CONFORMANCE_FLOAT_CONTROL_H

#include "published.h"

/* What runs the three operations of float_network.cl over buffers of floats in its own memory. */
typedef struct float_device float_device;
struct float_device {
    /* Layer i of the model over the buffer `input`, normalised but for the last, to the buffer `output`. */
    dkg_status (*layer)(float_device *self, const dkg_layer *layer, int height, int width, int input, int output, int shortcut,
                        bool last, dkg_error *err);
    dkg_status (*load)(float_device *self, const float *values, size_t count, dkg_error *err); /* to buffer 0 */
    /* Both keys of the buffer: 3 * pixels bytes of the fold, then of the tanh. */
    dkg_status (*keys)(float_device *self, int input, int pixels, uint8_t *keys, dkg_error *err);
    void (*destroy)(float_device *self);
};

enum { FLOAT_BUFFERS = 3, FLOAT_NO_BUFFER = -1 };

/* values: floats of the largest tensor. */
DKG_MUST_USE dkg_status float_c(size_t values, float_device **out, dkg_error *err);
DKG_MUST_USE dkg_status float_opencl(size_t values, float_device **out, dkg_error *err);

#endif
