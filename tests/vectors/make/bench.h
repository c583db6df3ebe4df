/* The workbench of the format's vectors: a volume laid out in pieces that a case may change at any stage, and everything that
 * follows from a piece made again after it. So a vector can be wrong in one thing and right in all others.
 *
 * Stages: a draft is measured (lengths), sealed (keys, slices, MACs), placed (planes, slab) and filed (NIfTI). core(), env(),
 * voxels() and file() bring it as far as their bytes exist and hand them out for change; earlier pieces must not change then. */
#ifndef DKG_TEST_BENCH_H
#define DKG_TEST_BENCH_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "cipher/envelope.h"
#include "cipher/schedule.h"
#include "dkg/cipher.h"

#define must(condition)                                                                   \
    do {                                                                                  \
        if (!(condition)) {                                                               \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);               \
            exit(1);                                                                      \
        }                                                                                 \
    } while (0)
#define must_ok(call)                                                                     \
    do {                                                                                  \
        dkg_error bench_err = {0}, *err = &bench_err;                                     \
        if ((call) != DKG_OK) {                                                           \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, err->text);     \
            exit(1);                                                                      \
        }                                                                                 \
    } while (0)

/* ---- keys: made from fixed seeds, written beside the vectors ------------------------------------------------------------ */
enum { ALICE = 1, BOB = 2, KEY_ONE = 4, KEY_TWO = 8, NO_KEYS = 16 };
enum { SIGNER = 1, OTHER_SIGNER = 2 };
#define PASSPHRASE "correct horse battery staple"

typedef struct bench {
    const char *folder;      /* of the vector files */
    dkg_model *model;        /* n = 16, seed 32 bytes of 0x01 */
    dkg_engine *engine;      /* remembers the keys it made */
    dkg_identity alice, bob;
    dkg_keyfile *one, *two;  /* key files for that model */
    uint8_t signing[64], other_signing[64];
    FILE *list;              /* volumes.json */
    unsigned count;
} bench;
/* Makes the keys and writes them to <root>/keys; opens <root>/volumes.json. */
void bench_open(bench *b, const char *root, const char *volumes);
void bench_close(bench *b);
/* "<folder>/<name>" in a static buffer. */
const char *bench_path(const char *folder, const char *name);

/* ---- drafts --------------------------------------------------------------------------------------------------------------- */
/* What is encrypted and how; all zero: hybrid mode, int16, 8 x 6 voxels in 3 slices, for alice, no header extension. */
typedef struct recipe {
    dkg_mode mode;
    uint16_t datatype;
    uint32_t nx, ny, slices;
    bool stream, forced_uint8, nifti2, fixed_image, extension;
    bool bob, keyfile, factor, passphrase, signed_;      /* besides alice; paper mode: key file one alone */
    bool pair, tail, gzipped, nifti2_source, big_endian; /* of the source */
    const char *source_name, *note;
} recipe;

typedef struct entry {       /* of the metadata list */
    uint16_t type, reserved;
    uint32_t stated, size;   /* length as written, and of the body */
    uint8_t *body;
} entry;

typedef struct draft {
    bench *bench;
    char name[96];
    const char *shows;
    recipe how;
    int stage;
    dkg_source *source;
    dkg_shape shape;
    /* what a writer decides */
    uint8_t head[DKG_HEAD_BYTES];
    uint8_t fk[32], factor[32];
    const dkg_keyfile *keyfile;
    uint8_t *data;           /* S * L, padded */
    entry entries[16];
    size_t entry_count;
    dkg_buffer slots;        /* without padding */
    /* what may go wrong while sealing */
    unsigned list_step, slots_step; /* paddings: 512, 256 */
    uint8_t list_end, slots_end;    /* last byte of the padding */
    int wrong_gcheck, wrong_tag;    /* slice, or -1 */
    bool keep_commitment, keep_signature, keep_checksum;
    /* what follows */
    dkg_schedule keys;
    dkg_buffer list, env;
    uint64_t slots_at, sealed_at, table_at; /* in env */
    uint8_t *cipher;
    dkg_carrier *carrier;
    dkg_buffer file;
    size_t voxels_at;        /* in file */
} draft;

