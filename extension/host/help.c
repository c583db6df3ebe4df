/* The help text of a command. */
#include "help.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 80, COLUMN = 28 };

/* Appends the words of text, wrapped; the cursor stands at column `at`, further lines start at column `indent`. */
static void wrap(dkg_buffer *out, const char *text, size_t at, size_t indent)
{
    bool first = true;
    while (*text) {
        text += strspn(text, " \t\r\n");
        size_t n = strcspn(text, " \t\r\n");
        if (n == 0) break;
        if (!first && at + 1 + n > WIDTH) {
            dkg_append_text(out, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        dkg_append_text(out, "%s%.*s", first ? "" : " ", (int)n, text);
        at += n + !first;
        first = false;
        text += n;
    }
    dkg_append_text(out, "\n");
}

static const char *placeholder(const dkg_parameter *p)
{
    switch (p->element) {
    case DKG_ELEMENT_INTEGER: return " N";
    case DKG_ELEMENT_DOUBLE: return " X";
    case DKG_ELEMENT_STRING: return " TEXT";
    case DKG_ELEMENT_ENUMERATION: return " NAME";
    case DKG_ELEMENT_FILE: return " FILE";
    case DKG_ELEMENT_DIRECTORY: return " FOLDER";
    case DKG_ELEMENT_IMAGE: return " IMAGE";
    case DKG_ELEMENT_TABLE: return " TABLE";
    default: return "";
    }
}

static void entry(dkg_buffer *out, const char *head, const char *text)
{
    size_t n = strlen(head);
    dkg_append_text(out, "  %s", head);
    if (n + 4 > COLUMN)
        dkg_append_text(out, "\n%*s", COLUMN, "");
    else
        dkg_append_text(out, "%*s", (int)(COLUMN - n - 2), "");
    wrap(out, text, COLUMN, COLUMN);
}

static void describe(dkg_buffer *out, const dkg_parameter *p, bool module)
{
    char head[DKG_OPTION_TEXT + 16], option[DKG_OPTION_TEXT];
    dkg_buffer text = {0};
    dkg_option_text(p, module, option);
    (void)snprintf(head, sizeof head, "%s%s", option, p->index >= 0 && !module ? "" : placeholder(p));
    dkg_append_text(&text, "%s", p->description);
    for (size_t i = 0; i < p->choice_count; i++) dkg_append_text(&text, "%s%s", i ? ", " : " One of: ", p->choices[i]);
    if (p->choice_count > 0) dkg_append_text(&text, ".");
    if (p->minimum && p->maximum) dkg_append_text(&text, " Range: %s..%s.", p->minimum, p->maximum);
    if (p->minimum && !p->maximum) dkg_append_text(&text, " At least %s.", p->minimum);
    if (!p->minimum && p->maximum) dkg_append_text(&text, " At most %s.", p->maximum);
    if (p->file_extensions) dkg_append_text(&text, " Files: %s.", p->file_extensions);
    if (p->multiple) dkg_append_text(&text, " May be given several times.");
    if (p->fallback && *p->fallback && p->element != DKG_ELEMENT_BOOLEAN) dkg_append_text(&text, " Default: %s.", p->fallback);
    dkg_append(&text, "", 1);
    entry(out, head, text.failed ? p->description : (const char *)text.bytes);
    dkg_buffer_free(&text);
}

static bool is_shown(const dkg_parameter *p, bool module)
{
    return dkg_option_known(p, module) && (module || (!p->hidden && p->index < 0));
}

static void options_of(const dkg_description *d, size_t group, bool module, dkg_buffer *out)
{
    bool any = false;
    for (size_t i = 0; i < d->parameter_count; i++) {
        const dkg_parameter *p = &d->parameters[i];
        if (p->group != group || !is_shown(p, module)) continue;
        if (!any) dkg_append_text(out, "\n%s\n", d->groups[group].label);
        any = true;
        describe(out, p, module);
    }
}

static void common_options(bool module, dkg_buffer *out)
{
    dkg_append_text(out, "\nCommon options\n");
    if (!module) {
        entry(out, "--json", "Write results, warnings and errors to standard output as one JSON object.");
        entry(out, "-q, --quiet", "Print warnings and errors only.");
    }
    entry(out, "-h, --help", "Show this text.");
    entry(out, "--version", "Show the version.");
    entry(out, "--echo", "Print the value of every option first.");
    entry(out, "--xml", "As the first argument: print the description of this command in XML.");
    entry(out, "--returnparameterfile FILE", "Write the results to this file, one \"name = value\" a line.");
}

void dkg_usage(const dkg_description *description, bool module, dkg_buffer *out)
{
    for (int at = 0; !module && at < DKG_PARAMETERS_MAX; at++) {
        for (size_t i = 0; i < description->parameter_count; i++) {
            const dkg_parameter *p = &description->parameters[i];
            if (p->index != at) continue;
            dkg_append_text(out, p->fallback ? "[%s%s] " : "%s%s ", p->label, p->multiple ? "..." : "");
        }
    }
    dkg_append_text(out, "[options]");
}

void dkg_help(const dkg_description *description, const char *program, bool module, dkg_buffer *out)
{
    const dkg_description *d = description;
    bool arguments = false, results = false;
    dkg_append_text(out, "Usage: %s ", program);
    dkg_usage(d, module, out);
    dkg_append_text(out, "\n\n");
    wrap(out, module ? d->description : d->command_description, 0, 0);
    if (!module && d->example_count > 0) {
        dkg_append_text(out, "\nExamples\n");
        for (size_t i = 0; i < d->example_count; i++) dkg_append_text(out, "  %s\n", d->examples[i]);
    }
    for (size_t i = 0; !module && i < d->parameter_count; i++) {
        if (d->parameters[i].index < 0) continue;
        if (!arguments) dkg_append_text(out, "\nArguments\n");
        arguments = true;
        describe(out, &d->parameters[i], module);
    }
    for (size_t g = 0; g < d->group_count; g++) options_of(d, g, module, out);
    common_options(module, out);
    for (size_t i = 0; i < d->parameter_count; i++) {
        if (!d->parameters[i].simple_output) continue;
        if (!results) dkg_append_text(out, "\nResults\n");
        results = true;
        entry(out, d->parameters[i].name, d->parameters[i].description);
    }
    if (d->documentation_url) dkg_append_text(out, "\nMore: %s\n", d->documentation_url);
}

void dkg_echo(const dkg_arguments *arguments, dkg_buffer *out)
{
    const dkg_description *d = arguments->description;
    dkg_append_text(out, "Command line arguments\n");
    for (size_t i = 0; i < d->parameter_count; i++) {
        const dkg_parameter *p = &d->parameters[i];
        const dkg_argument *given = &arguments->given[i];
        if (!dkg_option_known(p, arguments->module)) continue;
        dkg_append_text(out, "    %s: ", p->name);
        for (size_t k = 0; k < given->count; k++) dkg_append_text(out, "%s%s", k ? "," : "", given->texts[k]);
        if (given->count == 0)
            dkg_append_text(out, "%s", p->fallback ? p->fallback : p->element == DKG_ELEMENT_BOOLEAN ? "false" : "");
        dkg_append_text(out, "\n");
    }
}
