/* Volumes as head | data | tail: every type, shape and container, what is kept, what is refused. */
#include "synthetic.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void ck_parts(const dkg_volume *v, dkg_bytes file, size_t offset, size_t data)
{
    ck_same(v->head, (dkg_bytes){file.at, offset}, "head");
    ck_same(v->data, (dkg_bytes){file.at + offset, data}, "data");
    ck_same(v->tail, (dkg_bytes){file.at + offset + data, file.size - offset - data}, "tail");
    ck_assert_uint_eq(v->image_head.size, 0);
}

static dkg_status write_volume(const char *path, unsigned flags, const dkg_volume *v, dkg_error *err)
{
    return dkg_volume_write(path, flags, v->header.pair, v->head, v->image_head, v->data, v->tail, err);
}

START_TEST(every_type_order_version_and_rank)
{
    const size_t gaps[] = {0, 3, 1000}, tails[] = {0, 1, 70000};
    for (size_t t = 0; t < 16; t++) {
        for (int variant = 0; variant < 4; variant++) {
            for (int rank = 1; rank <= 7; rank++) {
                dkg_volume *v;
                synthetic s = {.version = variant & 1 ? 2 : 1, .big = (variant & 2) != 0, .rank = rank, .datatype = types[t].code,
                               .dim = {0, 5, 3, 2, 2, 3, 1, 2}};
                size_t data = (size_t)types[t].bytes;
                for (int i = 1; i <= rank; i++) data *= (size_t)s.dim[i];
                s.offset = (double)(header_size(&s) + 4 + gaps[rank % 3]);
                dkg_buffer file = make_file(&s, data, tails[t % 3]);
                ck_ok(dkg_volume_parse(bytes_of(&file), NULL, &v, err));
                ck_parts(v, bytes_of(&file), (size_t)s.offset, data);
                ck_assert(v->header.has_text == (gaps[rank % 3] > 0 || tails[t % 3] > 0));
                dkg_volume_free(v);
                file.size = (size_t)s.offset + data - 1;
                ck_fails(dkg_volume_parse(bytes_of(&file), NULL, &v, err), DKG_SOURCE, "cut short");
                ck_assert_ptr_null(v);
                dkg_buffer_free(&file);
            }
        }
    }
}
END_TEST

START_TEST(written_as_it_was_read)
{
    synthetic s = int16_3x4x5();
    s.offset = 400;
    dkg_buffer file = make_file(&s, 120, 33);
    const char *source = write_temp("source.nii", bytes_of(&file)), *plain = test_path("plain.nii"), *packed = test_path("packed.NII.GZ");
    dkg_volume *v;
    ck_ok(dkg_volume_read(source, 0, &v, err));
    ck_assert_str_eq(v->name, "source.nii");
    ck_assert(!v->gzipped);
    ck_ok(write_volume(plain, 0, v, err));
    ck_ok(write_volume(packed, 0, v, err));
    dkg_volume_free(v);
    dkg_buffer again = slurp(plain), zip = slurp(packed);
    ck_same(bytes_of(&again), bytes_of(&file), "plain");
    /* no name, no time */
    ck_same((dkg_bytes){zip.bytes, 8}, (dkg_bytes){(const uint8_t *)"\x1f\x8b\x08\0\0\0\0\0", 8}, "gzip header");
    ck_ok(dkg_volume_read(packed, 0, &v, err));
    ck_assert(v->gzipped);
    ck_parts(v, bytes_of(&file), 400, 120);
    dkg_volume_free(v);
    dkg_buffer_free(&again);
    dkg_buffer_free(&zip);
    dkg_buffer_free(&file);
}
END_TEST

