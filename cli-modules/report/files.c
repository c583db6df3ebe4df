#include "report/files.h"

#include "common/tables.h"
#include "report/html.h"
#include "report/page.h"

#include <stdlib.h>
#include <string.h>

/* The first histogram of a subject: counts of the whole samples. */
static const json_t *counts(const dkg_record *r, const char *subject)
{
    const json_t *item;
    size_t i;
    json_array_foreach(json_object_get(r->root, "histograms"), i, item) {
        if (strcmp(dkg_html_string(item, "subject"), subject) == 0) return item;
    }
    return NULL;
}

static dkg_status histogram_table(const dkg_record *r, const char *path, unsigned flags, dkg_error *err)
{
    const json_t *cipher = counts(r, "cipher"), *plain = counts(r, "plain"), *count = json_object_get(cipher, "count");
    size_t n = json_array_size(count);
    double step = n ? dkg_html_value(cipher, "values") / (double)n : 1;
    dkg_buffer rows = {0};
    dkg_append_text(&rows, "value,cipher%s\n", plain ? ",plain" : "");
    for (size_t i = 0; i < n; i++) {
        dkg_append_text(&rows, "%.0f,%.0f", step * (double)i, json_number_value(json_array_get(count, i)));
        if (plain) dkg_append_text(&rows, ",%.0f", json_number_value(json_array_get(json_object_get(plain, "count"), i)));
        dkg_append_text(&rows, "\n");
    }
    dkg_status status = dkg_table_write(path, flags, &rows, plain ? "value,int\ncipher,int\nplain,int\n" : "value,int\ncipher,int\n", err);
    dkg_buffer_free(&rows);
    return status;
}

dkg_status dkg_record_write(const dkg_record *r, const dkg_report_files *f, dkg_error *err)
{
    static const char columns[] = "subject,string\nmetric,string\npart,string\nindex,int\npair,string\nbits,int\nn,double\nvalue,double\n"
                                  "expected,double\nlow,double\nhigh,double\np,double\nverdict,string\n";
    unsigned private_flag = f->private_only ? DKG_OUTPUT_PRIVATE : 0, node = private_flag | DKG_OUTPUT_REPLACE,
             file = private_flag | (f->replace ? DKG_OUTPUT_REPLACE : 0);
    dkg_buffer csv = {0}, page = {0};
    char *text;
    size_t size;
    dkg_status status = dkg_record_dump(r, &text, &size, err);
    dkg_record_csv(r->root, &csv);
    if (status == DKG_OK && f->page) status = dkg_report_page(r->root, &page, err);
    if (status == DKG_OK && csv.failed) status = dkg_fail(err, DKG_NO_MEMORY, "no memory for the table of metrics");
    if (status == DKG_OK && f->json) status = dkg_file_write(f->json, file, text, size, err);
    if (status == DKG_OK && f->page) status = dkg_file_write(f->page, file, page.bytes, page.size, err);
    if (status == DKG_OK && f->csv) status = dkg_file_write(f->csv, file, csv.bytes, csv.size, err);
    if (status == DKG_OK && f->metrics_table) status = dkg_table_write(f->metrics_table, node, &csv, columns, err);
    if (status == DKG_OK && f->histogram_table) status = histogram_table(r, f->histogram_table, node, err);
    dkg_buffer_free(&page);
    dkg_buffer_free(&csv);
    free(text);
    return status;
}
