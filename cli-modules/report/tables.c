/* Tables T1 to T9. */
#include "report/html.h"
#include "report/page.h"

#include <math.h>
#include <string.h>

#define HEADS(name, ...) static const char *const name[] = {__VA_ARGS__}
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static bool none(const json_t *record, const char *name) { return json_array_size(json_object_get(record, name)) == 0; }

static void number(dkg_html_table *t, const json_t *item, const char *name) { dkg_table_number(t, json_object_get(item, name)); }

static void interval(dkg_html_table *t, double low, double high)
{
    if (isfinite(low) && isfinite(high)) dkg_table_format(t, "%.6g to %.6g", low, high);
    else if (isfinite(high)) dkg_table_format(t, "at most %.6g", high);
    else if (isfinite(low)) dkg_table_format(t, "at least %.6g", low);
    else dkg_table_text(t, "\u2013");
}

static void value_of(dkg_html_table *t, const json_t *item)
{
    if (json_is_true(json_object_get(item, "infinite"))) dkg_table_text(t, "equal");
    else number(t, item, "value");
}

static void metric_row(dkg_html_table *t, const json_t *item, const char *first)
{
    dkg_table_row(t);
    dkg_table_words(t, first);
    dkg_table_words(t, dkg_html_string(item, "subject"));
    value_of(t, item);
    dkg_table_verdict(t, dkg_html_string(item, "verdict"));
    number(t, item, "expected");
    interval(t, dkg_html_value(item, "low"), dkg_html_value(item, "high"));
    number(t, item, "p");
    dkg_table_text(t, dkg_html_string(item, "part"));
}

/* The rows of one metric and index, of all subjects, one below the other; the first of each kind calls the rest. */
static bool seen_before(const json_t *metrics, size_t at, const char *name, const json_t *index)
{
    const json_t *item;
    size_t i;
    json_array_foreach(metrics, i, item) {
        if (i == at) return false;
        const json_t *other = json_object_get(item, "index");
        if (!json_object_get(item, "pair") && strcmp(dkg_html_string(item, "metric"), name) == 0 &&
            (index ? json_equal(other, index) : !other))
            return true;
    }
    return false;
}

static void group(dkg_html_table *t, const json_t *metrics, size_t from, const char *name, const json_t *index)
{
    char first[80];
    for (size_t i = from; i < json_array_size(metrics); i++) {
        const json_t *item = json_array_get(metrics, i), *other = json_object_get(item, "index");
        if (json_object_get(item, "pair") || strcmp(dkg_html_string(item, "metric"), name) != 0) continue;
        if (index ? !json_equal(other, index) : other != NULL) continue;
        if (index) (void)snprintf(first, sizeof first, "%.60s %" JSON_INTEGER_FORMAT, name, json_integer_value(index));
        metric_row(t, item, index ? first : name);
    }
}

HEADS(metric_heads, "Metric", "Subject", "#Value", "Verdict", "#Expected", "#Interval", "#p", "Samples");

static void metrics_table(const json_t *metrics, bool indexed, const char *id, const char *caption, dkg_buffer *out)
{
    const json_t *item;
    size_t i;
    dkg_html_table t = dkg_table_begin(out, id, caption, metric_heads, COUNT(metric_heads));
    json_array_foreach(metrics, i, item) {
        const json_t *index = json_object_get(item, "index");
        const char *name = dkg_html_string(item, "metric");
        if (json_object_get(item, "pair") || (index != NULL) != indexed || seen_before(metrics, i, name, index)) continue;
        group(&t, metrics, i, name, index);
    }
    dkg_table_end(&t);
}

static void t1(const json_t *record, dkg_buffer *out)
{
    const json_t *metrics = json_object_get(record, "metrics"), *item;
    bool plain = false, indexed = false;
    size_t i;
    json_array_foreach(metrics, i, item) {
        plain |= !json_object_get(item, "pair") && !json_object_get(item, "index");
        indexed |= !json_object_get(item, "pair") && json_object_get(item, "index");
    }
    if (plain) {
        dkg_append_text(out, "<h3>T1 Metrics beside the controls</h3>\n<p class=\"note\">The rows XChaCha20 and rand are controls measured in the "
                             "same run on the same sizes: the first is a secure stream cipher, the second an insecure generator. The published interval of local entropy is too "
                             "narrow by \u221ak: ideal sources fail it most of the time, so it is shown and does not count.</p>\n");
        metrics_table(metrics, false, "t1", "T1. Measured value, what an ideal source gives, and the interval of the verdict", out);
    }
    if (!indexed) return;
    dkg_append_text(out, "<details><summary>Every lag and every bit plane</summary>\n");
    metrics_table(metrics, true, "t1b", "T1, continued: by lag (samples apart) or bit (0 = lowest)", out);
    dkg_append_text(out, "</details>\n");
}

