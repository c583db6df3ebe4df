/* Keys, files and the list of the vectors. */
#include "bench.h"

#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "remember.h"
#include "support.h"

const char *bench_path(const char *folder, const char *name)
{
    static char path[4096];
    must(snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path);
    return path;
}

static void write_text(const char *folder, const char *name, const char *comment, const char *text)
{
    FILE *f = fopen(bench_path(folder, name), "w");
    must(f && fprintf(f, "# %s\n%s\n", comment, text) > 0 && fclose(f) == 0);
}

static void write_keyfile(const char *folder, const char *name, const dkg_keyfile *key)
{
    uint8_t *bytes;
    size_t size;
    must_ok(dkg_keyfile_serialize(key, (dkg_bytes){0}, (dkg_argon2){0}, &bytes, &size, err));
    must_ok(dkg_file_write(bench_path(folder, name), DKG_OUTPUT_REPLACE, bytes, size, err));
    dkg_secret_free(bytes);
}

static void make_keys(bench *b)
{
    uint8_t seed[32];
    memset(seed, 1, sizeof seed);
    must_ok(dkg_model_random(seed, 16, &b->model, err));
    b->engine = remembering_engine(b->model);
    test_fixed_random((const uint8_t[32]){"keys of the vectors"});
    dkg_identity_generate(&b->alice);
    dkg_identity_generate(&b->bob);
    dkg_signing_key_generate(b->signing);
    dkg_signing_key_generate(b->other_signing);
    dkg_keyfile_options o = {.model_digest = dkg_model_digest(b->model)};
    must_ok(dkg_keyfile_create(&o, &b->one, err));
    must_ok(dkg_keyfile_create(&o, &b->two, err));
}

static void write_keys(const bench *b, const char *folder)
{
    char text[128];
    dkg_identity_text(&b->alice, text);
    write_text(folder, "alice.txt", "test key, not secret", text);
    dkg_identity_text(&b->bob, text);
    write_text(folder, "bob.txt", "test key, not secret", text);
    dkg_signer_text(b->signing + 32, text);
    write_text(folder, "signer.txt", "signer of test volumes", text);
    dkg_signer_text(b->other_signing + 32, text);
    write_text(folder, "other-signer.txt", "another signer of test volumes", text);
    write_keyfile(folder, "one.dkgkey", b->one);
    write_keyfile(folder, "two.dkgkey", b->two);
}

void bench_open(bench *b, const char *root, const char *volumes)
{
    char folder[4096];
    memset(b, 0, sizeof *b);
    b->folder = volumes;
    make_keys(b);
    must(snprintf(folder, sizeof folder, "%s", bench_path(root, "keys")) < (int)sizeof folder);
    (void)mkdir(folder, 0777);
    (void)mkdir(volumes, 0777);
    write_keys(b, folder);
    b->list = fopen(bench_path(root, "volumes.json"), "w");
    must(b->list && fputs("{\"comment\": \"see README.md\", \"volumes\": [", b->list) >= 0);
}

void bench_close(bench *b)
{
    must(fputs("\n]}\n", b->list) >= 0 && fclose(b->list) == 0);
    dkg_keyfile_free(b->one);
    dkg_keyfile_free(b->two);
    dkg_engine_free(b->engine);
    dkg_model_free(b->model);
}

/* ---- volumes.json: one line per vector ------------------------------------------------------------------------------------ */
static json_t *names(unsigned bits, const char *const *name)
{
    json_t *list = json_array();
    for (unsigned i = 0; name[i]; i++)
        if (bits >> i & 1) json_array_append_new(list, json_string(name[i]));
    return list;
}

static json_t *numbers(const char *text)
{
    json_t *list = json_array();
    for (char *end; text && *text; text = end) json_array_append_new(list, json_integer(strtol(text, &end, 10)));
    return list;
}