/* A draft of an encryption with randomness fixed by the name; sealing it unchanged gives the carrier dkg_encrypt() made. */
draft *draft_begin(bench *b, const char *name, const char *shows, const recipe *how);
uint8_t *core(draft *d);    /* 256 bytes: core and mutable part, before keys */
uint8_t *env(draft *d);     /* envelope, before the keyless checksum */
uint8_t *voxels(draft *d);  /* cipher planes and slab */
uint8_t *file(draft *d);    /* NIfTI file */

/* While drafting: metadata and slots. */
entry *entry_of(draft *d, uint16_t type);
entry *entry_put(draft *d, size_t at, uint16_t type, const void *body, uint32_t size); /* inserts */
void entry_drop(draft *d, uint16_t type);
void entries_set_hash(draft *d); /* HASH of what the source is now */
void draft_reshape(draft *d, uint32_t nx, uint32_t ny, uint32_t slices); /* stream layout: other planes, room for the data */
void slots_clear(draft *d);
void slot_add(draft *d, uint16_t type, uint16_t length, const void *body, size_t size);
void slot_add_x25519(draft *d, const dkg_identity *to);
void slot_add_passphrase(draft *d, const char *passphrase, uint32_t passes, uint32_t kib);
void slot_add_keyfile(draft *d, const dkg_keyfile *key);

/* While sealed: authenticate again what was changed in env(). */
void draft_core_mac(draft *d);
void draft_slots_mac(draft *d);

/* While placed: offsets in voxels(). */
size_t at_copy_a(const draft *d);
size_t at_copy_b(const draft *d);
size_t at_trailer(const draft *d);
void trailer_sum(draft *d); /* the trailer's checksum again */

/* ---- expectations ----------------------------------------------------------------------------------------------------------- */
typedef struct expect {
    int exit;
    bool warning;
    const char *damaged;     /* "0 2" */
    unsigned keys;           /* 0: those the recipe is for */
    const char *passphrase;
    unsigned signers;
    bool any_cost, paper_unasked, strict, salvage;
    int slice;               /* 1 + the only slice wanted; 0: all */
    int model;               /* byte of the reader's model seed; 0: the right one, 1 */
    const char *suffix;      /* of the file's name; NULL: ".nii" */
} expect;
/* Writes the vector and its line in volumes.json; frees the draft. */
void draft_end(draft *d, const expect *e);
void draft_free(draft *d);   /* without writing it */
/* The same for a file that is no draft. */
void bench_add(bench *b, const char *name, const char *shows, const uint8_t *bytes, size_t size, const expect *e);

/* ---- hosts: other programs that rewrote a carrier ----------------------------------------------------------------------------- */
typedef struct host {
    unsigned axis[3];        /* stored axis i is the carrier's axis axis[i]; all zero: unchanged */
    bool flip[3];            /* of the carrier's axes */
    unsigned crop[3];        /* voxels cut off at the end of the carrier's axes */
    uint16_t datatype;       /* 0: unchanged */
    bool big_endian;
    double slope, inter;     /* of the header; slope 0: 1 and 0 */
    bool encode;             /* stored values are (v - inter) / slope, not v */
    unsigned divide;         /* values divided, 0: not */
    uint16_t dim4;           /* dim[4], 0: 1 */
} host;
/* Replaces the draft's file by what such a program writes. */
void host_rewrite(draft *d, const host *h);

/* ---- cases: BEGIN("name", "what it shows", PLAIN, BARE or members of recipe), changes, END(d, members of expect) ---------------------- */
#define BEGIN(name, shows, ...) draft_begin(b, name, shows, &(recipe){__VA_ARGS__})
#define PLAIN .mode = DKG_MODE_HYBRID
#define BARE .mode = DKG_MODE_AEAD /* where the generator does not matter: quick to make and to read */
#define END(d, ...) draft_end(d, &(expect){__VA_ARGS__})
void cases_open(bench *b);
void cases_envelope(bench *b);
void cases_metadata(bench *b);
void cases_slots(bench *b);
void cases_slab(bench *b);
void cases_slices(bench *b);
void cases_host(bench *b);
/* known_answers.json: one volume per mode, every value on the way to it. */
void make_known_answers(bench *b, const char *path);

#endif
