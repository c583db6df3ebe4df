/* The carrier file byte by byte (volume-format section 9), in both versions, and as other programs see it. */
#include "synthetic.h"

#include <math.h>
#include <nifti2_io.h>

enum { NX = 6, NY = 4, PLANES = 5, VOXELS = NX * NY * PLANES };
static uint8_t pattern[2 * VOXELS];

/* A source whose every geometry field has a value of its own. */
static dkg_nifti_header source(void)
{
    dkg_nifti_header h = {.version = 1, .datatype = 16, .bpv = 4, .rank = 3, .xyzt_units = 8 | 2, .qform_code = 1, .sform_code = 4,
                          .pixdim = {-1, 0.5, 0.75, 3, 2, 2, 2, 2}, .quatern = {0.5, -0.5, 0.25}, .qoffset = {-90, 126, -72},
                          .srow = {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, 12}}, .has_text = true};
    return h;
}

static dkg_carrier_file carrier(void)
{
    test_pattern(pattern, sizeof pattern, 11);
    return (dkg_carrier_file){.nx = NX, .ny = NY, .planes = PLANES, .carrier_bytes = 2, .planes_per_slice = 2,
                              .voxels = {pattern, sizeof pattern}};
}

/* What a header is expected to hold; fields not named here are zero. */
typedef struct expected {
    int datatype, units, qform, sform;
    double pixdim[4], quatern[3], qoffset[3], srow[12];
    const char *descrip;
    size_t extension;
} expected;

static dkg_buffer ck_written(const char *name, const dkg_carrier_file *c, const expected *e)
{
    dkg_buffer want = {0};
    uint8_t raw[544];
    synthetic s = {.version = c->nifti2 ? 2 : 1, .rank = 3, .datatype = e->datatype, .dim = {0, NX, NY, PLANES}};
    s.offset = (double)(header_size(&s) + 4 + e->extension);
    make_header(raw, &s);
    for (int i = 4; i < 8; i++) put_dim(raw, &s, i, 1);
    put(field(raw, &s, F_BITPIX), (uint64_t)(e->datatype == 2 ? 8 : 16), 2, false);
    put_reals(raw, &s, F_PIXDIM, 8, (const double[]){e->pixdim[0], e->pixdim[1], e->pixdim[2], e->pixdim[3], 0, 0, 0, 0});
    put_reals(raw, &s, F_SLOPE, 1, (const double[]){1});
    put_code(raw, &s, F_UNITS, e->units);
    put_code(raw, &s, F_QFORM, e->qform);
    put_code(raw, &s, F_SFORM, e->sform);
    put_reals(raw, &s, F_QUATERN, 3, e->quatern);
    put_reals(raw, &s, F_QOFFSET, 3, e->qoffset);
    put_reals(raw, &s, F_SROW, 12, e->srow);
    memcpy(field(raw, &s, F_DESCRIP), e->descrip, strlen(e->descrip));
    memcpy(field(raw, &s, F_INTENT_NAME), "DKG1", 4);
    if (s.version == 1) raw[38] = 'r';
    raw[header_size(&s)] = e->extension > 0;
    dkg_append(&want, raw, header_size(&s) + 4);

    const char *path = test_path(name);
    ck_ok(dkg_carrier_write(path, DKG_OUTPUT_REPLACE, c, err));
    dkg_buffer got = slurp(path);
    for (size_t i = 0; i < want.size; i++)
        ck_assert_msg(got.bytes[i] == want.bytes[i], "%s: byte %zu is %02x, expected %02x", name, i, got.bytes[i], want.bytes[i]);
    ck_assert_uint_eq(got.size, want.size + e->extension + c->voxels.size);
    ck_same((dkg_bytes){got.bytes + want.size + e->extension, c->voxels.size}, c->voxels, "voxels");
    dkg_buffer_free(&want);
    return got;
}

static const char normal[] = "DKG1 encrypted volume, not an image";

