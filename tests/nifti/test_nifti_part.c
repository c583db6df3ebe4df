/* Derived volumes: a part of a source, a new volume, a source without its texts. */
#include "synthetic.h"

START_TEST(part_keeps_header_type_and_byte_order)
{
    for (int variant = 0; variant < 8; variant++) {
        dkg_volume *v, *part;
        synthetic s = int16_3x4x5();
        s.version = variant & 1 ? 2 : 1;
        s.big = (variant & 2) != 0;
        s.pair = (variant & 4) != 0;
        s.rank = 4;
        s.dim[4] = 2;
        s.offset = 560;
        dkg_buffer file = make_file(&s, 240, 7);
        put_reals(file.bytes, &s, F_PIXDIM, 4, (const double[]){-1, 2, 3, 4});
        dkg_bytes head = {file.bytes, header_size(&s)}, image = bytes_of(&file);
        ck_ok(dkg_volume_parse(s.pair ? head : image, s.pair ? &image : NULL, &v, err));
        for (uint32_t rank = 2; rank <= 3; rank++) {
            size_t size = rank == 2 ? 24 : 120;
            dkg_bytes data = {v->data.at + size, size};
            const char *path = test_path("part.nii");
            ck_ok(dkg_volume_write_part(path, DKG_OUTPUT_REPLACE, v->head, &v->header, rank, data, err));
            ck_ok(dkg_volume_read(path, 0, &part, err));
            ck_same(part->data, data, "data");
            ck_assert_uint_eq(part->head.size, header_size(&s) + 4);
            ck_assert_uint_eq(part->tail.size, 0);
            ck_assert(!part->header.pair && part->header.big_endian == s.big && !part->header.has_text);
            ck_assert_uint_eq(part->header.rank, rank);
            ck_assert_int_eq(part->header.datatype, 4);
            for (uint32_t d = 1; d < 8; d++) ck_assert_uint_eq(part->header.dim[d], d <= rank ? v->header.dim[d] : 1);
            for (int d = 0; d < 3; d++) ck_assert_double_eq(part->header.pixdim[d], v->header.pixdim[d]);
            dkg_volume_free(part);
        }
        ck_fails(dkg_volume_write_part(test_path("bad.nii"), 0, v->head, &v->header, 3, v->data, err), DKG_INTERNAL, "takes 120 bytes, not 240");
        ck_fails(dkg_volume_write_part(test_path("bad.nii"), 0, v->head, &v->header, 8, v->data, err), DKG_INTERNAL, "rank 8");
        dkg_volume_free(v);
        dkg_buffer_free(&file);
    }
}
END_TEST

START_TEST(new_volume)
{
    const uint64_t dim[3] = {7, 5, 3}, too_large[2] = {32768, 1}, none[1] = {0};
    uint8_t voxels[3 * 7 * 5 * 3];
    dkg_volume *v;
    test_pattern(voxels, sizeof voxels, 2);
    const char *path = test_path("new.nii.gz");
    ck_ok(dkg_volume_write_new(path, 0, 128, 3, dim, (dkg_bytes){voxels, sizeof voxels}, err));
    ck_ok(dkg_volume_read(path, 0, &v, err));
    ck_same(v->data, (dkg_bytes){voxels, sizeof voxels}, "data");
    ck_assert(v->header.version == 1 && !v->header.big_endian && v->header.datatype == 128 && v->header.rank == 3);
    for (int d = 1; d <= 3; d++) {
        ck_assert_uint_eq(v->header.dim[d], dim[d - 1]);
        ck_assert_double_eq(v->header.pixdim[d], 1);
    }
    ck_assert_double_eq(v->header.slope, 1);
    ck_assert_int_eq(v->header.qform_code + v->header.sform_code, 0);
    dkg_volume_free(v);
    ck_fails(dkg_volume_write_new(test_path("l.nii"), 0, 2, 2, too_large, (dkg_bytes){voxels, 1}, err), DKG_POLICY, "dimension 1 is 32768");
    ck_fails(dkg_volume_write_new(test_path("l.nii"), 0, 2, 1, none, (dkg_bytes){voxels, 1}, err), DKG_POLICY, "dimension 1 is 0");
}
END_TEST

START_TEST(texts_are_emptied_and_voxels_stay)
{
    static const int texts[] = {F_DESCRIP, F_AUX, F_INTENT_NAME};
    for (int variant = 0; variant < 8; variant++) {
        dkg_volume *v, *again;
        synthetic s = int16_3x4x5();
        s.version = variant & 1 ? 2 : 1;
        s.big = (variant & 2) != 0;
        s.pair = (variant & 4) != 0;
        s.offset = 560;
        dkg_buffer file = make_file(&s, 120, 9);
        for (size_t i = 0; i < 3; i++) memcpy(field(file.bytes, &s, texts[i]), "Doe, Jane", 9);
        if (s.version == 1) memcpy(file.bytes + 14, "Jane", 4);
        file.bytes[header_size(&s)] = 1;
        dkg_bytes head = {file.bytes, header_size(&s) + 10}, image = bytes_of(&file);
        ck_ok(dkg_volume_parse(s.pair ? head : image, s.pair ? &image : NULL, &v, err));
        ck_assert(v->header.has_text);
        size_t sizes[2] = {v->head.size, v->image_head.size};
        dkg_volume_strip_text(v);
        ck_assert(!v->header.has_text);
        ck_assert(v->head.size == sizes[0] && v->image_head.size == sizes[1] && v->tail.size == 0);
        ck_same(v->data, (dkg_bytes){file.bytes + 560, 120}, "data");
        const char *path = test_path(s.pair ? "strip.hdr" : "strip.nii");
        ck_ok(dkg_volume_write(path, DKG_OUTPUT_REPLACE, s.pair, v->head, v->image_head, v->data, v->tail, err));
        ck_ok(dkg_volume_read(path, 0, &again, err)); /* which looks for text itself */
        ck_assert(!again->header.has_text);
        ck_same(again->data, v->data, "data");
        ck_assert_uint_eq(again->head.at[header_size(&s)], 0);
        dkg_volume_free(again);
        dkg_volume_free(v);
        dkg_buffer_free(&file);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nifti part");
    TCase *t = tcase_create("part");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, part_keeps_header_type_and_byte_order);
    tcase_add_test(t, new_volume);
    tcase_add_test(t, texts_are_emptied_and_voxels_stay);
    suite_add_tcase(suite, t);
    return test_run(suite, (Suite *)0);
}
