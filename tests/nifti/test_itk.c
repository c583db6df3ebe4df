/* Images of other formats: what is read, where it lies in space, what is written, what is refused; and life without ITK. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dkg/itk.h"
#include "other_images.h"
#include "support.h"

/* False, with a SKIP line, when this build has no ITK. */
static bool have_itk(void)
{
    dkg_image *image;
    dkg_error error = {0};
    write_text_and(test_path("probe.nrrd"), "NRRD0004\ntype: uchar\ndimension: 2\nsizes: 1 1\nencoding: raw\n\n", "x", 1);
    dkg_status status = dkg_image_read(test_path("probe.nrrd"), 0, &image, &error);
    dkg_image_free(image);
    if (status == DKG_OK) return true;
    ck_assert_msg(status == DKG_UNSUPPORTED, "%s", error.text);
    test_skip("images of other formats", error.text);
    return false;
}

static void check_close(const double got[3][4], const double want[3][4])
{
    for (int i = 0; i < 12; i++) ck_assert_msg(fabs(got[i / 4][i % 4] - want[i / 4][i % 4]) < 1e-5, "[%d][%d]: %.9g, not %.9g", i / 4, i % 4,
                                               got[i / 4][i % 4], want[i / 4][i % 4]);
}

START_TEST(formats_are_known_by_their_first_bytes)
{
    static const struct { const char *name, *head; size_t size; dkg_image_format format; bool detached; } cases[] = {
        {"a.nrrd", "NRRD0005\ntype: short\n\ndata file: x.raw\n", 38, DKG_IMAGE_NRRD, false},
        {"a.nhdr", "NRRD0005\r\ntype: short\r\ndata file: x.raw\r\n\r\n", 43, DKG_IMAGE_NRRD, true},
        {"b.nhdr", "NRRD0001\ndatafile: LIST\n", 24, DKG_IMAGE_NRRD, true},
        {"a.mha", "NDims = 3\nElementDataFile = LOCAL\nxyz", 37, DKG_IMAGE_META, false},
        {"a.mhd", "NDims = 3\nElementDataFile = a.raw\n", 34, DKG_IMAGE_META, true},
        {"b.mhd", "NDims = 3\nElementDataFile = LOCAL\n", 34, DKG_IMAGE_META, false},
        {"a.txt", "NDims = 3\nElementDataFile = LOCAL\n", 34, DKG_IMAGE_OTHER, false},
        {"a.png", "\x89PNG\r\n\x1a\n", 8, DKG_IMAGE_PNG, false},
        {"a.tif", "II*\0", 4, DKG_IMAGE_TIFF, false},
        {"b.tif", "MM\0+", 4, DKG_IMAGE_TIFF, false},
        {"a.jp2", "\0\0\0\x0cjP  \r\n\x87\n", 12, DKG_IMAGE_JPEG2000, false},
        {"a.nii", "\x5c\1\0\0", 4, DKG_IMAGE_OTHER, false},
        {"a.img", "\x89PNG\r\n\x1a\n", 8, DKG_IMAGE_OTHER, false},
        {"empty", "", 0, DKG_IMAGE_OTHER, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dkg_image_format format;
        bool detached;
        ck_ok(dkg_file_write(test_path(cases[i].name), DKG_OUTPUT_REPLACE, cases[i].head, cases[i].size, err));
        ck_ok(dkg_image_identify(test_path(cases[i].name), &format, &detached, err));
        ck_assert_msg(format == cases[i].format && detached == cases[i].detached, "%s: %s, detached %d", cases[i].name,
                      dkg_image_format_name(format), detached);
    }
    dkg_image_format format;
    bool detached;
    ck_ok(dkg_image_identify(test_folder(), &format, &detached, err));
    ck_assert(format == DKG_IMAGE_DICOM_FOLDER && detached);
    ck_fails(dkg_image_identify(test_path("missing.png"), &format, &detached, err), DKG_IO, "missing.png");
}
END_TEST

/* Every component type through both formats that keep geometry, an oblique image with unequal spacing; one also with four axes. */
START_TEST(what_is_written_is_read_back)
{
    static const uint16_t types[10][2] = {{2, 1}, {256, 1}, {4, 2}, {512, 2}, {8, 4}, {768, 4}, {1024, 8}, {1280, 8}, {16, 4}, {64, 8}};
    static const char *const names[] = {"w.nrrd", "w.mha"};
    uint8_t voxels[5 * 4 * 3 * 2 * 8];
    const double c = 0.8, s = 0.6; /* a rotation about the third axis */
    if (!have_itk()) return;
    test_pattern(voxels, sizeof voxels, 7);
    for (size_t i = 7; i < sizeof voxels; i += 8) voxels[i] &= 0x3f; /* no NaN, which has many spellings */
    for (size_t i = 3; i < sizeof voxels; i += 8) voxels[i] &= 0x3f;
    for (size_t t = 0; t < 10; t++)
        for (size_t n = 0; n < 2; n++)
            for (uint32_t rank = 3; rank <= (t == 2 ? 4u : 3u); rank++) {
                dkg_image image = {.datatype = types[t][0], .components = 1, .rank = rank, .dim = {5, 4, 3, rank == 4 ? 2 : 1},
                                   .to_world = {{c * 0.5, -s * 2, 0, -11}, {s * 0.5, c * 2, 0, 12.5}, {0, 0, 3, 40}},
                                   .time_step = rank == 4 ? 2.5 : 1};
                image.voxels = (dkg_bytes){voxels, (size_t)(60 * image.dim[3]) * types[t][1]};
                dkg_image *back;
                ck_ok(dkg_image_write(test_path(names[n]), DKG_OUTPUT_REPLACE, &image, err));
                ck_ok(dkg_image_read(test_path(names[n]), 0, &back, err));
                ck_assert_uint_eq(back->datatype, image.datatype);
                ck_assert_uint_eq(back->components, 1);
                ck_assert_uint_eq(back->rank, rank);
                ck_assert_mem_eq(back->dim, image.dim, sizeof image.dim);
                ck_assert_uint_eq(back->voxels.size, image.voxels.size);
                ck_assert_mem_eq(back->voxels.at, voxels, image.voxels.size);
                check_close(back->to_world, image.to_world);
                ck_assert(fabs(back->time_step - image.time_step) < 1e-6);
                dkg_image_free(back);
            }
}
END_TEST

/* Files say left and posterior; NRRD can also say right and anterior. */
START_TEST(positions_are_right_and_anterior)
{
    static const char lps[] = "NRRD0004\ntype: uchar\ndimension: 3\nspace: left-posterior-superior\nsizes: 2 2 2\n"
                              "space directions: (2,0,0) (0,3,0) (0,0,4)\nkinds: domain domain domain\nencoding: raw\n"
                              "space origin: (10,20,30)\n\n";
    static const char ras[] = "NRRD0004\ntype: uchar\ndimension: 3\nspace: right-anterior-superior\nsizes: 2 2 2\n"
                              "space directions: (2,0,0) (0,3,0) (0,0,4)\nkinds: domain domain domain\nencoding: raw\n"
                              "space origin: (10,20,30)\n\n";
    static const char meta[] = "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
                               "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 10 20 30\nElementSpacing = 2 3 4\nDimSize = 2 2 2\n"
                               "ElementType = MET_UCHAR\nElementDataFile = LOCAL\n";
    static const double want_lps[3][4] = {{-2, 0, 0, -10}, {0, -3, 0, -20}, {0, 0, 4, 30}};
    static const double want_ras[3][4] = {{2, 0, 0, 10}, {0, 3, 0, 20}, {0, 0, 4, 30}};
    static const struct { const char *name, *text; const double (*want)[4]; } cases[] = {
        {"l.nrrd", lps, want_lps}, {"r.nrrd", ras, want_ras}, {"m.mha", meta, want_lps}};
    if (!have_itk()) return;
    for (size_t i = 0; i < 3; i++) {
        dkg_image *image;
        write_text_and(test_path(cases[i].name), cases[i].text, "abcdefgh", 8);
        ck_ok(dkg_image_read(test_path(cases[i].name), 0, &image, err));
        check_close(image->to_world, cases[i].want);
        ck_assert_mem_eq(image->voxels.at, "abcdefgh", 8);
        dkg_image_free(image);
    }
}
END_TEST

START_TEST(detached_voxels_are_found)
{
    dkg_image *image;
    if (!have_itk()) return;
    ck_ok(dkg_file_write(test_path("d.raw"), 0, "abcdefgh", 8, err));
    write_text_and(test_path("d.mhd"), "ObjectType = Image\nNDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\nElementDataFile = d.raw\n", NULL, 0);
    ck_ok(dkg_image_read(test_path("d.mhd"), 0, &image, err));
    ck_assert_mem_eq(image->voxels.at, "abcdefgh", 8);
    dkg_image_free(image);
}
END_TEST

START_TEST(jpeg_2000_is_read)
{
    dkg_image *image;
    if (!have_itk()) return;
    write_hex(test_path("gradient.j2k"), jpeg2000_hex);
    ck_ok(dkg_image_read(test_path("gradient.j2k"), 0, &image, err));
    ck_assert_uint_eq(image->datatype, 512);
    ck_assert_uint_eq(image->voxels.size, 64 * 64 * 2);
    for (unsigned i = 0; i < 64 * 64; i++) {
        uint16_t v;
        memcpy(&v, image->voxels.at + 2 * i, 2);
        ck_assert_uint_eq(v, i % 64 * 64 + i / 64 * 16);
    }
    dkg_image_free(image);
}
END_TEST

START_TEST(a_dicom_series_is_stacked_by_position)
{
    int16_t voxels[4][12];
    dkg_image *image;
    char name[32];
    if (!have_itk()) return;
    test_pattern((uint8_t *)voxels, sizeof voxels, 3);
    ck_assert_int_eq(mkdir(test_path("series"), 0700), 0);
    static const int order[4] = {2, 0, 3, 1}; /* neither names nor instance numbers follow the positions */
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "series/%d", i);
        write_dicom(test_path(name), 1, 10 - order[i], -3 + 1.5 * order[i], voxels[order[i]]);
    }
    ck_ok(dkg_image_read(test_path("series"), 0, &image, err));
    ck_assert_uint_eq(image->datatype, 4);
    ck_assert_uint_eq(image->rank, 3);
    ck_assert_uint_eq(image->dim[0], 4);
    ck_assert_uint_eq(image->dim[1], 3);
    ck_assert_uint_eq(image->dim[2], 4);
    /* along whichever end the slices are counted from, each voxel lies where its file says */
    bool rising = image->to_world[2][2] > 0;
    const double want[3][4] = {{-0.5, 0, 0, -10}, {0, -2, 0, -20}, {0, 0, rising ? 1.5 : -1.5, rising ? -3 : 1.5}};
    check_close(image->to_world, want);
    for (int z = 0; z < 4; z++) ck_assert_mem_eq(image->voxels.at + 24 * z, voxels[rising ? z : 3 - z], 24);
    dkg_image_free(image);

    ck_ok(dkg_image_read(test_path("series/0"), 0, &image, err)); /* one file is one slice */
    ck_assert_uint_eq(image->dim[2], 1);
    ck_assert_mem_eq(image->voxels.at, voxels[2], 24);
    dkg_image_free(image);

    ck_assert_int_eq(unlink(test_path("series/3")), 0); /* position 1 */
    ck_fails(dkg_image_read(test_path("series"), 0, &image, err), DKG_SOURCE, "one may be missing");
    write_dicom(test_path("series/3"), 1, 9, -1.5, voxels[1]);
    write_dicom(test_path("series/other"), 2, 1, 0, voxels[0]);
    ck_fails(dkg_image_read(test_path("series"), 0, &image, err), DKG_SOURCE, "2 DICOM series");
    ck_assert_ptr_null(image);
}
END_TEST

