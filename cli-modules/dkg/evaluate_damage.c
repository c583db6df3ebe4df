/* E10 and E11: disturbed ciphertexts and the attacks that paper mode is open to. */
#include "dkg/evaluation.h"

#include <stdlib.h>
#include <string.h>

static size_t plane_bytes(const dkg_shape *s) { return (size_t)s->nx * s->ny * s->sample_bytes; }

static void xor_bytes(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++) out[i] = a[i] ^ b[i];
}

static json_t *robustness(dkg_evaluation *e, dkg_disturbance d, const char *mode)
{
    json_t *item = dkg_record_item(&e->record, "robustness");
    dkg_record_text(&e->record, item, "disturbance", dkg_disturbance_name(d.kind));
    dkg_record_number(&e->record, item, "amount", d.amount);
    dkg_record_text(&e->record, item, "mode", mode);
    return item;
}

static void value(dkg_evaluation *e, json_t *item, const char *name, const dkg_metric_list *rows, const char *metric)
{
    const dkg_metric *m = dkg_metric_find(rows, metric, NULL, -1);
    if (m) dkg_record_number(&e->record, item, name, m->value);
}

dkg_status dkg_evaluate_damage(dkg_evaluation *e, const dkg_shape *shape, const uint8_t *plain, const uint8_t *key, dkg_error *err)
{
    size_t count, n = plane_bytes(shape) * shape->planes;
    const dkg_disturbance *list = dkg_disturbances(&count);
    uint8_t *damaged = malloc(n), seed[32];
    uint64_t changed;
    dkg_status status = damaged ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no memory for a disturbed image of %zu bytes", n);
    dkg_random(seed, sizeof seed);
    for (size_t i = 0; i < count && status == DKG_OK; i++) {
        dkg_metric_list rows = {0};
        xor_bytes(damaged, plain, key, n);
        status = dkg_disturb(damaged, shape, list[i], seed, &changed, err);
        if (status == DKG_OK) {
            xor_bytes(damaged, damaged, key, n);
            status = dkg_evaluate_pair(e, DKG_PAIR_DECRYPTED, shape, plain, damaged, &rows, err);
        }
        if (status == DKG_OK) {
            json_t *item = robustness(e, list[i], "paper");
            dkg_record_text(&e->record, item, "outcome", "decrypted without a warning");
            dkg_record_integer(&e->record, item, "exitCode", 0);
            value(e, item, "changed", &rows, "npcr");
            value(e, item, "mse", &rows, "mse");
            dkg_record_number(&e->record, item, "mseExpected", dkg_disturbed_mse(plain, shape, list[i]));
            value(e, item, "psnr", &rows, "psnr");
            value(e, item, "ssim", &rows, "ssim");
        }
        dkg_metric_list_free(&rows);
    }
    free(damaged);
    return status;
}

static void attack(dkg_evaluation *e, const char *name, double share, const char *shows)
{
    json_t *item = dkg_record_item(&e->record, "attacks");
    dkg_record_text(&e->record, item, "attack", name);
    dkg_record_number(&e->record, item, "share", share);
    dkg_record_text(&e->record, item, "shows", shows);
    dkg_say(e->host, "E11  %-46s         %14.7g", name, share);
}

/* What an attacker sees, one grey value per sample: all of them say something about the patient. */
static void show(dkg_evaluation *e, const dkg_shape *shape, const uint8_t *bytes, bool readable, const char *caption, const char *alt)
{
    const size_t n = (size_t)shape->nx * shape->ny; /* nx counts the colours of a pixel */
    const uint32_t colours = shape->channels == 3 ? 3 : 1;
    uint8_t *grey = e->with_plain ? dkg_calloc(n, 1) : NULL;
    if (!e->with_plain) return;
    for (size_t i = 0; grey && i < n; i++) {
        const uint32_t value = shape->sample_bytes == 1 ? bytes[i] : dkg_load16(bytes + 2 * i);
        const uint32_t bright = shape->sample_bytes == 1 ? value : value >> 4; /* of words, those of 12 bits in full */
        grey[i] = readable ? (value == 0 ? 255 : 0) : (uint8_t)(bright > 255 ? 255 : bright);
    }
    if (grey)
        dkg_record_picture(&e->record, "attacks", "cipher", caption, alt, grey, shape->nx / colours, shape->ny, colours);
    else
        e->record.failed = true;
    free(grey);
}

