/* dkg/cipher.h - the sealed volume DKG1: key material, encryption, reading back. The definition is docs/volume-format.md;
 * section numbers below are its. Memory in, memory out: no files, no device; generators are engines handed in. */
#ifndef DKG_CIPHER_H
#define DKG_CIPHER_H

#include "dkg/base.h"
#include "dkg/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- key texts: age X25519 recipients and identities, Ed25519 signers (section 7) ------------------------------------- */
/* Parsing fails with DKG_USAGE and a sentence that never quotes the text. Texts are written with their NUL. */
enum {
    DKG_RECIPIENT_TEXT = 63, /* "age1..." + NUL */
    DKG_IDENTITY_TEXT = 75,  /* "AGE-SECRET-KEY-1..." + NUL; secret */
    DKG_SIGNING_KEY_TEXT = 76, /* "DKG-SIGN-SECRET-1..." + NUL; secret */
    DKG_SIGNER_TEXT = 68     /* "dkg-sign1..." + NUL */
};
typedef struct dkg_recipient { uint8_t key[32]; } dkg_recipient; /* X25519 public key (RFC 7748) */
typedef struct dkg_identity { uint8_t scalar[32]; uint8_t key[32]; } dkg_identity; /* keep in secret memory */

/* Also refuses a point of low order. */
DKG_MUST_USE dkg_status dkg_recipient_parse(const char *text, dkg_recipient *out, dkg_error *err);
void dkg_recipient_text(const dkg_recipient *r, char out[DKG_RECIPIENT_TEXT]);
DKG_MUST_USE dkg_status dkg_identity_parse(const char *text, dkg_identity *out, dkg_error *err);
void dkg_identity_text(const dkg_identity *id, char out[DKG_IDENTITY_TEXT]);
void dkg_identity_generate(dkg_identity *out);
/* Ed25519 (RFC 8032) signing keys: 64-byte libsodium secret key (seed || public key) and 32-byte public key, the signer. */
DKG_MUST_USE dkg_status dkg_signing_key_parse(const char *text, uint8_t secret[64], dkg_error *err);
void dkg_signing_key_text(const uint8_t secret[64], char out[DKG_SIGNING_KEY_TEXT]);
void dkg_signing_key_generate(uint8_t secret[64]);
DKG_MUST_USE dkg_status dkg_signer_parse(const char *text, uint8_t key[32], dkg_error *err);
void dkg_signer_text(const uint8_t key[32], char out[DKG_SIGNER_TEXT]);
/* Files of such texts: one per line, LF or CR LF, empty lines and lines that start with # ignored; at least one text. Arrays are
 * freed with free() (recipients) or dkg_secret_free() (identities). The error names the line. */
DKG_MUST_USE dkg_status dkg_recipients_parse(const uint8_t *text, size_t size, dkg_recipient **out, size_t *count, dkg_error *err);
DKG_MUST_USE dkg_status dkg_identities_parse(const uint8_t *text, size_t size, dkg_identity **out, size_t *count, dkg_error *err);
/* The same for a file with exactly one signing key. */
DKG_MUST_USE dkg_status dkg_signing_key_file_parse(const uint8_t *text, size_t size, uint8_t secret[64], dkg_error *err);

/* ---- passphrases -------------------------------------------------------------------------------------------------------- */
/* Cost of Argon2id. Writers use at least 2 passes over 65,536 KiB and at most what readers accept, 10 over 2,097,152; else
 * DKG_POLICY. */
typedef struct dkg_argon2 { uint32_t passes, kib; } dkg_argon2;
#define DKG_ARGON2_DEFAULT ((dkg_argon2){3, 262144})
#define DKG_ARGON2_STRONG ((dkg_argon2){4, 1048576})

