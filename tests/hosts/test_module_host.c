/* A host in the small: the modules are described, run, read and killed as Slicer does it (docs/host.md, section 1). */
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "process.h"
#include "support.h"

static const char *const modules[] = {"DeepKeyGenEncrypt", "DeepKeyGenDecrypt", "DeepKeyGenKey", "DeepKeyGenTrain", "DeepKeyGenMetrics"};
enum { MODULES = sizeof modules / sizeof modules[0] };

static bool matches(const char *text, const char *pattern)
{
    regex_t r;
    ck_assert_int_eq(regcomp(&r, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE), 0);
    bool found = regexec(&r, text, 0, NULL, 0) == 0;
    regfree(&r);
    return found;
}

/* A folder whose name holds everything a path may hold; files in it. In a ring of static buffers. */
static const char *odd(const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "Pint\xC3\xA9r, \"a b\"/%s", name);
    return test_path(path);
}

/* int16, 12 x 10 x 3 (x `times`). */
static void make_volume(const char *path, uint16_t times) { process_make_volume(path, 4, (const uint16_t[]){12, 10, 3, times}, times); }

static char key[700], returned[700], node[700], source[700];

static void prepare(void)
{
    process_make_keys(false);
    ck_assert_int_eq(mkdir(odd(""), 0700), 0);
    snprintf(key, sizeof key, "%s", test_path("k.dkgkey"));
    snprintf(returned, sizeof returned, "%s", odd("abc.params"));
    snprintf(node, sizeof node, "%s", odd("node, one.nii"));
    snprintf(source, sizeof source, "%s", odd("source.nii"));
    make_volume(source, 1);
    make_volume(node, 1);
}

/* Only tags and warnings on standard output, in the forms the host reads; nothing on standard error. */
static void check_streams(const process *p)
{
    ck_assert_msg(p->code == 0, "exit code %d: %s", p->code, p->err);
    ck_assert_msg(p->err[0] == '\0', "standard error: %s", p->err);
    for (const char *line = p->out; *line;) {
        char one[2000];
        size_t n = strcspn(line, "\n");
        snprintf(one, sizeof one, "%.*s", (int)n, line);
        ck_assert_msg(matches(one, "^(<filter-start><filter-name>[^<]+</filter-name><filter-comment>[^<]*</filter-comment></filter-start>"
                                   "|<filter-progress>(0\\.[0-9]+|1\\.000)</filter-progress>"
                                   "|<filter-stage-progress>(0\\.[0-9]+|1\\.000)</filter-stage-progress>"
                                   "|<filter-end><filter-name>[^<]+</filter-name><filter-time>[0-9]+\\.[0-9]+</filter-time></filter-end>"
                                   "|warning: .+)$"), "standard output: %s", one);
        line += n + (line[n] == '\n');
    }
    ck_assert(matches(p->out, "^<filter-start>") && matches(p->out, "^<filter-end>"));
}

/* The reader of the host throws at a blank line and ignores what it does not know. */
static void check_returned(const char *module)
{
    char *text = process_text(returned);
    ck_assert_msg(text[0] && text[strlen(text) - 1] == '\n', "no line end at the end: %s", text);
    ck_assert_msg(!strstr(text, "\n\n") && !strchr(text, '\r'), "a blank line: %s", text);
    char name[80], path[600];
    snprintf(path, sizeof path, "%s.xml", process_program(module));
    char *xml = process_text(path);
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        ck_assert_msg(sscanf(line, "%60[A-Za-z] = ", name) == 1, "not \"name = value\": %s", line);
        char element[100];
        snprintf(element, sizeof element, "<name>%s</name>", name);
        ck_assert_msg(strstr(xml, element), "%s is no parameter of %s", name, module);
    }
    ck_assert_msg(matches(text, "^statusText = ok$"), "%s", text);
    free(xml);
    free(text);
    remove(returned);
}

