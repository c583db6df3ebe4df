/* The rules Slicer and our own house set for the XML of the modules (docs/host.md, sections 1.2 and 3), checked on every file;
 * each rule is also shown to find a file that breaks it. Examples in the texts of `dkg` are read as command lines. */
#include "sample.h"

#include <expat.h>
#include <glob.h>
#include <stdarg.h>

#include "host/arguments.h"

enum { TEXT = 1 << 17, SENTENCE = 300 };

/* ---- what only the bare text shows: order of elements, quotes in texts -------------------------------------------------- */
static const char *const head_order[] = {"category",          "title",   "description", "version", "documentation-url",
                                         "license",           "contributor", "acknowledgements", "parameters", NULL};
static const char *const parameter_order[] = {"name",    "longflag", "label",       "description", "default",
                                              "channel", "constraints", "element", NULL};

typedef struct bare {
    int depth, last[8];
    char inside[8][40];
    char *why;
} bare;

static int place_in(const char *const *order, const char *name)
{
    for (int i = 0; order[i]; i++)
        if (strcmp(order[i], name) == 0) return i;
    return -1;
}

static void DKG_PRINTF(2, 3) find(char *why, const char *format, ...)
{
    if (why[0]) return;
    va_list args;
    va_start(args, format);
    vsnprintf(why, SENTENCE, format, args);
    va_end(args);
}

static void XMLCALL begin(void *self, const char *name, const char **attributes)
{
    bare *b = self;
    (void)attributes;
    if (b->depth < 7) {
        const char *const *order = b->depth == 1 ? head_order : b->depth == 3 ? parameter_order : NULL;
        int at = order ? place_in(order, name) : 0;
        if (order && (at < 0 || at < b->last[b->depth])) find(b->why, "<%s> is out of order", name);
        b->last[b->depth] = at;
        b->depth++;
        b->last[b->depth] = 0;
        snprintf(b->inside[b->depth], sizeof b->inside[0], "%s", name);
    }
}

static void XMLCALL end(void *self, const char *name)
{
    (void)name;
    ((bare *)self)->depth--;
}

static void XMLCALL text(void *self, const char *s, int n)
{
    bare *b = self;
    if (memchr(s, '"', (size_t)n)) find(b->why, "double quote in <%s>", b->inside[b->depth]);
}

static void check_bare(const char *xml, char why[SENTENCE])
{
    bare b = {.why = why};
    XML_Parser p = XML_ParserCreate("UTF-8");
    XML_SetUserData(p, &b);
    XML_SetElementHandler(p, begin, end);
    XML_SetCharacterDataHandler(p, text);
    if (XML_Parse(p, xml, (int)strlen(xml), 1) != XML_STATUS_OK) find(why, "not well-formed");
    XML_ParserFree(p);
}

/* ---- one parameter --------------------------------------------------------------------------------------------------------- */
static bool contains_word(const char *name, const char *word)
{
    char lower[80];
    size_t n = 0;
    for (; name[n] && n < sizeof lower - 1; n++) lower[n] = (char)(name[n] >= 'A' && name[n] <= 'Z' ? name[n] + 32 : name[n]);
    lower[n] = '\0';
    return strstr(lower, word) != NULL;
}

/* Names that say "a secret goes here". What can hold none by its type is left alone: yes or no, a choice, a path, a result. */
static void check_secret(const dkg_parameter *p, char *why)
{
    static const char *const words[] = {"pass", "phrase", "secret", "seed", "password", "pin", "private", "keybytes", "keyhex", "nonce"};
    if (p->element != DKG_ELEMENT_STRING && p->element != DKG_ELEMENT_INTEGER && p->element != DKG_ELEMENT_DOUBLE) return;
    if (p->simple_output || strcmp(p->name, "passphraseFd") == 0 || strcmp(p->name, "newPassphraseFd") == 0) return;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (contains_word(p->name, words[i])) find(why, "%s could hold a secret", p->name);
}

static void check_decimals(const dkg_parameter *p, const char *number, char *why)
{
    const char *dot = number ? strchr(number, '.') : NULL;
    if (dot && strlen(dot + 1) > 6) find(why, "%s needs more than 6 decimals: %s", p->name, number);
}

