/* Reading a command's XML with expat: a stack of places, a table of the texts each place may hold. */
#include "description.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

enum place { IN_DOCUMENT, IN_EXECUTABLE, IN_EXTRA_EXECUTABLE, IN_PARAMETERS, IN_PARAMETER, IN_CONSTRAINTS, IN_TEXT };

/* document, executable, parameters, one parameter, constraints, minimum: nothing has a place deeper down, so that neither we
 * nor Slicer's parser, which dies at its eleventh level, can be led further. */
enum { LEVELS = 7 };

typedef struct reader {
    XML_Parser expat;
    dkg_description *d;
    dkg_error *err;
    dkg_status status;
    bool extra;
    enum place places[LEVELS]; /* of the elements that are open */
    size_t depth;
    dkg_parameter parameter; /* the one being read */
    const char **target;     /* where the text being read goes */
    char *text;              /* its begin in d->texts */
} reader;

typedef struct text_slot {
    enum place place;
    const char *name;
    size_t offset;
} text_slot;

static const text_slot slots[] = {
    {IN_EXECUTABLE, "category", offsetof(dkg_description, category)},
    {IN_EXECUTABLE, "title", offsetof(dkg_description, title)},
    {IN_EXECUTABLE, "description", offsetof(dkg_description, description)},
    {IN_EXECUTABLE, "version", offsetof(dkg_description, version)},
    {IN_EXECUTABLE, "documentation-url", offsetof(dkg_description, documentation_url)},
    {IN_EXECUTABLE, "license", offsetof(dkg_description, license)},
    {IN_EXECUTABLE, "contributor", offsetof(dkg_description, contributor)},
    {IN_EXECUTABLE, "acknowledgements", offsetof(dkg_description, acknowledgements)},
    {IN_EXTRA_EXECUTABLE, "title", offsetof(dkg_description, command_title)},
    {IN_EXTRA_EXECUTABLE, "description", offsetof(dkg_description, command_description)},
    {IN_PARAMETERS, "label", offsetof(dkg_group, label)},
    {IN_PARAMETERS, "description", offsetof(dkg_group, description)},
    {IN_PARAMETER, "name", offsetof(dkg_parameter, name)},
    {IN_PARAMETER, "longflag", offsetof(dkg_parameter, longflag)},
    {IN_PARAMETER, "index", offsetof(dkg_parameter, index_text)},
    {IN_PARAMETER, "label", offsetof(dkg_parameter, label)},
    {IN_PARAMETER, "description", offsetof(dkg_parameter, description)},
    {IN_PARAMETER, "default", offsetof(dkg_parameter, fallback)},
    {IN_PARAMETER, "channel", offsetof(dkg_parameter, channel)},
    {IN_CONSTRAINTS, "minimum", offsetof(dkg_parameter, minimum)},
    {IN_CONSTRAINTS, "maximum", offsetof(dkg_parameter, maximum)},
    {IN_CONSTRAINTS, "step", offsetof(dkg_parameter, step)},
};