START_TEST(malformed_extensions_stay_in_head)
{
    dkg_volume *v;
    synthetic s = int16_3x4x5();
    s.offset = 384;
    dkg_buffer file = make_file(&s, 120, 0);
    memcpy(file.bytes + 348, "\1\0\0\0\xff\xff\xff\x7f\6\0\0\0", 12); /* an extension of 2 GiB */
    ck_ok(dkg_volume_parse(bytes_of(&file), NULL, &v, err));
    ck_parts(v, bytes_of(&file), 384, 120);
    ck_assert(v->header.has_text);
    dkg_volume_free(v);
    dkg_buffer_free(&file);
}
END_TEST

START_TEST(tail_of_one_mebibyte_and_no_more)
{
    dkg_volume *v;
    synthetic s = int16_3x4x5();
    dkg_buffer file = make_file(&s, 120, (1u << 20) + 1);
    ck_fails(dkg_volume_parse(bytes_of(&file), NULL, &v, err), DKG_SOURCE, "1048577 bytes follow the voxels");
    file.size--;
    ck_ok(dkg_volume_parse(bytes_of(&file), NULL, &v, err));
    ck_assert_uint_eq(v->tail.size, 1u << 20);
    dkg_volume_free(v);
    dkg_buffer_free(&file);
}
END_TEST

/* ---- pairs ---- */

/* Header file of 370 bytes, image of 8 bytes before and 5 after 120 bytes of voxels. */
static void make_pair(dkg_buffer *hdr, dkg_buffer *img)
{
    uint8_t header[352], pattern[133];
    synthetic s = int16_3x4x5();
    s.pair = true;
    s.offset = 8;
    make_header(header, &s);
    test_pattern(pattern, sizeof pattern, 3);
    memcpy(pattern + 8, "\x1f\x8b\x08", 3);
    *hdr = *img = (dkg_buffer){0};
    dkg_append(hdr, header, sizeof header);
    dkg_append(hdr, "after the header..", 18);
    dkg_append(img, pattern, sizeof pattern);
}

static void ck_pair(const dkg_volume *v, const dkg_buffer *hdr, const dkg_buffer *img)
{
    ck_assert(v->header.pair);
    ck_same(v->head, bytes_of(hdr), "head");
    ck_same(v->image_head, (dkg_bytes){img->bytes, 8}, "image head");
    ck_same(v->data, (dkg_bytes){img->bytes + 8, 120}, "data");
    ck_same(v->tail, (dkg_bytes){img->bytes + 128, 5}, "tail");
}

START_TEST(pairs_by_either_name_packed_or_not)
{
    dkg_buffer hdr, img;
    make_pair(&hdr, &img);
    dkg_buffer hdr_gz = gzip_of(hdr.bytes, hdr.size), img_gz = gzip_of(img.bytes, img.size);
    static const char *const names[4][2] = {{"a.hdr", "a.img"}, {"b.hdr.gz", "b.img.gz"}, {"c.hdr", "c.img.gz"}, {"D.HDR.GZ", "D.IMG"}};
    for (int i = 0; i < 4; i++) {
        bool gz[2] = {i == 1 || i == 3, i == 1 || i == 2};
        (void)write_temp(names[i][0], bytes_of(gz[0] ? &hdr_gz : &hdr));
        (void)write_temp(names[i][1], bytes_of(gz[1] ? &img_gz : &img));
        for (int given = 0; given < 2; given++) {
            dkg_volume *v;
            ck_ok(dkg_volume_read(test_path(names[i][given]), 0, &v, err));
            ck_pair(v, &hdr, &img);
            ck_assert(v->gzipped == gz[0]);
            ck_assert_str_eq(v->name, names[i][given]);
            dkg_volume_free(v);
        }
    }
    dkg_buffer_free(&hdr);
    dkg_buffer_free(&img);
    dkg_buffer_free(&hdr_gz);
    dkg_buffer_free(&img_gz);
}
END_TEST

