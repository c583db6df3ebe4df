/* Encryption and the way back: types, layouts, modes, self-test, cross-check, policy. */
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "volume.h"

static void round_trip(const dkg_source *source, const dkg_encrypt_options *options)
{
    dkg_carrier *c = encrypt_with(source, options);
    dkg_stored stored = stored_of(c);
    opened o = open_stored(&stored);
    ck_assert_msg(opened_equals(&o, source), "mode %d type %u: %s", options->mode, source->datatype, o.err.text);
    ck_assert(!o.info.repaired && !o.info.moved);
    ck_assert(o.plain->digest_verified == (options->mode != DKG_MODE_PAPER));
    opened_free(&o);
    dkg_carrier_free(c);
}

static const struct { uint16_t code, bpv; } types[] = {{2, 1}, {256, 1}, {4, 2}, {512, 2}, {128, 3}, {8, 4}, {768, 4}, {16, 4},
    {2304, 4}, {1024, 8}, {1280, 8}, {64, 8}, {32, 8}, {1536, 16}, {1792, 16}, {2048, 32}};

START_TEST(every_type_mode_and_layout_comes_back)
{
    static const dkg_mode modes[] = {DKG_MODE_HYBRID, DKG_MODE_AEAD, DKG_MODE_PAPER};
    for (size_t m = 0; m < 3; m++)
        for (size_t t = 0; t < sizeof types / sizeof *types; t++)
            for (int layout = 0; layout < 3; layout++) {
                dkg_source *s = source_make(types[t].code, types[t].bpv, 13, 11, 5, t + 1);
                dkg_encrypt_options o = options_make(modes[m]);
                o.stream = layout == 1;
                o.carrier_bytes = layout == 2;
                round_trip(s, &o);
                source_free(s);
            }
}
END_TEST

START_TEST(odd_shapes_come_back)
{
    static const uint64_t shapes[][3] = {{1, 1, 1}, {1, 1, 40}, {700, 1, 1}, {1, 700, 1}, {300, 300, 2}, {512, 512, 3}, {33, 1, 7}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int stream = 0; stream < 2; stream++) {
            dkg_source *s = source_make(4, 2, shapes[i][0], shapes[i][1], shapes[i][2], i + 9);
            dkg_encrypt_options o = options_make(DKG_MODE_HYBRID);
            o.stream = stream;
            round_trip(s, &o);
            source_free(s);
        }
}
END_TEST

START_TEST(everything_around_the_voxels_comes_back)
{
    uint8_t tail[777], image_head[96];
    test_pattern(tail, sizeof tail, 77);
    test_pattern(image_head, sizeof image_head, 78);
    dkg_source *s = source_make(16, 4, 9, 7, 3, 5);
    s->tail = (dkg_bytes){tail, sizeof tail};
    s->kind = 2;
    s->nifti_version = 2;
    s->big_endian = s->gzipped = true;
    s->image_head = (dkg_bytes){image_head, sizeof image_head};
    s->data_offset = sizeof image_head;
    s->name = "/home/someone/folder/brain.hdr";
    dkg_encrypt_options o = options_make(DKG_MODE_HYBRID);
    o.note = "for the archive";
    round_trip(s, &o);
    dkg_carrier *c = encrypt_with(s, &o);
    dkg_stored stored = stored_of(c);
    opened opened_ = open_stored(&stored);
    const dkg_private_info *p = dkg_sealed_private(opened_.sealed);
    ck_assert_uint_eq(p->name.size, 9); /* no folders */
    ck_assert_mem_eq(p->name.at, "brain.hdr", 9);
    ck_assert_mem_eq(p->note.at, "for the archive", 15);
    ck_assert_mem_eq(p->model_digest, dkg_model_digest(volume_model()), 32);
    s->image_head.size = 0; /* an .img that begins with its voxels */
    s->data_offset = 0;
    round_trip(s, &o);
    opened_free(&opened_);
    dkg_carrier_free(c);
    source_free(s);
}
END_TEST