/* Elements of parameters and the attributes Slicer allows each (those that we use), by their place in dkg_parameter. */
enum { ATTRIBUTES = 5 };
static const struct {
    const char *name;
    struct {
        const char *name;
        size_t offset;
    } attributes[ATTRIBUTES];
} elements[] = {
#define MULTIPLE {"multiple", offsetof(dkg_parameter, multiple_text)}
#define HIDDEN {"hidden", offsetof(dkg_parameter, hidden_text)}
#define EXTENSIONS {"fileExtensions", offsetof(dkg_parameter, file_extensions)}
#define REFERENCE {"reference", offsetof(dkg_parameter, reference)}
#define TYPE {"type", offsetof(dkg_parameter, type)}
    [DKG_ELEMENT_BOOLEAN] = {"boolean", {HIDDEN}},
    [DKG_ELEMENT_INTEGER] = {"integer", {HIDDEN}},
    [DKG_ELEMENT_DOUBLE] = {"double", {HIDDEN}},
    [DKG_ELEMENT_STRING] = {"string", {HIDDEN, MULTIPLE}},
    [DKG_ELEMENT_ENUMERATION] = {"string-enumeration", {HIDDEN}},
    [DKG_ELEMENT_FILE] = {"file", {MULTIPLE, EXTENSIONS}},
    [DKG_ELEMENT_DIRECTORY] = {"directory", {MULTIPLE}},
    [DKG_ELEMENT_IMAGE] = {"image", {HIDDEN, MULTIPLE, EXTENSIONS, REFERENCE, TYPE}},
    [DKG_ELEMENT_TABLE] = {"table", {HIDDEN, MULTIPLE, EXTENSIONS, REFERENCE, TYPE}},
#undef MULTIPLE
#undef HIDDEN
#undef EXTENSIONS
#undef REFERENCE
#undef TYPE
};
enum { ELEMENTS = sizeof elements / sizeof elements[0] };

const char *dkg_element_name(dkg_element element) { return elements[element].name; }

/* Stops the reading with a sentence that names the line; only the first counts. */
#define REFUSE(r, ...)                                                                \
    do {                                                                              \
        if ((r)->status != DKG_OK) break;                                             \
        dkg_error why_ = {0};                                                         \
        (r)->status = dkg_fail(&why_, DKG_INTERNAL, __VA_ARGS__);                     \
        (void)dkg_fail((r)->err, DKG_INTERNAL, "line %lu of the XML: %s",             \
                       (unsigned long)XML_GetCurrentLineNumber((r)->expat), why_.text); \
        (void)XML_StopParser((r)->expat, XML_FALSE);                                  \
    } while (0)

static bool is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* Adds a byte to the text being read. The memory is as large as the XML, which no text of it can exceed. */
static void put(reader *r, char c)
{
    if (r->d->texts_used < r->d->texts_size)
        r->d->texts[r->d->texts_used++] = c;
    else
        REFUSE(r, "its texts are longer than the XML itself");
}

static const char *keep(reader *r, const char *text)
{
    const char *kept = r->d->texts + r->d->texts_used;
    for (; *text; text++) put(r, *text);
    put(r, '\0');
    return kept;
}

static void begin_text(reader *r, const char **target)
{
    r->target = target;
    r->text = r->d->texts + r->d->texts_used;
    r->places[r->depth] = IN_TEXT;
}

static void *place_base(reader *r, enum place place)
{
    switch (place) {
    case IN_EXECUTABLE:
    case IN_EXTRA_EXECUTABLE: return r->d;
    case IN_PARAMETERS: return &r->d->groups[r->d->group_count - 1];
    default: return &r->parameter;
    }
}

static const char **text_at(void *base, size_t offset) { return (const char **)(void *)((char *)base + offset); }

static void read_attributes(reader *r, const XML_Char **attributes)
{
    for (; *attributes; attributes += 2) {
        const char **target = NULL;
        for (size_t i = 0; i < ATTRIBUTES && elements[r->parameter.element].attributes[i].name; i++)
            if (strcmp(elements[r->parameter.element].attributes[i].name, attributes[0]) == 0)
                target = text_at(&r->parameter, elements[r->parameter.element].attributes[i].offset);
        if (!target && r->extra && strcmp(attributes[0], "hidden") == 0) target = &r->parameter.hidden_text;
        if (!target) {
            REFUSE(r, "<%s> takes no attribute %s", elements[r->parameter.element].name, attributes[0]);
            return;
        }
        *target = keep(r, attributes[1]);
    }
}