START_TEST(scene_node_in_place)
{
    prepare();
    process p = process_run((const char *const[]){
        process_program("DeepKeyGenEncrypt"), "--returnparameterfile", returned, "--inputVolume", node, "--outputVolume", node,
        "--keyFile", key, "--mode", "hybrid", "--geometry", "keep", "--layout", "grid", "--carrier", "auto", "--verify", "sample",
        "--device", "reference", "--threads", "0", NULL});
    check_streams(&p);
    ck_assert_msg(matches(p.out, "^warning: only one key opens this volume"), "%s", p.out);
    process_free(&p);
    check_returned("DeepKeyGenEncrypt");
    ck_assert(!process_same_content(node, source));
    p = process_run((const char *const[]){process_program("DeepKeyGenDecrypt"), "--returnparameterfile", returned, "--inputVolume", node,
                                          "--outputVolume", node, "--keyFile", key, "--timePoint", "0", "--minEpoch", "0", "--device",
                                          "reference", "--threads", "0", NULL});
    check_streams(&p);
    process_free(&p);
    check_returned("DeepKeyGenDecrypt");
    ck_assert(process_same_content(node, source));
}
END_TEST

START_TEST(time_point)
{
    prepare();
    char all[700], point[700];
    snprintf(all, sizeof all, "%s", odd("all.nii"));
    snprintf(point, sizeof point, "%s", odd("point.nii"));
    make_volume(source, 3);
    RUN(0, process_program("DeepKeyGenEncrypt"), "--inputFile", source, "--outputFile", odd("sealed.nii"), "--keyFile", key);
    RUN(0, process_program("DeepKeyGenDecrypt"), "--inputFile", odd("sealed.nii"), "--outputFile", all, "--outputVolume", point,
        "--timePoint", "2", "--keyFile", key);
    ck_assert(process_same_content(all, source));
    uint8_t *whole, *part;
    size_t size, part_size;
    ck_ok(dkg_file_read(source, 1 << 20, &whole, &size, err));
    ck_ok(dkg_file_read(point, 1 << 20, &part, &part_size, err));
    ck_assert_uint_eq(part_size, 352 + 720);
    ck_assert_mem_eq(part + 352, whole + 352 + 2 * 720, 720);
    free(whole);
    free(part);
    RUN(2, process_program("DeepKeyGenDecrypt"), "--inputFile", odd("sealed.nii"), "--outputVolume", point, "--timePoint", "3", "--keyFile", key);
}
END_TEST

/* A refusal: a sentence in the last line of standard error, no result, the old file stays. */
START_TEST(refusal)
{
    prepare();
    process p = process_run((const char *const[]){process_program("DeepKeyGenDecrypt"), "--returnparameterfile", returned, "--inputVolume",
                                                  node, "--outputVolume", node, "--keyFile", key, NULL});
    ck_assert_int_eq(p.code, 7);
    ck_assert_msg(matches(p.err, "^DeepKeyGenDecrypt: error: .*not a DKG1 volume"), "%s", p.err);
    ck_assert(!dkg_file_exists(returned) && process_same_content(node, source));
    process_free(&p);
    p = process_run((const char *const[]){process_program("DeepKeyGenEncrypt"), "--inputVolume", node, "--outputVolume", node, NULL});
    ck_assert_int_eq(p.code, 2);
    const char *last = strstr(p.err, "DeepKeyGenEncrypt: error: ");
    ck_assert_msg(last && strchr(last, '\n') && strchr(last, '\n')[1] == '\0', "the sentence is not the last line: %s", p.err);
    process_free(&p);
    /* <file> outputs are not replaced without force; nodes are */
    RUN(8, process_program("DeepKeyGenEncrypt"), "--inputVolume", node, "--outputFile", source, "--keyFile", key);
    RUN(2, process_program("DeepKeyGenEncrypt"), "--inputFile", node, "--inputVolume", node, "--outputVolume", node, "--keyFile", key);
    RUN(2, process_program("DeepKeyGenEncrypt"), "--inputVolume", node, "--keyFile", key);
    RUN(0, process_program("DeepKeyGenEncrypt"), "--inputVolume", node, "--outputFile", source, "--keyFile", key, "--force");
}
END_TEST

