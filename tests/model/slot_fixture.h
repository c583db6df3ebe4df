/* What the tests of slots share: a volume with keys of every kind, a reader that counts, and slots written by hand. */
#ifndef DKG_TEST_SLOT_FIXTURE_H
#define DKG_TEST_SLOT_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "cipher/slots.h"
#include "support.h"

static const dkg_argon2 cheap = {2, 65536};

/* ---- the reader's side: accepts one file key, counts offers and questions ------------------------------------------------- */
typedef struct reader {
    uint8_t fk[32];
    int offers, questions;
    const char *passphrase;
} reader;

static inline bool accept(void *self, const uint8_t fk[32])
{
    reader *r = self;
    r->offers++;
    return memcmp(r->fk, fk, 32) == 0;
}

static inline size_t ask(void *self, const char *what, uint8_t out[1024], dkg_error *err)
{
    reader *r = self;
    (void)what;
    r->questions++;
    if (!r->passphrase) {
        (void)dkg_fail(err, DKG_CANCELLED, "stopped while asking");
        return 0;
    }
    memcpy(out, r->passphrase, strlen(r->passphrase));
    return strlen(r->passphrase);
}

/* ---- a volume with keys of every kind ---------------------------------------------------------------------------------------- */
typedef struct fixture {
    uint8_t core[128], core_mac[32], signing_key[64];
    dkg_identity ids[2];
    dkg_recipient recipients[2];
    dkg_keyfile *keyfile, *other_keyfile;
    reader r;
} fixture;

static const uint8_t model_digest[32] = {9};

static inline void setup(fixture *f)
{
    *f = (fixture){.r.passphrase = "correct"};
    test_pattern(f->core, sizeof f->core, 1);
    test_pattern(f->core_mac, sizeof f->core_mac, 2);
    test_pattern(f->r.fk, sizeof f->r.fk, 3);
    for (size_t i = 0; i < 2; i++) {
        dkg_identity_generate(&f->ids[i]);
        memcpy(f->recipients[i].key, f->ids[i].key, 32);
    }
    dkg_keyfile_options options = {.model_digest = model_digest};
    ck_ok(dkg_keyfile_create(&options, &f->keyfile, err));
    ck_ok(dkg_keyfile_create(&options, &f->other_keyfile, err));
    dkg_signing_key_generate(f->signing_key);
}

static inline void teardown(fixture *f)
{
    dkg_keyfile_free(f->keyfile);
    dkg_keyfile_free(f->other_keyfile);
}

static inline const uint8_t *salt_of(const fixture *f) { return f->core + 48; }
static inline dkg_bytes over(const dkg_buffer *b) { return (dkg_bytes){b->bytes, b->size}; }
static inline dkg_bytes text(const char *s) { return (dkg_bytes){(const uint8_t *)s, strlen(s)}; }

static inline dkg_buffer write_slots(const fixture *f, const dkg_locks *locks, uint32_t wanted)
{
    dkg_buffer out;
    uint32_t count;
    ck_ok(dkg_slots_write(locks, f->r.fk, f->core, f->core_mac, &out, &count, err));
    ck_assert_uint_eq(count, wanted);
    ck_assert(out.size >= 256 && out.size % 256 == 0);
    return out;
}

static inline dkg_keys all_keys(fixture *f, const dkg_keyfile *const *list)
{
    return (dkg_keys){.identities = f->ids, .identity_count = 1, .keyfiles = list, .keyfile_count = 1, .ask = ask, .ask_self = &f->r};
}

static inline void append_slot(dkg_buffer *b, uint16_t type, uint16_t size, const uint8_t *body)
{
    uint8_t head[4];
    dkg_store16(head, type);
    dkg_store16(head + 2, size);
    dkg_append(b, head, 4);
    dkg_append(b, body, size);
}

#endif