static void begin_group(reader *r, const XML_Char **attributes)
{
    if (r->d->group_count == DKG_GROUPS_MAX) {
        REFUSE(r, "more than %d groups of parameters", DKG_GROUPS_MAX);
        return;
    }
    dkg_group *group = &r->d->groups[r->d->group_count++];
    for (; *attributes; attributes += 2) {
        if (strcmp(attributes[0], "advanced") != 0) {
            REFUSE(r, "<parameters> takes no attribute %s", attributes[0]);
            return;
        }
        group->advanced_text = keep(r, attributes[1]);
        group->advanced = strcmp(attributes[1], "true") == 0;
    }
    r->places[r->depth] = IN_PARAMETERS;
}

static void XMLCALL begin_element(void *self, const XML_Char *name, const XML_Char **attributes)
{
    reader *r = self;
    if (r->status != DKG_OK) return;
    enum place parent = r->places[r->depth++];
    if (parent == IN_PARAMETERS) {
        for (size_t e = 0; e < ELEMENTS; e++) {
            if (strcmp(elements[e].name, name) != 0) continue;
            r->parameter = (dkg_parameter){.element = (dkg_element)e, .index = -1, .extra = r->extra};
            r->parameter.group = r->d->group_count - 1;
            read_attributes(r, attributes);
            r->places[r->depth] = IN_PARAMETER;
            return;
        }
    }
    bool in_executable = parent == IN_EXECUTABLE || parent == IN_EXTRA_EXECUTABLE;
    if (in_executable && strcmp(name, "parameters") == 0) {
        begin_group(r, attributes);
        return;
    }
    if (*attributes) {
        REFUSE(r, "<%s> takes no attribute %s", name, attributes[0]);
    } else if (parent == IN_DOCUMENT && strcmp(name, "executable") == 0) {
        r->places[r->depth] = r->extra ? IN_EXTRA_EXECUTABLE : IN_EXECUTABLE;
    } else if (parent == IN_PARAMETER && strcmp(name, "constraints") == 0) {
        r->places[r->depth] = IN_CONSTRAINTS;
    } else if (parent == IN_PARAMETER && r->parameter.element == DKG_ELEMENT_ENUMERATION && strcmp(name, "element") == 0 &&
               r->parameter.choice_count < DKG_CHOICES_MAX) {
        begin_text(r, &r->parameter.choices[r->parameter.choice_count++]);
    } else if (in_executable && strcmp(name, "example") == 0 && r->d->example_count < DKG_EXAMPLES_MAX) {
        begin_text(r, &r->d->examples[r->d->example_count++]);
    } else {
        for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
            if (slots[i].place != parent || strcmp(slots[i].name, name) != 0) continue;
            const char **target = text_at(place_base(r, parent), slots[i].offset);
            if (*target) REFUSE(r, "<%s> is given twice", name);
            begin_text(r, target);
            return;
        }
        REFUSE(r, "<%s> has no place here", name);
    }
}

static void XMLCALL read_text(void *self, const XML_Char *text, int length)
{
    reader *r = self;
    for (int i = 0; i < length && r->status == DKG_OK; i++) {
        if (r->places[r->depth] == IN_TEXT)
            put(r, text[i]);
        else if (!is_white(text[i]))
            REFUSE(r, "text outside of an element that holds text");
    }
}

/* White space around a text does not count, as in Slicer. */
static void end_text(reader *r)
{
    char *end = r->d->texts + r->d->texts_used;
    while (r->text < end && is_white(*r->text)) r->text++;
    while (end > r->text && is_white(end[-1])) end--;
    r->d->texts_used = (size_t)(end - r->d->texts);
    *r->target = r->text;
    put(r, '\0');
}