START_TEST(two_encryptions_share_no_plane)
{
    dkg_source *s = source_make(4, 2, 16, 16, 6, 1);
    for (int m = 0; m < 2; m++) {
        dkg_carrier *a = encrypt_simply(s, m ? DKG_MODE_AEAD : DKG_MODE_HYBRID), *b = encrypt_simply(s, m ? DKG_MODE_AEAD : DKG_MODE_HYBRID);
        for (size_t p = 0; p < a->planes; p++)
            for (size_t q = 0; q < b->planes; q++) {
                if (dkg_is_zero(a->voxels + p * 512, 512)) continue; /* fill of the slab */
                ck_assert(memcmp(a->voxels + p * 512, b->voxels + q * 512, 512) != 0);
            }
        for (size_t p = 0; p < 6; p++)
            for (size_t q = 0; q < p; q++) ck_assert(memcmp(a->voxels + p * 512, a->voxels + q * 512, 512) != 0);
        ck_assert(memcmp(a->volume_id, b->volume_id, 32) != 0);
        dkg_carrier_free(a);
        dkg_carrier_free(b);
    }
    source_free(s);
}
END_TEST

START_TEST(the_carrier_describes_itself)
{
    dkg_source *s = source_make(16, 4, 240, 8, 5, 1);
    dkg_carrier *c = encrypt_simply(s, DKG_MODE_HYBRID);
    ck_assert(c->nx == 240 && c->ny == 8 && c->slices == 5 && c->planes_per_slice == 2 && c->carrier_bytes == 2);
    ck_assert_uint_eq(c->key_planes, 2);
    ck_assert_uint_eq(c->planes, 12);
    ck_assert_uint_eq(c->voxel_bytes, 12 * 240 * 8 * 2);
    ck_assert(c->slots == 1 && c->epoch == 0 && c->cross_checked == 3 && !c->cross_check_independent);
    static const char head[] = "{\"format\":\"DKG1\",\"version\":\"1.0\",\"mode\":\"hybrid\",\"volume\":\"";
    ck_assert_mem_eq(c->extension, head, sizeof head - 1);
    ck_assert(strstr(c->extension, "\",\"epoch\":0,\"slices\":5,\"planes\":12,\"key_planes\":2,\"note\":\"encrypted volume, not an image\",\"envelope\":\""));
    ck_assert_uint_eq(strlen(c->extension), c->extension_size);
    ck_assert(c->extension[c->extension_size - 1] == '}');
    dkg_carrier_free(c);
    source_free(s);
}
END_TEST

START_TEST(weak_keys_once_are_replaced_and_twice_refused)
{
    dkg_source *s = source_make(4, 2, 8, 8, 4, 1);
    fake_engine weak = fake_engine_make(volume_model(), 4);
    dkg_encrypt_options o = options_make(DKG_MODE_HYBRID);
    dkg_carrier *c = NULL;
    heard h;
    heard_make(&h);
    o.log = &h.log;
    o.engine = &weak.engine;
    weak.weak = 2; /* of the first attempt only */
    c = encrypt_with(s, &o);
    ck_assert_uint_ge(h.warnings, 1);
    ck_assert_uint_eq(weak.images, 4 + 4 + 3);
    dkg_stored stored = stored_of(c);
    opened r = open_stored(&stored);
    ck_assert(opened_equals(&r, s));
    opened_free(&r);
    dkg_carrier_free(c);

    weak = fake_engine_make(volume_model(), 4);
    weak.weak = 5; /* one of the second too */
    ck_fails(dkg_encrypt(s, &o, &c, err), DKG_GENERATOR, "self-test");
    ck_assert_ptr_null(c);

    o = options_make(DKG_MODE_PAPER); /* only a warning there */
    heard_make(&h);
    o.log = &h.log;
    weak = fake_engine_make(volume_model(), 4);
    weak.weak = 100;
    o.engine = &weak.engine;
    c = encrypt_with(s, &o);
    ck_assert_uint_eq(h.warnings, 1);
    dkg_carrier_free(c);
    source_free(s);
}
END_TEST

