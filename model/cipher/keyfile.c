/* Key files DKGKEY1: making, writing, reading, and the keys that follow from them (docs/volume-format.md, section 8). */
#include "cipher/keyfile.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "cipher/passphrase.h"
#include "cipher/schedule.h"

enum { /* the file: header || body || checksum */
    MAGIC = 8, MAJOR = 8, MINOR = 10, WRAP = 12, RESERVED = 13, ID = 16, PSALT = 32, PASSES = 48, KIB = 52, BODY_SIZE = 56,
    HEADER = 64, CHECKSUM = 32, TAG = 16, SEED = 32, WRAP_NONE = 0, WRAP_ARGON2ID = 1
};
enum { /* inner: the body, unwrapped */
    K0 = 0, DIGEST = 32, IMAGE_SIZE = 64, INNER_RESERVED = 68, MODEL_SIZE = 72, IMAGE = 80
};
static const uint8_t magic[MAGIC] = "DKGKEY1";

struct dkg_keyfile {
    uint8_t id[16];
    uint8_t initial[DKG_KEY_BYTES]; /* I0 */
    size_t inner_size;
    uint8_t inner[]; /* as in the file */
};

static dkg_keyfile *allocate(size_t inner_size)
{
    /* Secret memory ends where its pages end: only a size of whole alignments starts aligned. */
    uint64_t size;
    if (!dkg_add(sizeof(dkg_keyfile) + 15, inner_size, &size) || size > SIZE_MAX / 2) return NULL;
    dkg_keyfile *key = dkg_secret_alloc((size_t)size & ~(size_t)15);
    if (key) key->inner_size = inner_size;
    return key;
}

static size_t image_size(const dkg_keyfile *key) { return dkg_load32(key->inner + IMAGE_SIZE); }

static void expand_initial(dkg_keyfile *key)
{
    if (image_size(key) == SEED)
        dkg_xstream(key->initial, DKG_KEY_BYTES, key->inner + IMAGE, (const uint8_t[24]){"DKG1 I0"});
    else
        memcpy(key->initial, key->inner + IMAGE, DKG_KEY_BYTES);
}

void dkg_keyfile_free(dkg_keyfile *key) { dkg_secret_free(key); }

dkg_status dkg_keyfile_create(const dkg_keyfile_options *options, dkg_keyfile **out, dkg_error *err)
{
    *out = NULL;
    if (!options->model_digest) return dkg_fail(err, DKG_USAGE, "a key file needs the digest of its model");
    size_t image = options->initial_image ? DKG_KEY_BYTES : SEED;
    uint64_t size;
    dkg_keyfile *key = dkg_add(IMAGE + image, options->embedded_model.size, &size) && size <= SIZE_MAX ? allocate((size_t)size) : NULL;
    if (!key) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for a key file with a model of %zu bytes", options->embedded_model.size);
    dkg_random(key->id, sizeof key->id);
    dkg_random(key->inner + K0, 32);
    memcpy(key->inner + DIGEST, options->model_digest, 32);
    dkg_store32(key->inner + IMAGE_SIZE, (uint32_t)image);
    dkg_store64(key->inner + MODEL_SIZE, options->embedded_model.size);
    if (options->initial_image)
        memcpy(key->inner + IMAGE, options->initial_image, DKG_KEY_BYTES);
    else
        dkg_random(key->inner + IMAGE, SEED);
    if (options->embedded_model.size) memcpy(key->inner + IMAGE + image, options->embedded_model.at, options->embedded_model.size);
    expand_initial(key);
    *out = key;
    return DKG_OK;
}

/* ---- writing ------------------------------------------------------------------------------------------------------- */
static void checksum(const uint8_t *file, size_t size, uint8_t out[CHECKSUM]) { DKG_B2(out, CHECKSUM, NULL, {file, size - CHECKSUM}); }

static const uint8_t zero_nonce[24]; /* psalt makes every wrapping key single-use */

