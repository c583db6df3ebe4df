/* Weights: what is refused, the digest, untrained models of a seed, the layer table, metadata. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/model.h"
#include "support.h"

static const uint8_t seed_a[32] = {1}, seed_b[32] = {2};

static size_t weights_of(uint32_t n)
{
    return (size_t)n * 3 * 49 * 2 + (size_t)n * n * 9 * (2 + 8 + 12 * 16 + 8 + 2);
}

START_TEST(layer_table_is_the_paper_s_network)
{
    dkg_model *model;
    size_t total = 0;
    ck_ok(dkg_model_random(seed_a, 64, &model, err));
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        const dkg_layer *l = dkg_model_layer(model, i);
        ck_assert_uint_eq(l->weight_count, (size_t)l->in * l->out * l->kernel * l->kernel);
        ck_assert_ptr_eq(l->weights, dkg_model_layer(model, 0)->weights + total);
        if (i > 0) ck_assert_uint_eq(l->in, dkg_model_layer(model, i - 1)->out);
        ck_assert_int_eq(l->transposed, i == 15 || i == 16);
        ck_assert_uint_eq(l->stride, i == 1 || i == 2 || i == 15 || i == 16 ? 2 : 1);
        ck_assert_uint_eq(l->kernel, i == 0 || i == 17 ? 7 : 3);
        total += l->weight_count;
    }
    ck_assert_uint_eq(total, 7833984);
    ck_assert_uint_eq(total, weights_of(64));
    ck_assert_uint_eq(dkg_model_layer(model, 8)->out, 256);
    ck_assert_uint_eq(dkg_model_layer(model, 17)->out, 3);
    ck_assert_str_eq(dkg_model_layer(model, 14)->name, "res5.conv2.weight");
    dkg_model_free(model);
}
END_TEST

/* The formula of section 4 over one piece of stream, against a model made in pieces. */
START_TEST(random_weights_follow_the_formula)
{
    enum { FIRST = 20000 };
    static const uint8_t nonce[24] = "DKGMINIT";
    static uint8_t stream[4 * FIRST];
    dkg_model *model;
    bool clamped = false;
    ck_ok(dkg_model_random(seed_a, 16, &model, err));
    crypto_stream_xchacha20(stream, sizeof stream, nonce, seed_a);
    const int8_t *w = dkg_model_layer(model, 0)->weights;
    for (size_t i = 0; i < FIRST; i++) {
        const uint8_t *b = stream + 4 * i;
        double quarter = (b[0] + b[1] + b[2] + b[3] - 510) / 4.0;
        int q = (int)quarter - (quarter < (int)quarter);
        clamped = clamped || q < 0;
        ck_assert_int_eq(w[i], q < -127 ? -127 : q);
    }
    ck_assert(clamped);
    dkg_model_free(model);
}
END_TEST

START_TEST(every_seed_and_size_has_its_own_digest)
{
    dkg_model *a, *again, *b, *larger;
    ck_ok(dkg_model_random(seed_a, 16, &a, err));
    ck_ok(dkg_model_random(seed_a, 16, &again, err));
    ck_ok(dkg_model_random(seed_b, 16, &b, err));
    ck_ok(dkg_model_random(seed_a, 20, &larger, err));
    ck_assert_mem_eq(dkg_model_digest(a), dkg_model_digest(again), DKG_DIGEST_BYTES);
    ck_assert_mem_ne(dkg_model_digest(a), dkg_model_digest(b), DKG_DIGEST_BYTES);
    ck_assert_mem_ne(dkg_model_digest(a), dkg_model_digest(larger), DKG_DIGEST_BYTES);
    ck_assert_uint_eq(dkg_model_channels(larger), 20);
    ck_assert_int_eq(dkg_model_head(a), DKG_HEAD_FOLD);
    ck_assert_ptr_null(dkg_model_tanh(a));
    dkg_model_free(a);
    dkg_model_free(again);
    dkg_model_free(b);
    dkg_model_free(larger);
}
END_TEST

START_TEST(digest_covers_every_weight_and_the_head)
{
    size_t count = weights_of(16), places[] = {0, 1, count / 2, count - 1};
    int8_t *weights = calloc(count, 1);
    dkg_tanh_head head = {.multiplier = -5, .shift = 9};
    dkg_model *zero, *other;
    ck_ok(dkg_model_from_weights(16, weights, count, NULL, &zero, err));
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        weights[places[i]] = 1;
        ck_ok(dkg_model_from_weights(16, weights, count, NULL, &other, err));
        ck_assert_mem_ne(dkg_model_digest(zero), dkg_model_digest(other), DKG_DIGEST_BYTES);
        dkg_model_free(other);
        weights[places[i]] = 0;
    }
    uint8_t seen[4][DKG_DIGEST_BYTES];
    for (size_t i = 0; i < 4; i++) {
        head.multiplier += i == 1;
        head.shift += i == 2;
        head.table[4095] = i == 3;
        ck_ok(dkg_model_from_weights(16, weights, count, &head, &other, err));
        ck_assert_int_eq(dkg_model_head(other), DKG_HEAD_TANH);
        ck_assert_mem_ne(dkg_model_digest(zero), dkg_model_digest(other), DKG_DIGEST_BYTES);
        memcpy(seen[i], dkg_model_digest(other), DKG_DIGEST_BYTES);
        for (size_t k = 0; k < i; k++) ck_assert_mem_ne(seen[k], seen[i], DKG_DIGEST_BYTES);
        dkg_model_free(other);
    }
    dkg_model_free(zero);
    free(weights);
}
END_TEST