START_TEST(image_that_begins_like_gzip_is_taken_as_it_is)
{
    dkg_buffer hdr, img;
    dkg_volume *v;
    make_pair(&hdr, &img);
    put(hdr.bytes + 108, 0, 4, false); /* vox_offset */
    (void)write_temp("like.img", (dkg_bytes){img.bytes + 8, 120});
    ck_ok(dkg_volume_read(write_temp("like.hdr", bytes_of(&hdr)), 0, &v, err));
    ck_same(v->data, (dkg_bytes){img.bytes + 8, 120}, "data");
    dkg_volume_free(v);
    dkg_buffer_free(&hdr);
    dkg_buffer_free(&img);
}
END_TEST

START_TEST(pairs_that_are_none)
{
    dkg_buffer hdr, img;
    dkg_volume *v;
    synthetic s = int16_3x4x5();
    dkg_buffer single = make_file(&s, 120, 0);
    make_pair(&hdr, &img);
    ck_fails(dkg_volume_read(write_temp("alone.hdr", bytes_of(&hdr)), 0, &v, err), DKG_SOURCE, "its image");
    ck_fails(dkg_volume_read(write_temp("orphan.img", bytes_of(&img)), 0, &v, err), DKG_IO, "orphan.hdr");
    ck_fails(dkg_volume_read(write_temp("pair.nii", bytes_of(&hdr)), 0, &v, err), DKG_SOURCE, "not named .hdr");
    (void)write_temp("short.img", (dkg_bytes){img.bytes, 127});
    ck_fails(dkg_volume_read(write_temp("short.hdr", bytes_of(&hdr)), 0, &v, err), DKG_SOURCE, "cut short: 119 of 120");
    (void)write_temp("fake.img.gz", bytes_of(&img));
    ck_fails(dkg_volume_read(write_temp("fake.hdr.gz", bytes_of(&hdr)), 0, &v, err), DKG_SOURCE, "incorrect header check");
    dkg_buffer nothing = gzip_of("", 0);
    (void)write_temp("empty.img.gz", bytes_of(&nothing));
    ck_fails(dkg_volume_read(write_temp("empty.hdr.gz", bytes_of(&hdr)), 0, &v, err), DKG_SOURCE, "hold nothing");
    ck_ok(dkg_volume_read(write_temp("single.hdr", bytes_of(&single)), 0, &v, err)); /* the magic says one file */
    dkg_volume_free(v);
    ck_fails(dkg_volume_read(write_temp("single.img", bytes_of(&img)), 0, &v, err), DKG_SOURCE, "no image belongs");
    dkg_bytes image = bytes_of(&img);
    ck_fails(dkg_volume_parse(bytes_of(&single), &image, &v, err), DKG_SOURCE, "no image belongs");
    ck_fails(dkg_volume_parse(bytes_of(&hdr), NULL, &v, err), DKG_SOURCE, "image is missing");
    ck_ok(dkg_volume_parse(bytes_of(&hdr), &image, &v, err));
    ck_pair(v, &hdr, &img);
    dkg_volume_free(v);
    dkg_buffer_free(&nothing);
    dkg_buffer_free(&single);
    dkg_buffer_free(&hdr);
    dkg_buffer_free(&img);
}
END_TEST

