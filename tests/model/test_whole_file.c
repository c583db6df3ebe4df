/* Kind 3: a file of another format, sealed whole (volume-format section 5). */
#include <string.h>

#include "cipher/metadata.h"
#include "support.h"
#include "volume.h"

static uint8_t bytes[5000];

static dkg_source whole_file(size_t size)
{
    test_pattern(bytes, size, 11);
    return (dkg_source){.nx = size, .ny = 1, .slices = 1, .datatype = 2, .bpv = 1, .kind = DKG_KIND_FILE, .data = {bytes, size},
                        .name = "picture.png"};
}

START_TEST(a_file_comes_back)
{
    static const size_t sizes[] = {1, 63, 4096, sizeof bytes};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int aead = 0; aead < 2; aead++) {
            dkg_source source = whole_file(sizes[i]);
            dkg_encrypt_options o = options_make(aead ? DKG_MODE_AEAD : DKG_MODE_HYBRID);
            o.stream = true;
            dkg_carrier *c = encrypt_with(&source, &o);
            dkg_stored stored = stored_of(c);
            opened r = open_stored(&stored);
            ck_assert_msg(r.status == DKG_OK, "%s", r.err.text);
            ck_assert_uint_eq(r.plain->data.size, sizes[i]);
            ck_assert_mem_eq(r.plain->data.at, bytes, sizes[i]);
            ck_assert(r.plain->digest_verified);
            const dkg_private_info *p = dkg_sealed_private(r.sealed);
            ck_assert_uint_eq(p->kind, DKG_KIND_FILE);
            ck_assert_uint_eq(p->nifti_version, 0);
            ck_assert_uint_eq(p->head.size, 0);
            ck_assert_mem_eq(p->name.at, "picture.png", p->name.size);
            opened_free(&r);
            dkg_carrier_free(c);
        }
}
END_TEST

START_TEST(other_ways_to_write_it_are_refused)
{
    dkg_carrier *c;
    dkg_source source = whole_file(100), s = source;
    dkg_encrypt_options o = options_make(DKG_MODE_AEAD);
    ck_fails(dkg_encrypt(&s, &o, &c, err), DKG_USAGE, "stream layout");
    o.stream = true;
    s.nifti_version = 1;
    ck_fails(dkg_encrypt(&s, &o, &c, err), DKG_SOURCE, "kind 3 of NIfTI version 1");
    s = source;
    s.head = (dkg_bytes){bytes, 4};
    s.data_offset = 4;
    ck_fails(dkg_encrypt(&s, &o, &c, err), DKG_SOURCE, "sealed whole");
    s = source;
    s.tail = (dkg_bytes){bytes, 4};
    ck_fails(dkg_encrypt(&s, &o, &c, err), DKG_SOURCE, "sealed whole");
    s = source;
    s.datatype = 256;
    ck_fails(dkg_encrypt(&s, &o, &c, err), DKG_SOURCE, "sealed whole");
}
END_TEST

/* The list of a metadata, as a reader takes it in a stream layout of 128 bytes. */
static dkg_status read_back(const dkg_metadata *m, uint32_t flags, dkg_error *err)
{
    uint8_t list[1024];
    dkg_envelope e = {.mode = DKG_MODE_AEAD, .flags = flags, .datatype = flags ? 0 : 2, .shape = {.slice = 128, .slices = 1}};
    dkg_metadata out;
    size_t size = (size_t)dkg_metadata_sealed_size(m) - 16;
    ck_assert_uint_le(size, sizeof list);
    dkg_metadata_write(m, list, size);
    return dkg_metadata_parse((dkg_bytes){list, size}, &e, &out, err);
}

START_TEST(other_forms_of_it_are_not_read)
{
    static const uint8_t hash[32] = {1};
    const dkg_metadata good = {.kind = DKG_KIND_FILE, .datatype = 2, .bpv = 1, .data_bytes = 100, .hash = hash};
    dkg_metadata m = good;
    ck_ok(read_back(&m, DKG_FLAG_STREAM, err));
    m.data_bytes = 128;
    ck_ok(read_back(&m, DKG_FLAG_STREAM, err));
    ck_fails(read_back(&m, 0, err), DKG_ENVELOPE, "sealed whole");
#define REFUSED(change, part) do { m = good; change; ck_fails(read_back(&m, DKG_FLAG_STREAM, err), DKG_ENVELOPE, part); } while (0)
    REFUSED(m.nifti_version = 1, "version 1");
    REFUSED(m.big_endian = true, "sealed whole");
    REFUSED(m.gzipped = true, "sealed whole");
    REFUSED(m.datatype = 256, "sealed whole");
    REFUSED(m.head = ((dkg_bytes){hash, 1}); m.data_offset = 1, "sealed whole");
    REFUSED(m.tail = ((dkg_bytes){hash, 1}), "sealed whole");
    REFUSED(m.data_offset = 1, "data offset");
    REFUSED(m.kind = 4, "kind 4");
#undef REFUSED
}
END_TEST

int main(void)
{
    Suite *s = suite_create("whole_file");
    TCase *t = tcase_create("kind 3");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, a_file_comes_back);
    tcase_add_test(t, other_ways_to_write_it_are_refused);
    tcase_add_test(t, other_forms_of_it_are_not_read);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
