/* reference_parts.c - convolution, norm, losses, heads and Adam, each in the simplest loops. */
#include <math.h>

#include "train/reference.h"

static const double pi = 3.141592653589793, epsilon_norm = 1e-5, epsilon_adam = 1e-8;

/* Small positions s of 0..count-1 with 0 <= s * stride + tap - padding < big. */
static void reach(const dkg_join *j, size_t tap, size_t *first, size_t *end)
{
    *first = tap < j->padding ? (j->padding - tap + j->stride - 1) / j->stride : 0;
    *end = 0;
    while (*end < j->small_side && *end * j->stride + tap < j->big_side + j->padding) ++*end;
    if (*first > *end) *first = *end;
}

/* Calls for every weight, small row and the columns it reaches. */
#define FOR_EVERY_ROW(j)                                                                                        \
    for (size_t s = 0; s < (j)->small; s++)                                                                     \
        for (size_t b = 0; b < (j)->big; b++)                                                                   \
            for (size_t ky = 0, y0, y1; ky < (j)->kernel; ky++)                                                 \
                for (size_t kx = 0, x0, x1; kx < (j)->kernel; kx++)                                             \
                    for (size_t y = (reach(j, ky, &y0, &y1), reach(j, kx, &x0, &x1), y0); y < y1; y++)
#define WEIGHT(j) (((s * (j)->big + b) * (j)->kernel + ky) * (j)->kernel + kx)
#define SMALL_ROW(j, image) ((image) + (s * (j)->small_side + y) * (j)->small_side)
#define BIG_ROW(j, image) ((image) + (b * (j)->big_side + y * (j)->stride + ky - (j)->padding) * (j)->big_side)
#define BIG_COLUMN(j) (x * (j)->stride + kx - (j)->padding)

void dkg_join_gather(const dkg_join *j, const double *w, const double *big, double *small)
{
    FOR_EVERY_ROW(j)
    {
        const double *from = BIG_ROW(j, big), weight = w[WEIGHT(j)];
        double *to = SMALL_ROW(j, small);
        for (size_t x = x0; x < x1; x++) to[x] += weight * from[BIG_COLUMN(j)];
    }
}

void dkg_join_scatter(const dkg_join *j, const double *w, const double *small, double *big)
{
    FOR_EVERY_ROW(j)
    {
        const double *from = SMALL_ROW(j, small), weight = w[WEIGHT(j)];
        double *to = BIG_ROW(j, big);
        for (size_t x = x0; x < x1; x++) to[BIG_COLUMN(j)] += weight * from[x];
    }
}

void dkg_join_weights(const dkg_join *j, const double *big, const double *small, double *dw)
{
    FOR_EVERY_ROW(j)
    {
        const double *of_big = BIG_ROW(j, big), *of_small = SMALL_ROW(j, small);
        double sum = 0;
        for (size_t x = x0; x < x1; x++) sum += of_big[BIG_COLUMN(j)] * of_small[x];
        dw[WEIGHT(j)] += sum;
    }
}

double dkg_norm_forward(double *values, size_t count)
{
    double mean = 0, variance = 0;
    for (size_t i = 0; i < count; i++) mean += values[i];
    mean /= (double)count;
    for (size_t i = 0; i < count; i++) variance += (values[i] - mean) * (values[i] - mean);
    const double inverse = 1 / sqrt(variance / (double)count + epsilon_norm);
    for (size_t i = 0; i < count; i++) values[i] = (values[i] - mean) * inverse;
    return inverse;
}

void dkg_norm_backward(const double *normed, double inverse, double *dy, size_t count)
{
    double mean = 0, along = 0;
    for (size_t i = 0; i < count; i++) mean += dy[i];
    for (size_t i = 0; i < count; i++) along += dy[i] * normed[i];
    mean /= (double)count;
    along /= (double)count;
    for (size_t i = 0; i < count; i++) dy[i] = inverse * (dy[i] - mean - normed[i] * along);
}

/* log(1 + exp(v)) without overflow. */
static double softplus(double v) { return v > 0 ? v + log1p(exp(-v)) : log1p(exp(v)); }

double dkg_train_loss_of(dkg_train_loss loss, dkg_train_aim aim, const double *logits, size_t count, double scale,
                         double *gradient)
{
    const double sign = aim == DKG_AIM_FAKE ? 1 : -1, wanted = aim == DKG_AIM_FAKE ? 0 : 1;
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        const double v = sign * logits[i];
        double value = 0, slope = 0; /* slope: d value / d logit */
        switch (loss) {
        case DKG_LOSS_BCE:
            value = softplus(v);
            slope = sign / (1 + exp(-v));
            break;
        case DKG_LOSS_LSGAN:
            value = (logits[i] - wanted) * (logits[i] - wanted);
            slope = 2 * (logits[i] - wanted);
            break;
        case DKG_LOSS_HINGE:
            if (aim == DKG_AIM_FOOL) {
                value = v;
                slope = sign;
            } else if (1 + v > 0) {
                value = 1 + v;
                slope = sign;
            }
            break;
        }
        sum += value;
        gradient[i] = scale * slope / (double)count;
    }
    return sum / (double)count;
}

void dkg_train_view(dkg_train_head head, const double *u, size_t pixels, double *view)
{
    for (size_t i = 0; i < 3 * pixels; i++) {
        view[i] = head == DKG_TRAIN_PHASE ? cos(pi * u[i]) : tanh(u[i]);
        if (head == DKG_TRAIN_PHASE) view[3 * pixels + i] = sin(pi * u[i]);
    }
}

void dkg_train_view_back(dkg_train_head head, const double *u, const double *dview, size_t pixels, double *du)
{
    for (size_t i = 0; i < 3 * pixels; i++)
        du[i] = head == DKG_TRAIN_PHASE ? pi * (dview[3 * pixels + i] * cos(pi * u[i]) - dview[i] * sin(pi * u[i]))
                                        : dview[i] * (1 - tanh(u[i]) * tanh(u[i]));
}

void dkg_train_view_target(dkg_train_head head, const uint8_t *bytes, size_t pixels, double *view)
{
    for (size_t p = 0; p < pixels; p++)
        for (size_t c = 0; c < 3; c++) {
            const double byte = bytes[3 * p + c], phase = pi * (byte + 0.5) / 128;
            view[c * pixels + p] = head == DKG_TRAIN_PHASE ? cos(phase) : byte / 127.5 - 1;
            if (head == DKG_TRAIN_PHASE) view[(3 + c) * pixels + p] = sin(phase);
        }
}

void dkg_train_adam(const dkg_train_options *o, uint64_t step, const double *gradient, double *moment1, double *moment2,
                    double *weights, size_t count)
{
    const double rate = o->rate / (1 - pow(o->beta1, (double)step)), root = sqrt(1 - pow(o->beta2, (double)step));
    for (size_t i = 0; i < count; i++) {
        moment1[i] = o->beta1 * moment1[i] + (1 - o->beta1) * gradient[i];
        moment2[i] = o->beta2 * moment2[i] + (1 - o->beta2) * gradient[i] * gradient[i];
        weights[i] -= rate * moment1[i] / (sqrt(moment2[i]) / root + epsilon_adam);
    }
}
