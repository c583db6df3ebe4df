/* The logs of a run: lines are only ever appended, the last one of an entry counts. */
#include "batch/manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {"missing", "done", "skipped", "failed"};

const char *dkg_state_name(dkg_state state) { return names[state]; }

/* What would break a line becomes a blank. */
static void append_plain(dkg_buffer *b, const char *text)
{
    for (; *text; text++) dkg_append(b, (unsigned char)*text < ' ' ? " " : text, 1);
}

dkg_status dkg_event_append(int fd, const dkg_event *e, dkg_error *err)
{
    char time_text[32];
    const time_t now = time(NULL);
    struct tm utc;
    dkg_buffer line = {0};
    if (!gmtime_r(&now, &utc) || strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) strcpy(time_text, "-");
    dkg_append_text(&line, "%s\t%zu\t%s\t%d\t%.3f\t", time_text, e->index + 1, names[e->state], e->exit_code, e->seconds);
    append_plain(&line, e->device);
    dkg_append(&line, "\t", 1);
    append_plain(&line, e->sentence);
    dkg_append(&line, "\n", 1);
    ssize_t n = line.failed ? -1 : write(fd, line.bytes, line.size);
    const bool good = n >= 0 && (size_t)n == line.size;
    dkg_buffer_free(&line);
    return good ? DKG_OK : dkg_fail(err, DKG_IO, "the log of the run cannot be written: %s", strerror(errno));
}

static void take_line(const char *line, dkg_state *states, size_t count)
{
    char state[16];
    size_t index;
    if (sscanf(line, "%*s %zu %15s", &index, state) != 2 || index < 1 || index > count) return;
    for (int s = DKG_STATE_DONE; s <= DKG_STATE_FAILED; s++)
        if (strcmp(state, names[s]) == 0) states[index - 1] = (dkg_state)s;
}

dkg_status dkg_events_read(const dkg_plan *plan, dkg_state *states, size_t count, dkg_error *err)
{
    char name[64];
    for (size_t i = 0; i < count; i++) states[i] = DKG_STATE_NONE;
    for (uint32_t shard = 1; shard <= plan->shards; shard++) {
        (void)snprintf(name, sizeof name, "shard-%lu-of-%lu.tsv", (unsigned long)shard, (unsigned long)plan->shards);
        char *path = dkg_plan_path(plan->output, name);
        if (!path) return dkg_fail(err, DKG_NO_MEMORY, "%s: out of memory", name);
        FILE *file = fopen(path, "r");
        free(path);
        if (!file) continue; /* not run yet */
        char *line = NULL;
        size_t size = 0;
        while (getline(&line, &size, file) > 0) take_line(line, states, count);
        free(line);
        fclose(file);
    }
    return DKG_OK;
}