static void check_extensions(const dkg_parameter *p, char *why)
{
    const char *list = p->file_extensions;
    if (p->element < DKG_ELEMENT_FILE || p->element == DKG_ELEMENT_DIRECTORY) return;
    if (!list || !*list) {
        find(why, "%s has no fileExtensions", p->name);
        return;
    }
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (*at != '.') find(why, "an extension of %s lacks its dot: %s", p->name, list);
    if (strpbrk(list, "* ")) find(why, "the extensions of %s hold a star or a blank: %s", p->name, list);
    if (p->element == DKG_ELEMENT_IMAGE && strcmp(list, ".nii") != 0 && strncmp(list, ".nii,", 5) != 0)
        find(why, "the first extension of %s is not .nii: %s", p->name, list);
    if (p->element == DKG_ELEMENT_TABLE && strcmp(list, ".csv") != 0) find(why, "the extension of table %s is not .csv", p->name);
}

static void check_parameter(const dkg_description *d, const dkg_parameter *p, char *why)
{
    static const char *const taken[] = {"id",      "name",        "title",      "version",   "description",
                                        "autorun", "autorunmode", "attributes", "references"};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        if (strcmp(p->name, taken[i]) == 0) find(why, "the name %s is taken by the scene", p->name);
    if (p->index >= 0) find(why, "%s has an index", p->name);
    if (p->longflag && strcmp(p->longflag, p->name) != 0) find(why, "%s has the flag %s", p->name, p->longflag);
    if (p->element >= DKG_ELEMENT_FILE && !p->channel) find(why, "%s has no channel", p->name);
    if (p->channel && strcmp(p->channel, "input") != 0 && strcmp(p->channel, "output") != 0)
        find(why, "%s has the channel %s", p->name, p->channel);
    if (p->element == DKG_ELEMENT_BOOLEAN && (!p->fallback || strcmp(p->fallback, "false") != 0))
        find(why, "boolean %s is not false by default", p->name);
    if (p->element == DKG_ELEMENT_TABLE && p->type) find(why, "table %s has a type", p->name);
    if (p->element == DKG_ELEMENT_IMAGE && !p->type) find(why, "image %s has no type", p->name);
    if (p->reference) {
        const dkg_parameter *other = dkg_description_find(d, p->reference);
        if (!other || other->element != DKG_ELEMENT_IMAGE) find(why, "%s refers to no image: %s", p->name, p->reference);
    }
    check_decimals(p, p->fallback, why);
    check_decimals(p, p->minimum, why);
    check_decimals(p, p->maximum, why);
    check_decimals(p, p->step, why);
    check_extensions(p, why);
    check_secret(p, why);
}

/* ---- one file: the first rule it breaks, or "" ---------------------------------------------------------------------------- */
static void check_every_module_has(const dkg_description *d, char *why)
{
    const dkg_parameter *device = dkg_description_find(d, "device"), *threads = dkg_description_find(d, "threads");
    const dkg_parameter *status = dkg_description_find(d, "statusText"), *used = dkg_description_find(d, "deviceUsed");
    if (!device || !device->fallback || strcmp(device->fallback, "auto") != 0) find(why, "no device, or not auto by default");
    if (!threads || !threads->maximum || strcmp(threads->maximum, "1024") != 0) find(why, "no threads, or not up to 1024");
    if (!status || !status->simple_output || !used || !used->simple_output) find(why, "no statusText or deviceUsed");
    if (!d->category || strcmp(d->category, "Informatics.DeepKeyGen") != 0) find(why, "another category");
    if (!d->documentation_url || !d->license || !d->contributor || !d->acknowledgements) find(why, "an element of the head is missing");
}

static void check_module(const char *xml, char why[SENTENCE])
{
    dkg_description *d = NULL;
    dkg_error err = {0};
    why[0] = '\0';
    if (strncmp(xml, "<?xml ", 6) != 0) find(why, "does not start with <?xml");
    if (strchr(xml, '\r')) find(why, "holds a carriage return");
    if (dkg_description_parse(sample_bytes(xml), (dkg_bytes){0}, &d, &err) != DKG_OK) {
        find(why, "%s", err.text);
        return;
    }
    for (size_t i = 0; i < d->group_count; i++)
        if (!d->groups[i].description) find(why, "group %s has no description", d->groups[i].label);
    for (size_t i = 0; i < d->parameter_count; i++) check_parameter(d, &d->parameters[i], why);
    check_every_module_has(d, why);
    check_bare(xml, why);
    dkg_description_free(d);
}