static bool is_identifier(const char *text)
{
    if (!text || !*text || (*text >= '0' && *text <= '9')) return false;
    return text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* Gives the parameter of the first text what the extra text says about it. */
static void amend(reader *r, dkg_parameter *old)
{
    const dkg_parameter *new = &r->parameter;
    if (!r->extra || old->extra || old->element != new->element) {
        REFUSE(r, "there are two parameters %s", new->name);
        return;
    }
    if (new->longflag || new->description || new->fallback || new->choice_count > 0) {
        REFUSE(r, "only place, label and visibility of %s can be amended", new->name);
        return;
    }
    if (new->index_text) {
        old->index_text = new->index_text;
        old->index = new->index;
    }
    if (new->label) old->label = new->label;
    if (new->hidden_text) old->hidden = new->hidden;
}

static void check_parameter(reader *r, dkg_parameter *p)
{
    dkg_error why = {0};
    bool number = p->element == DKG_ELEMENT_INTEGER || p->element == DKG_ELEMENT_DOUBLE;
    bool by_value = p->element <= DKG_ELEMENT_ENUMERATION;
    p->simple_output = by_value && p->channel && strcmp(p->channel, "output") == 0 && !p->longflag && p->index < 0;
    if (!p->label || !p->description)
        REFUSE(r, "parameter %s lacks a label or a description", p->name);
    else if (p->element == DKG_ELEMENT_ENUMERATION && p->choice_count == 0)
        REFUSE(r, "enumeration %s has no <element>", p->name);
    else if (!number && (p->minimum || p->maximum || p->step))
        REFUSE(r, "%s is no number and has no constraints", p->name);
    else if (!p->simple_output && !p->longflag && p->index < 0)
        REFUSE(r, "%s has neither <longflag> nor <index> and is no return value", p->name);
    else if (p->longflag && !is_identifier(p->longflag))
        REFUSE(r, "longflag %s of %s is no identifier", p->longflag, p->name);
    else if (!p->simple_output && p->index < 0 && (number || p->element == DKG_ELEMENT_ENUMERATION) && !p->fallback)
        REFUSE(r, "%s needs a default", p->name);
    else if (p->fallback && dkg_value_check(p, p->name, p->fallback, &why) != DKG_OK)
        REFUSE(r, "the default: %s", why.text);
}

static void end_parameter(reader *r)
{
    dkg_parameter *p = &r->parameter;
    if (!is_identifier(p->name)) {
        REFUSE(r, "the name of a parameter is %s, must be an identifier", p->name ? p->name : "missing");
        return;
    }
    p->multiple = p->multiple_text && strcmp(p->multiple_text, "true") == 0;
    p->hidden = p->hidden_text && strcmp(p->hidden_text, "true") == 0;
    int64_t index = -1;
    if (p->index_text && (!dkg_text_integer(p->index_text, &index) || index < 0 || index >= DKG_PARAMETERS_MAX))
        REFUSE(r, "index of %s is %s", p->name, p->index_text);
    p->index = (int)index;
    for (size_t i = 0; i < r->d->parameter_count; i++) {
        if (strcmp(r->d->parameters[i].name, p->name) == 0) {
            amend(r, &r->d->parameters[i]);
            return;
        }
    }
    check_parameter(r, p);
    if (r->d->parameter_count == DKG_PARAMETERS_MAX)
        REFUSE(r, "more than %d parameters", DKG_PARAMETERS_MAX);
    else
        r->d->parameters[r->d->parameter_count++] = *p;
}

static void XMLCALL end_element(void *self, const XML_Char *name)
{
    reader *r = self;
    (void)name;
    if (r->status != DKG_OK) return;
    if (r->places[r->depth] == IN_TEXT) end_text(r);
    if (r->places[r->depth] == IN_PARAMETER) end_parameter(r);
    if (r->places[r->depth] == IN_PARAMETERS && !r->d->groups[r->d->group_count - 1].label)
        REFUSE(r, "a group of parameters lacks its label");
    r->depth--;
}

static void XMLCALL refuse_doctype(void *self, const XML_Char *name, const XML_Char *system, const XML_Char *public, int internal)
{
    reader *r = self;
    (void)system;
    (void)public;
    (void)internal;
    REFUSE(r, "document type %s: none is allowed", name);
}

static dkg_status read_xml(dkg_description *d, dkg_bytes xml, bool extra, dkg_error *err)
{
    reader r = {.d = d, .err = err, .extra = extra};
    r.expat = XML_ParserCreate("UTF-8");
    if (!r.expat) return dkg_fail(err, DKG_NO_MEMORY, "no memory to read the description of the command");
    XML_SetUserData(r.expat, &r);
    XML_SetElementHandler(r.expat, begin_element, end_element);
    XML_SetCharacterDataHandler(r.expat, read_text);
    XML_SetStartDoctypeDeclHandler(r.expat, refuse_doctype);
    enum XML_Status ok = XML_Parse(r.expat, (const char *)xml.at, (int)xml.size, XML_TRUE);
    if (ok != XML_STATUS_OK && r.status == DKG_OK)
        REFUSE(&r, "%s", XML_ErrorString(XML_GetErrorCode(r.expat)));
    XML_ParserFree(r.expat);
    return r.status;
}

/* Positions must be 0, 1, 2 ... and what may be left out or is a list comes last. */
static dkg_status check_positions(const dkg_description *d, dkg_error *err)
{
    int count = 0;
    bool optional = false;
    for (size_t i = 0; i < d->parameter_count; i++) count += d->parameters[i].index >= 0;
    for (int at = 0; at < count; at++) {
        const dkg_parameter *found = NULL;
        for (size_t i = 0; i < d->parameter_count && !found; i++)
            if (d->parameters[i].index == at) found = &d->parameters[i];
        if (!found) return dkg_fail(err, DKG_INTERNAL, "%d parameters have an index, but none has index %d", count, at);
        if (optional && !found->fallback)
            return dkg_fail(err, DKG_INTERNAL, "%s has no default but follows one that can be left out", found->name);
        if (found->multiple && at + 1 < count)
            return dkg_fail(err, DKG_INTERNAL, "%s is a list and must be the last position", found->name);
        optional = found->fallback != NULL;
    }
    return DKG_OK;
}

dkg_status dkg_description_parse(dkg_bytes xml, dkg_bytes extra, dkg_description **out, dkg_error *err)
{
    *out = NULL;
    if (xml.size > DKG_XML_BYTES_MAX || extra.size > DKG_XML_BYTES_MAX)
        return dkg_fail(err, DKG_INTERNAL, "the XML has %zu bytes, more than %d", xml.size > extra.size ? xml.size : extra.size,
                        DKG_XML_BYTES_MAX);
    dkg_description *d = dkg_calloc(1, sizeof *d);
    if (!d) return dkg_fail(err, DKG_NO_MEMORY, "no memory for the description of the command");
    dkg_status status = DKG_OK;
    d->texts_size = xml.size + extra.size;
    d->texts = dkg_calloc(d->texts_size + 1, 1);
    if (!d->texts) {
        status = dkg_fail(err, DKG_NO_MEMORY, "no memory for the texts of the command");
        goto done;
    }
    status = read_xml(d, xml, false, err);
    if (status == DKG_OK && extra.size > 0) status = read_xml(d, extra, true, err);
    if (status == DKG_OK) status = check_positions(d, err);
    if (status == DKG_OK && (!d->title || !d->description || !d->version))
        status = dkg_fail(err, DKG_INTERNAL, "the XML lacks a title, a description or a version");
    if (!d->command_title) d->command_title = d->title;
    if (!d->command_description) d->command_description = d->description;
done:
    if (status == DKG_OK)
        *out = d;
    else
        dkg_description_free(d);
    return status;
}

void dkg_description_free(dkg_description *description)
{
    if (!description) return;
    free(description->texts);
    free(description);
}

const dkg_parameter *dkg_description_find(const dkg_description *description, const char *name)
{
    for (size_t i = 0; i < description->parameter_count; i++)
        if (strcmp(description->parameters[i].name, name) == 0) return &description->parameters[i];
    return NULL;
}
