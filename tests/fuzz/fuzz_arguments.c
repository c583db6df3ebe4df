/* Fuzz target: command lines, arguments ended by NUL, against a module with an option of each kind. The first byte says whether
 * the module or the command is run. */
#include <string.h>

#include "fuzz.h"
#include "host/arguments.h"

static const char xml[] =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><executable><category>C</category><title>T</title><description>D</description>"
    "<version>1</version><parameters><label>L</label><description>D</description>"
    "<boolean><name>flag</name><longflag>flag</longflag><label>l</label><description>d</description><default>false</default></boolean>"
    "<integer><name>number</name><longflag>number</longflag><label>l</label><description>d</description><default>3</default>"
    "<constraints><minimum>0</minimum><maximum>9</maximum><step>1</step></constraints></integer>"
    "<double><name>ratio</name><longflag>ratio</longflag><label>l</label><description>d</description><default>0.5</default></double>"
    "<string-enumeration><name>kind</name><longflag>kind</longflag><label>l</label><description>d</description>"
    "<default>one</default><element>one</element><element>two</element></string-enumeration>"
    "<file multiple=\"true\"><name>manyFiles</name><longflag>manyFiles</longflag><label>l</label><description>d</description></file>"
    "</parameters></executable>";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { ARGUMENTS = 32 };
    static dkg_description *description;
    if (!description && dkg_description_parse((dkg_bytes){(const uint8_t *)xml, sizeof xml - 1}, (dkg_bytes){0}, &description, NULL) != DKG_OK)
        abort();
    if (size < 1) return 0;
    char *text = malloc(size), name[] = "program", *argv[ARGUMENTS + 1] = {name};
    if (!text) return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    int argc = 1;
    for (size_t at = 0; at < size && argc < ARGUMENTS; at += strlen(text + at) + 1) argv[argc++] = text + at;
    dkg_arguments *arguments;
    if (dkg_arguments_parse(description, data[0] & 1, argc, argv, &arguments, NULL) != DKG_OK && arguments) abort();
    dkg_arguments_free(arguments);
    free(text);
    return 0;
}
