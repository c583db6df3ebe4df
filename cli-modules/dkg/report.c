/* dkg report REPORT.json OUT.html: the page of a report again, from its JSON alone. */
#include "dkg/commands.h"

#include "common/volumes.h"
#include "report/page.h"
#include "report/record.h"

typedef struct job {
    const char *jsonFile, *reportFile;
    bool force;
} job;

static dkg_status report_run(const void *options, dkg_host *host, dkg_error *err)
{
    const job *j = options;
    const char *const input = j->jsonFile, *const output = j->reportFile;
    dkg_buffer page = {0};
    json_t *record;
    (void)host;
    dkg_status status = dkg_check_files(&input, 1, &output, 1, j->force, err);
    if (status == DKG_OK) status = dkg_record_load(j->jsonFile, &record, err);
    if (status != DKG_OK) return status;
    bool plain = json_is_true(json_object_get(record, "containsPlain"));
    status = dkg_report_page(record, &page, err);
    if (status == DKG_OK)
        status = dkg_file_write(output, (j->force ? DKG_OUTPUT_REPLACE : 0) | (plain ? DKG_OUTPUT_PRIVATE : 0), page.bytes, page.size, err);
    dkg_buffer_free(&page);
    json_decref(record);
    return status;
}

#define BIND(kind, member) {#member, DKG_OPTION_##kind, offsetof(job, member)}
static const dkg_binding bindings[] = {BIND(STRING, jsonFile), BIND(STRING, reportFile), BIND(BOOLEAN, force)};

DKG_COMMAND(report, job, report_run)