START_TEST(refuses_what_is_no_model)
{
    static const uint32_t channels[] = {0, 4, 12, 17, 18, 88, 4294967292U};
    size_t count = weights_of(16);
    int8_t *weights = calloc(count, 1);
    dkg_tanh_head head = {.multiplier = 1, .shift = 41};
    dkg_model *model;
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        model = (dkg_model *)weights;
        ck_fails(dkg_model_random(seed_a, channels[i], &model, err), DKG_USAGE, "multiple of 4 in 16..84");
        ck_assert_ptr_null(model);
    }
    ck_fails(dkg_model_from_weights(16, weights, count - 1, NULL, &model, err), DKG_USAGE, "weights, not");
    ck_fails(dkg_model_from_weights(16, weights, count, &head, &model, err), DKG_USAGE, "shift of the tanh head is 41");
    head.shift = 0;
    ck_fails(dkg_model_from_weights(16, weights, count, &head, &model, err), DKG_USAGE, "shift of the tanh head is 0");
    weights[count - 3] = -128;
    ck_fails(dkg_model_from_weights(16, weights, count, NULL, &model, err), DKG_USAGE, "of out.weight is -128");
    weights[count - 3] = -127;
    ck_ok(dkg_model_from_weights(16, weights, count, NULL, &model, err));
    dkg_model_free(model);
    free(weights);
}
END_TEST

/* Largest weights in the largest network: what the bound is proved for. */
START_TEST(largest_sums_fit_32_bits)
{
    size_t count = weights_of(84);
    int8_t *weights = malloc(count);
    dkg_model *model;
    memset(weights, -127, count);
    ck_ok(dkg_model_from_weights(84, weights, count, NULL, &model, err));
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        const dkg_layer *l = dkg_model_layer(model, i);
        for (uint32_t o = 0; o < l->out; o++)
            ck_assert_uint_le((uint64_t)dkg_layer_weight_sum(l, o) * DKG_ACTIVATION_MAX, INT32_MAX);
    }
    ck_assert_uint_eq(dkg_layer_weight_sum(dkg_model_layer(model, 17), 2), 84 * 49 * 127);
    dkg_model_free(model);
    free(weights);
}
END_TEST

START_TEST(weight_sums_follow_the_order_of_both_kinds)
{
    int8_t weights[2 * 3 * 9];
    for (size_t i = 0; i < sizeof weights; i++) weights[i] = (int8_t)(i / 9 % 2 ? -(int)(i / 9) : (int)(i / 9));
    dkg_layer layer = {.in = 2, .out = 3, .kernel = 3, .stride = 1, .weights = weights, .weight_count = sizeof weights};
    ck_assert_uint_eq(dkg_layer_weight_sum(&layer, 1), 9 * (2 + 3)); /* filters 2 and 3 */
    layer.transposed = true;
    ck_assert_uint_eq(dkg_layer_weight_sum(&layer, 1), 9 * (1 + 4)); /* filters 1 and 4 */
}
END_TEST

START_TEST(metadata_can_be_added_but_not_forged)
{
    uint8_t before[DKG_DIGEST_BYTES];
    dkg_model *model;
    ck_ok(dkg_model_random(seed_a, 16, &model, err));
    memcpy(before, dkg_model_digest(model), sizeof before);
    ck_assert_ptr_null(dkg_model_metadata(model, "dkg.train.steps"));
    ck_ok(dkg_model_set_metadata(model, "dkg.train.steps", "500", err));
    ck_ok(dkg_model_set_metadata(model, "dkg.train.steps", "501", err));
    ck_assert_str_eq(dkg_model_metadata(model, "dkg.train.steps"), "501");
    ck_assert_str_eq(dkg_model_metadata(model, "dkg.n"), "16");
    ck_assert_str_eq(dkg_model_metadata(model, "dkg.head"), "fold");
    ck_assert_str_eq(dkg_model_metadata_key(model, 0), "dkg.format");
    ck_assert_str_eq(dkg_model_metadata_key(model, 4), "dkg.train.steps");
    ck_assert_ptr_null(dkg_model_metadata_key(model, 5));
    ck_fails(dkg_model_set_metadata(model, "dkg.n", "20", err), DKG_USAGE, "dkg.n");
    ck_fails(dkg_model_set_metadata(model, "dkg.head.m", "1", err), DKG_USAGE, "dkg.head.m");
    ck_fails(dkg_model_set_metadata(model, "note", "\xff", err), DKG_USAGE, "UTF-8");
    ck_fails(dkg_model_set_metadata(model, "\xff", "note", err), DKG_USAGE, "UTF-8");
    ck_assert_mem_eq(before, dkg_model_digest(model), sizeof before);
    dkg_model_free(model);
    dkg_model_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, layer_table_is_the_paper_s_network);
    tcase_add_test(all, random_weights_follow_the_formula);
    tcase_add_test(all, every_seed_and_size_has_its_own_digest);
    tcase_add_test(all, digest_covers_every_weight_and_the_head);
    tcase_add_test(all, refuses_what_is_no_model);
    tcase_add_test(all, largest_sums_fit_32_bits);
    tcase_add_test(all, weight_sums_follow_the_order_of_both_kinds);
    tcase_add_test(all, metadata_can_be_added_but_not_forged);
    suite_add_tcase(suite, all);
    return test_run(suite, (Suite *)0);
}