/* Nothing is allocated because a header says so, and no sentence shows an address or the inside of ITK. */
START_TEST(malformed_files_are_refused)
{
    static const struct { const char *name, *text; } cases[] = {
        {"huge.nrrd", "NRRD0004\ntype: double\ndimension: 3\nsizes: 100000 100000 100000\nencoding: raw\n\nabc"},
        {"short.nrrd", "NRRD0004\ntype: uchar\ndimension: 2\nsizes: 100 100\nencoding: raw\n\nabc"},
        {"type.nrrd", "NRRD0004\ntype: block\ndimension: 2\nsizes: 2 2\nencoding: raw\n\nabcd"},
        {"five.nrrd", "NRRD0004\ntype: uchar\ndimension: 5\nsizes: 1 1 1 1 1\nencoding: raw\n\na"},
        {"short.mha", "ObjectType = Image\nNDims = 2\nDimSize = 100 100\nElementType = MET_UCHAR\nElementDataFile = LOCAL\nabc"},
        {"none.mhd", "ObjectType = Image\nNDims = 2\nDimSize = 2 2\nElementType = MET_UCHAR\nElementDataFile = none.raw\n"},
        {"cut.png", "\x89PNG\r\n\x1a\n"},
        {"cut.tif", "II*\1"},
        {"text.txt", "not an image"},
    };
    if (!have_itk()) return;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dkg_image *image;
        dkg_error error = {0};
        write_text_and(test_path(cases[i].name), cases[i].text, NULL, 0);
        dkg_status status = dkg_image_read(test_path(cases[i].name), (uint64_t)1 << 32, &image, &error);
        ck_assert_msg(status == DKG_SOURCE, "%s: %s: %s", cases[i].name, dkg_status_name(status), error.text);
        ck_assert_ptr_null(image);
        ck_assert_msg(strstr(error.text, cases[i].name) && !strstr(error.text, "0x") && !strstr(error.text, "itk::") && !strchr(error.text, '\n'),
                      "%s", error.text);
    }
}
END_TEST