static void add_line(bench *b, const char *file_name, const char *shows, const expect *e, const uint8_t *released)
{
    static const char *const identities[] = {"alice", "bob", NULL}, *const keyfiles[] = {"one", "two", NULL},
                             *const signers[] = {"signer", "other-signer", NULL};
    json_t *line = json_object(), *how = json_object();
    char hex[65] = "";
    json_object_set_new(line, "file", json_string(file_name));
    json_object_set_new(line, "shows", json_string(shows));
    if (e->keys & (ALICE | BOB)) json_object_set_new(how, "identities", names(e->keys, identities));
    if (e->keys & (KEY_ONE | KEY_TWO)) json_object_set_new(how, "keyfiles", names(e->keys >> 2, keyfiles));
    if (e->passphrase) json_object_set_new(how, "passphrase", json_string(e->passphrase));
    if (e->signers) json_object_set_new(how, "signers", names(e->signers, signers));
    if (e->any_cost) json_object_set_new(how, "any_argon2_cost", json_true());
    json_object_set_new(how, "model", json_integer(e->model ? e->model : 1));
    if (e->paper_unasked) json_object_set_new(how, "paper", json_false());
    if (e->strict) json_object_set_new(how, "strict", json_true());
    if (e->salvage) json_object_set_new(how, "salvage", json_true());
    if (e->slice) json_object_set_new(how, "slice", json_integer(e->slice - 1));
    json_object_set_new(line, "open", how);
    json_object_set_new(line, "exit", json_integer(e->exit));
    json_object_set_new(line, "warning", json_boolean(e->warning));
    json_object_set_new(line, "damaged", numbers(e->damaged));
    if (released) sodium_bin2hex(hex, sizeof hex, released, 32);
    json_object_set_new(line, "released", released ? json_string(hex) : json_null());
    must(fputs(b->count++ ? ",\n" : "\n", b->list) >= 0);
    must(json_dumpf(line, b->list, JSON_PRESERVE_ORDER | JSON_COMPACT) == 0);
    json_decref(line);
}

static const char *file_name_of(const char *name, const expect *e)
{
    static char out[128];
    must(snprintf(out, sizeof out, "%s%s", name, e->suffix ? e->suffix : ".nii") < (int)sizeof out);
    return out;
}

void bench_add(bench *b, const char *name, const char *shows, const uint8_t *bytes, size_t size, const expect *e)
{
    const char *file_name = file_name_of(name, e);
    must_ok(dkg_file_write(bench_path(b->folder, file_name), DKG_OUTPUT_REPLACE, bytes, size, err));
    add_line(b, file_name, shows, e, NULL);
}

/* B2 of what may come out: of everything with damaged slices as zeros, or of one slice. */
static void digest_released(const draft *d, const expect *e, uint8_t out[32])
{
    const dkg_source *s = d->source;
    size_t slice = (size_t)d->shape.slice;
    uint8_t *data = malloc(s->data.size);
    must(data);
    memcpy(data, s->data.at, s->data.size);
    char *end;
    for (const char *at = e->damaged; at && *at; at = end) memset(data + (size_t)strtol(at, &end, 10) * slice, 0, slice);
    if (e->slice)
        DKG_B2(out, 32, NULL, {data + (size_t)(e->slice - 1) * slice, slice});
    else
        DKG_B2(out, 32, NULL, {s->head.at, s->head.size}, {s->image_head.at, s->image_head.size}, {data, s->data.size},
               {s->tail.at, s->tail.size});
    free(data);
}

void draft_end(draft *d, const expect *wanted)
{
    expect e = *wanted;
    uint8_t digest[32];
    bool released = e.exit == 0 || (e.exit == 5 && e.salvage);
    const char *file_name = file_name_of(d->name, &e);
    if (e.keys == 0) e.keys = d->how.mode == DKG_MODE_PAPER ? KEY_ONE : d->how.factor ? ALICE | KEY_ONE : ALICE;
    (void)file(d);
    must_ok(dkg_file_write(bench_path(d->bench->folder, file_name), DKG_OUTPUT_REPLACE, d->file.bytes, d->file.size, err));
    if (released) digest_released(d, &e, digest);
    add_line(d->bench, file_name, d->shows, &e, released ? digest : NULL);
    draft_free(d);
}

void draft_free(draft *d)
{
    for (size_t i = 0; i < d->entry_count; i++) free(d->entries[i].body);
    dkg_buffer_free(&d->slots);
    dkg_buffer_free(&d->list);
    dkg_buffer_free(&d->env);
    dkg_buffer_free(&d->file);
    dkg_carrier_free(d->carrier);
    free(d->cipher);
    free(d->data);
    source_release(d->source);
    sodium_memzero(d, sizeof *d);
    free(d);
}