START_TEST(pairs_are_written_whole_or_not_at_all)
{
    dkg_buffer hdr, img;
    dkg_volume *v, *again;
    make_pair(&hdr, &img);
    dkg_bytes image = bytes_of(&img);
    ck_ok(dkg_volume_parse(bytes_of(&hdr), &image, &v, err));
    ck_assert_str_eq(v->name, "");
    static const char *const names[][2] = {{"out.hdr", "out.img"}, {"out.hdr.gz", "out.img.gz"}};
    for (int i = 0; i < 2; i++) {
        ck_ok(write_volume(test_path(names[i][0]), 0, v, err));
        ck_ok(dkg_volume_read(test_path(names[i][1]), 0, &again, err));
        ck_pair(again, &hdr, &img);
        ck_assert(again->gzipped == (i == 1));
        dkg_volume_free(again);
        dkg_buffer file = slurp(test_path(names[i][1]));
        ck_assert(i == 1 ? memcmp(file.bytes, "\x1f\x8b\x08\0\0\0\0\0", 8) == 0 : file.size == img.size);
        dkg_buffer_free(&file);
    }
    /* one of the two exists: neither is touched */
    (void)write_temp("half.img", (dkg_bytes){(const uint8_t *)"old", 3});
    ck_fails(write_volume(test_path("half.hdr"), 0, v, err), DKG_IO, "half.img");
    ck_assert(!dkg_file_exists(test_path("half.hdr")));
    dkg_buffer old = slurp(test_path("half.img"));
    ck_same(bytes_of(&old), (dkg_bytes){(const uint8_t *)"old", 3}, "old image");
    dkg_buffer_free(&old);
    ck_ok(write_volume(test_path("half.hdr"), DKG_OUTPUT_REPLACE, v, err));
    ck_ok(dkg_volume_read(test_path("half.hdr"), 0, &again, err));
    ck_pair(again, &hdr, &img);
    dkg_volume_free(again);
    dkg_volume_free(v);
    dkg_buffer_free(&hdr);
    dkg_buffer_free(&img);
}
END_TEST

/* The image no longer fits the disk when the header is already complete. */
START_TEST(nothing_stays_of_a_pair_that_fails)
{
    struct rlimit old, small;
    uint8_t bytes[1000];
    test_pattern(bytes, sizeof bytes, 1);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 500;
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    dkg_error e = {0};
    dkg_status status = dkg_volume_write(test_path("full.hdr"), 0, true, (dkg_bytes){bytes, 400}, (dkg_bytes){0},
                                         (dkg_bytes){bytes, sizeof bytes}, (dkg_bytes){0}, &e);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
    ck_assert_int_eq(status, DKG_IO);
    ck_assert_ptr_nonnull(strstr(e.text, "full.img"));
    ck_assert(!dkg_file_exists(test_path("full.hdr")) && !dkg_file_exists(test_path("full.img")));
}
END_TEST

START_TEST(header_of_a_pair_has_a_limit)
{
    dkg_buffer hdr, img;
    dkg_volume *v;
    make_pair(&hdr, &img);
    dkg_bytes image = bytes_of(&img);
    uint8_t *large = calloc((1u << 26) + 1, 1);
    ck_assert_ptr_nonnull(large);
    memcpy(large, hdr.bytes, hdr.size);
    ck_fails(dkg_volume_parse((dkg_bytes){large, (1u << 26) + 1}, &image, &v, err), DKG_SOURCE, "a header of 67108865 bytes");
    ck_ok(dkg_volume_parse((dkg_bytes){large, 1u << 26}, &image, &v, err));
    dkg_volume_free(v);
    free(large);
    dkg_buffer_free(&hdr);
    dkg_buffer_free(&img);
}
END_TEST

START_TEST(names_must_fit_the_kind)
{
    const dkg_bytes none = {0};
    static const char *const not_single[] = {"x.hdr", "x.img", "x.nrrd", "x", ".gz", "nii"};
    static const char *const not_pair[] = {"x.nii", "x.img", "x.nii.gz", "x.txt"};
    for (size_t i = 0; i < sizeof not_single / sizeof not_single[0]; i++)
        ck_fails(dkg_volume_write(test_path(not_single[i]), 0, false, none, none, none, none, err), DKG_USAGE, ".nii or .nii.gz");
    for (size_t i = 0; i < sizeof not_pair / sizeof not_pair[0]; i++)
        ck_fails(dkg_volume_write(test_path(not_pair[i]), 0, true, none, none, none, none, err), DKG_USAGE, ".hdr or .hdr.gz");
    static const char *const images[][2] = {{"a/b.hdr", "a/b.img"}, {"b.hdr.gz", "b.img.gz"}, {"B.HDR", "B.IMG"}, {"B.HDR.GZ", "B.IMG.GZ"}, {"B.HDR.gz", "B.IMG.gz"},
                                          {".hdr", ".img"}};
    for (size_t i = 0; i < sizeof images / sizeof images[0]; i++) {
        char *image = dkg_image_name(images[i][0]);
        ck_assert_str_eq(image, images[i][1]);
        free(image);
    }
    ck_assert_ptr_null(dkg_image_name("b.img"));
    ck_assert_ptr_null(dkg_image_name("b.nii"));
    ck_assert_ptr_null(dkg_image_name("hdr"));
}
END_TEST