/* A requested salvage succeeds for the host, in red. */
START_TEST(salvage)
{
    prepare();
    RUN(0, process_program("DeepKeyGenEncrypt"), "--inputVolume", node, "--outputVolume", odd("sealed.nii"), "--keyFile", key);
    uint8_t *file;
    size_t size;
    ck_ok(dkg_file_read(odd("sealed.nii"), 1 << 20, &file, &size, err));
    float offset;
    memcpy(&offset, &(uint32_t){dkg_load32(file + 108)}, sizeof offset);
    file[(size_t)offset + 300] ^= 1; /* slice 1 */
    ck_ok(dkg_file_write(odd("sealed.nii"), DKG_OUTPUT_REPLACE, file, size, err));
    free(file);
    RUN(5, process_program("DeepKeyGenDecrypt"), "--inputFile", odd("sealed.nii"), "--outputVolume", node, "--keyFile", key);
    ck_assert(process_same_content(node, source));
    process p = process_run((const char *const[]){process_program("DeepKeyGenDecrypt"), "--returnparameterfile", returned, "--inputFile",
                                                  odd("sealed.nii"), "--outputVolume", node, "--damageTable", odd("t.csv"), "--keyFile",
                                                  key, "--salvage", NULL});
    ck_assert_int_eq(p.code, 0);
    ck_assert_msg(matches(p.err, "salvaged: 1 of 3 slices"), "%s", p.err);
    process_free(&p);
    char *text = process_text(returned);
    ck_assert_msg(matches(text, "^statusText = salvaged$") && matches(text, "^damagedSlices = 1$"), "%s", text);
    free(text);
    text = process_text(odd("t.csv"));
    ck_assert_str_eq(text, "slice,time,z,offset,cause\n1,0,1,592,authentication tag does not fit\n");
    free(text);
    text = process_text(odd("t.schema.csv"));
    ck_assert_msg(strncmp(text, "columnName,type\n", 16) == 0, "%s", text);
    free(text);
}
END_TEST

START_TEST(keys)
{
    prepare();
    char made[700];
    snprintf(made, sizeof made, "%s", odd("new.dkgkey"));
    RUN(0, process_program("DeepKeyGenKey"), "--action", "make", "--keyKind", "shared", "--newKeyFile", made, "--modelFile", test_path("m.safetensors"));
    process p = process_run((const char *const[]){process_program("DeepKeyGenKey"), "--returnparameterfile", returned, "--action",
                                                  "inspect", "--keyFile", made, NULL});
    ck_assert_msg(p.code == 0 && p.err[0] == '\0', "%s", p.err);
    process_free(&p);
    char *text = process_text(returned);
    ck_assert_msg(matches(text, "^modelFits = true$") && matches(text, "^passphraseProtected = false$") && matches(text, "^keyId = [0-9a-f]{32}$"), "%s", text);
    free(text);
    p = process_run((const char *const[]){process_program("DeepKeyGenKey"), "--returnparameterfile", returned, "--action", "preview",
                                          "--previewCount", "2", "--keyFile", made, "--previewVolume", node, "--keyTable", odd("t.csv"), NULL});
    check_streams(&p);
    process_free(&p);
    check_returned("DeepKeyGenKey");
    uint8_t *file;
    size_t size;
    ck_ok(dkg_file_read(node, 1 << 20, &file, &size, err));
    ck_assert_uint_eq(size, 352 + 2 * 196608);
    ck_assert_uint_eq(dkg_load16(file + 70), 128); /* RGB24 */
    free(file);
    RUN(2, process_program("DeepKeyGenKey"), "--action", "inspect");
    RUN(2, process_program("DeepKeyGenKey"), "--action", "make");
    RUN(8, process_program("DeepKeyGenKey"), "--action", "make", "--newKeyFile", made);
}
END_TEST

