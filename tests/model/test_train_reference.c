/* The reference trainer: its gradients against differences of its own losses, its steps, its vectors, what it refuses. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/train.h"
#include "support.h"

static dkg_train_options tiny(dkg_train_head head, dkg_train_loss loss)
{
    dkg_train_options o = DKG_TRAIN_OPTIONS;
    o.channels = 4;
    o.discriminator = 4;
    o.crop = 32;
    o.head = head;
    o.loss = loss;
    return o;
}
enum { IMAGE = 32 * 32 * 3 };

typedef struct fixture {
    dkg_trainer *trainer;
    size_t count;
    float *weights, *values;
    uint8_t source[IMAGE], target[IMAGE];
} fixture;

/* Weights five times the usual ones: gradients are then far above the rounding of the weights. */
static void start(fixture *f, dkg_train_options o)
{
    const uint8_t seed[32] = {7};
    ck_ok(dkg_reference_trainer(&o, &f->trainer, err));
    f->count = (size_t)dkg_train_vector_size(&o, DKG_TRAIN_WEIGHTS);
    f->weights = malloc(f->count * sizeof *f->weights);
    f->values = malloc(f->count * sizeof *f->values);
    dkg_train_initial(&o, seed, f->weights);
    for (size_t i = 0; i < f->count; i++) f->weights[i] *= 5;
    ck_ok(f->trainer->set(f->trainer, DKG_TRAIN_WEIGHTS, f->weights, err));
    test_pattern(f->source, IMAGE, 1);
    test_pattern(f->target, IMAGE, 2);
}

static void stop(fixture *f)
{
    dkg_trainer_free(f->trainer);
    free(f->weights);
    free(f->values);
}

static dkg_train_losses step(fixture *f, const dkg_train_pool *pool)
{
    dkg_train_losses losses;
    ck_ok(f->trainer->step(f->trainer, f->source, f->target, pool, &losses, err));
    return losses;
}

/* The loss that weight i is to lower, with the weights that lie in f->weights. */
static double loss_of(fixture *f, bool generator)
{
    ck_ok(f->trainer->set(f->trainer, DKG_TRAIN_WEIGHTS, f->weights, err));
    const dkg_train_losses l = step(f, NULL);
    return generator ? l.generator : (l.real + l.fake) / 2;
}

static double slope(fixture *f, size_t i, bool generator, double width)
{
    const float weight = f->weights[i];
    f->weights[i] = (float)((double)weight + width);
    const double above = (double)f->weights[i], up = loss_of(f, generator);
    f->weights[i] = (float)((double)weight - width);
    const double below = (double)f->weights[i], down = loss_of(f, generator);
    f->weights[i] = weight;
    return (up - down) / (above - below);
}

/* In a network of ReLUs single differences may cross a bend, so the better of two widths counts, and nearly all must agree. */
static void check_gradients(dkg_train_head head, dkg_train_loss loss)
{
    enum { PER_TENSOR = 3 };
    dkg_train_tensor tensors[DKG_TRAIN_TENSORS];
    const dkg_train_options o = tiny(head, loss);
    fixture f;
    size_t wrong = 0;
    dkg_train_layout(&o, tensors);
    start(&f, o);
    step(&f, NULL);
    ck_ok(f.trainer->get(f.trainer, DKG_TRAIN_GRADIENTS, f.values, err));
    for (size_t t = 0; t < DKG_TRAIN_TENSORS; t++) {
        double square = 0;
        size_t bad = 0;
        for (size_t k = 0; k < tensors[t].count; k++) square += (double)f.values[tensors[t].at + k] * (double)f.values[tensors[t].at + k];
        const double usual = sqrt(square / (double)tensors[t].count);
        ck_assert_msg(usual > 1e-9, "%s has no gradient", tensors[t].name);
        for (size_t k = 0; k < PER_TENSOR; k++) {
            const size_t i = (size_t)(tensors[t].at + (k * 2 + 1) * tensors[t].count / (2 * PER_TENSOR));
            const double expected = (double)f.values[i], tolerance = 2e-3 * (usual + fabs(expected));
            if (fabs(slope(&f, i, t < DKG_LAYERS, 1e-4) - expected) > tolerance &&
                fabs(slope(&f, i, t < DKG_LAYERS, 1e-5) - expected) > tolerance)
                bad++;
        }
        ck_assert_msg(bad < PER_TENSOR, "no sampled gradient of %s is right", tensors[t].name);
        wrong += bad;
    }
    ck_assert_msg(wrong <= DKG_TRAIN_TENSORS * PER_TENSOR / 20, "%zu gradients are wrong", wrong);
    stop(&f);
}

START_TEST(gradients_are_the_slopes_of_the_losses)
{
    check_gradients(DKG_TRAIN_PHASE, DKG_LOSS_BCE);
    check_gradients(DKG_TRAIN_TANH, DKG_LOSS_LSGAN);
    check_gradients(DKG_TRAIN_PHASE, DKG_LOSS_HINGE);
}
END_TEST

