/* Reading the command line. */
#include "arguments.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

bool dkg_option_known(const dkg_parameter *parameter, bool module)
{
    return !parameter->simple_output && !(module && parameter->extra);
}

/* keyFile -> key-file */
static void kebab(const char *name, char *out, size_t size)
{
    size_t n = 0;
    for (; *name && n + 3 < size; name++) {
        unsigned char c = (unsigned char)*name;
        if (isupper(c)) out[n++] = '-';
        out[n++] = (char)tolower(c);
    }
    out[n] = '\0';
}

void dkg_option_text(const dkg_parameter *parameter, bool module, char out[DKG_OPTION_TEXT])
{
    if (!module && parameter->index >= 0) {
        (void)snprintf(out, DKG_OPTION_TEXT, "%s", parameter->label);
        return;
    }
    (void)snprintf(out, DKG_OPTION_TEXT, "--");
    if (module)
        (void)snprintf(out + 2, DKG_OPTION_TEXT - 2, "%s", parameter->longflag);
    else
        kebab(parameter->longflag, out + 2, DKG_OPTION_TEXT - 2);
}

typedef struct line {
    dkg_arguments *a;
    int argc, at;
    char **argv;
    dkg_error *err;
} line;

/* What `text` (without its dashes, up to n letters) names, in either spelling. */
static const dkg_parameter *find_option(const line *l, const char *text, size_t n)
{
    const dkg_description *d = l->a->description;
    for (size_t i = 0; i < d->parameter_count; i++) {
        const dkg_parameter *p = &d->parameters[i];
        char dashed[DKG_OPTION_TEXT];
        if (!p->longflag || !dkg_option_known(p, l->a->module)) continue;
        kebab(p->longflag, dashed, sizeof dashed);
        if ((strlen(p->longflag) == n && strncmp(p->longflag, text, n) == 0) ||
            (strlen(dashed) == n && strncmp(dashed, text, n) == 0))
            return p;
    }
    return NULL;
}

/* Options of every command. `value`: the flag is followed by one. */
typedef struct common_option {
    const char *name;
    bool value, dkg_only;
} common_option;

static const common_option common[] = {
    {"--returnparameterfile", true, false}, {"--processinformationaddress", true, false}, {"--echo", false, false},
    {"--help", false, false},               {"-h", false, false},                         {"--version", false, false},
    {"--json", false, true},                {"--quiet", false, true},                     {"-q", false, true},
};
enum { COMMON = sizeof common / sizeof common[0] };

static const common_option *find_common(const line *l, const char *text, size_t n)
{
    for (size_t i = 0; i < COMMON; i++)
        if (strlen(common[i].name) == n && strncmp(common[i].name, text, n) == 0 && !(common[i].dkg_only && l->a->module))
            return &common[i];
    return NULL;
}

static dkg_status unknown_option(const line *l, const char *text, size_t n)
{
    const dkg_description *d = l->a->description;
    char names[DKG_PARAMETERS_MAX][DKG_OPTION_TEXT], word[DKG_OPTION_TEXT], dashed[DKG_OPTION_TEXT];
    const char *candidates[DKG_PARAMETERS_MAX + COMMON];
    size_t count = 0, used = 0;
    (void)snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), text);
    for (size_t i = 0; i < d->parameter_count; i++) {
        const dkg_parameter *p = &d->parameters[i];
        if (p->simple_output && n > 2) {
            kebab(p->name, dashed, sizeof dashed);
            if (strcmp(word + 2, p->name) == 0 || strcmp(word + 2, dashed) == 0) {
                dkg_status status = dkg_fail(l->err, DKG_USAGE, "%s is a result of this command, not an option", word);
                return dkg_fail_hint(l->err, status, "results are written to the file named by --returnparameterfile");
            }
        }
        if (!p->longflag || !dkg_option_known(p, l->a->module)) continue;
        if (strchr(word + 2, '-') || !l->a->module) {
            names[used][0] = names[used][1] = '-';
            kebab(p->longflag, names[used] + 2, DKG_OPTION_TEXT - 2);
        } else {
            dkg_option_text(p, true, names[used]);
        }
        candidates[count++] = names[used++];
    }
    for (size_t i = 0; i < COMMON; i++)
        if (!(common[i].dkg_only && l->a->module)) candidates[count++] = common[i].name;
    dkg_status status = dkg_fail(l->err, DKG_USAGE, "there is no option %s", word);
    if (strcmp(word, "--xml") == 0) return dkg_fail_hint(l->err, status, "--xml must be the first argument");
    const char *near = dkg_suggest(word, candidates, count);
    if (near) return dkg_fail_hint(l->err, status, "did you mean %s?", near);
    return dkg_fail_hint(l->err, status, "--help lists the options");
}