static char *load(const char *path)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    ck_ok(dkg_file_read(path, TEXT - 1, &bytes, &n, err));
    char *copy = calloc(1, TEXT);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, n);
    free(bytes);
    return copy;
}

static glob_t all_of(const char *pattern, size_t least)
{
    glob_t found;
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    ck_assert_uint_ge(found.gl_pathc, least);
    return found;
}

START_TEST(every_module_keeps_every_rule)
{
    glob_t found = all_of("cli-modules/DeepKeyGen*/DeepKeyGen*.xml", 4);
    char why[SENTENCE];
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *xml = load(found.gl_pathv[i]);
        check_module(xml, why);
        ck_assert_msg(why[0] == '\0', "%s: %s", found.gl_pathv[i], why);
        free(xml);
    }
    globfree(&found);
}
END_TEST

/* A change of DeepKeyGenEncrypt.xml that breaks one rule, and part of the sentence that must follow. */
static const struct {
    const char *from, *to, *part;
} broken[] = {
    {"<?xml ", "\n<?xml ", "does not start"},
    {"\n", "\r\n", "carriage return"},
    {"<category>Informatics.DeepKeyGen</category>", "<category>Other</category>", "another category"},
    {"<license>", "<licence>", "<licence> has no place"},
    {"<executable>\n", "<!DOCTYPE x [<!ENTITY a \"b\">]><executable>\n", "document type x"},
    {"<category>Informatics.DeepKeyGen</category>\n  <title>Encrypt Volume</title>",
     "<title>Encrypt Volume</title>\n  <category>Informatics.DeepKeyGen</category>", "out of order"},
    {"<name>inputVolume</name>\n      <longflag>inputVolume</longflag>", "<longflag>inputVolume</longflag><name>inputVolume</name>",
     "out of order"},
    {"Volume of the scene to encrypt.", "\"Volume\" of the scene.", "double quote in <description>"},
    {"<longflag>inputFile</longflag>", "<index>0</index>", "has an index"},
    {"<longflag>inputFile</longflag>", "<longflag>input-file</longflag>", "no identifier"},
    {"<longflag>inputFile</longflag>", "<longflag>sourceFile</longflag>", "has the flag sourceFile"},
    {"<name>inputFile</name>\n      <longflag>inputFile</longflag>", "<name>title</name>\n      <longflag>title</longflag>",
     "taken by the scene"},
    {"<name>inputFile</name>", "<name>1file</name>", "must be an identifier"},
    {"<channel>input</channel>", "", "has no channel"},
    {"<channel>input</channel>", "<channel>both</channel>", "has the channel both"},
    {"fileExtensions=\".nii,.nii.gz\"", "fileExtensions=\".nii,nii.gz\"", "lacks its dot"},
    {"fileExtensions=\".nii,.nii.gz\"", "fileExtensions=\".nii,.*\"", "star"},
    {"fileExtensions=\".nii,.nii.gz\"", "fileExtensions=\".nii.gz,.nii\"", "first extension"},
    {"fileExtensions=\".dkgkey\"", "", "has no fileExtensions"},
    {"type=\"any\" ", "", "has no type"},
    {"type=\"any\" ", "type=\"any\" coordinateSystem=\"ras\" ", "takes no attribute coordinateSystem"},
    {"reference=\"inputVolume\"", "reference=\"nothing\"", "refers to no image"},
    {"<default>false</default>", "<default>true</default>", "not false by default"},
    {"<default>false</default>", "<default>no</default>", "must be true or false"},
    {"<default>hybrid</default>", "<default>best</default>", "must be hybrid or aead"},
    {"<default>hybrid</default>", "", "needs a default"},
    {"<maximum>1024</maximum>", "<maximum>2048</maximum>", "not up to 1024"},
    {"<default>0</default>\n      <constraints>", "<default>-5</default>\n      <constraints>", "must be 0..1024"},
    {"<name>keyFactor</name>", "<name>keyFile</name>", "two parameters keyFile"},
    {"<parameters>", "<parameters collapsed=\"true\">", "takes no attribute collapsed"},
    {"<boolean>\n      <name>keyFactor</name>\n      <longflag>keyFactor</longflag>",
     "<measurement>\n      <name>keyFactor</name>\n      <longflag>keyFactor</longflag>", "<measurement> has no place"},
    {"<string>\n      <name>device</name>\n      <longflag>device</longflag>",
     "<string>\n      <name>passphrase</name>\n      <longflag>passphrase</longflag>", "could hold a secret"},
    {"<string>\n      <name>device</name>\n      <longflag>device</longflag>",
     "<string>\n      <name>trainingSeed</name>\n      <longflag>trainingSeed</longflag>", "could hold a secret"},
    {"<name>statusText</name>", "<name>statusWords</name>", "no statusText"},
    {"of the source voxels.</description>\n      <default>0</default>",
     "of the source voxels.</description>\n      <default>0.0000001</default>", "more than 6 decimals"},
    {"<category>", "<example>dkg encrypt</example>\n  <category>", "<example> is out of order"},
    {"<documentation-url>https://arxiv.org/abs/2012.11097</documentation-url>", "", "head is missing"},
    {"<label>Input volume</label>\n", "", "lacks a label"},
};