static void t2(const json_t *record, dkg_buffer *out)
{
    HEADS(heads, "Pair", "Metric", "#Value", "Verdict", "#Expected", "#Interval", "Subject", "Samples");
    const json_t *item;
    size_t i;
    bool any = false;
    json_array_foreach(json_object_get(record, "metrics"), i, item) any |= json_object_get(item, "pair") != NULL;
    if (!any) return;
    dkg_append_text(out, "<h3>T2 Two volumes compared</h3>\n<p class=\"note\">A stream cipher does not diffuse: what NPCR and UACI mean depends on the "
                         "pair. A low PSNR of a cipher against its plaintext says how dark the image is, not how good the cipher is.</p>\n");
    dkg_html_table t = dkg_table_begin(out, "t2", "T2. NPCR, UACI and similarity, one line per named pair", heads, COUNT(heads));
    json_array_foreach(json_object_get(record, "metrics"), i, item) {
        if (!json_object_get(item, "pair")) continue;
        dkg_table_row(&t);
        dkg_table_words(&t, dkg_html_string(item, "pair"));
        dkg_table_words(&t, dkg_html_string(item, "metric"));
        value_of(&t, item);
        dkg_table_verdict(&t, dkg_html_string(item, "verdict"));
        number(&t, item, "expected");
        interval(&t, dkg_html_value(item, "low"), dkg_html_value(item, "high"));
        dkg_table_words(&t, dkg_html_string(item, "subject"));
        dkg_table_text(&t, dkg_html_string(item, "part"));
    }
    dkg_table_end(&t);
}

static void spread(dkg_html_table *t, const json_t *item, const char *name)
{
    const json_t *s = json_object_get(item, name);
    dkg_table_format(t, "%.4f \u00b1 %.4f (%.4f to %.4f)", dkg_html_value(s, "mean"), dkg_html_value(s, "deviation"), dkg_html_value(s, "least"),
                     dkg_html_value(s, "greatest"));
}

static void t3(const json_t *record, dkg_buffer *out)
{
    HEADS(heads, "Flipped", "#Positions", "#Absorbed", "#Hamming (%)", "#NPCR (%)", "#UACI (%)", "#Allowed failures", "#Failures", "Verdict");
    const json_t *item;
    size_t i;
    if (none(record, "sensitivity")) return;
    dkg_append_text(out, "<h3>T3 Key sensitivity</h3>\n");
    dkg_html_table t = dkg_table_begin(out, "t3", "T3. One bit of the secret or of the model changed: mean \u00b1 sd (least to greatest)", heads,
                                       COUNT(heads));
    json_array_foreach(json_object_get(record, "sensitivity"), i, item) {
        dkg_table_row(&t);
        dkg_table_words(&t, dkg_html_string(item, "flip"));
        number(&t, item, "positions");
        number(&t, item, "absorbed");
        spread(&t, item, "hamming");
        spread(&t, item, "npcr");
        spread(&t, item, "uaci");
        number(&t, item, "failuresAllowed");
        number(&t, item, "failures");
        dkg_table_verdict(&t, dkg_html_string(item, "verdict"));
    }
    dkg_table_end(&t);
}

static void t4(const json_t *record, dkg_buffer *out)
{
    HEADS(heads, "Disturbance", "#Amount", "Mode", "Outcome", "#Exit code", "#Slices whole", "#False acceptances", "#Changed (%)", "#MSE",
          "#MSE expected", "#PSNR (dB)", "#SSIM");
    const json_t *item;
    size_t i;
    if (none(record, "robustness")) return;
    dkg_append_text(out, "<h3>T4 Disturbed ciphertext</h3>\n<p class=\"note\">\u201cRobust against noise and cropping\u201d and \u201cmalleable\u201d are one "
                         "property: what decrypts after damage can be changed on purpose, unnoticed. The authenticated modes refuse.</p>\n");
    dkg_html_table t = dkg_table_begin(out, "t4", "T4. What decryption gives after a disturbance", heads, COUNT(heads));
    json_array_foreach(json_object_get(record, "robustness"), i, item) {
        dkg_table_row(&t);
        dkg_table_words(&t, dkg_html_string(item, "disturbance"));
        number(&t, item, "amount");
        dkg_table_text(&t, dkg_html_string(item, "mode"));
        dkg_table_text(&t, dkg_html_string(item, "outcome"));
        number(&t, item, "exitCode");
        if (json_object_get(item, "slices"))
            dkg_table_format(&t, "%.0f of %.0f", dkg_html_value(item, "slicesRecovered"), dkg_html_value(item, "slices"));
        else
            dkg_table_text(&t, "\u2013");
        number(&t, item, "falseAcceptances");
        number(&t, item, "changed");
        number(&t, item, "mse");
        number(&t, item, "mseExpected");
        number(&t, item, "psnr");
        number(&t, item, "ssim");
    }
    dkg_table_end(&t);
}

