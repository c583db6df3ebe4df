/* head.c - the two heads: fold (default) and the table of a tanh. */
#include "head.h"

#include "arith.h"

static uint8_t fold(int32_t a)
{
    uint32_t u = (uint32_t)a;
    return (uint8_t)(u ^ u >> 8 ^ u >> 16);
}

static uint8_t look_up(const dkg_tanh_head *head, int32_t a)
{
    int64_t t = dkg_shift_right((int64_t)a * head->multiplier + ((int64_t)1 << (head->shift - 1)), head->shift);
    return head->table[dkg_clamp(t, -2048, 2047) + 2048];
}

void dkg_head_apply(const dkg_model *model, const int32_t *sums, size_t count, uint8_t *key)
{
    const dkg_tanh_head *tanh_head = dkg_model_tanh(model);
    for (size_t i = 0; i < count; i++) key[3 * i] = tanh_head ? look_up(tanh_head, sums[i]) : fold(sums[i]);
}
