/* gzip as it may come: members, trailing bytes, damage, layers and bombs. */
#include "synthetic.h"

static dkg_buffer volume_file(void)
{
    synthetic s = int16_3x4x5();
    return make_file(&s, 120, 0);
}

static dkg_status read_as(const char *name, const dkg_buffer *packed, dkg_volume **v, dkg_error *err)
{
    return dkg_volume_read(write_temp(name, bytes_of(packed)), 0, v, err);
}

/* Reads `packed` and compares with `file`. */
static void ck_reads(const dkg_buffer *packed, const dkg_buffer *file, const char *what)
{
    dkg_volume *v;
    ck_ok(read_as("good.nii.gz", packed, &v, err));
    ck_assert(v->gzipped);
    ck_same((dkg_bytes){v->head.at, v->head.size + v->data.size + v->tail.size}, bytes_of(file), what);
    dkg_volume_free(v);
}

static void ck_refused(const dkg_buffer *packed, const char *part)
{
    dkg_volume *v;
    ck_fails(read_as("bad.nii.gz", packed, &v, err), DKG_SOURCE, part);
    ck_assert_ptr_null(v);
}

START_TEST(members_are_joined)
{
    dkg_buffer file = volume_file(), packed = {0};
    for (size_t cut = 0; cut <= file.size; cut += 59) { /* 0: an empty member first, as block gzip has them */
        dkg_buffer a = gzip_of(file.bytes, cut), b = gzip_of(file.bytes + cut, file.size - cut), c = gzip_of("", 0);
        dkg_append(&packed, a.bytes, a.size);
        dkg_append(&packed, b.bytes, b.size);
        dkg_append(&packed, c.bytes, c.size);
        ck_reads(&packed, &file, "three members");
        dkg_append(&packed, "\0\0\0\0\0\0\0", 7);
        ck_reads(&packed, &file, "three members and zeros");
        dkg_buffer_free(&packed);
        dkg_buffer_free(&a);
        dkg_buffer_free(&b);
        dkg_buffer_free(&c);
    }
    dkg_buffer_free(&file);
}
END_TEST

START_TEST(only_zeros_or_members_may_follow)
{
    static const struct {
        const char *bytes;
        size_t n;
    } tails[] = {{"x", 1}, {"\x1f", 1}, {"\0\0\0x", 4}, {"\0\x1f\x8b", 3}};
    dkg_buffer file = volume_file();
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        dkg_buffer packed = gzip_of(file.bytes, file.size);
        dkg_append(&packed, tails[i].bytes, tails[i].n);
        ck_refused(&packed, "neither zeros nor gzip");
        dkg_buffer_free(&packed);
    }
    dkg_buffer packed = gzip_of(file.bytes, file.size);
    dkg_append(&packed, "\x1f\x8b\x08", 3); /* a member that is cut short */
    ck_refused(&packed, "cut short");
    dkg_buffer_free(&packed);
    dkg_buffer_free(&file);
}
END_TEST

START_TEST(cut_at_every_length)
{
    dkg_buffer file = volume_file(), packed = gzip_of(file.bytes, file.size);
    for (size_t n = 0; n < packed.size; n++) {
        dkg_volume *v;
        dkg_buffer cut = packed;
        cut.size = n;
        ck_fails(read_as("cut.nii.gz", &cut, &v, err), DKG_SOURCE, n < 2 ? "too short" : "cut short");
        ck_assert_ptr_null(v);
    }
    dkg_buffer_free(&packed);
    dkg_buffer_free(&file);
}
END_TEST

START_TEST(every_bit_of_crc_and_length_counts)
{
    dkg_buffer file = volume_file(), packed = gzip_of(file.bytes, file.size);
    for (size_t bit = 0; bit < 64; bit++) {
        uint8_t *at = packed.bytes + packed.size - 8 + bit / 8;
        *at = (uint8_t)(*at ^ 1u << bit % 8);
        ck_refused(&packed, bit < 32 ? "incorrect data check" : "incorrect length check");
        *at = (uint8_t)(*at ^ 1u << bit % 8);
    }
    packed.bytes[2] = 7; /* no such method */
    ck_refused(&packed, "damaged");
    dkg_buffer_free(&packed);
    dkg_buffer_free(&file);
}
END_TEST

START_TEST(name_comment_and_extra_fields_are_skipped)
{
    dkg_buffer file = volume_file(), plain = gzip_of(file.bytes, file.size), packed = {0};
    dkg_append(&packed, plain.bytes, 10);
    packed.bytes[3] = 4 | 8 | 16; /* FEXTRA, FNAME, FCOMMENT */
    dkg_append(&packed, "\3\0abcpatient.nii\0why", 20);
    dkg_append(&packed, "", 1);
    dkg_append(&packed, plain.bytes + 10, plain.size - 10);
    ck_reads(&packed, &file, "header fields");
    dkg_buffer_free(&packed);
    dkg_buffer_free(&plain);
    dkg_buffer_free(&file);
}
END_TEST

