/* Convolution against the definition written as one loop per sum: every kind of layer, every small size. */
#include <stdlib.h>

#include "network/conv.h"
#include "support.h"

/* generator.md section 2, step 2, word for word, in 64 bits; x is [in][h][w]. */
static int64_t defined_sum(const dkg_layer *l, const int16_t *x, int h, int w, uint32_t o, int y_out, int x_out)
{
    int k = (int)l->kernel, s = (int)l->stride, p = k / 2;
    int64_t sum = 0;
    for (uint32_t c = 0; c < l->in; c++) {
        for (int ky = 0; ky < k; ky++) {
            for (int kx = 0; kx < k; kx++) {
                int y, xx;
                if (l->transposed) {
                    if ((y_out + 1 - ky) % 2 || (x_out + 1 - kx) % 2) continue;
                    y = (y_out + 1 - ky) / 2;
                    xx = (x_out + 1 - kx) / 2;
                } else {
                    y = s * y_out + ky - p;
                    xx = s * x_out + kx - p;
                }
                if (y < 0 || y >= h || xx < 0 || xx >= w) continue;
                size_t filter = l->transposed ? (size_t)c * l->out + o : (size_t)o * l->in + c;
                sum += (int64_t)l->weights[filter * (size_t)(k * k) + (size_t)(ky * k + kx)] *
                       x[((int)c * h + y) * w + xx];
            }
        }
    }
    return sum;
}

static void check_layer(uint32_t kernel, uint32_t stride, bool transposed, uint32_t h, uint32_t w)
{
    enum { IN = 5, OUT = 3 };
    uint8_t raw[IN * OUT * 49];
    int8_t weights[sizeof raw];
    dkg_layer layer = {.name = "test", .transposed = transposed, .in = IN, .out = OUT, .kernel = kernel, .stride = stride,
                       .weights = weights, .weight_count = (size_t)IN * OUT * kernel * kernel};
    test_pattern(raw, sizeof raw, kernel * 1000 + h * 32 + w);
    for (size_t i = 0; i < sizeof raw; i++) weights[i] = (int8_t)(raw[i] < 64 ? -127 : raw[i] > 192 ? 127 : raw[i] - 128);

    size_t n = (size_t)IN * h * w;
    uint8_t *noise = malloc(2 * n);
    int16_t *x = malloc(n * sizeof *x);
    test_pattern(noise, 2 * n, h + w);
    for (size_t i = 0; i < n; i++) x[i] = (int16_t)((dkg_load16(noise + 2 * i) & 8191) - 4096 + (noise[2 * i] == 0));
    x[0] = 4095;

    dkg_conv conv = dkg_conv_plan(&layer, h, w);
    int16_t *source = calloc(dkg_conv_source_size(&conv), sizeof *source);
    int32_t *sums = malloc(dkg_conv_scratch_size(&conv) * sizeof *sums);
    dkg_conv_load(&conv, x, source);
    uint32_t rows = transposed ? 2 * h : h / stride, columns = transposed ? 2 * w : w / stride;
    for (uint32_t o = 0; o < OUT; o++) {
        dkg_conv_channel(&conv, source, o, sums);
        for (uint32_t i = 0; i < rows * columns; i++) {
            int64_t expected = defined_sum(&layer, x, (int)h, (int)w, o, (int)(i / columns), (int)(i % columns));
            ck_assert_msg(sums[i] == expected, "%ux%u kernel %u stride %u %s: output %u at %u,%u is %d, expected %lld", w, h, kernel,
                          stride, transposed ? "transposed" : "", o, i / columns, i % columns, sums[i], (long long)expected);
        }
    }
    free(sums);
    free(source);
    free(x);
    free(noise);
}

START_TEST(equals_the_definition)
{
    for (uint32_t h = 1; h <= 12; h++) {
        for (uint32_t w = 1; w <= 19; w++) {
            check_layer(7, 1, false, h, w);
            check_layer(3, 1, false, h, w);
            check_layer(3, 2, true, h, w);
            if (h % 2 == 0 && w % 2 == 0) check_layer(3, 2, false, h, w);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("convolution");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, equals_the_definition);
    suite_add_tcase(suite, all);
    return test_run(suite, (Suite *)0);
}