/* Numbers go to the panel, tables with their schemas to the scene, files only where asked. */
START_TEST(metrics)
{
    char sealed[700], table[700], histogram[700];
    prepare();
    snprintf(sealed, sizeof sealed, "%s", odd("sealed.nii"));
    snprintf(table, sizeof table, "%s", odd("m.csv"));
    snprintf(histogram, sizeof histogram, "%s", odd("h.csv"));
    RUN(0, process_program("DeepKeyGenEncrypt"), "--inputFile", source, "--outputFile", sealed, "--keyFile", key);
    process p = process_run((const char *const[]){
        process_program("DeepKeyGenMetrics"), "--returnparameterfile", returned, "--cipherVolume", sealed, "--plainVolume", source, "--pair",
        "none", "--depth", "auto", "--significance", "0.01", "--keyImages", "1", "--modelFile", test_path("m.safetensors"), "--metricsTable",
        table, "--histogramTable", histogram, "--device", "cpu", "--threads", "0", NULL});
    check_streams(&p);
    process_free(&p);
    char *text = process_text(returned);
    ck_assert_msg(matches(text, "^verdict = (consistent with random|not consistent)$") && matches(text, "^entropy = [0-9.]+$") &&
                  matches(text, "^pairCompared = none$") && !matches(text, "^npcr = "), "%s", text);
    free(text);
    check_returned("DeepKeyGenMetrics");
    text = process_text(table);
    ck_assert_msg(matches(text, "^cipher,entropy,") && matches(text, "^xchacha20,entropy,") && matches(text, "^rand,entropy,") &&
                  matches(text, "^key,entropy,") && !matches(text, "^plain,"), "%s", text);
    free(text);
    text = process_text(odd("m.schema.csv"));
    ck_assert_msg(strncmp(text, "columnName,type\nsubject,string\n", 31) == 0, "%s", text);
    free(text);
    text = process_text(histogram);
    ck_assert_msg(strncmp(text, "value,cipher\n0,", 15) == 0, "%s", text);
    free(text);
    RUN(2, process_program("DeepKeyGenMetrics"), "--plainVolume", source);
    RUN(2, process_program("DeepKeyGenMetrics"), "--cipherVolume", sealed, "--cipherFile", sealed);
}
END_TEST

/* A volume of the scene to learn from; curve, key image and results go back to it. */
START_TEST(training)
{
    char model[700];
    uint8_t *made;
    size_t size;
    prepare();
    snprintf(model, sizeof model, "%s", odd("new.safetensors"));
    process_make_volume(node, 2, (const uint16_t[]){40, 40, 2, 1}, 1);
    process p = process_run((const char *const[]){
        process_program("DeepKeyGenTrain"), "--returnparameterfile", returned, "--sourceVolume", node, "--domain", "logistic", "--modelFile",
        model, "--curveTable", odd("t.csv"), "--sampleKey", node, "--preset", "quick", "--baseChannels", "0", "--cropSize", "32", "--steps",
        "1", "--head", "phase", "--loss", "bce", "--pool", "0", "--maxMinutes", "0", "--device", "reference", "--threads", "0", NULL});
    check_streams(&p);
    process_free(&p);
    char *text = process_text(returned);
    ck_assert_msg(matches(text, "^selfTest = pass$") && matches(text, "^stepsDone = 1$") && matches(text, "^modelDigest = [0-9a-f]{64}$"), "%s", text);
    free(text);
    check_returned("DeepKeyGenTrain");
    ck_ok(dkg_file_read(node, 1 << 20, &made, &size, err));
    ck_assert_uint_eq(size, 352 + 196608);
    ck_assert_uint_eq(dkg_load16(made + 70), 128); /* RGB24 */
    free(made);
    text = process_text(odd("t.csv"));
    ck_assert_msg(matches(text, "^1,[0-9.]+,[0-9.]+,[0-9.]+,7\\.[0-9]+,"), "%s", text);
    free(text);
    RUN(0, process_program("dkg"), "model", "info", model);
    RUN(2, process_program("DeepKeyGenTrain"), "--sourceVolume", node);
    RUN(8, process_program("DeepKeyGenTrain"), "--sourceVolume", node, "--modelFile", model);
}
END_TEST