START_TEST(a_check_engine_that_disagrees_stops_everything)
{
    dkg_source *s = source_make(4, 2, 8, 8, 5, 1);
    for (int m = 0; m < 2; m++)
        for (int64_t wrong = 0; wrong < 5; wrong++) {
            dkg_encrypt_options o = options_make(m ? DKG_MODE_PAPER : DKG_MODE_HYBRID);
            fake_engine check = fake_engine_make(volume_model(), 2);
            dkg_carrier *c = NULL;
            o.check_engine = &check.engine;
            o.verify_all = true;
            check.wrong = wrong;
            ck_fails(dkg_encrypt(s, &o, &c, err), DKG_GENERATOR, "fake");
            ck_assert_ptr_null(c);
            check = fake_engine_make(volume_model(), 2);
            c = encrypt_with(s, &o);
            ck_assert(c->cross_checked == 5 && c->cross_check_independent);
            ck_assert_uint_eq(check.images, 5);
            dkg_carrier_free(c);
        }
    source_free(s);
}
END_TEST

START_TEST(a_failing_device_is_reported)
{
    dkg_source *s = source_make(4, 2, 8, 8, 5, 1);
    for (int64_t at = 0; at < 8; at++) { /* 5 to encrypt, 3 to check */
        dkg_encrypt_options o = options_make(DKG_MODE_HYBRID);
        fake_engine fake = fake_engine_make(volume_model(), 1);
        dkg_carrier *c = NULL;
        fake.fails = at;
        o.engine = &fake.engine;
        ck_fails(dkg_encrypt(s, &o, &c, err), DKG_DEVICE, "fake device");
        ck_assert_ptr_null(c);
    }
    source_free(s);
}
END_TEST

START_TEST(progress_rises_and_can_stop)
{
    dkg_source *s = source_make(4, 2, 8, 8, 9, 1);
    dkg_encrypt_options o = options_make(DKG_MODE_HYBRID);
    heard h;
    heard_make(&h);
    o.log = &h.log;
    dkg_carrier_free(encrypt_with(s, &o));
    ck_assert(h.last > 0.999);
    ck_assert_uint_eq(h.warnings, 1); /* a single key */
    for (unsigned stop = 1; stop <= h.reports; stop++) {
        heard other;
        dkg_carrier *c = NULL;
        heard_make(&other);
        other.stop_at = stop;
        o.log = &other.log;
        ck_fails(dkg_encrypt(s, &o, &c, err), DKG_CANCELLED, "stopped");
        ck_assert_ptr_null(c);
    }
    source_free(s);
}
END_TEST

START_TEST(planes_beyond_nifti1_are_refused_before_work)
{
    dkg_source *s = source_make(2, 1, 2, 2, 33000, 1);
    dkg_encrypt_options o = options_make(DKG_MODE_HYBRID);
    fake_engine unused = fake_engine_make(volume_model(), 64);
    dkg_error err = {0};
    dkg_carrier *c = NULL;
    o.engine = &unused.engine;
    ck_assert_int_eq(dkg_encrypt(s, &o, &c, &err), DKG_POLICY);
    ck_assert(strstr(err.text, "32767") && strstr(err.hint, "--layout stream") && strstr(err.hint, "--nifti2"));
    ck_assert_uint_eq(unused.images, 0);
    o.stream = true;
    round_trip(s, &o);
    o = options_make(DKG_MODE_AEAD);
    o.nifti2 = true;
    round_trip(s, &o);
    source_free(s);
}
END_TEST

/* A volume must open whatever its source was called: a name readers refuse is left out. */
START_TEST(names_that_readers_refuse_are_left_out)
{
    static const char *const names[] = {"tab\there.nii", "line\nend.nii", "folder/", "..", ".", "\x01"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        dkg_source *s = source_make(2, 1, 8, 8, 2, 5);
        s->name = names[i];
        dkg_encrypt_options o = options_make(DKG_MODE_AEAD);
        dkg_carrier *c = encrypt_with(s, &o);
        dkg_stored stored = stored_of(c);
        opened opened_ = open_stored(&stored);
        ck_assert_msg(opened_equals(&opened_, s), "%s", opened_.err.text);
        ck_assert_uint_eq(dkg_sealed_private(opened_.sealed)->name.size, 0);
        opened_free(&opened_);
        dkg_carrier_free(c);
        source_free(s);
    }
}
END_TEST

