/* dkg/base.h - the ground floor: status and errors, checked sizes, bytes, secret memory, files, log, threads.
 *
 * Conventions of every room (docs/adr/0001): functions that can fail return dkg_status and take a last `dkg_error *err`
 * (may be NULL) that receives one sentence with the offending value. Outputs are set to NULL or 0 first; on failure
 * nothing is left behind. Who creates frees; every *_free(NULL) is fine. Nothing here prints, exits or keeps globals. */
#ifndef DKG_BASE_H
#define DKG_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DKG_MUST_USE __attribute__((warn_unused_result))
#define DKG_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#else
#define DKG_MUST_USE
#define DKG_PRINTF(fmt, first)
#endif

/* ---- status: the one list of outcomes: name, exit code (volume-format section 12), sentence ---------------------- */
#define DKG_STATUS_LIST(X)                                                                                        \
    X(OK, 0, "success")                                                                                           \
    X(INTERNAL, 1, "internal error")                                                                              \
    X(NO_MEMORY, 1, "out of memory")                                                                              \
    X(DEVICE, 1, "the compute device failed")                                                                     \
    X(USAGE, 2, "wrong usage, or a malformed key text or key file")                                               \
    X(NO_KEY, 3, "no slot opens with the keys given, or the key-file factor is missing or wrong")                 \
    X(ENVELOPE, 4, "envelope or metadata damaged, forged or of an unsupported version")                           \
    X(DAMAGED, 5, "slices damaged")                                                                               \
    X(GENERATOR, 6, "no model fits, or the generator does not reproduce the key stream")                          \
    X(FOREIGN, 7, "not an encrypted volume, or changed beyond recovery by another program")                       \
    X(IO, 8, "input or output error")                                                                             \
    X(SOURCE, 8, "source malformed or of an unsupported type")                                                    \
    X(UNSUPPORTED, 8, "this build or installation lacks what the file needs")                                     \
    X(POLICY, 9, "refused by policy")                                                                             \
    X(REPAIRED, 10, "repaired, and strict checking was asked for")                                                \
    X(PARTIAL, 11, "some files of a data set failed or are missing, the others are complete")                    \
    X(CANCELLED, 130, "stopped on request")

typedef enum dkg_status {
#define DKG_STATUS_ENUM(name, code, sentence) DKG_##name,
    DKG_STATUS_LIST(DKG_STATUS_ENUM)
#undef DKG_STATUS_ENUM
} dkg_status;

typedef struct dkg_error {
    dkg_status status;
    char text[768]; /* one sentence with the offending value, no program name, no newline */
    char hint[768]; /* what to do next; lines separated by \n; empty if none */
} dkg_error;

const char *dkg_status_name(dkg_status status);     /* "USAGE" */
const char *dkg_status_sentence(dkg_status status); /* sentence of the list above */
int dkg_status_exit_code(dkg_status status);

/* Writes the sentence to err (if not NULL), clears its hint, returns status: `return dkg_fail(err, DKG_IO, ...)`. */
dkg_status dkg_fail(dkg_error *err, dkg_status status, const char *format, ...) DKG_PRINTF(3, 4);
/* Adds or replaces the hint of err; returns err->status (DKG_INTERNAL for NULL) so that it can end a function. */
dkg_status dkg_fail_hint(dkg_error *err, dkg_status status, const char *format, ...) DKG_PRINTF(3, 4);

/* ---- checked sizes: false on overflow, *out untouched ------------------------------------------------------------- */
DKG_MUST_USE bool dkg_add(uint64_t a, uint64_t b, uint64_t *out);
DKG_MUST_USE bool dkg_mul(uint64_t a, uint64_t b, uint64_t *out);
/* count*size bytes, zeroed; NULL when it overflows or memory is out. Freed with free(). */
DKG_MUST_USE void *dkg_calloc(uint64_t count, uint64_t size);
/* Asks the system for large pages where memory of several MiB has not been touched yet: fewer page faults. No promise, and nothing
 * else changes; NULL is fine. */
void dkg_prefer_large_pages(void *memory, size_t size);

/* ---- bytes: little-endian stores and a bounded reader ----------------------------------------------------------------- */
void dkg_store16(uint8_t *p, uint16_t v);
void dkg_store32(uint8_t *p, uint32_t v);
void dkg_store64(uint8_t *p, uint64_t v);
uint16_t dkg_load16(const uint8_t *p);
uint32_t dkg_load32(const uint8_t *p);
uint64_t dkg_load64(const uint8_t *p);

/* Bounded reader: a read past the end sets `failed`, returns 0 or NULL and moves nothing. Check `failed` once at the end. */
typedef struct dkg_cursor {
    const uint8_t *at;
    size_t left;
    bool failed;
} dkg_cursor;
dkg_cursor dkg_cursor_over(const void *bytes, size_t size);
uint8_t dkg_read8(dkg_cursor *c);
uint16_t dkg_read16(dkg_cursor *c);
uint32_t dkg_read32(dkg_cursor *c);
uint64_t dkg_read64(dkg_cursor *c);
const uint8_t *dkg_read_bytes(dkg_cursor *c, size_t n); /* points into the input */

