/* Checkpoints and the loop (model/train/checkpoint.c, loop.c): an interrupted training goes on as if it had not been. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/training.h"
#include "support.h"

enum { CROP = 32, BYTES = 3 * CROP * CROP, IMAGES = 3, SIDE = 40, STEPS = 6 };

static const dkg_train_options options = {.channels = 4, .discriminator = 4, .crop = CROP, .pool = 2, .head = DKG_TRAIN_PHASE,
                                          .loss = DKG_LOSS_LSGAN, .rate = 1e-3, .beta1 = 0.5, .beta2 = 0.999};

/* What a run leaves: the curve, and the bytes of a checkpoint taken after `save_after` steps. */
typedef struct run {
    dkg_trainer *trainer;
    dkg_train_image images[IMAGES];
    dkg_train_data data;
    dkg_train_record record;
    dkg_train_row rows[STEPS];
    uint64_t save_after, stop_after;
    dkg_buffer saved;
} run;

static dkg_status collect(void *self, const void *bytes, size_t n, dkg_error *err)
{
    (void)err;
    dkg_append(self, bytes, n);
    return DKG_OK;
}

static dkg_status after(void *self, const dkg_train_losses *losses, dkg_error *err)
{
    run *r = self;
    r->record.steps = r->trainer->steps;
    r->rows[r->record.steps - 1] = (dkg_train_row){*losses, (double)r->record.steps, 1, 2, 3, 4};
    if (r->record.steps == r->save_after) {
        const dkg_status status = dkg_train_save(r->trainer, &r->record, collect, &r->saved, err);
        if (status != DKG_OK) return status;
    }
    return r->record.steps == r->stop_after ? dkg_fail(err, DKG_CANCELLED, "enough") : DKG_OK;
}

static void open_run(run *r)
{
    *r = (run){.data = {.count = IMAGES, .cipher = DKG_TRAIN_LOGISTIC, .crop = CROP}};
    for (size_t i = 0; i < IMAGES; i++) {
        r->images[i] = (dkg_train_image){SIDE, SIDE, malloc((size_t)SIDE * SIDE)};
        test_pattern(r->images[i].pixels, (size_t)SIDE * SIDE, i);
    }
    r->data.images = r->images;
    memset(r->data.seed, 3, sizeof r->data.seed);
    r->record = (dkg_train_record){.options = options, .cipher = DKG_TRAIN_LOGISTIC, .planned = STEPS, .rows = r->rows};
    memset(r->record.seed, 3, sizeof r->record.seed);
    memset(r->record.images, 4, sizeof r->record.images);
    ck_ok(dkg_reference_trainer(&options, &r->trainer, err));
    ck_ok(dkg_train_begin(r->trainer, r->data.seed, err));
}

static void close_run(run *r)
{
    for (size_t i = 0; i < IMAGES; i++) free(r->images[i].pixels);
    dkg_trainer_free(r->trainer);
    dkg_buffer_free(&r->saved);
}

/* The bytes of a run of `first` steps that was saved. */
static void saved_run(run *r, uint64_t first)
{
    open_run(r);
    r->save_after = first;
    ck_ok(dkg_train_run(r->trainer, &r->data, first, after, r, err));
}

START_TEST(a_resumed_training_equals_an_uninterrupted_one)
{
    run whole, half, rest;
    dkg_train_record record;
    saved_run(&whole, STEPS);
    saved_run(&half, 3);

    open_run(&rest);
    ck_ok(dkg_train_load(half.saved.bytes, half.saved.size, &record, err));
    ck_assert_uint_eq(record.steps, 3);
    memcpy(rest.rows, record.rows, 3 * sizeof rest.rows[0]);
    ck_ok(dkg_train_restore(half.saved.bytes, half.saved.size, &record, rest.trainer, err));
    rest.save_after = STEPS;
    ck_ok(dkg_train_run(rest.trainer, &rest.data, STEPS, after, &rest, err));

    /* the checkpoint after the last step holds weights, moments, pool and curve: all of them are equal */
    ck_assert_uint_eq(rest.saved.size, whole.saved.size);
    ck_assert_mem_eq(rest.saved.bytes, whole.saved.bytes, whole.saved.size);
    ck_assert(memcmp(half.saved.bytes, whole.saved.bytes, half.saved.size < whole.saved.size ? half.saved.size : whole.saved.size) != 0);
    free(record.rows);
    close_run(&whole);
    close_run(&half);
    close_run(&rest);
}
END_TEST

START_TEST(a_record_comes_back)
{
    run r;
    dkg_train_record record;
    saved_run(&r, 2);
    ck_ok(dkg_train_load(r.saved.bytes, r.saved.size, &record, err));
    ck_assert_mem_eq(&record.options, &options, sizeof options);
    ck_assert_int_eq((int)record.cipher, DKG_TRAIN_LOGISTIC);
    ck_assert_uint_eq(record.steps, 2);
    ck_assert_uint_eq(record.planned, STEPS);
    ck_assert_mem_eq(record.seed, r.record.seed, 32);
    ck_assert_mem_eq(record.images, r.record.images, 32);
    ck_assert_mem_eq(record.rows, r.rows, 2 * sizeof r.rows[0]);
    free(record.rows);
    close_run(&r);
}
END_TEST