/* Also those that ITK or a library under it aborts over. */
START_TEST(real_files_cut_short_are_refused)
{
    static const char *const names[] = {"ultrasound/usgra_0010.png", "ultrasound/usgra_0010_uncompressed.tif", "ultrasound/usgra_0020_lzw.tif",
                                        "ultrasound/echo_pal_10frames.dcm"};
    if (!have_itk()) return;
    if (!test_data()) {
        test_skip("real pictures", "no test data");
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint8_t *bytes;
        size_t size;
        ck_ok(dkg_file_read(test_data_path(names[i]), 1 << 20, &bytes, &size, err));
        const size_t cuts[] = {8, 20, 40, 200, 1000, size / 2, size - 30};
        for (size_t k = 0; k < sizeof cuts / sizeof cuts[0]; k++) {
            dkg_image *image;
            ck_ok(dkg_file_write(test_path("cut"), DKG_OUTPUT_REPLACE, bytes, cuts[k], err));
            ck_fails(dkg_image_read(test_path("cut"), 0, &image, err), DKG_SOURCE, "cut: ");
        }
        free(bytes);
    }
}
END_TEST

START_TEST(only_what_a_format_can_hold_is_written)
{
    uint8_t voxels[32] = {0};
    dkg_image image = {.datatype = 2, .components = 1, .rank = 2, .dim = {4, 4, 1, 1}, .to_world = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}},
                       .time_step = 1, .voxels = {voxels, 16}};
    dkg_image bad = image;
    ck_fails(dkg_image_write(test_path("x.png"), 0, &image, err), DKG_USAGE, ".nrrd");
    bad.voxels.size = 15;
    ck_fails(dkg_image_write(test_path("x.nrrd"), 0, &bad, err), DKG_USAGE, "15 bytes");
    bad = image;
    bad.to_world[0][1] = 0.5;
    ck_fails(dkg_image_write(test_path("x.nrrd"), 0, &bad, err), DKG_USAGE, "right angles");
    bad.to_world[0][1] = (double)NAN;
    ck_fails(dkg_image_write(test_path("x.nrrd"), 0, &bad, err), DKG_USAGE, "right angles");
    bad = image;
    bad.datatype = 64;
    bad.dim[0] = 1;
    bad.voxels.size = 32;
    ck_fails(dkg_image_write(test_path("x.tif"), 0, &bad, err), DKG_USAGE, "TIFF");
    if (!have_itk()) return;
    ck_ok(dkg_image_write(test_path("x.nrrd"), 0, &image, err));
    ck_fails(dkg_image_write(test_path("x.nrrd"), 0, &image, err), DKG_IO, "x.nrrd");
}
END_TEST

