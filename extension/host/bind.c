/* Values into the options struct of a job, through the table that names its members. */
#include <string.h>

#include "arguments.h"
#include "values.h"

static dkg_option_type type_of(const dkg_parameter *p)
{
    if (p->multiple) return DKG_OPTION_LIST;
    switch (p->element) {
    case DKG_ELEMENT_BOOLEAN: return DKG_OPTION_BOOLEAN;
    case DKG_ELEMENT_INTEGER: return DKG_OPTION_INTEGER;
    case DKG_ELEMENT_DOUBLE: return DKG_OPTION_DOUBLE;
    default: return DKG_OPTION_STRING;
    }
}

static size_t size_of(dkg_option_type type)
{
    switch (type) {
    case DKG_OPTION_BOOLEAN: return sizeof(bool);
    case DKG_OPTION_INTEGER: return sizeof(int64_t);
    case DKG_OPTION_DOUBLE: return sizeof(double);
    case DKG_OPTION_STRING: return sizeof(const char *);
    default: return sizeof(dkg_string_list);
    }
}

dkg_status dkg_bindings_check(const dkg_description *description, const dkg_binding *bindings, size_t count, size_t options_size,
                              dkg_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const dkg_binding *b = &bindings[i];
        const dkg_parameter *p = dkg_description_find(description, b->name);
        if (!p) return dkg_fail(err, DKG_INTERNAL, "option %s is in the table but not in the XML", b->name);
        if (p->simple_output) return dkg_fail(err, DKG_INTERNAL, "%s is a return value and cannot be bound", b->name);
        if (b->type != type_of(p))
            return dkg_fail(err, DKG_INTERNAL, "option %s is a %s%s in the XML, of another type in the table", b->name,
                            p->multiple ? "list of " : "", dkg_element_name(p->element));
        if (b->offset > options_size || size_of(b->type) > options_size - b->offset)
            return dkg_fail(err, DKG_INTERNAL, "option %s lies outside of the options", b->name);
        for (size_t j = 0; j < i; j++)
            if (strcmp(bindings[j].name, b->name) == 0 || bindings[j].offset == b->offset)
                return dkg_fail(err, DKG_INTERNAL, "options %s and %s share a name or a place", bindings[j].name, b->name);
    }
    for (size_t i = 0; i < description->parameter_count; i++) {
        const dkg_parameter *p = &description->parameters[i];
        bool bound = p->simple_output;
        for (size_t j = 0; j < count && !bound; j++) bound = strcmp(bindings[j].name, p->name) == 0;
        if (!bound) return dkg_fail(err, DKG_INTERNAL, "option %s is in the XML but not in the table", p->name);
    }
    return DKG_OK;
}

static void store(const dkg_parameter *p, const dkg_argument *given, dkg_option_type type, void *member)
{
    const char *text = given->count > 0 ? given->texts[0] : p->fallback && *p->fallback ? p->fallback : NULL;
    bool boolean = false;
    int64_t integer = 0;
    double number = 0;
    switch (type) { /* every text was checked when it was read */
    case DKG_OPTION_BOOLEAN:
        if (text && !dkg_text_boolean(text, &boolean)) boolean = false;
        memcpy(member, &boolean, sizeof boolean);
        break;
    case DKG_OPTION_INTEGER:
        if (text && !dkg_text_integer(text, &integer)) integer = 0;
        memcpy(member, &integer, sizeof integer);
        break;
    case DKG_OPTION_DOUBLE:
        if (text && !dkg_text_double(text, &number)) number = 0;
        memcpy(member, &number, sizeof number);
        break;
    case DKG_OPTION_STRING: memcpy(member, &text, sizeof text); break;
    case DKG_OPTION_LIST: {
        dkg_string_list list = {.items = given->texts, .count = given->count};
        memcpy(member, &list, sizeof list);
        break;
    }
    }
}

void dkg_arguments_bind(const dkg_arguments *arguments, const dkg_binding *bindings, size_t count, void *options)
{
    const dkg_description *d = arguments->description;
    for (size_t i = 0; i < count; i++) {
        const dkg_parameter *p = dkg_description_find(d, bindings[i].name);
        store(p, &arguments->given[p - d->parameters], bindings[i].type, (char *)options + bindings[i].offset);
    }
}