/* --xml: the file beside the program byte for byte, at once, and without loading any OpenCL. */
START_TEST(description)
{
    ck_assert_int_eq(setenv("LD_LIBRARY_PATH", DKG_ABORTING_OPENCL, 1), 0);
    for (size_t i = 0; i < MODULES; i++) {
        char path[600];
        double fastest = 1;
        snprintf(path, sizeof path, "%s.xml", process_program(modules[i]));
        char *xml = process_text(path);
        for (int attempt = 0; attempt < 5; attempt++) {
            process p = process_run((const char *const[]){process_program(modules[i]), "--xml", NULL});
            ck_assert_msg(p.code == 0 && p.err[0] == '\0', "%s: exit code %d: %s", modules[i], p.code, p.err);
            ck_assert_str_eq(p.out, xml);
            if (p.seconds < fastest) fastest = p.seconds;
            process_free(&p);
        }
        ck_assert_msg(strncmp(xml, "<?xml ", 6) == 0 && !strchr(xml, '\r'), "%s", path);
        ck_assert_msg(fastest < 0.1, "%s --xml takes %.3f s", modules[i], fastest);
        free(xml);
        RUN(0, process_program(modules[i]), "--help");
        RUN(0, process_program(modules[i]), "--version");
    }
    /* the library is one that is loaded by those who want a device */
    RUN(128 + SIGABRT, process_program("dkg"), "devices");
    ck_assert_int_eq(unsetenv("LD_LIBRARY_PATH"), 0);
}
END_TEST

/* No option and no result of any command can carry a secret through argv, the scene or the return file. */
START_TEST(passphrase_only_through_a_program)
{
    prepare();
    char program[700];
    snprintf(program, sizeof program, "%s", odd("ask"));
    ck_ok(dkg_file_write(program, DKG_OUTPUT_REPLACE, "#!/bin/sh\necho marker-of-a-secret\n", 33, err));
    ck_assert_int_eq(chmod(program, 0700), 0);
    ck_assert_int_eq(setenv("DKG_ASKPASS", program, 1), 0);
    process p = process_run((const char *const[]){process_program("DeepKeyGenEncrypt"), "--returnparameterfile", returned, "--inputVolume",
                                                  node, "--outputVolume", odd("sealed.nii"), "--askPassphrase", "--mode", "aead", "--echo", NULL});
    ck_assert_msg(p.code == 0 && p.err[0] == '\0', "%s", p.err);
    ck_assert(!strstr(p.out, "marker-of-a-secret"));
    process_free(&p);
    char *text = process_text(returned);
    ck_assert(!strstr(text, "marker-of-a-secret"));
    free(text);
    RUN(0, process_program("DeepKeyGenDecrypt"), "--inputFile", odd("sealed.nii"), "--outputVolume", node, "--askPassphrase");
    ck_assert(process_same_content(node, source));
    ck_assert_int_eq(unsetenv("DKG_ASKPASS"), 0);
    /* a module is never asked at a terminal it does not have */
    RUN(2, process_program("DeepKeyGenDecrypt"), "--inputFile", odd("sealed.nii"), "--outputVolume", node);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("module_host");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, scene_node_in_place);
    tcase_add_test(tests, time_point);
    tcase_add_test(tests, refusal);
    tcase_add_test(tests, salvage);
    tcase_add_test(tests, keys);
    tcase_add_test(tests, metrics);
    tcase_add_test(tests, training);
    tcase_add_test(tests, description);
    tcase_add_test(tests, passphrase_only_through_a_program);
    suite_add_tcase(suite, tests);
    return test_run(suite, (Suite *)0);
}
