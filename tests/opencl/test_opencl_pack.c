/* Packed weights: which layers may take the Winograd path, and that its transform gives the convolution. */
#include <stdlib.h>
#include <string.h>

#include "layers.h"
#include "support.h"

enum { CHANNELS = 128, WEIGHTS = CHANNELS * CHANNELS * 9 };
static int8_t weights[WEIGHTS];

static dkg_layer residual_layer(void)
{
    return (dkg_layer){.name = "res0.conv1.weight", .in = CHANNELS, .out = CHANNELS, .kernel = 3, .stride = 1,
                       .weights = weights, .weight_count = WEIGHTS};
}

/* Output channel 100 with this sum of |weights|, signs alternating, the others zero. */
static dkg_method method_for(long sum)
{
    const dkg_layer layer = residual_layer();
    dkg_tensor tensors[DKG_TENSORS];
    dkg_packed packed;
    memset(weights, 0, sizeof weights);
    for (long i = 0; sum > 0; i++) {
        const long w = sum < 127 ? sum : 127;
        weights[100 * CHANNELS * 9 + i] = (int8_t)(i % 2 ? -w : w);
        sum -= w;
    }
    dkg_tensor_describe(CHANNELS / 4, 32, 32, tensors);
    ck_ok(dkg_pack_layer(&layer, false, &tensors[dkg_layer_reads(3)], &packed, err));
    free(packed.weights);
    return packed.method;
}

START_TEST(winograd_is_taken_up_to_the_last_exact_sum)
{
    ck_assert_int_eq(method_for(0), DKG_WINOGRAD);
    ck_assert_int_eq(method_for(131104), DKG_WINOGRAD);
    ck_assert_int_eq(method_for(131105), DKG_DIRECT);
    ck_assert_int_eq(method_for(146304), DKG_DIRECT);
}
END_TEST

/* One channel to one: A^T ((2G g 2G^T) . (B^T d B)) A = 4 * (g * d) for the extreme weights and activations. */
START_TEST(winograd_weights_give_four_times_the_convolution)
{
    static const int b[4][4] = {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}};
    static const int a[2][4] = {{1, 1, 1, 0}, {0, 1, -1, -1}};
    dkg_layer layer = residual_layer();
    dkg_tensor tensors[DKG_TENSORS];
    dkg_packed packed;
    int d[4][4];
    memset(weights, 0, sizeof weights);
    for (int i = 0; i < 9; i++) weights[i] = (int8_t)(i % 4 ? 127 - 31 * i : -127);
    for (int i = 0; i < 16; i++) d[i / 4][i % 4] = i % 3 ? 4095 - 400 * i : -4095;
    dkg_tensor_describe(CHANNELS / 4, 32, 32, tensors);
    ck_ok(dkg_pack_layer(&layer, false, &tensors[dkg_layer_reads(3)], &packed, err));
    for (int y = 0; y < 2; y++)
        for (int x = 0; x < 2; x++) {
            int direct = 0, transformed = 0;
            for (int i = 0; i < 9; i++) direct += weights[i] * d[y + i / 3][x + i % 3];
            for (int i = 0; i < 4; i++)
                for (int j = 0; j < 4; j++) {
                    int v = 0;
                    for (int k = 0; k < 16; k++) v += b[i][k / 4] * d[k / 4][k % 4] * b[j][k % 4];
                    /* output 0, channel 0 is the first weight of each frequency */
                    transformed += a[y][i] * a[x][j] * v * packed.weights[(4 * i + j) * CHANNELS * CHANNELS];
                }
            ck_assert_int_eq(transformed, 4 * direct);
        }
    free(packed.weights);
}
END_TEST

START_TEST(every_layer_reads_what_an_earlier_one_wrote)
{
    bool written[DKG_TENSORS] = {true};
    for (size_t i = 0; i < DKG_LAYERS; i++) {
        ck_assert_msg(written[dkg_layer_reads(i)], "layer %zu", i);
        if (i + 1 == DKG_LAYERS) break;
        ck_assert_int_ne(dkg_layer_writes(i), dkg_layer_reads(i));
        ck_assert(!dkg_layer_adds(i) || written[dkg_layer_writes(i)]);
        written[dkg_layer_writes(i)] = true;
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("OpenCL weights");
    TCase *t = tcase_create("pack");
    suite_add_tcase(s, t);
    tcase_add_test(t, winograd_is_taken_up_to_the_last_exact_sum);
    tcase_add_test(t, winograd_weights_give_four_times_the_convolution);
    tcase_add_test(t, every_layer_reads_what_an_earlier_one_wrote);
    return test_run(s, (Suite *)0);
}