START_TEST(limits_of_the_format_name_the_way_out)
{
    dkg_encrypt_options o = options_make(DKG_MODE_AEAD);
    uint64_t slices = (UINT64_C(1) << 22) + 1;
    dkg_source *s = source_make(2, 1, 1, 1, slices, 1);
    dkg_error err = {0};
    dkg_carrier *c = NULL;
    o.nifti2 = true;
    ck_assert_int_eq(dkg_encrypt(s, &o, &c, &err), DKG_POLICY);
    ck_assert(strstr(err.text, "4194305") && strstr(err.hint, "--layout stream"));
    o.stream = true;
    round_trip(s, &o);
    source_free(s);
}
END_TEST

START_TEST(sources_that_do_not_add_up_are_refused)
{
    dkg_encrypt_options o = options_make(DKG_MODE_AEAD);
    dkg_carrier *c = NULL;
    dkg_source *good = source_make(4, 2, 8, 8, 4, 1), s;
#define REFUSED(change, part) do { s = *good; change; ck_fails(dkg_encrypt(&s, &o, &c, err), DKG_SOURCE, part); } while (0)
    REFUSED(s.datatype = 1, "datatype 1");
    REFUSED(s.bpv = 4, "4 bytes per voxel");
    REFUSED(s.slices = 5, "5 slices");
    REFUSED(s.nx = UINT64_MAX, "18446744073709551615");
    REFUSED(s.nx = s.ny = UINT64_C(1) << 32, "4294967296");
    REFUSED(s.data.size = 0; s.nx = 0, "slices");
    REFUSED(s.kind = 3, "kind 3");
    REFUSED(s.nifti_version = 3, "version 3");
    REFUSED(s.data_offset = 351, "351");
    REFUSED(s.tail = ((dkg_bytes){good->head.at, (size_t)1 << 27}), "64 MiB");
#undef REFUSED
    source_free(good);
}
END_TEST

START_TEST(options_that_do_not_belong_together_are_refused)
{
    dkg_source *s = source_make(4, 2, 8, 8, 4, 1);
    dkg_carrier *c = NULL;
    dkg_encrypt_options o;
#define REFUSED(mode_, change, status, part) \
    do { o = options_make(mode_); change; ck_fails(dkg_encrypt(s, &o, &c, err), status, part); ck_assert_ptr_null(c); } while (0)
    REFUSED(DKG_MODE_HYBRID, o.mode = (dkg_mode)3, DKG_USAGE, "mode 3");
    REFUSED(DKG_MODE_HYBRID, o.engine = NULL, DKG_USAGE, "engine");
    REFUSED(DKG_MODE_HYBRID, o.model = NULL, DKG_USAGE, "model");
    REFUSED(DKG_MODE_HYBRID, o.fixed_image = true, DKG_USAGE, "paper");
    REFUSED(DKG_MODE_HYBRID, o.carrier_bytes = 2, DKG_USAGE, "2 carrier bytes");
    REFUSED(DKG_MODE_HYBRID, o.locks.recipient_count = 0, DKG_USAGE, "no key");
    REFUSED(DKG_MODE_HYBRID, o.locks.key_factor = true, DKG_USAGE, "second factor");
    REFUSED(DKG_MODE_HYBRID, o.locks.key_factor = true; o.locks.keyfile = volume_keyfile(); o.locks.recipient_count = 0, DKG_POLICY, "second factor");
    REFUSED(DKG_MODE_PAPER, o.locks.keyfile = NULL, DKG_USAGE, "key file");
    REFUSED(DKG_MODE_PAPER, o.locks.recipients = volume_recipient(); o.locks.recipient_count = 1, DKG_USAGE, "alone");
    dkg_recipient low = {{0}};
    fake_engine unused = fake_engine_make(volume_model(), 4);
    REFUSED(DKG_MODE_HYBRID, o.locks.recipients = &low; o.engine = &unused.engine, DKG_USAGE, "low order");
    ck_assert_uint_eq(unused.images, 0); /* refused before any work */
#undef REFUSED
    source_free(s);
}
END_TEST

