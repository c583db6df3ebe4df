/* ITK's NIfTI reader and ours say the same of every sound NIfTI-1 file: shape, place in space, every voxel. Needs the program
 * itk_nifti (DKG_ITK_NIFTI) and the real test data. */
#include <dirent.h>
#include <math.h>
#include <nifti2_io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/nifti.h"
#include "support.h"

typedef struct seen {
    unsigned rank, datatype, components; /* datatype: NIfTI code of a component */
    unsigned long long dim[7];
    double world[3][4];
    uint8_t *voxels; /* in the machine's byte order */
    size_t size;
} seen;

/* False when ITK refuses the file; the reason was printed. */
static bool read_with_itk(const char *path, size_t most, seen *out)
{
    char command[1024];
    snprintf(command, sizeof command, "%s dump '%s'", DKG_ITK_NIFTI, path);
    FILE *f = popen(command, "r");
    ck_assert_ptr_nonnull(f);
    bool good = fscanf(f, "%u %u %u", &out->rank, &out->datatype, &out->components) == 3;
    for (int i = 0; i < 7; i++) good = good && fscanf(f, "%llu", &out->dim[i]) == 1;
    for (int i = 0; i < 12; i++) good = good && fscanf(f, "%lf", &out->world[i / 4][i % 4]) == 1;
    good = good && fgetc(f) == '\n';
    out->voxels = malloc(most);
    ck_assert_ptr_nonnull(out->voxels);
    out->size = good ? fread(out->voxels, 1, most, f) : 0;
    int status = pclose(f);
    if (good && status == 0) return true;
    free(out->voxels);
    return false;
}

static double component(const uint8_t *p, unsigned bytes, unsigned type, bool big_endian)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < bytes; i++) bits |= (uint64_t)p[big_endian ? bytes - 1 - i : i] << (8 * i);
    uint32_t low = (uint32_t)bits;
    float single;
    double twice;
    switch (type) {
    case 256: return (int8_t)bits;
    case 4: return (int16_t)bits;
    case 8: return (int32_t)bits;
    case 1024: return (double)(int64_t)bits;
    case 16: memcpy(&single, &low, sizeof single); return (double)single;
    case 64: memcpy(&twice, &bits, sizeof twice); return twice;
    default: return (double)bits;
    }
}

static unsigned scalar_bytes(unsigned type)
{
    switch (type) {
    case 2: case 256: return 1;
    case 4: case 512: return 2;
    case 8: case 768: case 16: return 4;
    default: return 8;
    }
}

/* Real types of which a voxel has one or several; 0: none that ITK knows. */
static unsigned parts(uint16_t datatype, uint16_t *part)
{
    *part = datatype;
    switch (datatype) {
    case 128: *part = 2; return 3;
    case 2304: *part = 2; return 4;
    case 32: *part = 16; return 2;
    case 1792: *part = 64; return 2;
    case 1536: case 2048: return 0;
    default: return 1;
    }
}

static bool close_to(const double a[3][4], const double b[3][4], double scale)
{
    for (int i = 0; i < 12; i++)
        if (!(fabs(a[i / 4][i % 4] - b[i / 4][i % 4]) <= 1e-4 * scale)) return false;
    return true;
}

/* ITK keeps directions and spacing apart and takes sform or qform by rules of its own: one of the two must be it. */
static bool same_place(const dkg_nifti_header *h, const seen *s)
{
    nifti_dmat44 q = nifti_quatern_to_dmat44(h->quatern[0], h->quatern[1], h->quatern[2], h->qoffset[0], h->qoffset[1], h->qoffset[2],
                                             h->pixdim[1], h->pixdim[2], h->pixdim[3], h->pixdim[0]);
    double by_quatern[3][4], scale = 1;
    for (int i = 0; i < 12; i++) {
        by_quatern[i / 4][i % 4] = q.m[i / 4][i % 4];
        scale = fmax(scale, fabs(h->to_world[i / 4][i % 4]));
    }
    if (h->rank < 3) return true; /* of a picture ITK gives the plane alone */
    if (h->qform_code <= 0 && h->sform_code <= 0) { /* no place, only spacing: ITK then counts in LPS */
        for (int c = 0; c < 3; c++)
            if (fabs(hypot(hypot(s->world[0][c], s->world[1][c]), s->world[2][c]) - h->pixdim[c + 1]) > 1e-4 * h->pixdim[c + 1]) return false;
        return true;
    }
    return close_to(s->world, h->to_world, scale) || (h->qform_code > 0 && close_to(s->world, by_quatern, scale));
}