/* The value of the option at argv[at]: after its '=', else the next argument, which must not be an option itself. */
static dkg_status take_value(line *l, const char *equals, const char **value)
{
    const char *option = l->argv[l->at];
    *value = NULL;
    if (equals) {
        *value = equals + 1;
    } else {
        const char *next = l->at + 1 < l->argc ? l->argv[l->at + 1] : NULL;
        if (!next) return dkg_fail(l->err, DKG_USAGE, "%s needs a value", option);
        if (strncmp(next, "--", 2) == 0) {
            size_t n = strcspn(next, "=");
            if (next[2] == '\0' || find_option(l, next + 2, n - 2) || find_common(l, next, n))
                return dkg_fail(l->err, DKG_USAGE, "%s needs a value, but %s follows", option, next);
        }
        *value = next;
        l->at++;
    }
    /* A variable a script forgot to set must not switch off what the option asks for. */
    if (**value == '\0')
        return dkg_fail(l->err, DKG_USAGE, "%.*s has an empty value", (int)strcspn(option, "="), option);
    return DKG_OK;
}

static dkg_status add_text(line *l, const dkg_parameter *p, const char *shown, const char *text)
{
    dkg_argument *argument = &l->a->given[p - l->a->description->parameters];
    dkg_status status = dkg_value_check(p, shown, text, l->err);
    if (status == DKG_OK) argument->texts[argument->count++] = text;
    return status;
}

/* Takes `a,"b,c",d` apart. */
static dkg_status add_list(line *l, const dkg_parameter *p, const char *shown, const char *text)
{
    dkg_arguments *a = l->a;
    while (true) {
        char *item = a->memory + a->memory_used, *to = item;
        bool quoted = false;
        for (; *text && (quoted || *text != ','); text++) {
            if (*text == '"')
                quoted = !quoted;
            else
                *to++ = *text;
        }
        *to++ = '\0';
        a->memory_used += (size_t)(to - item);
        if (quoted) return dkg_fail(l->err, DKG_USAGE, "%s has a double quote without its partner", shown);
        if (*item == '\0') return dkg_fail(l->err, DKG_USAGE, "%s has an empty item", shown);
        dkg_status status = add_text(l, p, shown, item);
        if (status != DKG_OK || *text == '\0') return status;
        text++;
    }
}

static dkg_status read_option(line *l, const dkg_parameter *p, const char *equals)
{
    const char *option = l->argv[l->at], *value = NULL;
    char shown[DKG_OPTION_TEXT];
    (void)snprintf(shown, sizeof shown, "%.*s", (int)strcspn(option, "="), option);
    if (!p->multiple && l->a->given[p - l->a->description->parameters].count > 0)
        return dkg_fail(l->err, DKG_USAGE, "%s is given twice", shown);
    if (p->element == DKG_ELEMENT_BOOLEAN && !equals) {
        bool ignored;
        bool follows = l->at + 1 < l->argc && dkg_text_boolean(l->argv[l->at + 1], &ignored);
        return add_text(l, p, shown, follows ? l->argv[++l->at] : "true");
    }
    dkg_status status = take_value(l, equals, &value);
    if (status != DKG_OK) return status;
    return p->multiple ? add_list(l, p, shown, value) : add_text(l, p, shown, value);
}

static dkg_status read_common(line *l, const common_option *c, const char *equals)
{
    const char *value = NULL;
    dkg_arguments *a = l->a;
    if (c->value) {
        dkg_status status = take_value(l, equals, &value);
        if (status == DKG_OK && strcmp(c->name, "--returnparameterfile") == 0) a->return_file = value;
        return status;
    }
    if (equals) return dkg_fail(l->err, DKG_USAGE, "%s takes no value", c->name);
    if (strcmp(c->name, "--echo") == 0) a->echo = true;
    if (strcmp(c->name, "--json") == 0) a->json = true;
    if (strcmp(c->name, "--quiet") == 0 || strcmp(c->name, "-q") == 0) a->quiet = true;
    return DKG_OK;
}

static const dkg_parameter *find_position(const line *l, int position)
{
    const dkg_description *d = l->a->description;
    const dkg_parameter *list = NULL;
    for (size_t i = 0; i < d->parameter_count && !l->a->module; i++) {
        const dkg_parameter *p = &d->parameters[i];
        if (p->index == position) return p;
        if (p->index >= 0 && p->index < position && p->multiple) list = p; /* takes all the rest */
    }
    return list;
}