/* A table whose rows are the items of one array, its columns members of them; a column without a head ends them. */
typedef struct listing {
    const char *array, *id, *title, *caption;
    struct { const char *head, *member; } column[10];
} listing;

static const listing evaluations = {
    "evaluations", "te", "Evaluations E1 to E12", "Evaluations over the data set",
    {{"Evaluation", "evaluation"}, {"What", "what"}, {"#Count", "images"}, {"#Mean", "mean"}, {"#SD", "deviation"}, {"#Least", "least"},
     {"#Greatest", "greatest"}, {"Verdict", "verdict"}}};
static const listing t5_to_t9[] = {
    {"attacks", "t5", "T5 Attacks", "T5. Attacks on paper mode, which has no protection of its own",
     {{"Attack on paper mode", "attack"}, {"#Share", "share"}, {"What it shows", "shows"}}},
    {"batteries", "t6", "T6 Batteries", "T6. Batteries of tests, subject beside control",
     {{"Battery", "battery"}, {"Test", "test"}, {"Stream", "stream"}, {"#Bytes", "bytes"}, {"#Result", "result"}, {"Unit", "unit"},
      {"Rule", "rule"}, {"Verdict", "verdict"}}},
    {"manyTests", "t7", "T7 Failures expected and found", "T7. Of many tests some fail by chance; allowed is the 99.9 % quantile",
     {{"Subject", "subject"}, {"#Tests", "tests"}, {"#Expected failures", "expected"}, {"#Allowed", "allowed"}, {"#Found", "failures"},
      {"Verdict", "verdict"}}},
    {"times", "t8", "T8 Times", "T8. Time of this run",
     {{"Work", "what"}, {"Engine", "engine"}, {"#Seconds", "seconds"}, {"#MB/s", "megabytesPerSecond"}}},
    {"sizes", "t9", "T9 Sizes", "T9. Size, expansion and planes",
     {{"Volume", "volume"}, {"#Plain bytes", "plainBytes"}, {"#Encrypted bytes", "carrierBytes"}, {"#Expansion", "expansion"},
      {"#Planes", "planes"}, {"#Key planes", "keyPlanes"}}}};

static void list(const json_t *record, const listing *l, dkg_buffer *out)
{
    const char *heads[COUNT(l->column)];
    const json_t *item;
    size_t i, columns = 0;
    if (none(record, l->array)) return;
    for (; columns < COUNT(l->column) && l->column[columns].head; columns++) heads[columns] = l->column[columns].head;
    dkg_append_text(out, "<h3>%s</h3>\n", l->title);
    dkg_html_table t = dkg_table_begin(out, l->id, l->caption, heads, columns);
    json_array_foreach(json_object_get(record, l->array), i, item) {
        dkg_table_row(&t);
        for (size_t k = 0; k < columns; k++) {
            const char *member = l->column[k].member;
            if (strcmp(member, "verdict") == 0) dkg_table_verdict(&t, dkg_html_string(item, member));
            else if (heads[k][0] == '#') number(&t, item, member);
            else dkg_table_text(&t, dkg_html_string(item, member));
        }
    }
    dkg_table_end(&t);
}

void dkg_report_tables(const json_t *record, dkg_buffer *out)
{
    static void (*const t1_to_t4[])(const json_t *, dkg_buffer *) = {t1, t2, t3, t4};
    list(record, &evaluations, out);
    for (size_t i = 0; i < COUNT(t1_to_t4); i++) t1_to_t4[i](record, out);
    for (size_t i = 0; i < COUNT(t5_to_t9); i++) list(record, &t5_to_t9[i], out);
}
