#include "batch/fields.h"

#include <sodium.h>

void dkg_field_append(dkg_buffer *line, const char *text)
{
    for (; *text; text++) {
        if (*text == '\t' || *text == '\n' || *text == '\r' || *text == '%')
            dkg_append_text(line, "%%%02X", (unsigned)(unsigned char)*text);
        else
            dkg_append(line, text, 1);
    }
}

bool dkg_field_decode(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from != '%') {
            *to++ = *from;
            continue;
        }
        uint8_t code;
        size_t n = 0;
        if (!from[1] || !from[2] || sodium_hex2bin(&code, 1, from + 1, 2, NULL, &n, NULL) != 0 || n != 1 || code == 0) return false;
        *to++ = (char)code;
        from += 2;
    }
    *to = '\0';
    return true;
}