/* ---- key file DKGKEY1 (section 8): lives in secret memory ------------------------------------------------------------------ */
typedef struct dkg_keyfile dkg_keyfile;
typedef struct dkg_keyfile_options {
    const uint8_t *model_digest;    /* 32 bytes, required */
    const uint8_t *initial_image;   /* DKG_KEY_BYTES, or NULL: a random 32-byte seed */
    dkg_bytes embedded_model;       /* empty: not embedded */
} dkg_keyfile_options;
DKG_MUST_USE dkg_status dkg_keyfile_create(const dkg_keyfile_options *options, dkg_keyfile **out, dkg_error *err);
/* passphrase: empty (size 0) writes wrap 0. *bytes is freed with dkg_secret_free(). DKG_USAGE: a passphrase that is not 1..1024
 * bytes without NUL; DKG_POLICY: cost out of range. */
DKG_MUST_USE dkg_status dkg_keyfile_serialize(const dkg_keyfile *key, dkg_bytes passphrase, dkg_argon2 cost, uint8_t **bytes,
                                              size_t *size, dkg_error *err);
/* Asks for a passphrase when one is needed: writes 1..1024 bytes to out (secret memory), returns their number, or 0 with err
 * filled when there is none. `what` says for people what is being opened. */
typedef size_t (*dkg_ask_passphrase)(void *self, const char *what, uint8_t out[1024], dkg_error *err);
/* bytes: of the whole file. DKG_USAGE: malformed or damaged; DKG_POLICY: Argon2 cost outside the readers' limits (section 7);
 * DKG_NO_KEY: wrong passphrase or none; a status of `ask`. */
DKG_MUST_USE dkg_status dkg_keyfile_parse(const uint8_t *bytes, size_t size, dkg_ask_passphrase ask, void *ask_self,
                                          dkg_keyfile **out, dkg_error *err);
void dkg_keyfile_free(dkg_keyfile *key);
bool dkg_is_keyfile(const uint8_t *bytes, size_t size);       /* magic only */
bool dkg_keyfile_wrapped(const uint8_t *bytes, size_t size);  /* needs a passphrase */
const uint8_t *dkg_keyfile_id(const dkg_keyfile *key);           /* 16 bytes, public */
const uint8_t *dkg_keyfile_model_digest(const dkg_keyfile *key); /* 32 bytes */
dkg_bytes dkg_keyfile_model(const dkg_keyfile *key);             /* embedded model file, or empty */
/* I0 of this key file: DKG_KEY_BYTES into out. */
void dkg_keyfile_initial_image(const dkg_keyfile *key, uint8_t *out);

/* ---- what to lock a volume for (writing) and what may open it (reading) ----------------------------------------------------- */
typedef struct dkg_locks {
    const dkg_recipient *recipients; size_t recipient_count;
    const dkg_keyfile *keyfile;      /* slot of type 3, or with `key_factor` only the second factor */
    bool key_factor;
    dkg_bytes passphrase;            /* empty: no passphrase slot */
    dkg_argon2 cost;
    const uint8_t *signing_key;      /* 64 bytes or NULL */
} dkg_locks;

typedef struct dkg_keys {
    const dkg_identity *identities; size_t identity_count;
    const dkg_keyfile *const *keyfiles; size_t keyfile_count;
    dkg_ask_passphrase ask; void *ask_self; /* NULL: passphrase slots are not tried */
    bool any_argon2_cost;            /* accept costs outside the limits of section 7 */
    const uint8_t (*signers)[32]; size_t signer_count; /* if any: the volume must be signed by one of them (DKG_POLICY) */
} dkg_keys;

/* ---- encryption --------------------------------------------------------------------------------------------------------------- */
typedef enum dkg_mode { DKG_MODE_HYBRID = 1, DKG_MODE_AEAD = 2, DKG_MODE_PAPER = 0x7F } dkg_mode;
const char *dkg_mode_name(dkg_mode mode); /* "hybrid", "aead", "paper-not-secure" */

/* What a source is: a NIfTI volume in one file or two, or a file of any other format, sealed whole as a byte string. */
enum { DKG_KIND_SINGLE = 1, DKG_KIND_PAIR = 2, DKG_KIND_FILE = 3 };