START_TEST(what_is_no_file)
{
    dkg_volume *v;
    ck_fails(dkg_volume_read(test_folder(), 0, &v, err), DKG_IO, "is a directory");
    ck_assert_ptr_null(v);
    ck_fails(dkg_volume_read(test_path("absent.nii"), 0, &v, err), DKG_IO, "absent.nii: No such file");
    ck_assert_int_eq(mkfifo(test_path("pipe.nii"), 0600), 0);
    ck_fails(dkg_volume_read(test_path("pipe.nii"), 0, &v, err), DKG_IO, "device or pipe");
    ck_fails(dkg_volume_read(write_temp("empty.nii", (dkg_bytes){0}), 0, &v, err), DKG_SOURCE, "empty.nii: 0 bytes are too short");
    dkg_volume_free(NULL);
}
END_TEST

/* Every byte of a small file with several values: parts that add up to the file, or a refusal. */
START_TEST(every_byte_mutated)
{
    static const uint8_t values[] = {0x00, 0x01, 0x07, 0x3f, 0x7f, 0x80, 0xff};
    size_t sound = 0, refused = 0;
    synthetic s = int16_3x4x5();
    s.dim[1] = s.dim[2] = s.dim[3] = 1;
    s.offset = 368;
    dkg_buffer file = make_file(&s, 2, 4);
    for (size_t at = 0; at < file.size; at++) {
        uint8_t kept = file.bytes[at];
        for (size_t i = 0; i < sizeof values; i++) {
            dkg_volume *v;
            dkg_error err;
            file.bytes[at] = values[i];
            dkg_status status = dkg_volume_parse(bytes_of(&file), NULL, &v, &err);
            if (status == DKG_OK) {
                sound++;
                ck_parts(v, bytes_of(&file), (size_t)v->header.data_offset, (size_t)v->header.voxels * v->header.bpv);
            } else {
                refused++;
                ck_assert_int_eq(status, DKG_SOURCE);
                ck_assert_ptr_null(v);
            }
            dkg_volume_free(v);
        }
        file.bytes[at] = kept;
    }
    ck_assert_msg(sound > 500 && refused > 50, "%zu sound, %zu refused", sound, refused);
    dkg_buffer_free(&file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nifti volume");
    TCase *t = tcase_create("volume");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, every_type_order_version_and_rank);
    tcase_add_test(t, written_as_it_was_read);
    tcase_add_test(t, malformed_extensions_stay_in_head);
    tcase_add_test(t, tail_of_one_mebibyte_and_no_more);
    tcase_add_test(t, pairs_by_either_name_packed_or_not);
    tcase_add_test(t, image_that_begins_like_gzip_is_taken_as_it_is);
    tcase_add_test(t, pairs_that_are_none);
    tcase_add_test(t, pairs_are_written_whole_or_not_at_all);
    tcase_add_test(t, nothing_stays_of_a_pair_that_fails);
    tcase_add_test(t, header_of_a_pair_has_a_limit);
    tcase_add_test(t, names_must_fit_the_kind);
    tcase_add_test(t, what_is_no_file);
    tcase_add_test(t, every_byte_mutated);
    suite_add_tcase(suite, t);
    return test_run(suite, (Suite *)0);
}