START_TEST(the_seed_decides)
{
    run a, b;
    saved_run(&a, 1);
    open_run(&b);
    b.data.seed[0] ^= 1;
    b.save_after = 1;
    ck_ok(dkg_train_begin(b.trainer, b.data.seed, err));
    ck_ok(dkg_train_run(b.trainer, &b.data, 1, after, &b, err));
    ck_assert_uint_eq(a.saved.size, b.saved.size);
    ck_assert_mem_ne(a.saved.bytes, b.saved.bytes, a.saved.size);
    close_run(&a);
    close_run(&b);
}
END_TEST

START_TEST(the_loop_ends_where_it_is_told)
{
    run r;
    open_run(&r);
    r.stop_after = 2;
    ck_fails(dkg_train_run(r.trainer, &r.data, STEPS, after, &r, err), DKG_CANCELLED, "enough");
    ck_assert_uint_eq(r.trainer->steps, 2);
    close_run(&r);
}
END_TEST

START_TEST(losses_that_are_no_numbers_end_the_loop)
{
    run r;
    open_run(&r);
    const size_t n = (size_t)dkg_train_vector_size(&options, DKG_TRAIN_WEIGHTS);
    float *weights = malloc(n * sizeof *weights);
    ck_ok(r.trainer->get(r.trainer, DKG_TRAIN_WEIGHTS, weights, err));
    weights[n - 1] = INFINITY;
    ck_ok(r.trainer->set(r.trainer, DKG_TRAIN_WEIGHTS, weights, err));
    ck_fails(dkg_train_run(r.trainer, &r.data, STEPS, after, &r, err), DKG_DEVICE, "not a finite number");
    ck_assert_uint_eq(r.trainer->steps, 0);
    ck_assert_uint_eq(r.record.steps, 0);
    free(weights);
    close_run(&r);
}
END_TEST

START_TEST(damaged_checkpoints_are_refused)
{
    run r;
    dkg_train_record record;
    saved_run(&r, 2);
    const struct {
        size_t at;
        const char *part;
    } cases[] = {{0, "not a checkpoint"},     {8, "channels is"},       {16, "crop is"},       {24, "head is"}, {32, "names cipher"},
                 {36, "reserved field"},      {67, "speaks of"},        {64, "must have"},     {85, "damaged"}, {200, "damaged"},
                 {r.saved.size - 100, "damaged"}, {r.saved.size - 1, "damaged"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        r.saved.bytes[cases[i].at] ^= 0x81;
        ck_fails(dkg_train_load(r.saved.bytes, r.saved.size, &record, err), DKG_USAGE, cases[i].part);
        ck_assert_ptr_null(record.rows);
        r.saved.bytes[cases[i].at] ^= 0x81;
    }
    for (size_t n = 0; n < r.saved.size; n += n < 400 ? 1 : 4001)
        ck_fails(dkg_train_load(r.saved.bytes, n, &record, err), DKG_USAGE, "");
    ck_ok(dkg_train_load(r.saved.bytes, r.saved.size, &record, err));
    free(record.rows);
    close_run(&r);
}
END_TEST

static dkg_status full(void *self, const void *bytes, size_t n, dkg_error *err)
{
    size_t *left = self;
    (void)bytes;
    if (n > *left) return dkg_fail(err, DKG_IO, "no space");
    *left -= n;
    return DKG_OK;
}

START_TEST(a_full_disk_is_reported)
{
    run r;
    size_t left;
    saved_run(&r, 1);
    for (left = 0; left < r.saved.size; left = left * 3 + 50) {
        size_t room = left;
        ck_fails(dkg_train_save(r.trainer, &r.record, full, &room, err), DKG_IO, "no space");
    }
    r.record.steps++;
    ck_fails(dkg_train_save(r.trainer, &r.record, full, &left, err), DKG_INTERNAL, "counts 2 steps");
    close_run(&r);
}
END_TEST

START_TEST(the_pool_fills_then_is_used_half_the_time)
{
    enum { POOL = 5, N = 1000 };
    const uint8_t seed[32] = {9};
    int used = 0, slots[POOL] = {0};
    for (uint64_t step = 0; step < POOL; step++) {
        const dkg_train_pool p = dkg_train_pool_at(seed, step, POOL);
        ck_assert_int_eq(p.read, -1);
        ck_assert_int_eq(p.write, (int)step);
    }
    for (uint64_t step = POOL; step < POOL + N; step++) {
        const dkg_train_pool p = dkg_train_pool_at(seed, step, POOL);
        ck_assert_int_eq(p.read, p.write);
        used += p.read >= 0;
        if (p.read >= 0) slots[p.read]++;
    }
    ck_assert_msg(used > 400 && used < 600, "%d", used);
    for (int i = 0; i < POOL; i++) ck_assert_msg(slots[i] > used / POOL / 2, "%d", slots[i]);
    ck_assert_int_eq(dkg_train_pool_at(seed, 7, 0).write, -1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("checkpoints");
    TCase *t = tcase_create("loop");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, a_resumed_training_equals_an_uninterrupted_one);
    tcase_add_test(t, a_record_comes_back);
    tcase_add_test(t, the_seed_decides);
    tcase_add_test(t, the_loop_ends_where_it_is_told);
    tcase_add_test(t, losses_that_are_no_numbers_end_the_loop);
    tcase_add_test(t, damaged_checkpoints_are_refused);
    tcase_add_test(t, a_full_disk_is_reported);
    tcase_add_test(t, the_pool_fills_then_is_used_half_the_time);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
