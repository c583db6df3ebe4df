/* loop.c - from the first step to the last: what each one sees. */
#include <stdlib.h>

#include "dkg/training.h"

enum { WEIGHTS_SEED = 0 };                     /* of dkg_train_subseed() */
enum { POOL_COIN = 0, POOL_SLOT = 1 };         /* of dkg_train_draw() */

dkg_status dkg_train_begin(dkg_trainer *trainer, const uint8_t seed[DKG_TRAIN_SEED_BYTES], dkg_error *err)
{
    static const dkg_train_vector zero[] = {DKG_TRAIN_MOMENT1, DKG_TRAIN_MOMENT2, DKG_TRAIN_POOL};
    uint8_t sub[DKG_TRAIN_SEED_BYTES];
    uint64_t most = 1;
    for (size_t i = 0; i < 3; i++) {
        const uint64_t n = dkg_train_vector_size(&trainer->options, zero[i]);
        most = n > most ? n : most;
    }
    float *values = dkg_calloc(most, sizeof *values);
    if (!values) return dkg_fail(err, DKG_NO_MEMORY, "no memory for %llu weights", (unsigned long long)most);
    dkg_status status = DKG_OK;
    for (size_t i = 0; i < 3 && status == DKG_OK; i++)
        if (dkg_train_vector_size(&trainer->options, zero[i]) > 0) status = trainer->set(trainer, zero[i], values, err);
    dkg_train_subseed(seed, WEIGHTS_SEED, sub);
    dkg_train_initial(&trainer->options, sub, values);
    if (status == DKG_OK) status = trainer->set(trainer, DKG_TRAIN_WEIGHTS, values, err);
    trainer->steps = 0;
    free(values);
    return status;
}

dkg_train_pool dkg_train_pool_at(const uint8_t seed[DKG_TRAIN_SEED_BYTES], uint64_t step, uint32_t pool)
{
    if (pool == 0) return (dkg_train_pool){-1, -1};
    if (step < pool) return (dkg_train_pool){-1, (int32_t)step};
    if (dkg_train_draw(seed, step, POOL_COIN) & 1) return (dkg_train_pool){-1, -1};
    const int32_t slot = (int32_t)(dkg_train_draw(seed, step, POOL_SLOT) % pool);
    return (dkg_train_pool){slot, slot};
}

dkg_status dkg_train_run(dkg_trainer *trainer, const dkg_train_data *data, uint64_t steps, dkg_train_after *after, void *self,
                         dkg_error *err)
{
    const size_t bytes = (size_t)3 * data->crop * data->crop;
    uint8_t *source = dkg_calloc(2, bytes), *target = source ? source + bytes : NULL;
    dkg_status status = source ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no memory for the samples of a step");
    while (status == DKG_OK && trainer->steps < steps) {
        const uint64_t step = trainer->steps;
        const dkg_train_pool pool = dkg_train_pool_at(data->seed, step, trainer->options.pool);
        dkg_train_losses losses = {0, 0, 0};
        dkg_train_sample(data, step, source, target);
        status = trainer->step(trainer, source, target, &pool, &losses, err);
        if (status == DKG_OK && trainer->steps != step + 1)
            status = dkg_fail(err, DKG_INTERNAL, "the trainer counts %llu steps, not %llu", (unsigned long long)trainer->steps,
                              (unsigned long long)step + 1);
        if (status == DKG_OK) status = after(self, &losses, err);
    }
    free(source);
    return status;
}