START_TEST(geometry_kept_with_the_third_axis_divided)
{
    for (int nifti2 = 0; nifti2 < 2; nifti2++) {
        dkg_nifti_header h = source();
        dkg_carrier_file c = carrier();
        c.source = &h;
        c.nifti2 = nifti2 != 0;
        expected e = {.datatype = 512, .units = 2, .qform = 1, .sform = 4, .pixdim = {-1, 0.5, 0.75, 1.5}, .quatern = {0.5, -0.5, 0.25},
                      .qoffset = {-90, 126, -72}, .srow = {1, 2, 1.5, 4, 5, 6, 3.5, 8, 9, 10, 5.5, 12}, .descrip = normal};
        dkg_buffer file = ck_written("keep.nii", &c, &e);
        dkg_buffer_free(&file);
    }
}
END_TEST

START_TEST(spacing_strip_and_no_source)
{
    dkg_nifti_header h = source();
    dkg_carrier_file c = carrier();
    expected spacing = {.datatype = 512, .units = 2, .pixdim = {-1, 0.5, 0.75, 1.5}, .descrip = normal};
    expected strip = {.datatype = 512, .units = 2, .pixdim = {1, 1, 1, 1}, .descrip = normal};
    expected none = {.datatype = 512, .pixdim = {1, 1, 1, 1}, .descrip = normal};
    c.source = &h;
    c.geometry = DKG_GEOMETRY_SPACING;
    dkg_buffer file = ck_written("spacing.nii", &c, &spacing);
    dkg_buffer_free(&file);
    c.geometry = DKG_GEOMETRY_STRIP;
    file = ck_written("strip.nii", &c, &strip);
    dkg_buffer_free(&file);
    c.source = NULL;
    c.geometry = DKG_GEOMETRY_KEEP;
    file = ck_written("none.nii", &c, &none);
    dkg_buffer_free(&file);
}
END_TEST

START_TEST(uint8_and_paper_mode)
{
    dkg_carrier_file c = carrier();
    c.carrier_bytes = 1;
    c.voxels.size = VOXELS;
    c.paper = true;
    expected e = {.datatype = 2, .pixdim = {1, 1, 1, 1}, .descrip = "DKG1 PAPER MODE - NOT SECURE - research only"};
    dkg_buffer file = ck_written("paper.nii", &c, &e);
    dkg_buffer_free(&file);
}
END_TEST

/* A form that is not finite, or too large for NIfTI-1's float, is left out as a whole; so is a spacing. */
START_TEST(geometry_that_makes_no_sense)
{
    const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 1e300};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        dkg_nifti_header h = source();
        dkg_carrier_file c = carrier();
        c.source = &h;
        h.srow[1][3] = bad[i];
        h.pixdim[3] = bad[i];
        h.pixdim[1] = -2;
        expected e = {.datatype = 512, .units = 2, .qform = 1, .pixdim = {-1, 1, 0.75, 1}, .quatern = {0.5, -0.5, 0.25},
                      .qoffset = {-90, 126, -72}, .descrip = normal};
        dkg_buffer file = ck_written("srow.nii", &c, &e);
        dkg_buffer_free(&file);
        h = source();
        h.qoffset[2] = bad[i];
        expected q = {.datatype = 512, .units = 2, .sform = 4, .pixdim = {-1, 0.5, 0.75, 1.5},
                      .srow = {1, 2, 1.5, 4, 5, 6, 3.5, 8, 9, 10, 5.5, 12}, .descrip = normal};
        file = ck_written("qoffset.nii", &c, &q);
        dkg_buffer_free(&file);
    }
}
END_TEST