/* A source volume; every piece belongs to the caller. Names as in section 5 (GEOM, HEAD, ...). */
typedef struct dkg_source {
    uint64_t nx, ny, slices;    /* grid layout: dim[1], dim[2], product of the rest */
    uint16_t datatype, bpv;     /* NIfTI code, bytes per voxel */
    uint8_t kind;               /* DKG_KIND_...; FILE: uint8, head and tail empty, only in stream layout */
    uint8_t nifti_version;      /* 1, 2; 0 for FILE */
    bool big_endian, gzipped;
    uint64_t data_offset;
    dkg_bytes head, image_head, data, tail;
    const char *name;           /* optional: file name without folders, UTF-8 */
} dkg_source;

typedef struct dkg_encrypt_options {
    dkg_mode mode;
    bool stream;                  /* stream layout */
    uint8_t carrier_bytes;        /* 0: by the table of section 3; 1: force uint8 */
    bool nifti2;                  /* dimensions above 32767 allowed */
    bool fixed_image;             /* paper mode: flag bit 2 */
    const char *note;             /* optional NOTE */
    dkg_locks locks;
    const dkg_model *model;       /* modes hybrid and paper */
    dkg_engine *engine;           /* makes the keys */
    dkg_engine *check_engine;     /* makes sampled keys again; NULL: `engine` itself, result not cross-checked */
    bool verify_all;              /* cross-check every slice, not first, last and a random one */
    unsigned threads;
    const dkg_log *log;
} dkg_encrypt_options;

typedef struct dkg_carrier {
    uint32_t nx, ny, planes, planes_per_slice, key_planes, slices;
    uint8_t carrier_bytes;
    dkg_mode mode;
    uint8_t volume_id[32];
    uint64_t epoch;
    uint32_t slots;             /* of types 1..3 */
    uint8_t *voxels; size_t voxel_bytes;
    char *extension; size_t extension_size; /* JSON text of section 9; NULL when left out */
    /* how the check before the end went */
    uint32_t cross_checked;     /* slices whose key a second engine made again */
    bool cross_check_independent; /* false: the same engine had to check itself */
    double zero_share;          /* paper mode: share of zero plaintext bytes, 0..1 */
} dkg_carrier;

/* Encrypts and verifies (every tag, sampled keys). DKG_POLICY: plane limit, tanh model in hybrid mode, key-file factor without
 * another slot; DKG_USAGE: no lock; DKG_GENERATOR: weak keys twice, or the check engine disagrees. */
DKG_MUST_USE dkg_status dkg_encrypt(const dkg_source *source, const dkg_encrypt_options *options, dkg_carrier **out, dkg_error *err);
void dkg_carrier_free(dkg_carrier *carrier);

/* ---- reading ---------------------------------------------------------------------------------------------------------------------- */
/* Stored voxels of a file that may be a carrier (section 10); i fastest. They must stay until dkg_sealed_free(): voxels that no
 * program changed are read where they are. */
typedef struct dkg_stored {
    uint64_t dim[3];
    uint16_t datatype;          /* NIfTI code of a numeric scalar type */
    uint16_t bpv;
    bool big_endian;
    double slope, inter;
    dkg_bytes voxels;           /* dim[0]*dim[1]*dim[2]*bpv bytes */
    dkg_bytes extension;        /* text of section 9, or empty */
} dkg_stored;

/* A located carrier: canonical voxels, one or two intact envelopes, structurally sound (step 2 of section 11). DKG_FOREIGN: no
 * carrier; DKG_ENVELOPE: its envelopes are damaged or of an unsupported version. Warns of what was repaired. */
typedef struct dkg_sealed dkg_sealed;
DKG_MUST_USE dkg_status dkg_locate(const dkg_stored *stored, const dkg_log *log, dkg_sealed **out, dkg_error *err);
void dkg_sealed_free(dkg_sealed *sealed);