START_TEST(tiff_stacks_keep_their_voxels)
{
    uint8_t voxels[4 * 3 * 2 * 2];
    dkg_image image = {.datatype = 512, .components = 1, .rank = 3, .dim = {4, 3, 2, 1}, .to_world = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}},
                       .time_step = 1, .voxels = {voxels, sizeof voxels}};
    dkg_image *back;
    if (!have_itk()) return;
    test_pattern(voxels, sizeof voxels, 5);
    ck_ok(dkg_image_write(test_path("stack.tif"), 0, &image, err));
    ck_ok(dkg_image_read(test_path("stack.tif"), 0, &back, err));
    ck_assert_mem_eq(back->dim, image.dim, sizeof image.dim);
    ck_assert_mem_eq(back->voxels.at, voxels, sizeof voxels);
    dkg_image_free(back);
}
END_TEST

START_TEST(images_become_volumes)
{
    static const uint16_t codes[3] = {2, 128, 2304}, components[3] = {1, 3, 4};
    uint8_t voxels[6 * 4];
    dkg_volume *v;
    test_pattern(voxels, sizeof voxels, 9);
    for (size_t i = 0; i < 3; i++) {
        dkg_image image = {.datatype = 2, .components = components[i], .rank = 3, .dim = {3, 2, 1, 1},
                           .to_world = {{0, -2, 0, 5}, {3, 0, 0, 6}, {0, 0, 4, 7}}, .time_step = 1, .voxels = {voxels, 6u * components[i]}};
        ck_ok(dkg_image_to_volume(&image, &v, err));
        ck_assert_uint_eq(v->header.datatype, codes[i]);
        ck_assert_uint_eq(v->header.version, 1);
        ck_assert_uint_eq(v->header.rank, 3);
        ck_assert_uint_eq(v->header.dim[1], 3);
        ck_assert_int_eq(v->header.qform_code, 1);
        check_close(v->header.to_world, image.to_world);
        ck_assert(fabs(v->header.pixdim[1] - 3) < 1e-6 && fabs(v->header.pixdim[2] - 2) < 1e-6 && fabs(v->header.pixdim[3] - 4) < 1e-6);
        ck_assert_mem_eq(v->data.at, voxels, image.voxels.size);
        dkg_volume_free(v);
    }
    dkg_image two = {.datatype = 2, .components = 2, .rank = 2, .dim = {3, 2, 1, 1}, .voxels = {voxels, 12}};
    ck_fails(dkg_image_to_volume(&two, &v, err), DKG_SOURCE, "2 components");
    uint8_t *wide = calloc(40000, 1);
    dkg_image row = {.datatype = 2, .components = 1, .rank = 2, .dim = {40000, 1, 1, 1}, .to_world = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}},
                     .time_step = 1, .voxels = {wide, 40000}};
    ck_ok(dkg_image_to_volume(&row, &v, err));
    ck_assert_uint_eq(v->header.version, 2);
    ck_assert_uint_eq(v->header.dim[1], 40000);
    dkg_volume_free(v);
    row.to_world[1][1] = (double)INFINITY;
    ck_fails(dkg_image_to_volume(&row, &v, err), DKG_SOURCE, "finite");
    free(wide);
}
END_TEST