START_TEST(extension_padded_to_16_with_a_line_feed_last)
{
    static const char text[] = "{\"format\":\"DKG1\",\"version\":\"1.0\",\"and\":\"so on\"}";
    for (size_t n = 17; n < sizeof text; n++) {
        for (int nifti2 = 0; nifti2 < 2; nifti2++) {
            dkg_carrier_file c = carrier();
            c.extension = (dkg_bytes){(const uint8_t *)text, n};
            c.nifti2 = nifti2 != 0;
            size_t esize = 16;
            while (esize < 8 + n + 1) esize += 16;
            expected e = {.datatype = 512, .pixdim = {1, 1, 1, 1}, .descrip = normal, .extension = esize};
            dkg_buffer file = ck_written("extension.nii", &c, &e);
            const uint8_t *x = file.bytes + (nifti2 ? 544 : 352);
            ck_assert_uint_eq(dkg_load32(x), esize);
            ck_assert_uint_eq(dkg_load32(x + 4), 6);
            ck_assert(memcmp(x + 8, text, n) == 0);
            for (size_t i = 8 + n; i < esize - 1; i++) ck_assert_uint_eq(x[i], ' ');
            ck_assert_uint_eq(x[esize - 1], '\n');
            dkg_buffer_free(&file);
        }
    }
}
END_TEST

START_TEST(gzip_by_name_without_name_and_time)
{
    dkg_carrier_file c = carrier();
    const char *path = test_path("packed.nii.gz");
    ck_ok(dkg_carrier_write(path, 0, &c, err));
    dkg_buffer file = slurp(path);
    ck_assert(memcmp(file.bytes, "\x1f\x8b\x08\0\0\0\0\0", 8) == 0);
    dkg_buffer_free(&file);
    dkg_volume *v;
    ck_ok(dkg_volume_read(path, 0, &v, err));
    ck_same(v->data, c.voxels, "voxels");
    dkg_volume_free(v);
    ck_fails(dkg_carrier_write(path, 0, &c, err), DKG_IO, "exists already");
    ck_fails(dkg_carrier_write(test_path("c.hdr"), 0, &c, err), DKG_USAGE, ".nii or .nii.gz");
}
END_TEST

START_TEST(refused_before_anything_is_written)
{
    char path[512]; /* outlives the ring of test_path() */
    (void)snprintf(path, sizeof path, "%s/large.nii", test_folder());
    uint8_t *zeros = calloc(32768, 1);
    dkg_error e = {0};
    for (int axis = 0; axis < 3; axis++) {
        dkg_carrier_file c = {.nx = axis == 0 ? 32768 : 1, .ny = axis == 1 ? 32768 : 1, .planes = axis == 2 ? 32768 : 1, .carrier_bytes = 1,
                              .planes_per_slice = 1, .voxels = {zeros, 32768}};
        ck_assert_int_eq(dkg_carrier_write(path, 0, &c, &e), DKG_POLICY);
        ck_assert_ptr_nonnull(strstr(e.text, "32768"));
        ck_assert(strstr(e.hint, "stream layout") && strstr(e.hint, "--nifti2"));
        ck_assert(!dkg_file_exists(path));
        c.nifti2 = true;
        ck_ok(dkg_carrier_write(test_path("nifti2.nii"), DKG_OUTPUT_REPLACE, &c, err));
        dkg_stored_image *image;
        ck_ok(dkg_stored_read(test_path("nifti2.nii"), 0, &image, err));
        ck_assert_uint_eq(image->header.dim[axis + 1], 32768);
        dkg_stored_free(image);
        c.nifti2 = false;
        c.nx = c.ny = 1;
        c.planes = 32767;
        c.voxels.size = 32767;
        ck_ok(dkg_carrier_write(test_path("largest.nii"), DKG_OUTPUT_REPLACE, &c, err));
        c.voxels.size = 32766;
        ck_fails(dkg_carrier_write(path, 0, &c, err), DKG_INTERNAL, "32766 bytes");
        c.planes = 0;
        c.voxels.size = 0;
        ck_fails(dkg_carrier_write(path, 0, &c, err), DKG_INTERNAL, "0 voxels");
    }
    dkg_carrier_file c = carrier();
    c.extension = (dkg_bytes){zeros, 1u << 24}; /* only its size is looked at */
    ck_fails(dkg_carrier_write(path, 0, &c, err), DKG_INTERNAL, "more than a carrier can hold");
    ck_assert(!dkg_file_exists(path));
    free(zeros);
}
END_TEST