START_TEST(two_layers_are_refused)
{
    dkg_buffer file = volume_file(), once = gzip_of(file.bytes, file.size), twice = gzip_of(once.bytes, once.size);
    ck_refused(&twice, "packed with gzip twice");
    dkg_buffer_free(&twice);
    dkg_buffer_free(&once);
    dkg_buffer_free(&file);
}
END_TEST

START_TEST(content_decides_not_the_name)
{
    dkg_volume *v;
    dkg_buffer file = volume_file(), packed = gzip_of(file.bytes, file.size);
    ck_ok(read_as("plain.nii.gz", &file, &v, err));
    ck_assert(!v->gzipped);
    dkg_volume_free(v);
    ck_ok(read_as("packed.nii", &packed, &v, err));
    ck_assert(v->gzipped);
    dkg_volume_free(v);
    dkg_buffer_free(&packed);
    dkg_buffer_free(&file);
}
END_TEST

/* 300 kB that unpack to 300 MB: stopped where the header says the volume ends. */
START_TEST(bomb_after_the_voxels)
{
    enum { BLOCK = 1 << 20 };
    uint8_t *zeros = calloc(1, BLOCK);
    dkg_buffer file = volume_file(), bomb = gzip_of(file.bytes, file.size), block = gzip_of(zeros, BLOCK);
    for (int i = 0; i < 300; i++) dkg_append(&bomb, block.bytes, block.size);
    char part[64];
    (void)snprintf(part, sizeof part, "more than %llu bytes", 352ull + 120 + BLOCK);
    ck_refused(&bomb, part);
    dkg_buffer_free(&bomb);
    dkg_buffer_free(&block);
    dkg_buffer_free(&file);
    free(zeros);
}
END_TEST

START_TEST(bomb_of_no_volume_and_of_a_header)
{
    enum { BLOCK = 1 << 20 };
    uint8_t *zeros = calloc(1, BLOCK);
    uint8_t header[352];
    synthetic s = int16_3x4x5();
    dkg_buffer block = gzip_of(zeros, BLOCK), bomb = {0};
    for (int i = 0; i < 65; i++) dkg_append(&bomb, block.bytes, block.size);
    ck_refused(&bomb, "not a NIfTI file");
    s.pair = true;
    s.offset = 0;
    make_header(header, &s);
    dkg_buffer pair = gzip_of(header, sizeof header);
    dkg_append(&pair, bomb.bytes, bomb.size);
    dkg_volume *v;
    ck_fails(read_as("bomb.hdr.gz", &pair, &v, err), DKG_SOURCE, "more than 67108864 bytes");
    dkg_buffer_free(&pair);
    dkg_buffer_free(&bomb);
    dkg_buffer_free(&block);
    free(zeros);
}
END_TEST

/* 35 TB declared, 2 kB there. */
START_TEST(declared_sizes_allocate_nothing)
{
    dkg_volume *v;
    synthetic s = int16_3x4x5();
    for (int i = 1; i <= 3; i++) s.dim[i] = 32767;
    dkg_buffer file = make_file(&s, 2000, 0), packed = gzip_of(file.bytes, file.size);
    ck_refused(&packed, "2000 of 70362301");
    ck_fails(read_as("declared.nii", &file, &v, err), DKG_SOURCE, "cut short: 2000 of 70362301");
    dkg_buffer_free(&packed);
    dkg_buffer_free(&file);
}
END_TEST

START_TEST(max_holds_for_what_is_unpacked)
{
    dkg_volume *v;
    dkg_buffer file = volume_file(), packed = gzip_of(file.bytes, file.size);
    const char *path = write_temp("max.nii.gz", bytes_of(&packed));
    ck_assert_uint_lt(packed.size, file.size - 1);
    ck_fails(dkg_volume_read(path, file.size - 1, &v, err), DKG_SOURCE, "unpacks to more than 471 bytes");
    ck_ok(dkg_volume_read(path, file.size, &v, err));
    dkg_volume_free(v);
    path = write_temp("max.nii", bytes_of(&file));
    ck_fails(dkg_volume_read(path, file.size - 1, &v, err), DKG_IO, "more than the 471");
    dkg_buffer_free(&packed);
    dkg_buffer_free(&file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nifti gunzip");
    TCase *t = tcase_create("gunzip");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, members_are_joined);
    tcase_add_test(t, only_zeros_or_members_may_follow);
    tcase_add_test(t, cut_at_every_length);
    tcase_add_test(t, every_bit_of_crc_and_length_counts);
    tcase_add_test(t, name_comment_and_extra_fields_are_skipped);
    tcase_add_test(t, two_layers_are_refused);
    tcase_add_test(t, content_decides_not_the_name);
    tcase_add_test(t, bomb_after_the_voxels);
    tcase_add_test(t, bomb_of_no_volume_and_of_a_header);
    tcase_add_test(t, declared_sizes_allocate_nothing);
    tcase_add_test(t, max_holds_for_what_is_unpacked);
    suite_add_tcase(suite, t);
    return test_run(suite, (Suite *)0);
}