static dkg_status read_position(line *l, int *position)
{
    const char *text = l->argv[l->at];
    const dkg_parameter *p = find_position(l, *position);
    if (!p) {
        dkg_status status = dkg_fail(l->err, DKG_USAGE, "%.200s: one argument too many", text);
        return dkg_fail_hint(l->err, status, "values follow their option; --help shows the usage");
    }
    if (*text == '\0') return dkg_fail(l->err, DKG_USAGE, "%s is empty", p->label);
    if (!p->multiple && l->a->given[p - l->a->description->parameters].count > 0)
        return dkg_fail(l->err, DKG_USAGE, "%s is given twice, by its place and by its option", p->label);
    ++*position;
    return add_text(l, p, p->label, text);
}

static dkg_status read_all(line *l)
{
    bool options = true;
    int position = 0;
    for (l->at = 1; l->at < l->argc; l->at++) {
        const char *text = l->argv[l->at], *equals = strchr(text, '=');
        size_t n = equals ? (size_t)(equals - text) : strlen(text);
        dkg_status status;
        const dkg_parameter *p = NULL;
        const common_option *c = NULL;
        if (options && strcmp(text, "--") == 0) {
            options = false;
            continue;
        }
        if (!options || text[0] != '-' || text[1] == '\0') {
            status = read_position(l, &position);
        } else if ((c = find_common(l, text, n)) != NULL) {
            status = read_common(l, c, equals);
        } else if (n > 2 && text[1] == '-' && (p = find_option(l, text + 2, n - 2)) != NULL) {
            status = read_option(l, p, equals);
        } else {
            status = unknown_option(l, text, n);
        }
        if (status != DKG_OK) return status;
    }
    for (int i = 0; !l->a->module; i++) {
        const dkg_parameter *p = find_position(l, i);
        if (!p || p->index != i) break;
        if (p->fallback || l->a->given[p - l->a->description->parameters].count > 0) continue;
        dkg_status status = dkg_fail(l->err, DKG_USAGE, "%s is missing", p->label);
        return dkg_fail_hint(l->err, status, "%s: %s", p->label, p->description);
    }
    return DKG_OK;
}

/* --help and --version win over everything else, also over mistakes. */
static bool wants(int argc, char **argv, const char *name, const char *other)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], name) == 0 || strcmp(argv[i], other) == 0) return true;
    return false;
}

/* Memory for every value there can be: as many texts as arguments and commas, for every parameter. */
static bool reserve(dkg_arguments *a, int argc, char **argv)
{
    size_t parameters = a->description->parameter_count, texts = 1, bytes = 1;
    for (int i = 1; i < argc; i++) {
        bytes += strlen(argv[i]) + 1;
        for (const char *c = argv[i]; *c; c++) texts += *c == ',';
        texts++;
    }
    a->given = dkg_calloc(parameters + 1, sizeof *a->given);
    a->memory = dkg_calloc(bytes, 1);
    a->lists = dkg_calloc(parameters * texts + 1, sizeof *a->lists);
    if (!a->given || !a->memory || !a->lists) return false;
    for (size_t i = 0; i < parameters; i++) a->given[i].texts = a->lists + i * texts;
    return true;
}

dkg_status dkg_arguments_parse(const dkg_description *description, bool module, int argc, char **argv, dkg_arguments **out,
                               dkg_error *err)
{
    dkg_status status = DKG_OK;
    *out = NULL;
    dkg_arguments *a = dkg_calloc(1, sizeof *a);
    if (!a) return dkg_fail(err, DKG_NO_MEMORY, "no memory for the command line");
    a->description = description;
    a->module = module;
    a->help = wants(argc, argv, "--help", "-h");
    a->version = wants(argc, argv, "--version", "--version");
    line l = {.a = a, .argc = argc, .argv = argv, .err = err};
    if (!reserve(a, argc, argv))
        status = dkg_fail(err, DKG_NO_MEMORY, "no memory for the command line");
    else if (!a->help && !a->version)
        status = read_all(&l);
    if (status == DKG_OK)
        *out = a;
    else
        dkg_arguments_free(a);
    return status;
}

void dkg_arguments_free(dkg_arguments *arguments)
{
    if (!arguments) return;
    free(arguments->given);
    free(arguments->memory);
    free(arguments->lists);
    free(arguments);
}