static dkg_image *real(const char *name)
{
    dkg_image *image;
    ck_ok(dkg_image_read(test_data_path(name), 0, &image, err));
    return image;
}

START_TEST(real_pictures)
{
    static const struct { const char *name; uint16_t components; uint64_t width, height, frames; } cases[] = {
        {"ultrasound/echo_pal_10frames.dcm", 3, 600, 430, 10}, {"cxr/nih_00009285_000_1024.png", 1, 1024, 1024, 1},
        {"cxr/nih_00000002_000_128rgb.png", 3, 128, 128, 1},   {"ultrasound/usgra_0055_mask.png", 3, 761, 632, 1}};
    static const char *const twins[2][2] = {{"ultrasound/usgra_0010.png", "ultrasound/usgra_0010_uncompressed.tif"},
                                            {"ultrasound/usgra_0020.png", "ultrasound/usgra_0020_lzw.tif"}};
    if (!have_itk()) return;
    if (!test_data()) {
        test_skip("real pictures", "no test data");
        return;
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dkg_image *image = real(cases[i].name);
        ck_assert_uint_eq(image->datatype, 2);
        ck_assert_uint_eq(image->components, cases[i].components);
        ck_assert_uint_eq(image->dim[0], cases[i].width);
        ck_assert_uint_eq(image->dim[1], cases[i].height);
        ck_assert_uint_eq(image->dim[2], cases[i].frames);
        dkg_image_free(image);
    }
    for (size_t i = 0; i < 2; i++) { /* one picture in two packings */
        dkg_image *png = real(twins[i][0]), *tiff = real(twins[i][1]);
        ck_assert_uint_eq(png->voxels.size, 512 * 512);
        ck_assert_uint_eq(tiff->voxels.size, 512 * 512);
        ck_assert_mem_eq(png->voxels.at, tiff->voxels.at, 512 * 512);
        if (i == 0) { /* its pixels lie in the file as they are */
            uint8_t *file;
            size_t size;
            ck_ok(dkg_file_read(test_data_path(twins[i][1]), 1 << 20, &file, &size, err));
            bool found = false;
            for (size_t at = 0; !found && at + 512 * 512 <= size; at++) found = memcmp(file + at, tiff->voxels.at, 512 * 512) == 0;
            ck_assert(found);
            free(file);
        }
        dkg_image_free(png);
        dkg_image_free(tiff);
    }
}
END_TEST