START_TEST(the_first_step_of_adam_goes_by_the_rate_against_the_gradient)
{
    fixture f;
    start(&f, tiny(DKG_TRAIN_PHASE, DKG_LOSS_BCE));
    float *after = malloc(f.count * sizeof *after);
    step(&f, NULL);
    ck_assert_uint_eq(f.trainer->steps, 1);
    ck_ok(f.trainer->get(f.trainer, DKG_TRAIN_GRADIENTS, f.values, err));
    ck_ok(f.trainer->get(f.trainer, DKG_TRAIN_WEIGHTS, after, err));
    for (size_t i = 0; i < f.count; i++)
        if (fabsf(f.values[i]) > 1e-5f) {
            const double moved = ((double)after[i] - (double)f.weights[i]) * (f.values[i] > 0 ? -1 : 1);
            ck_assert_msg(fabs(moved - 2e-4) < 1e-6, "weight %zu moved by %g", i, moved);
        }
    free(after);
    stop(&f);
}
END_TEST

/* A trainer restored from vectors goes on as the one they were taken from, up to the rounding to float. */
START_TEST(vectors_hold_all_there_is)
{
    static const dkg_train_vector saved[] = {DKG_TRAIN_WEIGHTS, DKG_TRAIN_MOMENT1, DKG_TRAIN_MOMENT2, DKG_TRAIN_POOL};
    static const dkg_train_pool store = {-1, 1}, use = {1, 0};
    dkg_train_options o = tiny(DKG_TRAIN_PHASE, DKG_LOSS_BCE);
    o.pool = 2;
    fixture f, g;
    start(&f, o);
    start(&g, o);
    step(&f, &store);
    step(&f, NULL);
    const size_t most = (size_t)dkg_train_vector_size(&o, DKG_TRAIN_POOL) + f.count;
    float *values = malloc(most * sizeof *values);
    for (size_t i = 0; i < sizeof saved / sizeof saved[0]; i++) {
        ck_ok(f.trainer->get(f.trainer, saved[i], values, err));
        ck_ok(g.trainer->set(g.trainer, saved[i], values, err));
    }
    g.trainer->steps = f.trainer->steps;
    for (size_t i = 0; i < 3; i++) {
        const dkg_train_losses a = step(&f, &use), b = step(&g, &use);
        ck_assert_double_eq_tol(a.generator, b.generator, 1e-4);
        ck_assert_double_eq_tol(a.fake, b.fake, 1e-4);
        ck_assert_double_eq_tol(a.real, b.real, 1e-4);
    }
    free(values);
    stop(&f);
    stop(&g);
}
END_TEST

START_TEST(the_pool_gives_the_discriminator_an_older_image)
{
    static const dkg_train_pool store = {-1, 0}, use = {0, -1};
    dkg_train_options o = tiny(DKG_TRAIN_PHASE, DKG_LOSS_BCE);
    o.pool = 1;
    fixture f;
    start(&f, o);
    const dkg_train_losses first = step(&f, &store);
    test_pattern(f.source, IMAGE, 9);
    ck_ok(f.trainer->set(f.trainer, DKG_TRAIN_WEIGHTS, f.weights, err));
    const dkg_train_losses pooled = step(&f, &use);
    ck_assert_double_eq_tol(pooled.fake, first.fake, 1e-6); /* the pool's image, seen by the same weights */
    ck_assert(fabs(pooled.generator - first.generator) > 1e-6);
    stop(&f);
}
END_TEST

START_TEST(a_loss_beyond_all_bounds_changes_nothing)
{
    fixture f;
    start(&f, tiny(DKG_TRAIN_PHASE, DKG_LOSS_LSGAN));
    dkg_train_losses losses;
    f.weights[f.count - 1] = INFINITY;
    ck_ok(f.trainer->set(f.trainer, DKG_TRAIN_WEIGHTS, f.weights, err));
    ck_fails(f.trainer->step(f.trainer, f.source, f.target, NULL, &losses, err), DKG_DEVICE, "not a finite number");
    ck_assert_uint_eq(f.trainer->steps, 0);
    ck_ok(f.trainer->get(f.trainer, DKG_TRAIN_WEIGHTS, f.values, err));
    ck_assert_mem_eq(f.values, f.weights, f.count * sizeof *f.values);
    stop(&f);
}
END_TEST

START_TEST(what_is_out_of_range_is_refused)
{
    static const dkg_train_pool slot = {0, -1};
    const dkg_train_options good = tiny(DKG_TRAIN_PHASE, DKG_LOSS_BCE);
    dkg_train_options o = good;
    dkg_trainer *trainer;
    dkg_train_losses losses;
    fixture f;
#define REFUSED(change, part)                                                  \
    o = good;                                                                  \
    o.change;                                                                  \
    ck_fails(dkg_reference_trainer(&o, &trainer, err), DKG_USAGE, part);       \
    ck_assert_ptr_null(trainer);
    REFUSED(channels = 6, "channels is 6")
    REFUSED(channels = 88, "88")
    REFUSED(discriminator = 0, "0 channels")
    REFUSED(crop = 28, "crop is 28")
    REFUSED(crop = 516, "516")
    REFUSED(crop = 34, "34")
    REFUSED(pool = 1001, "1001")
    REFUSED(rate = 0, "rate is 0")
    REFUSED(rate = (double)NAN, "nan")
    REFUSED(beta1 = 1, "beta1 is 1")
    REFUSED(beta2 = -0.5, "beta2 is -0.5")
    start(&f, good);
    ck_fails(f.trainer->step(f.trainer, f.source, f.target, &slot, &losses, err), DKG_USAGE, "a pool of 0");
    ck_fails(f.trainer->set(f.trainer, DKG_TRAIN_GRADIENTS, f.weights, err), DKG_USAGE, "gradients");
    stop(&f);
}
END_TEST