START_TEST(each_rule_finds_a_file_that_breaks_it)
{
    char *good = load("cli-modules/DeepKeyGenEncrypt/DeepKeyGenEncrypt.xml"), *bad = calloc(1, 2 * TEXT), why[SENTENCE];
    const char *at = strstr(good, broken[_i].from);
    ck_assert_msg(at != NULL, "rule %d: nothing to break: %s", _i, broken[_i].from);
    snprintf(bad, 2 * TEXT, "%.*s%s%s", (int)(at - good), good, broken[_i].to, at + strlen(broken[_i].from));
    check_module(bad, why);
    ck_assert_msg(why[0] && strstr(why, broken[_i].part), "rule %d (%s): found '%s'", _i, broken[_i].to, why);
    free(good);
    free(bad);
}
END_TEST

START_TEST(too_deep_is_refused)
{
    char deep[400] = "<executable>", why[SENTENCE];
    for (int i = 0; i < 12; i++) strcat(deep, "<parameters>");
    dkg_description *d = NULL;
    ck_fails(dkg_description_parse(sample_bytes(deep), (dkg_bytes){0}, &d, err), DKG_INTERNAL, "<parameters> has no place here");
    check_module("<?xml version=\"1.0\"?><executable><title></executable>", why);
    ck_assert_str_ne(why, "");
}
END_TEST

START_TEST(versions_are_those_of_the_project)
{
    char *cmake = load("CMakeLists.txt");
    const char *version = strstr(cmake, "project(DeepKeyGen VERSION ");
    ck_assert_ptr_nonnull(version);
    version += strlen("project(DeepKeyGen VERSION ");
    static const char *const patterns[] = {"cli-modules/DeepKeyGen*/DeepKeyGen*.xml", "cli-modules/dkg/*[!a].xml"};
    for (size_t k = 0; k < 2; k++) {
        glob_t found = all_of(patterns[k], 3);
        for (size_t i = 0; i < found.gl_pathc; i++) {
            char *xml = load(found.gl_pathv[i]);
            dkg_description *d = NULL;
            ck_ok(dkg_description_parse(sample_bytes(xml), (dkg_bytes){0}, &d, err));
            ck_assert_msg(strncmp(d->version, version, strcspn(version, " )")) == 0, "%s: %s", found.gl_pathv[i], d->version);
            ck_assert_uint_eq(strlen(d->version), strcspn(version, " )"));
            dkg_description_free(d);
            free(xml);
        }
        globfree(&found);
    }
    free(cmake);
}
END_TEST

