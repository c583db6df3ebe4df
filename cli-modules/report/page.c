#include "report/page.h"

#include "report/html.h"

#include <string.h>

extern const unsigned char dkg_report_style[];
extern const size_t dkg_report_style_size;

static void head(const json_t *record, dkg_buffer *out)
{
    dkg_append_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                         "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>");
    dkg_html_text(out, dkg_html_string(record, "title"));
    dkg_append_text(out, "</title>\n<style>\n");
    dkg_append(out, dkg_report_style, dkg_report_style_size);
    dkg_append_text(out, "</style>\n</head>\n<body>\n<header>\n<h1>");
    dkg_html_text(out, dkg_html_string(record, "title"));
    dkg_append_text(out, "</h1>\n");
}

static void warnings(const json_t *record, dkg_buffer *out)
{
    const json_t *list = json_object_get(record, "warnings"), *item;
    size_t i;
    if (json_is_true(json_object_get(record, "containsPlain")))
        dkg_append_text(out, "<p class=\"banner\">Contains patient images: this report shows pictures, histograms or numbers of an unencrypted "
                             "volume. Keep it as you keep the volume.</p>\n");
    if (json_array_size(list) > 0) {
        dkg_append_text(out, "<ul class=\"warnings\" aria-label=\"Warnings\">\n");
        json_array_foreach(list, i, item) {
            dkg_append_text(out, "<li>");
            dkg_html_text(out, json_string_value(item));
            dkg_append_text(out, "</li>\n");
        }
        dkg_append_text(out, "</ul>\n");
    }
    dkg_append_text(out, "<p class=\"sentence\">");
    dkg_html_text(out, dkg_html_string(record, "sentence"));
    dkg_append_text(out, "</p>\n<nav aria-label=\"Contents\"><ul><li><a href=\"#summary\">Summary</a></li><li><a href=\"#tables\">Tables</a></li>"
                         "<li><a href=\"#figures\">Figures</a></li><li><a href=\"#methods\">Methods</a></li>"
                         "<li><a href=\"#provenance\">Provenance</a></li></ul></nav>\n</header>\n<main>\n");
}

static void members(const json_t *object, dkg_buffer *out)
{
    const char *name;
    const json_t *value;
    if (json_object_size(object) == 0) return;
    dkg_append_text(out, "<dl>\n");
    /* jansson's iterator wants an object it could change; nothing is changed */
    json_object_foreach(((json_t *)(uintptr_t)object), name, value) {
        if (json_is_object(value) || json_is_array(value)) continue;
        dkg_append_text(out, "<dt>");
        dkg_html_words(out, name);
        dkg_append_text(out, "</dt><dd>");
        if (json_is_string(value)) dkg_html_text(out, json_string_value(value));
        else if (json_is_boolean(value)) dkg_append_text(out, json_is_true(value) ? "yes" : "no");
        else dkg_html_number(out, value);
        dkg_append_text(out, "</dd>\n");
    }
    dkg_append_text(out, "</dl>\n");
}

static void section(const json_t *record, const char *member, const char *title, dkg_buffer *out)
{
    const json_t *object = json_object_get(record, member);
    if (json_object_size(object) == 0) return;
    dkg_append_text(out, "<h3>%s</h3>\n", title);
    members(object, out);
}

static void methods(dkg_buffer *out)
{
    dkg_append_text(out, "<section aria-labelledby=\"methods\">\n<h2 id=\"methods\">Methods</h2>\n"
                         "<p>Every interval is computed for the number of samples at hand. A verdict is <em>consistent with random</em>, <em>not "
                         "consistent</em> or <em>not applicable</em>; none says that a cipher is secure. Entropy is compared with what an ideal source of "
                         "as many samples gives, not with the number of bits; correlations are over all pairs of neighbours; a 16-bit volume is judged in "
                         "its words and in its low and high bytes. Of many tests some fail by chance: a volume is consistent when no more fail than the "
                         "99.9\u00a0%% quantile. NPCR and UACI are shown for named pairs only, after Wu, Noonan and Agaian (2011); local entropy after Wu "
                         "and others (2013) with the interval of the mean of k blocks. Key images are of demonstrations that no volume uses. The control "
                         "XChaCha20 is expected to be consistent; if it is not, the measurement is broken. The control rand is an insecure generator and is "
                         "expected to be consistent too: that is what statistics can and cannot show. Definitions: docs/metrics.md.</p>\n</section>\n");
}

static void provenance(const json_t *record, dkg_buffer *out)
{
    const json_t *word;
    size_t i;
    dkg_append_text(out, "<section aria-labelledby=\"provenance\">\n<h2 id=\"provenance\">Provenance</h2>\n<dl>\n<dt>Created</dt><dd>");
    dkg_html_text(out, dkg_html_string(record, "created"));
    dkg_append_text(out, "</dd>\n<dt>Command</dt><dd><code>");
    json_array_foreach(json_object_get(record, "command"), i, word) {
        if (i > 0) dkg_append_text(out, " ");
        dkg_html_text(out, json_string_value(word));
    }
    dkg_append_text(out, "</code></dd>\n</dl>\n");
    section(record, "volume", "Volume", out);
    section(record, "settings", "Settings", out);
    section(record, "provenance", "Program, device and model", out);
    dkg_append_text(out, "</section>\n");
}

dkg_status dkg_report_page(const json_t *record, dkg_buffer *out, dkg_error *err)
{
    head(record, out);
    warnings(record, out);
    dkg_append_text(out, "<section aria-labelledby=\"summary\">\n<h2 id=\"summary\">Summary</h2>\n");
    members(json_object_get(record, "summary"), out);
    dkg_append_text(out, "</section>\n<section aria-labelledby=\"tables\">\n<h2 id=\"tables\">Tables</h2>\n");
    dkg_report_tables(record, out);
    dkg_append_text(out, "</section>\n<section aria-labelledby=\"figures\">\n<h2 id=\"figures\">Figures</h2>\n");
    dkg_report_figures(record, out);
    dkg_append_text(out, "</section>\n");
    methods(out);
    provenance(record, out);
    dkg_append_text(out, "</main>\n</body>\n</html>\n");
    return out->failed ? dkg_fail(err, DKG_NO_MEMORY, "no memory for the page of the report") : DKG_OK;
}
