#include "dkg/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int start(char *const argv[], int in, int out, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0) return code;
    code = posix_spawn_file_actions_adddup2(&actions, in, 0);
    if (code == 0) code = posix_spawn_file_actions_adddup2(&actions, out, 1);
    if (code == 0) code = posix_spawn_file_actions_adddup2(&actions, out, 2);
    if (code == 0) code = posix_spawnp(child, argv[0], &actions, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return code;
}

static dkg_status feed(dkg_stream *stream, uint64_t bytes, int to, dkg_error *err)
{
    uint8_t *block = malloc(DKG_STREAM_BLOCK);
    dkg_status status = block ? DKG_OK : dkg_fail(err, DKG_NO_MEMORY, "no memory for a block of key stream");
    bool wanted = true;
    for (uint64_t done = 0; status == DKG_OK && wanted && (bytes == 0 || done < bytes);) {
        size_t n = bytes == 0 || bytes - done > DKG_STREAM_BLOCK ? DKG_STREAM_BLOCK : (size_t)(bytes - done);
        status = dkg_stream_next(stream, block, err);
        for (size_t at = 0; status == DKG_OK && wanted && at < n;) {
            ssize_t written = write(to, block + at, n - at);
            if (written > 0) at += (size_t)written;
            else if (errno != EINTR) wanted = false; /* the program has enough */
        }
        done += n;
    }
    free(block);
    return status;
}

dkg_status dkg_filter_run(char *const argv[], dkg_stream *stream, uint64_t bytes, char *text, size_t size, bool *found, dkg_error *err)
{
    int ends[2] = {-1, -1}, ignored;
    FILE *said = tmpfile();
    pid_t child;
    *text = '\0';
    *found = false;
    if (!said || pipe(ends) != 0) {
        dkg_status failed = dkg_fail(err, DKG_IO, "%s: %s", argv[0], strerror(errno));
        if (said) (void)fclose(said);
        return failed;
    }
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    /* the program sees the end of its input only when nobody else holds the other one, the program itself included */
    int code = fcntl(ends[1], F_SETFD, FD_CLOEXEC) < 0 ? errno : start(argv, ends[0], fileno(said), &child);
    (void)close(ends[0]);
    dkg_status status = code == 0 || code == ENOENT ? DKG_OK : dkg_fail(err, DKG_IO, "%s: %s", argv[0], strerror(code));
    if (code == 0) {
        (void)sigaction(SIGPIPE, &ignore, &before); /* a program that closes its input early is no failure of ours */
        *found = true;
        status = feed(stream, bytes, ends[1], err);
    }
    (void)close(ends[1]);
    if (code == 0) {
        while (waitpid(child, &ignored, 0) < 0 && errno == EINTR) continue;
        (void)sigaction(SIGPIPE, &before, NULL);
        rewind(said);
        text[fread(text, 1, size - 1, said)] = '\0';
    }
    (void)fclose(said);
    return status;
}