dkg_status dkg_keyfile_serialize(const dkg_keyfile *key, dkg_bytes passphrase, dkg_argon2 cost, uint8_t **bytes, size_t *size,
                                 dkg_error *err)
{
    *bytes = NULL;
    *size = 0;
    bool wrap = passphrase.size > 0;
    dkg_status status = wrap ? dkg_passphrase_check(passphrase, cost, err) : DKG_OK;
    if (status != DKG_OK) return status;
    size_t body = key->inner_size + (wrap ? TAG : 0), total = HEADER + body + CHECKSUM;
    uint8_t wrapping[32] = {0};
    uint8_t *file = dkg_secret_alloc(total);
    if (!file) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for a key file of %zu bytes", total);
    memcpy(file, magic, MAGIC);
    dkg_store16(file + MAJOR, 1);
    file[WRAP] = wrap ? WRAP_ARGON2ID : WRAP_NONE;
    memcpy(file + ID, key->id, sizeof key->id);
    dkg_store64(file + BODY_SIZE, body);
    if (wrap) {
        dkg_random(file + PSALT, 16);
        dkg_store32(file + PASSES, cost.passes);
        dkg_store32(file + KIB, cost.kib);
        status = dkg_argon2id(wrapping, sizeof wrapping, passphrase, file + PSALT, cost, err);
        if (status != DKG_OK) goto done;
        crypto_aead_xchacha20poly1305_ietf_encrypt(file + HEADER, NULL, key->inner, key->inner_size, file, HEADER, NULL, zero_nonce,
                                                   wrapping);
    } else {
        memcpy(file + HEADER, key->inner, key->inner_size);
    }
    checksum(file, total, file + total - CHECKSUM);
    *bytes = file;
    *size = total;
    file = NULL;
done:
    sodium_memzero(wrapping, sizeof wrapping);
    dkg_secret_free(file);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------------------------------- */
bool dkg_is_keyfile(const uint8_t *bytes, size_t size) { return size >= MAGIC && memcmp(bytes, magic, MAGIC) == 0; }

bool dkg_keyfile_wrapped(const uint8_t *bytes, size_t size)
{
    return dkg_is_keyfile(bytes, size) && size > WRAP && bytes[WRAP] != WRAP_NONE;
}

static dkg_status check_header(const uint8_t *file, size_t size, dkg_error *err)
{
    if (!dkg_is_keyfile(file, size)) return dkg_fail(err, DKG_USAGE, "not a key file: it does not start with DKGKEY1");
    if (size < HEADER + CHECKSUM) return dkg_fail(err, DKG_USAGE, "the key file is cut short: it has %zu bytes", size);
    if (dkg_load16(file + MAJOR) != 1)
        return dkg_fail(err, DKG_USAGE, "the key file has the unknown version %u.%u", dkg_load16(file + MAJOR), dkg_load16(file + MINOR));
    uint64_t body = dkg_load64(file + BODY_SIZE);
    if (body != size - HEADER - CHECKSUM)
        return dkg_fail(err, DKG_USAGE, "the key file has %zu bytes of content, its header says %" PRIu64, size - HEADER - CHECKSUM, body);
    uint8_t sum[CHECKSUM];
    checksum(file, size, sum);
    if (memcmp(sum, file + size - CHECKSUM, CHECKSUM) != 0)
        return dkg_fail(err, DKG_USAGE, "the key file is damaged: its checksum is wrong");
    uint8_t wrap = file[WRAP];
    if (wrap != WRAP_NONE && wrap != WRAP_ARGON2ID) return dkg_fail(err, DKG_USAGE, "the key file has the unknown protection %u", wrap);
    if (!dkg_is_zero(file + RESERVED, ID - RESERVED))
        return dkg_fail(err, DKG_USAGE, "a reserved byte of the key file's header is not zero");
    if (wrap == WRAP_NONE && !dkg_is_zero(file + PSALT, BODY_SIZE - PSALT))
        return dkg_fail(err, DKG_USAGE, "the key file has Argon2 values without being protected by a passphrase");
    size_t least = IMAGE + SEED + (wrap ? TAG : 0);
    if (body < least) return dkg_fail(err, DKG_USAGE, "the key file has %" PRIu64 " bytes of content, the least is %zu", body, least);
    return DKG_OK;
}

static dkg_status unwrap(const uint8_t *file, dkg_ask_passphrase ask, void *self, dkg_keyfile *key, dkg_error *err)
{
    dkg_argon2 cost = {dkg_load32(file + PASSES), dkg_load32(file + KIB)};
    uint8_t *passphrase, wrapping[32] = {0};
    size_t size;
    dkg_status status = dkg_argon2_check(cost, false, err);
    if (status != DKG_OK) return status;
    status = dkg_passphrase_ask(ask, self, "the key file", &passphrase, &size, err);
    if (status != DKG_OK) return status;
    status = dkg_argon2id(wrapping, sizeof wrapping, (dkg_bytes){passphrase, size}, file + PSALT, cost, err);
    if (status == DKG_OK &&
        crypto_aead_xchacha20poly1305_ietf_decrypt(key->inner, NULL, NULL, file + HEADER, key->inner_size + TAG, file, HEADER,
                                                   zero_nonce, wrapping) != 0)
        status = dkg_fail(err, DKG_NO_KEY, "the passphrase does not open the key file");
    sodium_memzero(wrapping, sizeof wrapping);
    dkg_secret_free(passphrase);
    return status;
}

static dkg_status check_inner(const dkg_keyfile *key, dkg_error *err)
{
    size_t image = image_size(key);
    if (image != SEED && image != DKG_KEY_BYTES)
        return dkg_fail(err, DKG_USAGE, "the key file has an initial image of %zu bytes, it must be %d or %d", image, SEED, DKG_KEY_BYTES);
    if (!dkg_is_zero(key->inner + INNER_RESERVED, MODEL_SIZE - INNER_RESERVED))
        return dkg_fail(err, DKG_USAGE, "a reserved byte of the key file's content is not zero");
    uint64_t model = dkg_load64(key->inner + MODEL_SIZE), size;
    if (!dkg_add(IMAGE + image, model, &size) || size != key->inner_size)
        return dkg_fail(err, DKG_USAGE, "the key file's content of %zu bytes is not its image of %zu and its model of %" PRIu64 " added up",
                        key->inner_size, image, model);
    return DKG_OK;
}

dkg_status dkg_keyfile_parse(const uint8_t *bytes, size_t size, dkg_ask_passphrase ask, void *ask_self, dkg_keyfile **out,
                             dkg_error *err)
{
    *out = NULL;
    dkg_status status = check_header(bytes, size, err);
    if (status != DKG_OK) return status;
    bool wrapped = bytes[WRAP] == WRAP_ARGON2ID;
    dkg_keyfile *key = allocate(size - HEADER - CHECKSUM - (wrapped ? TAG : 0));
    if (!key) return dkg_fail(err, DKG_NO_MEMORY, "out of memory for a key file of %zu bytes", size);
    memcpy(key->id, bytes + ID, sizeof key->id);
    if (wrapped)
        status = unwrap(bytes, ask, ask_self, key, err);
    else
        memcpy(key->inner, bytes + HEADER, key->inner_size);
    if (status == DKG_OK) status = check_inner(key, err);
    if (status != DKG_OK) {
        dkg_keyfile_free(key);
        return status;
    }
    expand_initial(key);
    *out = key;
    return DKG_OK;
}

/* ---- what it gives ------------------------------------------------------------------------------------------------- */
const uint8_t *dkg_keyfile_id(const dkg_keyfile *key) { return key->id; }
const uint8_t *dkg_keyfile_model_digest(const dkg_keyfile *key) { return key->inner + DIGEST; }

dkg_bytes dkg_keyfile_model(const dkg_keyfile *key)
{
    size_t before = IMAGE + image_size(key);
    return (dkg_bytes){key->inner + before, key->inner_size - before};
}

void dkg_keyfile_initial_image(const dkg_keyfile *key, uint8_t *out) { memcpy(out, key->initial, DKG_KEY_BYTES); }

void dkg_keyfile_kek(const dkg_keyfile *key, uint8_t kek[32]) { DKG_B2(kek, 32, key->inner + K0, DKG_TEXT("DKG1 kek")); }

void dkg_keyfile_factor(const dkg_keyfile *key, uint8_t kf[32])
{
    uint8_t image[32];
    DKG_B2(image, 32, NULL, {key->initial, DKG_KEY_BYTES});
    DKG_B2(kf, 32, key->inner + K0, DKG_TEXT("DKG1 kf1"), {key->inner + DIGEST, 32}, {image, 32});
}

void dkg_keyfile_mark(const dkg_keyfile *key, const uint8_t salt[32], uint8_t kid[8])
{
    uint8_t mark[16];
    DKG_B2(mark, 16, salt, {key->id, sizeof key->id});
    memcpy(kid, mark, 8);
}

void dkg_keyfile_paper_key(const dkg_keyfile *key, const uint8_t salt[32], uint8_t k_gen[32])
{
    DKG_B2(k_gen, 32, key->inner + K0, DKG_TEXT("DKG1 pap"), {salt, 32});
}
