/* description.h - what a command is and what it takes, read from its XML (docs/host.md, section 1.2). */
#ifndef DKG_HOST_DESCRIPTION_H
#define DKG_HOST_DESCRIPTION_H

#include "dkg/base.h"

enum {
    DKG_XML_BYTES_MAX = 1 << 18,
    DKG_GROUPS_MAX = 24,
    DKG_PARAMETERS_MAX = 96,
    DKG_CHOICES_MAX = 24,
    DKG_EXAMPLES_MAX = 12
};

typedef enum dkg_element {
    DKG_ELEMENT_BOOLEAN,
    DKG_ELEMENT_INTEGER,
    DKG_ELEMENT_DOUBLE,
    DKG_ELEMENT_STRING,
    DKG_ELEMENT_ENUMERATION, /* string-enumeration */
    DKG_ELEMENT_FILE,
    DKG_ELEMENT_DIRECTORY,
    DKG_ELEMENT_IMAGE,
    DKG_ELEMENT_TABLE
} dkg_element;

/* Every text is NULL when the XML does not have it. */
typedef struct dkg_parameter {
    dkg_element element;
    const char *name, *longflag, *label, *description, *fallback /* <default> */, *channel, *index_text;
    const char *minimum, *maximum, *step;
    const char *file_extensions, *reference, *type, *multiple_text, *hidden_text;
    const char *choices[DKG_CHOICES_MAX];
    size_t choice_count;
    size_t group;       /* index into groups */
    int index;          /* position on the command line, -1: none */
    bool multiple;      /* a list of values */
    bool hidden;        /* not shown by --help */
    bool extra;         /* from the text only `dkg` reads */
    bool simple_output; /* a return value: channel output, neither flag nor index */
} dkg_parameter;

typedef struct dkg_group {
    const char *label, *description;
    const char *advanced_text;
    bool advanced;
} dkg_group;

typedef struct dkg_description {
    const char *category, *title, *description, *version, *documentation_url, *license, *contributor, *acknowledgements;
    const char *command_title, *command_description; /* as command of `dkg`; those above if it has none of its own */
    const char *examples[DKG_EXAMPLES_MAX]; /* only in texts of `dkg` */
    size_t example_count;
    dkg_group groups[DKG_GROUPS_MAX];
    size_t group_count;
    dkg_parameter parameters[DKG_PARAMETERS_MAX]; /* in the order of the text */
    size_t parameter_count;
    char *texts; /* memory of every text above */
    size_t texts_used, texts_size;
} dkg_description;

/* Reads a module's XML and, if extra is not empty, the XML of what only `dkg` has: it may add parameters, give the command a
 * title, a description and examples of its own, and make a parameter of the first text a position (an element of the same
 * kind and name with <index> and <label>) or hide it from --help.
 * DKG_INTERNAL with the line: not well-formed, a document type (so no entity is ever expanded), an unknown element or
 * attribute, an element where it does not belong (so that nesting is bounded), a default outside its range. */
DKG_MUST_USE dkg_status dkg_description_parse(dkg_bytes xml, dkg_bytes extra, dkg_description **out, dkg_error *err);
void dkg_description_free(dkg_description *description);

/* NULL when there is none. */
const dkg_parameter *dkg_description_find(const dkg_description *description, const char *name);
const char *dkg_element_name(dkg_element element); /* "string-enumeration" */

#endif