/* Run by the test below in a program that lies where no library is. */
START_TEST(absent)
{
    dkg_image *image;
    uint8_t voxel = 0;
    dkg_image one = {.datatype = 2, .components = 1, .rank = 1, .dim = {1, 1, 1, 1}, .to_world = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}},
                     .time_step = 1, .voxels = {&voxel, 1}};
    write_text_and(test_path("a.nrrd"), "NRRD0004\ntype: uchar\ndimension: 2\nsizes: 1 1\nencoding: raw\n\n", "x", 1);
    ck_fails(dkg_image_read(test_path("a.nrrd"), 0, &image, err), DKG_UNSUPPORTED, "lacks libdkg_itk.so");
    ck_assert_ptr_null(image);
    ck_fails(dkg_image_write(test_path("b.nrrd"), 0, &one, err), DKG_UNSUPPORTED, "lacks libdkg_itk.so");
    ck_assert(!dkg_file_exists(test_path("b.nrrd")));
}
END_TEST

/* The same program from a folder without the library: what a build with -DDKG_WITH_ITK=OFF does. */
START_TEST(without_itk_every_call_says_so)
{
    char command[1024];
    ck_assert_int_eq(mkdir(test_path("alone"), 0700), 0);
    snprintf(command, sizeof command, "cp /proc/%ld/exe '%s' && '%s' absent", (long)getpid(), test_path("alone/test"), test_path("alone/test"));
    int status = system(command); /* NOLINT: fixed text and our own folder */
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

int main(int argc, char **argv)
{
    bool alone = argc == 2 && strcmp(argv[1], "absent") == 0;
    Suite *s = suite_create("itk");
    TCase *t = tcase_create("images");
    tcase_set_timeout(t, 60);
    suite_add_tcase(s, t);
    if (alone) {
        tcase_add_test(t, absent);
        return test_run(s, (Suite *)0);
    }
    tcase_add_test(t, formats_are_known_by_their_first_bytes);
    tcase_add_test(t, what_is_written_is_read_back);
    tcase_add_test(t, positions_are_right_and_anterior);
    tcase_add_test(t, detached_voxels_are_found);
    tcase_add_test(t, jpeg_2000_is_read);
    tcase_add_test(t, a_dicom_series_is_stacked_by_position);
    tcase_add_test(t, malformed_files_are_refused);
    tcase_add_test(t, real_files_cut_short_are_refused);
    tcase_add_test(t, only_what_a_format_can_hold_is_written);
    tcase_add_test(t, tiff_stacks_keep_their_voxels);
    tcase_add_test(t, images_become_volumes);
    tcase_add_test(t, real_pictures);
    tcase_add_test(t, without_itk_every_call_says_so);
    return test_run(s, (Suite *)0);
}
