#include "report/html.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void dkg_html_text(dkg_buffer *out, const char *text)
{
    for (const char *c = text ? text : ""; *c; c++) {
        switch (*c) {
        case '&': dkg_append_text(out, "&amp;"); break;
        case '<': dkg_append_text(out, "&lt;"); break;
        case '>': dkg_append_text(out, "&gt;"); break;
        case '"': dkg_append_text(out, "&quot;"); break;
        default:
            if ((unsigned char)*c >= 32 || *c == '\n') dkg_append(out, c, 1);
        }
    }
}

void dkg_html_number(dkg_buffer *out, const json_t *value)
{
    double v = json_number_value(value);
    if (!json_is_number(value)) dkg_append_text(out, "\u2013");
    else if (json_is_integer(value)) dkg_append_text(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else dkg_append_text(out, fabs(v) >= 1000 ? "%.2f" : "%.6g", v);
}

const char *dkg_html_string(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

double dkg_html_value(const json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);
    return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

void dkg_html_words(dkg_buffer *out, const char *name)
{
    static const struct {
        const char *name, *words;
    } special[] = {{"npcr", "NPCR (%)"}, {"uaci", "UACI (%)"}, {"mse", "MSE"}, {"psnr", "PSNR (dB)"}, {"ssim", "SSIM"},
                   {"hamming", "Hamming distance (%)"}, {"chiSquare", "Chi-square"}, {"chiSquareTwoSided", "Chi-square, two-sided"}, {"chiSquareSlices", "Chi-square, slices"},
                   {"localEntropyPublished", "Local entropy, published interval"}, {"xchacha20", "XChaCha20"}, {"rand", "rand"},
                   {"mt19937", "MT19937"}, {"entropy", "Entropy (bits)"}};
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
        if (strcmp(name, special[i].name) == 0) {
            dkg_append_text(out, "%s", special[i].words);
            return;
        }
    for (const char *c = name; *c; c++) {
        char word[3] = {' ', (char)tolower((unsigned char)*c), '\0'};
        if (c == name) word[1] = (char)toupper((unsigned char)*c);
        dkg_html_text(out, c > name && isupper((unsigned char)*c) ? word : word + 1);
    }
}

dkg_html_table dkg_table_begin(dkg_buffer *out, const char *id, const char *caption, const char *const *heads, size_t count)
{
    dkg_append_text(out, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"%s\">\n<table>\n<caption id=\"%s\">", id, id);
    dkg_html_text(out, caption);
    dkg_append_text(out, "</caption>\n<thead><tr>");
    for (size_t i = 0; i < count; i++) {
        bool number = heads[i][0] == '#';
        dkg_append_text(out, "<th scope=\"col\"%s>", number ? " class=\"n\"" : "");
        dkg_html_text(out, heads[i] + number);
        dkg_append_text(out, "</th>");
    }
    dkg_append_text(out, "</tr></thead>\n<tbody>\n");
    return (dkg_html_table){.out = out};
}

static void end_cell(dkg_html_table *t) { dkg_append_text(t->out, t->column++ == 0 ? "</th>" : "</td>"); }

static void begin_cell(dkg_html_table *t, const char *class)
{
    if (t->column == 0) dkg_append_text(t->out, "<th scope=\"row\">");
    else dkg_append_text(t->out, *class ? "<td class=\"%s\">" : "<td>%s", class);
}

void dkg_table_row(dkg_html_table *t)
{
    if (t->rows++ > 0) dkg_append_text(t->out, "</tr>\n");
    dkg_append_text(t->out, "<tr>");
    t->column = 0;
}

void dkg_table_text(dkg_html_table *t, const char *text)
{
    begin_cell(t, "");
    dkg_html_text(t->out, text);
    end_cell(t);
}

void dkg_table_words(dkg_html_table *t, const char *name)
{
    begin_cell(t, "");
    dkg_html_words(t->out, name);
    end_cell(t);
}

void dkg_table_number(dkg_html_table *t, const json_t *value)
{
    begin_cell(t, "n");
    dkg_html_number(t->out, value);
    end_cell(t);
}

void dkg_table_verdict(dkg_html_table *t, const char *verdict)
{
    begin_cell(t, strcmp(verdict, "not consistent") == 0 ? "bad" : strcmp(verdict, "consistent with random") == 0 ? "good" : "none");
    dkg_html_text(t->out, verdict);
    end_cell(t);
}

void dkg_table_format(dkg_html_table *t, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    begin_cell(t, "n");
    dkg_html_text(t->out, text);
    end_cell(t);
}

void dkg_table_end(dkg_html_table *t) { dkg_append_text(t->out, "%s</tbody>\n</table>\n</div>\n", t->rows ? "</tr>\n" : ""); }