START_TEST(the_layout_is_the_model_files)
{
    dkg_train_tensor tensors[DKG_TRAIN_TENSORS];
    const dkg_train_options o = DKG_TRAIN_OPTIONS;
    const uint8_t seed[32] = {1};
    dkg_model *model;
    uint64_t at = 0;
    const uint64_t total = dkg_train_layout(&o, tensors);
    ck_ok(dkg_model_random(seed, o.channels, &model, err));
    for (size_t i = 0; i < DKG_TRAIN_TENSORS; i++) {
        const dkg_layer *l = i < DKG_LAYERS ? dkg_model_layer(model, i) : NULL;
        ck_assert_uint_eq(tensors[i].at, at);
        ck_assert(!l || (strcmp(l->name, tensors[i].name) == 0 && l->weight_count == tensors[i].count));
        at += tensors[i].count;
    }
    ck_assert_uint_eq(tensors[DKG_LAYERS].at, 7833984);
    ck_assert_str_eq(tensors[DKG_LAYERS + 2].name, "discriminator2.weight");
    ck_assert_uint_eq(total, at);
    dkg_model_free(model);
}
END_TEST

START_TEST(the_first_weights_are_normal_and_follow_the_seed)
{
    const dkg_train_options o = tiny(DKG_TRAIN_PHASE, DKG_LOSS_BCE);
    const size_t count = (size_t)dkg_train_vector_size(&o, DKG_TRAIN_WEIGHTS);
    float *a = malloc(count * sizeof *a), *b = malloc(count * sizeof *b);
    const uint8_t seeds[2][32] = {{1}, {2}};
    double mean = 0, square = 0, fourth = 0;
    dkg_train_initial(&o, seeds[0], a);
    dkg_train_initial(&o, seeds[0], b);
    ck_assert_mem_eq(a, b, count * sizeof *a);
    dkg_train_initial(&o, seeds[1], b);
    ck_assert_int_ne(memcmp(a, b, count * sizeof *a), 0);
    for (size_t i = 0; i < count; i++) {
        const double v = (double)a[i] / 0.02;
        mean += v / (double)count;
        square += v * v / (double)count;
        fourth += v * v * v * v / (double)count;
    }
    ck_assert_double_eq_tol(mean, 0, 0.02); /* 43,000 values: four standard deviations */
    ck_assert_double_eq_tol(square, 1, 0.03);
    ck_assert_double_eq_tol(fourth, 3, 0.2);
    free(a);
    free(b);
}
END_TEST

START_TEST(key_bytes_of_u)
{
    static const float u[] = {0, 0.0078125f, -0.001f, 1.999f, 2.0f, -2.0f, 301.5f, 1e30f, INFINITY, NAN};
    static const uint8_t phase[] = {0, 1, 255, 255, 0, 0, 192, 0, 0, 0}, tanh_bytes[] = {128, 128, 127, 250, 250, 5, 255, 255, 255, 0};
    uint8_t bytes[sizeof phase];
    dkg_train_bytes(DKG_TRAIN_PHASE, u, sizeof phase, bytes);
    ck_assert_mem_eq(bytes, phase, sizeof phase);
    dkg_train_bytes(DKG_TRAIN_TANH, u, sizeof phase, bytes);
    for (size_t i = 0; i < sizeof phase; i++) ck_assert_msg(bytes[i] == tanh_bytes[i], "tanh of %g is %u", (double)u[i], bytes[i]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("reference trainer");
    TCase *t = tcase_create("reference");
    tcase_set_timeout(t, 120);
    suite_add_tcase(s, t);
    tcase_add_test(t, gradients_are_the_slopes_of_the_losses);
    tcase_add_test(t, the_first_step_of_adam_goes_by_the_rate_against_the_gradient);
    tcase_add_test(t, vectors_hold_all_there_is);
    tcase_add_test(t, the_pool_gives_the_discriminator_an_older_image);
    tcase_add_test(t, a_loss_beyond_all_bounds_changes_nothing);
    tcase_add_test(t, what_is_out_of_range_is_refused);
    tcase_add_test(t, the_layout_is_the_model_files);
    tcase_add_test(t, the_first_weights_are_normal_and_follow_the_seed);
    tcase_add_test(t, key_bytes_of_u);
    return test_run(s, (Suite *)0);
}