/* What anyone can see (inspect, verify without keys). */
typedef struct dkg_public_info {
    dkg_mode mode;
    uint8_t carrier_bytes;
    uint32_t nx, ny, slices, planes_per_slice, key_planes;
    uint16_t datatype, bpv;     /* 0 and 1 in stream layout */
    bool stream, key_factor, fixed_image;
    uint8_t volume_id[32], model_fingerprint[16];
    uint64_t epoch, envelope_bytes, metadata_bytes;
    uint32_t x25519_slots, passphrase_slots, keyfile_slots, other_slots;
    bool has_signature; uint8_t signer[32];
    bool trailer_ok, copy_a_ok, copy_b_ok, copies_equal, fill_ok, from_extension;
    bool moved;                 /* a view other than identity, or relabelled voxels */
    bool repaired;              /* the line before the last is not all as written; --strict refuses that */
} dkg_public_info;
const dkg_public_info *dkg_sealed_public(const dkg_sealed *sealed);
/* The ciphertext, canonical whatever programs did to the file: slices * planes_per_slice planes of ny rows of nx samples of
 * carrier_bytes, little-endian; without the key planes. Points into `sealed` or into the voxels it was located in. */
dkg_bytes dkg_sealed_ciphertext(const dkg_sealed *sealed);

/* Steps 2..6 of section 11: after it the metadata are known and authentic (paper mode: only checked for accidents).
 * DKG_NO_KEY, DKG_ENVELOPE, DKG_POLICY (Argon2 cost, signer). paper_allowed: else mode 0x7F is DKG_POLICY. */
DKG_MUST_USE dkg_status dkg_unlock(dkg_sealed *sealed, const dkg_keys *keys, bool paper_allowed, const dkg_log *log, dkg_error *err);

typedef struct dkg_private_info {
    uint8_t kind, nifti_version; bool big_endian, gzipped;
    uint16_t datatype, bpv;
    uint64_t data_offset, data_bytes;
    dkg_bytes head, image_head, tail;
    dkg_bytes name, note;       /* UTF-8, no terminator; empty when absent */
    uint8_t model_digest[32];   /* modes hybrid and paper */
    bool signature_valid;
} dkg_private_info;
const dkg_private_info *dkg_sealed_private(const dkg_sealed *sealed); /* NULL before dkg_unlock() */
/* True when this model is the one the volume was made with (salted fingerprint; needs no key). */
bool dkg_sealed_fits(const dkg_sealed *sealed, const dkg_model *model);

/* Step 8: checks every tag. damaged[z] = 1 for each slice that fails; caller's array of `slices` bytes. DKG_OK also when
 * slices are damaged: *count says how many. */
DKG_MUST_USE dkg_status dkg_check_tags(dkg_sealed *sealed, unsigned threads, uint8_t *damaged, uint32_t *count, const dkg_log *log,
                                       dkg_error *err);

typedef struct dkg_decrypt_options {
    const dkg_model *model; dkg_engine *engine; /* NULL in mode aead */
    bool salvage;               /* damaged slices become zeros; status is still DKG_DAMAGED, output is kept */
    int64_t only_slice;         /* -1: all; else the carrier slice to open (no whole-file digest then) */
    bool keys_only;             /* verify --deep: regenerate and compare gcheck, release nothing */
    unsigned threads;
    const dkg_log *log;
} dkg_decrypt_options;

typedef struct dkg_plain {
    dkg_bytes data;             /* all voxels, or those of the one slice */
    uint8_t *damaged;           /* `slices` bytes, 1 = damaged and zeroed; NULL when all are whole */
    uint32_t damaged_count;
    bool digest_verified;       /* HASH over the whole source was compared */
    void *owned;
} dkg_plain;
/* Steps 7..11. DKG_DAMAGED: err names the slices; without salvage *out is NULL. DKG_GENERATOR: model or keys do not fit, also with
 * salvage nothing comes out then; DKG_ENVELOPE: padding or whole-file digest. */
DKG_MUST_USE dkg_status dkg_decrypt(dkg_sealed *sealed, const dkg_decrypt_options *options, dkg_plain **out, dkg_error *err);
void dkg_plain_free(dkg_plain *plain);

/* New slots, epoch + 1, same ciphertext planes (section 14). The volume must be unlocked; not for paper mode. A signature stays
 * unless locks->signing_key makes another; a second factor stays too, and its key file cannot become a slot (DKG_POLICY). */
DKG_MUST_USE dkg_status dkg_rekey(dkg_sealed *sealed, const dkg_locks *locks, const dkg_log *log, dkg_carrier **out, dkg_error *err);

#ifdef __cplusplus
}
#endif
#endif