/* Growing byte string; a failed append sets `failed` and keeps what was there. */
typedef struct dkg_buffer {
    uint8_t *bytes;
    size_t size, capacity;
    bool failed;
} dkg_buffer;
void dkg_append(dkg_buffer *b, const void *bytes, size_t n);
void dkg_append_text(dkg_buffer *b, const char *format, ...) DKG_PRINTF(2, 3); /* no terminator */
void dkg_buffer_free(dkg_buffer *b);                                        /* also resets; NULL is fine */

/* A non-owning piece of memory. */
typedef struct dkg_bytes {
    const uint8_t *at;
    size_t size;
} dkg_bytes;

bool dkg_is_zero(const uint8_t *bytes, size_t n); /* not for secrets' values, only for reserved fields */

/* ---- secrets --------------------------------------------------------------------------------------------------------- */
/* Once, before anything secret: libsodium, no core dumps of this process. */
DKG_MUST_USE dkg_status dkg_start(dkg_error *err);
/* Guarded, locked where the system allows, zeroed; wiped when freed (sodium_malloc). NULL when memory is out. */
DKG_MUST_USE void *dkg_secret_alloc(size_t size);
void dkg_secret_free(void *secret);
/* The system's randomness (libsodium randombytes; tests replace it through randombytes_set_implementation). */
void dkg_random(void *out, size_t n);

/* ---- files --------------------------------------------------------------------------------------------------------------- */
/* Reads a whole file of at most `max` bytes, with a zero byte after them; *bytes is freed with free(). A directory, a missing file, a longer file:
 * DKG_IO with the path. */
DKG_MUST_USE dkg_status dkg_file_read(const char *path, uint64_t max, uint8_t **bytes, size_t *size, dkg_error *err);
/* The same into secret memory (dkg_secret_free). `private_only`: refuse (DKG_USAGE) a file its group or others can read. */
DKG_MUST_USE dkg_status dkg_file_read_secret(const char *path, uint64_t max, bool private_only, uint8_t **bytes, size_t *size,
                                             dkg_error *err);
bool dkg_file_exists(const char *path);
/* True when both names lead to one file after resolving links; a name that does not exist equals nothing but its own
 * resolved folder + name. */
bool dkg_file_same(const char *a, const char *b);

/* An output that appears under its name complete or not at all: written to a nameless or temporary file in the target
 * folder, synced, then linked or renamed. A killed process leaves the old file or the whole new one. */
typedef struct dkg_output dkg_output;
enum {
    DKG_OUTPUT_REPLACE = 1,
    DKG_OUTPUT_PRIVATE = 2, /* mode 0600 */
    DKG_OUTPUT_NAMED = 4    /* a named part file even where the system offers nameless ones */
};
DKG_MUST_USE dkg_status dkg_output_open(const char *path, unsigned flags, dkg_output **out, dkg_error *err);
DKG_MUST_USE dkg_status dkg_output_write(dkg_output *o, const void *bytes, size_t n, dkg_error *err);
/* Syncs and publishes; frees *o and sets it to NULL in every case. */
DKG_MUST_USE dkg_status dkg_output_commit(dkg_output **o, dkg_error *err);
void dkg_output_discard(dkg_output *o); /* nothing remains; NULL is fine */
/* Open, write, commit in one. */
DKG_MUST_USE dkg_status dkg_file_write(const char *path, unsigned flags, const void *bytes, size_t n, dkg_error *err);

/* ---- log: how libraries speak to whoever called them; every member may be NULL, and so may the log ----------------------- */
typedef struct dkg_log {
    void (*warn)(void *self, const char *sentence);
    /* fraction 0..1 of the whole job; returning false asks the job to stop with DKG_CANCELLED. */
    bool (*progress)(void *self, const char *stage, double fraction);
    void *self;
} dkg_log;
void dkg_warn(const dkg_log *log, const char *format, ...) DKG_PRINTF(2, 3);
/* DKG_OK, or DKG_CANCELLED when the caller wants to stop. */
DKG_MUST_USE dkg_status dkg_progress(const dkg_log *log, const char *stage, double fraction, dkg_error *err);

/* ---- threads ---------------------------------------------------------------------------------------------------------------- */
unsigned dkg_cpu_count(void); /* processors this process may use, at least 1 */
/* Calls work(context, i) for i in 0..count-1 on up to `threads` threads (0: dkg_cpu_count()), the caller's among them.
 * Which thread takes which i is not defined; results must not depend on it. */
void dkg_parallel(unsigned threads, size_t count, void (*work)(void *context, size_t i), void *context);

#ifdef __cplusplus
}
#endif
#endif