/* ---- commands of dkg --------------------------------------------------------------------------------------------------------- */
/* The description of `dkg <command>`: its own XML, or that of the module with its extra text. */
static dkg_description *command(const char *name)
{
    char path[200], *xml, *extra = NULL;
    dkg_description *d = NULL;
    snprintf(path, sizeof path, "cli-modules/dkg/%s.xml", name);
    if (dkg_file_exists(path)) {
        xml = load(path);
    } else {
        snprintf(path, sizeof path, "cli-modules/DeepKeyGen%c%s/DeepKeyGen%c%s.xml", name[0] - 32, name + 1, name[0] - 32, name + 1);
        xml = load(path);
        snprintf(path, sizeof path, "cli-modules/dkg/%s-extra.xml", name);
        extra = load(path);
    }
    dkg_bytes more = {0};
    if (extra) more = sample_bytes(extra);
    ck_ok(dkg_description_parse(sample_bytes(xml), more, &d, err));
    free(xml);
    free(extra);
    return d;
}

static const char *const names[] = {"encrypt", "decrypt",   "keygen",  "verify",   "inspect", "rekey",
                                    "reencrypt", "keystream", "devices", "selftest", "model", "train", "metrics", "report", "battery", "evaluate", "tune",
                                    "batch-plan", "batch-run", "batch-group", "batch-verify", "batch-decrypt"};
enum { NAMES = sizeof names / sizeof names[0] };

START_TEST(every_text_of_dkg_belongs_to_a_command)
{
    glob_t found = all_of("cli-modules/dkg/*.xml", NAMES);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        bool known = false;
        for (size_t k = 0; k < NAMES; k++) {
            char own[100], extra[100];
            snprintf(own, sizeof own, "cli-modules/dkg/%s.xml", names[k]);
            snprintf(extra, sizeof extra, "cli-modules/dkg/%s-extra.xml", names[k]);
            known = known || strcmp(found.gl_pathv[i], own) == 0 || strcmp(found.gl_pathv[i], extra) == 0;
        }
        ck_assert_msg(known, "%s is not tested", found.gl_pathv[i]);
    }
    globfree(&found);
}
END_TEST

START_TEST(commands_hold_no_secret_and_their_flags_are_their_names)
{
    dkg_description *d = command(names[_i]);
    char why[SENTENCE] = "";
    for (size_t i = 0; i < d->parameter_count; i++) {
        const dkg_parameter *p = &d->parameters[i];
        check_secret(p, why);
        if (p->longflag && strcmp(p->longflag, p->name) != 0) find(why, "%s has the flag %s", p->name, p->longflag);
        if (p->element == DKG_ELEMENT_BOOLEAN && strcmp(p->fallback, "false") != 0) find(why, "%s is true by default", p->name);
    }
    ck_assert_msg(why[0] == '\0', "%s: %s", names[_i], why);
    dkg_description_free(d);
}
END_TEST

START_TEST(examples_are_valid_command_lines)
{
    dkg_description *shown = command(names[_i]);
    if (strcmp(names[_i], "inspect") != 0) ck_assert_uint_gt(shown->example_count, 0);
    for (size_t e = 0; e < shown->example_count; e++) {
        char line[400], *argv[40], *rest = NULL;
        int argc = 0;
        dkg_arguments *a = NULL;
        snprintf(line, sizeof line, "%s", shown->examples[e]);
        for (char *word = strtok_r(line, " ", &rest); word && *word != '|' && *word != '>' && argc < 40; word = strtok_r(NULL, " ", &rest))
            argv[argc++] = word;
        ck_assert_int_ge(argc, 2);
        ck_assert_str_eq(argv[0], "dkg");
        char family[64];
        const int words = strcmp(argv[1], "batch") == 0 ? 2 : 1; /* "dkg batch plan" */
        snprintf(family, sizeof family, "batch-%s", argc > 2 ? argv[2] : "");
        dkg_description *d = command(words == 2 ? family : argv[1]);
        ck_ok(dkg_arguments_parse(d, false, argc - words, argv + words, &a, err));
        dkg_arguments_free(a);
        dkg_description_free(d);
    }
    dkg_description_free(shown);
}
END_TEST

