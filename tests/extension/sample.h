/* A command for the tests of the host protocol: every element, both texts, its options and its table. */
#ifndef DKG_TEST_SAMPLE_H
#define DKG_TEST_SAMPLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dkg/host.h"
#include "host/description.h"
#include "support.h"

static const char sample_xml[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
    "<executable>\n"
    "  <category>Informatics</category>\n"
    "  <title>Sample</title>\n"
    "  <description>Turns one file into another &amp; reports about it.</description>\n"
    "  <version>1.2.3</version>\n"
    "  <documentation-url>https://example.org/sample</documentation-url>\n"
    "  <parameters>\n"
    "    <label>Files</label><description>What is read and written.</description>\n"
    "    <file fileExtensions=\".nii,.nii.gz\"><name>inputFile</name><longflag>inputFile</longflag><label>Input</label>\n"
    "      <description>File to read.</description><channel>input</channel></file>\n"
    "    <file fileExtensions=\".nii\"><name>outputFile</name><longflag>outputFile</longflag><label>Output</label>\n"
    "      <description>File to write.</description><channel>output</channel></file>\n"
    "    <image type=\"scalar\" fileExtensions=\".nii\"><name>inputVolume</name><longflag>inputVolume</longflag>\n"
    "      <label>Volume</label><description>Volume of the scene.</description><channel>input</channel></image>\n"
    "    <file multiple=\"true\" fileExtensions=\".txt\"><name>listFiles</name><longflag>listFiles</longflag><label>Lists</label>\n"
    "      <description>Lists to read.</description><channel>input</channel></file>\n"
    "  </parameters>\n"
    "  <parameters advanced=\"true\">\n"
    "    <label>Work</label><description>How it is done.</description>\n"
    "    <integer><name>threads</name><longflag>threads</longflag><label>Threads</label><description>Threads; 0 = all.</description>\n"
    "      <default>0</default><constraints><minimum>0</minimum><maximum>1024</maximum><step>1</step></constraints></integer>\n"
    "    <double><name>scale</name><longflag>scale</longflag><label>Scale</label><description>Factor.</description>\n"
    "      <default>0.5</default><constraints><minimum>0</minimum></constraints></double>\n"
    "    <string-enumeration><name>mode</name><longflag>mode</longflag><label>Mode</label><description>Kind of work.</description>\n"
    "      <default>hybrid</default><element>hybrid</element><element>aead</element><element>none</element></string-enumeration>\n"
    "    <boolean><name>force</name><longflag>force</longflag><label>Force</label><description>Replace files.</description>\n"
    "      <default>false</default></boolean>\n"
    "    <string><name>expectId</name><longflag>expectId</longflag><label>Id</label><description>Wanted id.</description>\n"
    "      <default></default></string>\n"
    "  </parameters>\n"
    "  <parameters>\n"
    "    <label>Results</label><description>What was found.</description>\n"
    "    <double><name>entropy</name><label>Entropy</label><description>Bits per byte.</description><default>0</default>\n"
    "      <channel>output</channel></double>\n"
    "    <string><name>statusText</name><label>Status</label><description>How it went.</description><default></default>\n"
    "      <channel>output</channel></string>\n"
    "  </parameters>\n"
    "</executable>\n";

static const char sample_extra[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
    "<executable>\n"
    "  <title>Turn a file into another</title>\n"
    "  <example>dkg sample a.nii b.nii --threads 2</example>\n"
    "  <parameters>\n"
    "    <label>Command line</label><description>Only here.</description>\n"
    "    <file><name>inputFile</name><label>IN</label><index>0</index></file>\n"
    "    <file><name>outputFile</name><label>OUT</label><index>1</index></file>\n"
    "    <image hidden=\"true\"><name>inputVolume</name></image>\n"
    "    <integer><name>passphraseFd</name><longflag>passphraseFd</longflag><label>Descriptor</label>\n"
    "      <description>Where the passphrase is read.</description><default>-1</default></integer>\n"
    "    <string multiple=\"true\"><name>recipient</name><longflag>recipient</longflag><label>Recipient</label>\n"
    "      <description>Public key.</description></string>\n"
    "  </parameters>\n"
    "</executable>\n";

typedef struct sample_options {
    const char *input_file, *output_file, *input_volume, *mode, *expect_id;
    dkg_string_list lists, recipients;
    int64_t threads, passphrase_fd;
    double scale;
    bool force;
} sample_options;

enum { SAMPLE_BINDINGS = 11 };
static const dkg_binding sample_bindings[SAMPLE_BINDINGS] = {
    {"inputFile", DKG_OPTION_STRING, offsetof(sample_options, input_file)},
    {"outputFile", DKG_OPTION_STRING, offsetof(sample_options, output_file)},
    {"inputVolume", DKG_OPTION_STRING, offsetof(sample_options, input_volume)},
    {"listFiles", DKG_OPTION_LIST, offsetof(sample_options, lists)},
    {"threads", DKG_OPTION_INTEGER, offsetof(sample_options, threads)},
    {"scale", DKG_OPTION_DOUBLE, offsetof(sample_options, scale)},
    {"mode", DKG_OPTION_STRING, offsetof(sample_options, mode)},
    {"force", DKG_OPTION_BOOLEAN, offsetof(sample_options, force)},
    {"expectId", DKG_OPTION_STRING, offsetof(sample_options, expect_id)},
    {"passphraseFd", DKG_OPTION_INTEGER, offsetof(sample_options, passphrase_fd)},
    {"recipient", DKG_OPTION_LIST, offsetof(sample_options, recipients)},
};

static inline dkg_bytes sample_bytes(const char *text) { return (dkg_bytes){(const uint8_t *)text, strlen(text)}; }

static inline dkg_description *sample_description(void)
{
    dkg_description *d = NULL;
    ck_ok(dkg_description_parse(sample_bytes(sample_xml), sample_bytes(sample_extra), &d, err));
    return d;
}

static inline dkg_command sample_command(dkg_status (*run)(const void *, dkg_host *, dkg_error *))
{
    return (dkg_command){.name = "sample",
                         .module = "sample",
                         .xml = (const unsigned char *)sample_xml,
                         .xml_size = sizeof sample_xml - 1,
                         .extra_xml = (const unsigned char *)sample_extra,
                         .extra_xml_size = sizeof sample_extra - 1,
                         .bindings = sample_bindings,
                         .binding_count = SAMPLE_BINDINGS,
                         .options_size = sizeof(sample_options),
                         .run = run};
}

enum { CAPTURE = 1 << 16 };
typedef struct capture {
    int code; /* exit code; 128 + n when a signal ended it */
    size_t size;
    char out[CAPTURE], err[CAPTURE];
} capture;

static inline size_t capture_file(const char *path, char *text)
{
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    size_t n = fread(text, 1, CAPTURE - 1, f);
    text[n] = '\0';
    fclose(f);
    return n;
}

#define ck_starts(text, begin) ck_assert_msg(strncmp((text), (begin), strlen(begin)) == 0, "%s", (text))

/* The arguments of a run: ARGS("a", "b"). */
#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Calls main_like(argc, argv) in a process of its own and keeps what it wrote and how it ended. */
static inline void capture_run(capture *c, int (*main_like)(int, char **), const char *const *arguments)
{
    char out_path[4096], err_path[4096], *argv[64] = {0}, program[] = "program";
    int argc = 0, status = 0;
    snprintf(out_path, sizeof out_path, "%s", test_path("stdout"));
    snprintf(err_path, sizeof err_path, "%s", test_path("stderr"));
    argv[argc++] = program;
    for (; *arguments && argc < 63; arguments++) argv[argc++] = strdup(*arguments);
    fflush(NULL);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        if (!freopen(out_path, "wb", stdout) || !freopen(err_path, "wb", stderr)) _exit(99);
        int code = main_like(argc, argv);
        fflush(NULL);
        _exit(code);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    for (int i = 1; i < argc; i++) free(argv[i]);
    c->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    c->size = capture_file(out_path, c->out);
    (void)capture_file(err_path, c->err);
}

#endif