/* ITK puts a fifth axis into components and, with scaling, makes floats of the voxels; NaN and infinite ones it turns into 0. */
static void compare_values(const char *name, const dkg_volume *v, const seen *s, uint16_t part, unsigned per_voxel)
{
    const dkg_nifti_header *h = &v->header;
    unsigned bytes = h->bpv / per_voxel, their_bytes = scalar_bytes(s->datatype);
    const uint16_t one = 1;
    bool big = *(const uint8_t *)&one == 0;
    bool scaled = per_voxel == 1 && isfinite(h->slope) && h->slope != 0 && (h->slope != 1 || h->inter != 0);
    uint64_t vectors = h->dim[5] * h->dim[6] * h->dim[7], points = h->voxels / vectors;
    ck_assert_msg(s->size == h->voxels * per_voxel * their_bytes, "%s: ITK has %zu bytes", name, s->size);
    for (uint64_t c = 0; c < vectors; c++)
        for (uint64_t i = 0; i < points; i++)
            for (unsigned k = 0; k < per_voxel; k++) {
                double ours = component(v->data.at + (c * points + i) * h->bpv + k * bytes, bytes, part, h->big_endian);
                double theirs = component(s->voxels + ((i * vectors + c) * per_voxel + k) * their_bytes, their_bytes, s->datatype, big);
                if (scaled) ours = ours * h->slope + h->inter;
                if (!isfinite(ours)) ours = 0;
                bool same = scaled ? fabs(ours - theirs) <= 1e-5 * fmax(fabs(ours), fabs(h->slope)) : ours == theirs;
                if (!same) ck_abort_msg("%s: voxel %llu is %.17g, ITK says %.17g", name, (unsigned long long)(c * points + i), ours, theirs);
            }
}

/* 1: compared, 0: not a NIfTI-1 volume or one that ITK refuses. */
static unsigned compare(const char *folder, const char *name)
{
    char relative[512];
    dkg_volume *v;
    dkg_error error = {0};
    seen s;
    uint16_t part;
    snprintf(relative, sizeof relative, "%s/%s", folder, name);
    const char *path = test_data_path(relative);
    if (strstr(name, ".img") || dkg_volume_read(path, 0, &v, &error) != DKG_OK) return 0;
    unsigned per_voxel = parts(v->header.datatype, &part), done = 0;
    if (v->header.version == 1 && per_voxel > 0) {
        if (read_with_itk(path, (size_t)v->header.voxels * per_voxel * 8 + 1, &s)) {
            for (unsigned i = 0; i < 4 && i < v->header.rank; i++)
                ck_assert_msg(s.dim[i] == v->header.dim[i + 1], "%s: axis %u has %llu voxels, ITK says %llu", name, i,
                              (unsigned long long)v->header.dim[i + 1], s.dim[i]);
            ck_assert_msg(same_place(&v->header, &s), "%s lies elsewhere in ITK", name);
            compare_values(name, v, &s, part, per_voxel);
            free(s.voxels);
            done = 1;
        } else {
            printf("ITK refuses %s\n", name);
        }
    }
    dkg_volume_free(v);
    return done;
}

START_TEST(both_readers_agree)
{
    static const char *const folders[] = {"nifti", "brats/TCGA-DU-7294"};
    unsigned compared = 0;
    if (!test_data()) {
        test_skip("ITK's reader against ours", "no test data");
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        DIR *dir = opendir(test_data_path(folders[i]));
        ck_assert_ptr_nonnull(dir);
        for (struct dirent *e; (e = readdir(dir)) != NULL;)
            if (e->d_name[0] != '.') compared += compare(folders[i], e->d_name);
        closedir(dir);
    }
    printf("%u NIfTI-1 volumes compared with ITK's reading\n", compared);
    ck_assert_uint_ge(compared, 45);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("itk_nifti");
    TCase *t = tcase_create("readers");
    tcase_set_timeout(t, 280);
    tcase_add_test(t, both_readers_agree);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