START_TEST(tanh_models_are_for_research_only)
{
    size_t count = 0;
    for (size_t i = 0; i < DKG_LAYERS; i++) count += dkg_model_layer(volume_model(), i)->weight_count;
    int8_t *weights = malloc(count), *at = weights;
    ck_assert_ptr_nonnull(weights);
    for (size_t i = 0; i < DKG_LAYERS; at += dkg_model_layer(volume_model(), i)->weight_count, i++)
        memcpy(at, dkg_model_layer(volume_model(), i)->weights, dkg_model_layer(volume_model(), i)->weight_count);
    dkg_tanh_head head = {.multiplier = 1, .shift = 1};
    dkg_model *model = NULL;
    ck_ok(dkg_model_from_weights(16, weights, count, &head, &model, err));
    dkg_source *s = source_make(4, 2, 8, 8, 4, 1);
    dkg_carrier *c = NULL;
    dkg_encrypt_options o = options_make(DKG_MODE_HYBRID);
    o.model = model;
    ck_fails(dkg_encrypt(s, &o, &c, err), DKG_POLICY, "tanh");
    o = options_make(DKG_MODE_PAPER);
    o.model = model;
    c = encrypt_with(s, &o);
    dkg_carrier_free(c);
    source_free(s);
    dkg_model_free(model);
    free(weights);
}
END_TEST

START_TEST(the_reference_generator_works_too)
{
    dkg_engine *engine = NULL;
    ck_ok(dkg_reference_engine(volume_model(), 0, &engine, err));
    dkg_source *s = source_make(4, 2, 12, 10, 2, 1);
    dkg_encrypt_options o = options_make(DKG_MODE_HYBRID);
    o.engine = engine;
    dkg_carrier *c = encrypt_with(s, &o);
    dkg_stored stored = stored_of(c);
    dkg_sealed *sealed = NULL;
    dkg_plain *plain = NULL;
    dkg_keys keys = {.identities = volume_identity(), .identity_count = 1};
    dkg_decrypt_options how = {.model = volume_model(), .engine = engine, .only_slice = -1};
    ck_ok(dkg_locate(&stored, NULL, &sealed, err));
    ck_ok(dkg_unlock(sealed, &keys, false, NULL, err));
    ck_ok(dkg_decrypt(sealed, &how, &plain, err));
    ck_assert_mem_eq(plain->data.at, s->data.at, s->data.size);
    dkg_plain_free(plain);
    how.engine = &volume_engine()->engine; /* another generator under the same model */
    ck_fails(dkg_decrypt(sealed, &how, &plain, err), DKG_GENERATOR, "does not reproduce");
    ck_assert_ptr_null(plain);
    dkg_sealed_free(sealed);
    dkg_carrier_free(c);
    source_free(s);
    dkg_engine_free(engine);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("encrypt");
    TCase *c = tcase_create("encrypt");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, every_type_mode_and_layout_comes_back);
    tcase_add_test(c, odd_shapes_come_back);
    tcase_add_test(c, everything_around_the_voxels_comes_back);
    tcase_add_test(c, two_encryptions_share_no_plane);
    tcase_add_test(c, the_carrier_describes_itself);
    tcase_add_test(c, weak_keys_once_are_replaced_and_twice_refused);
    tcase_add_test(c, a_check_engine_that_disagrees_stops_everything);
    tcase_add_test(c, a_failing_device_is_reported);
    tcase_add_test(c, progress_rises_and_can_stop);
    tcase_add_test(c, planes_beyond_nifti1_are_refused_before_work);
    tcase_add_test(c, names_that_readers_refuse_are_left_out);
    tcase_add_test(c, limits_of_the_format_name_the_way_out);
    tcase_add_test(c, sources_that_do_not_add_up_are_refused);
    tcase_add_test(c, options_that_do_not_belong_together_are_refused);
    tcase_add_test(c, tanh_models_are_for_research_only);
    tcase_add_test(c, the_reference_generator_works_too);
    suite_add_tcase(s, c);
    return test_run(s, (Suite *)0);
}