START_TEST(libnifti2_reads_the_same)
{
    for (int nifti2 = 0; nifti2 < 2; nifti2++) {
        static const char text[] = "{\"format\":\"DKG1\"}";
        dkg_nifti_header h = source();
        dkg_carrier_file c = carrier();
        const char *path = test_path("peer.nii");
        c.source = &h;
        c.nifti2 = nifti2 != 0;
        c.extension = (dkg_bytes){(const uint8_t *)text, sizeof text - 1};
        ck_ok(dkg_carrier_write(path, DKG_OUTPUT_REPLACE, &c, err));
        nifti_image *nim = nifti_image_read(path, 1);
        ck_assert_ptr_nonnull(nim);
        ck_assert_int_eq(nim->nvox, VOXELS);
        ck_assert(memcmp(nim->data, pattern, sizeof pattern) == 0);
        ck_assert_int_eq(nim->num_ext, 1);
        ck_assert_int_eq(nim->ext_list[0].ecode, NIFTI_ECODE_COMMENT);
        ck_assert(memcmp(nim->ext_list[0].edata, text, sizeof text - 1) == 0);
        ck_assert_double_eq(nim->sto_xyz.m[2][2], 5.5);
        ck_assert_double_eq(nim->qfac, -1);
        nifti_image_free(nim);
    }
}
END_TEST

/* Runs a program over a carrier; skips by name when it is not there. */
static void ck_program(const char *test, const char *probe, const char *format)
{
    char command[1024];
    if (system(probe) != 0) {
        test_skip(test, "the program is not installed");
        return;
    }
    dkg_nifti_header h = source();
    dkg_carrier_file c = carrier();
    static const char text[] = "{\"format\":\"DKG1\"}";
    c.source = &h;
    c.extension = (dkg_bytes){(const uint8_t *)text, sizeof text - 1};
    const char *path = test_path("program.nii");
    ck_ok(dkg_carrier_write(path, DKG_OUTPUT_REPLACE, &c, err));
    (void)snprintf(command, sizeof command, "path='%s'; %s", path, format);
    ck_assert_msg(system(command) == 0, "%s", command);
}

START_TEST(nifti_tool_finds_the_header_good)
{
    ck_program("nifti_tool_finds_the_header_good", "command -v nifti_tool >/dev/null",
               "nifti_tool -check_hdr -infiles \"$path\" | grep -q 'header IS GOOD' && "
               "nifti_tool -check_nim -infiles \"$path\" | grep -q 'IS GOOD'");
}
END_TEST

START_TEST(nibabel_reads_it)
{
    ck_program("nibabel_reads_it", "python3 -c 'import nibabel' 2>/dev/null",
               "python3 -c \"import sys, nibabel, numpy; i = nibabel.load(sys.argv[1]); assert i.shape == (6, 4, 5), i.shape; "
               "d = numpy.asanyarray(i.dataobj); assert d.dtype == numpy.uint16; "
               "assert d.tobytes('F') == open(sys.argv[1], 'rb').read()[-240:]; "
               "assert i.header['descrip'].item() == b'DKG1 encrypted volume, not an image'\" \"$path\"");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nifti carrier");
    TCase *t = tcase_create("carrier");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, geometry_kept_with_the_third_axis_divided);
    tcase_add_test(t, spacing_strip_and_no_source);
    tcase_add_test(t, uint8_and_paper_mode);
    tcase_add_test(t, geometry_that_makes_no_sense);
    tcase_add_test(t, extension_padded_to_16_with_a_line_feed_last);
    tcase_add_test(t, gzip_by_name_without_name_and_time);
    tcase_add_test(t, refused_before_anything_is_written);
    tcase_add_test(t, libnifti2_reads_the_same);
    tcase_add_test(t, nifti_tool_finds_the_header_good);
    tcase_add_test(t, nibabel_reads_it);
    suite_add_tcase(suite, t);
    return test_run(suite, (Suite *)0);
}