/* The options the command line promises. */
static const struct {
    const char *command, *options;
} promised[] = {
    {"encrypt", "--key-file k --recipients-file r --recipient age1x --passphrase-fd 3 --model-file m --mode aead --paper-mode "
                "--layout stream --device cpu --threads 2 --force --verify all --preview p.png --json --quiet IN OUT"},
    {"decrypt", "--key-file k --identity-file i --passphrase-fd 3 --model-file m --slice 4 --salvage --device cpu --threads 2 "
                "--force --preview p.png --json --quiet IN OUT"},
    {"keygen", "KEYFILE --model-file M --no-passphrase --identity"},
    {"keystream", "--bytes 5 --source rand --device d --threads 1"},
    {"verify", "FILE --key-file k --identity-file i --deep"},
    {"inspect", "FILE"},
    {"rekey", "IN OUT --key-file k --recipient age1x --recipient age1y --new-key-file n"},
    {"reencrypt", "IN OUT --key-file k --new-key-file n --mode hybrid"},
    {"devices", "--json"},
    {"selftest", "--device reference"},
    {"model", "init FILE --channels 16"},
    {"metrics", "SOURCE ENCRYPTED --second-file f --pair freshKey --depth 8 --significance 0.05 --key-images 3 --model-file m --metrics-file m "
                "--json-file j --report-file r --with-plain --metrics-table t.csv --histogram-table h.csv --device cpu --threads 2 --force"},
    {"report", "REPORT.json OUT.html --force"},
    {"evaluate", "--curve-table c.csv --set us --data d --images 3 --models m --positions 1 --significance 0.05 --json-file j --report-file r --with-plain --device cpu --threads 1"},
    {"battery", "--streams rand --sequences 1 --megabytes 1 --dieharder --model-file m --json-file j --report-file r --device cpu --threads 2"},
    {"batch-plan", "SOURCE OUTPUT --layout bids --include *.nii --exclude x --rename --key-file k --recipients-file r --mode aead --model-file m "
                   "--geometry strip --verify all --device cpu --shards 4 --no-space-check --force"},
    {"batch-run", "OUTPUT --shard 1/4 --retry-failed --stop-on-error --dry-run --jobs 2 --threads 1"},
    {"batch-group", "OUTPUT --signing-key-file s"},
    {"batch-verify", "OUTPUT --key-file k --identity-file i --signer dkg-sign1x --table-file t.tsv --threads 2 --force"},
    {"batch-decrypt", "ENCRYPTED OUTPUT --key-file k --identity-file i --model-file m --device cpu --jobs 2 --threads 1 --include a --exclude b "
                      "--stop-on-error --force"},
    {"model", "info FILE --keys 3"},
    {"model", "compare FILE OTHER --device cpu --threads 2"},
    {"train", "SOURCE MODEL --base-channels 16 --crop-size 64 --steps 100 --head phase --loss bce --domain logistic --pool 50 --device cpu "
              "--threads 2 --max-minutes 3 --checkpoint-file c --checkpoint-every 10 --resume-file r --curve-table c.csv --samples d "
              "--sample-key k.nii --seed-file s --learning-rate 0.0002 --preset quick --force"},
};

START_TEST(every_promised_option_is_there)
{
    char line[600], *argv[60] = {line}, *rest = NULL;
    int argc = 1;
    snprintf(line, sizeof line, "%s", promised[_i].options);
    for (char *word = strtok_r(line, " ", &rest); word && argc < 60; word = strtok_r(NULL, " ", &rest)) argv[argc++] = word;
    dkg_description *d = command(promised[_i].command);
    dkg_arguments *a = NULL;
    ck_ok(dkg_arguments_parse(d, false, argc, argv, &a, err));
    dkg_arguments_free(a);
    dkg_description_free(d);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("modules_xml");
    TCase *t = tcase_create("modules_xml");
    tcase_add_test(t, every_module_keeps_every_rule);
    tcase_add_loop_test(t, each_rule_finds_a_file_that_breaks_it, 0, (int)(sizeof broken / sizeof broken[0]));
    tcase_add_test(t, too_deep_is_refused);
    tcase_add_test(t, versions_are_those_of_the_project);
    tcase_add_test(t, every_text_of_dkg_belongs_to_a_command);
    tcase_add_loop_test(t, commands_hold_no_secret_and_their_flags_are_their_names, 0, NAMES);
    tcase_add_loop_test(t, examples_are_valid_command_lines, 0, NAMES);
    tcase_add_loop_test(t, every_promised_option_is_there, 0, (int)(sizeof promised / sizeof promised[0]));
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