dkg_status dkg_evaluate_attacks(dkg_evaluation *e, const dkg_shape *shape, const uint8_t *plain, size_t count, const uint8_t *key, dkg_error *err)
{
    size_t n = plane_bytes(shape);
    uint8_t *cipher = dkg_calloc(count, n), *guess = malloc(n);
    const uint8_t **list = dkg_calloc(count, sizeof *list);
    dkg_status status = cipher && guess && list ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no memory for %zu images under one key", count);
    for (size_t i = 0; status == DKG_OK && i < count; i++) {
        list[i] = cipher + i * n;
        xor_bytes(cipher + i * n, plain + i * n, key, n);
    }
    if (status == DKG_OK) {
        attack(e, "known background", dkg_attack_background(plain, count * n), "share of the key that can be read where the image is black");
        show(e, shape, plain, true, "known background: white where the ciphertext is the key itself",
             "Mask of the samples whose key can be read from the ciphertext");
        if (count > 1) {
            dkg_attack_reuse(list, count, n, guess);
            attack(e, "one key for several slices", dkg_share_equal(guess, key, n), "share of the key found as the most frequent byte of each place");
            attack(e, "two-time pad", dkg_attack_two_time(cipher, cipher + n, n, guess), "share of zeros in the XOR of two ciphertexts, which is that of the images");
            show(e, shape, guess, false, "two-time pad: the XOR of two ciphertexts under one key", "XOR of two ciphertexts, which shows both images");
        }
        cipher[n / 2] ^= 0x80; /* one bit of the ciphertext */
        xor_bytes(guess, cipher, key, n);
        attack(e, "bit flip", 1 - dkg_share_equal(guess, plain, n), "share of bytes that change when one bit of the ciphertext is flipped: the same bit, unnoticed");
    }
    free(list);
    free(guess);
    free(cipher);
    return status;
}

/* ---- hybrid mode: what authentication makes of the same disturbances ---------------------------------------------------------- */
static dkg_status one_disturbance(dkg_evaluation *e, const dkg_carrier *c, const dkg_keyfile *key, dkg_disturbance d, uint8_t *voxels, dkg_error *err)
{
    dkg_shape shape = dkg_evaluation_shape(c);
    size_t slice = plane_bytes(&shape) * c->planes_per_slice;
    uint8_t seed[32], *damaged = dkg_calloc(c->slices, 1);
    uint64_t changed;
    uint32_t refused = 0, accepted = 0;
    dkg_sealed *sealed = NULL;
    dkg_random(seed, sizeof seed);
    memcpy(voxels, c->voxels, c->voxel_bytes);
    dkg_status status = damaged ? dkg_disturb(voxels, &shape, d, seed, &changed, err) : dkg_fail(err, DKG_NO_MEMORY, "no memory for a list of slices");
    if (status == DKG_OK) status = dkg_evaluation_unlock(c, voxels, key, &sealed, err);
    if (status == DKG_OK) status = dkg_check_tags(sealed, e->threads, damaged, &refused, NULL, err);
    for (uint32_t z = 0; z < c->slices && status == DKG_OK; z++)
        accepted += !damaged[z] && memcmp(voxels + z * slice, c->voxels + z * slice, slice) != 0;
    if (status == DKG_OK) {
        json_t *item = robustness(e, d, "hybrid");
        dkg_record_text(&e->record, item, "outcome", refused ? "refused; salvage gives the whole slices" : "whole");
        dkg_record_integer(&e->record, item, "exitCode", (uint64_t)dkg_status_exit_code(refused ? DKG_DAMAGED : DKG_OK));
        dkg_record_integer(&e->record, item, "slicesRecovered", c->slices - refused);
        dkg_record_integer(&e->record, item, "slices", c->slices);
        dkg_record_integer(&e->record, item, "falseAcceptances", accepted);
        dkg_series_add(e, "E10", "disturbed slices accepted (hybrid)", accepted, DKG_VERDICT_NOT_APPLICABLE);
    }
    dkg_sealed_free(sealed);
    free(damaged);
    return status;
}

dkg_status dkg_evaluate_sealed(dkg_evaluation *e, const dkg_source *source, dkg_error *err)
{
    dkg_keyfile_options make = {.model_digest = dkg_model_digest(e->models[0])};
    dkg_encrypt_options options = {.mode = DKG_MODE_HYBRID, .model = e->models[0], .engine = e->engines.keys, .threads = e->threads};
    dkg_keyfile *key = NULL, *other = NULL;
    dkg_carrier *carrier = NULL;
    dkg_sealed *sealed = NULL;
    uint8_t *voxels = NULL;
    size_t count;
    const dkg_disturbance *list = dkg_disturbances(&count);
    dkg_status status = dkg_keyfile_create(&make, &key, err);
    if (status == DKG_OK) status = dkg_keyfile_create(&make, &other, err);
    options.locks.keyfile = key;
    if (status == DKG_OK) status = dkg_encrypt(source, &options, &carrier, err);
    if (status == DKG_OK && !(voxels = malloc(carrier->voxel_bytes))) status = dkg_fail(err, DKG_NO_MEMORY, "no memory for a disturbed volume");
    for (size_t i = 0; i < count && status == DKG_OK; i++) status = one_disturbance(e, carrier, key, list[i], voxels, err);
    if (status == DKG_OK) {
        bool refused = dkg_evaluation_unlock(carrier, carrier->voxels, other, &sealed, NULL) == DKG_NO_KEY;
        dkg_series_add(e, "E8", "decryption with a wrong key refused (1: yes)", refused, DKG_VERDICT_NOT_APPLICABLE);
    }
    dkg_sealed_free(sealed);
    free(voxels);
    dkg_carrier_free(carrier);
    dkg_keyfile_free(other);
    dkg_keyfile_free(key);
    return status;
}
