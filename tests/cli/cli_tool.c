/* cli_tool: what the cases need and a shell has not: making volumes, damaging carriers, reading JSON, looking at bytes. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkg/base.h"
#include "dkg/nifti.h"
#include "support.h"

enum { HEADER = 352, DESCRIP = 148 };

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "cli_tool: %s: %s\n", what, why);
    exit(1);
}

static uint8_t *read_all(const char *path, size_t *size)
{
    uint8_t *bytes;
    dkg_error err = {0};
    if (dkg_file_read(path, UINT64_C(1) << 30, &bytes, size, &err) != DKG_OK) die(path, err.text);
    return bytes;
}

static void write_all(const char *path, const uint8_t *bytes, size_t size)
{
    dkg_error err = {0};
    if (dkg_file_write(path, DKG_OUTPUT_REPLACE, bytes, size, &err) != DKG_OK) die(path, err.text);
}

/* NaNs with payloads, quiet and signalling, infinities, negative zero, denormals. */
static const uint32_t special[] = {0x7fc00000, 0x7fc12345, 0xffc00001, 0x7f800001, 0xff812345, 0x7f800000, 0xff800000,
                                   0x80000000, 0x00000001, 0x807fffff, 0x3f800000, 0xc2f6e979};

/* volume FILE TYPE DIMS FILL [DESCRIP]: a little-endian NIfTI-1 file. */
static int volume(int argc, char **argv)
{
    static const struct {
        const char *name;
        uint16_t code, bytes;
    } types[] = {{"uint8", 2, 1}, {"int16", 4, 2}, {"uint16", 512, 2}, {"float32", 16, 4}, {"float64", 64, 8}};
    uint16_t code = 0, bytes = 0, rank = 0;
    size_t voxels = 1;
    uint8_t head[HEADER] = {0};
    if (argc < 4) die("volume", "FILE TYPE DIMS FILL are needed");
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, argv[1]) == 0) code = types[i].code, bytes = types[i].bytes;
    if (!code) die(argv[1], "no such type");
    dkg_store32(head, 348);
    for (char *at = argv[2]; rank < 7; at++) {
        unsigned long n = strtoul(at, &at, 10);
        dkg_store16(head + 42 + 2 * rank++, (uint16_t)n);
        voxels *= n;
        if (*at != 'x') break;
    }
    dkg_store16(head + 40, rank);
    dkg_store16(head + 70, code);
    dkg_store16(head + 72, (uint16_t)(8 * bytes));
    for (int i = 0; i <= rank; i++) dkg_store32(head + 76 + 4 * i, 0x3f800000); /* pixdim 1.0 */
    dkg_store32(head + 108, 0x43b00000);                                        /* vox_offset 352.0 */
    if (argc > 4) (void)snprintf((char *)head + DESCRIP, 80, "%s", argv[4]);
    memcpy(head + 344, "n+1", 4);
    uint8_t *file = dkg_calloc(HEADER + voxels * bytes, 1);
    if (!file) die(argv[0], "out of memory");
    memcpy(file, head, HEADER);
    if (strcmp(argv[3], "pattern") == 0) test_pattern(file + HEADER, voxels * bytes, 1);
    if (strcmp(argv[3], "special") == 0)
        for (size_t i = 0; i < voxels; i++) dkg_store32(file + HEADER + 4 * i, special[i % (sizeof special / sizeof special[0])]);
    write_all(argv[0], file, HEADER + voxels * bytes);
    free(file);
    return 0;
}

/* flip FILE OFFSET: one bit of the byte that lies so far behind the start of the voxels. */
static int flip(int argc, char **argv)
{
    size_t size;
    if (argc < 2) die("flip", "FILE OFFSET are needed");
    uint8_t *file = read_all(argv[0], &size);
    dkg_nifti_header h;
    dkg_error err = {0};
    if (dkg_nifti_header_parse(file, size, &h, &err) != DKG_OK) die(argv[0], err.text);
    size_t at = (size_t)h.data_offset + strtoul(argv[1], NULL, 10);
    if (at >= size) die(argv[1], "is past the end");
    file[at] ^= 1;
    write_all(argv[0], file, size);
    free(file);
    return 0;
}

/* json PATH: standard input must be one JSON object and nothing else; prints the value at the dotted path. */
static int json(int argc, char **argv)
{
    json_error_t why;
    json_t *root = json_loadf(stdin, JSON_REJECT_DUPLICATES, &why), *at = root;
    if (!root) die("json", why.text);
    if (!json_is_object(root)) die("json", "is no object");
    for (char *part = argc > 0 ? strtok(argv[0], ".") : NULL; part; part = strtok(NULL, ".")) {
        at = json_object_get(at, part);
        if (!at) die(part, "is not there");
    }
    char *text = json_dumps(at, JSON_ENCODE_ANY | JSON_COMPACT);
    puts(text ? text : "");
    free(text);
    json_decref(root);
    return 0;
}

/* uniform: chi-square of the bytes of standard input; 255 degrees of freedom, bounds far outside chance (p < 1e-9). */
static int uniform(void)
{
    double count[256] = {0}, n = 0, chi = 0;
    for (int c; (c = getchar()) != EOF; n++) count[c]++;
    for (int i = 0; i < 256; i++) chi += (count[i] - n / 256) * (count[i] - n / 256) / (n / 256);
    printf("bytes %.0f chi-square %.1f\n", n, chi);
    return chi > 140 && chi < 410 ? 0 : 1;
}

/* header FILE: dimensions, datatype and version, for people and patterns. */
static int header(const char *path)
{
    dkg_volume *v;
    dkg_error err = {0};
    if (dkg_volume_read(path, 0, &v, &err) != DKG_OK) die(path, err.text);
    printf("version %d type %d dim", v->header.version, v->header.datatype);
    for (uint32_t i = 1; i <= v->header.rank; i++) printf(" %" PRIu64, v->header.dim[i]);
    printf(" spacing %g qform %d sform %d\n", v->header.pixdim[3], v->header.qform_code, v->header.sform_code);
    dkg_volume_free(v);
    return 0;
}

/* planes A B: how many planes of two volumes of one shape are equal at the same place. */
static int planes(const char *a, const char *b)
{
    dkg_volume *x, *y;
    dkg_error err = {0};
    if (dkg_volume_read(a, 0, &x, &err) != DKG_OK || dkg_volume_read(b, 0, &y, &err) != DKG_OK) die("planes", err.text);
    size_t plane = (size_t)(x->header.dim[1] * x->header.dim[2] * x->header.bpv), equal = 0;
    if (x->data.size != y->data.size) die("planes", "the shapes differ");
    for (size_t at = 0; at < x->data.size; at += plane) equal += memcmp(x->data.at + at, y->data.at + at, plane) == 0;
    printf("equal planes %zu of %zu\n", equal, x->data.size / plane);
    dkg_volume_free(x);
    dkg_volume_free(y);
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "volume") == 0) return volume(argc - 2, argv + 2);
    if (strcmp(what, "flip") == 0) return flip(argc - 2, argv + 2);
    if (strcmp(what, "json") == 0) return json(argc - 2, argv + 2);
    if (strcmp(what, "uniform") == 0) return uniform();
    if (strcmp(what, "header") == 0 && argc == 3) return header(argv[2]);
    if (strcmp(what, "planes") == 0 && argc == 4) return planes(argv[2], argv[3]);
    die(what, "volume, flip, json, uniform, header or planes");
}
