/* Passphrases: from a file descriptor, an askpass program or the terminal; never from argv or the environment. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "host.h"
#include "stop.h"

enum { PASSPHRASE_MAX = 1024 };

extern char **environ;

/* Reads a byte: 1, 0 at the end, -1 with errno, EINTR when the user wants to stop. Signals are let in only while waiting,
 * or one that comes just before would leave us waiting for ever. */
static ssize_t read_byte(int fd, uint8_t *byte)
{
    sigset_t stopping, before;
    fd_set ready;
    int waited;
    if (fcntl(fd, F_GETFD) < 0) return -1; /* pselect() may wait for a descriptor that is not open */
    if (fd >= FD_SETSIZE) {
        errno = EBADF;
        return -1;
    }
    (void)sigemptyset(&stopping);
    (void)sigaddset(&stopping, SIGINT);
    (void)sigaddset(&stopping, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &stopping, &before);
    do {
        FD_ZERO(&ready);
        FD_SET(fd, &ready);
        errno = EINTR;
        waited = dkg_stop_signal() == 0 ? pselect(fd + 1, &ready, NULL, NULL, NULL, &before) : -1;
    } while (waited < 0 && errno == EINTR && dkg_stop_signal() == 0);
    int error = errno;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return waited < 0 ? -1 : read(fd, byte, 1);
}

/* One line: up to the first LF or the end, one CR before it dropped. Byte by byte, so that what follows the line stays for
 * the next reader. Returns the number of bytes, 0 with err filled. */
static size_t read_line(int fd, const char *from, uint8_t out[PASSPHRASE_MAX], dkg_error *err)
{
    uint8_t *room = dkg_secret_alloc(PASSPHRASE_MAX + 1); /* one more: for a CR */
    size_t n = 0;
    dkg_status status = DKG_OK;
    if (!room) {
        dkg_fail(err, DKG_NO_MEMORY, "no memory for the passphrase");
        return 0;
    }
    while (true) {
        uint8_t byte = 0;
        ssize_t got = read_byte(fd, &byte);
        if (got < 0) {
            status = dkg_stop_signal() != 0
                         ? dkg_fail(err, DKG_CANCELLED, "stopped while waiting for a passphrase")
                         : dkg_fail(err, DKG_IO, "the passphrase cannot be read from %s: %s", from, strerror(errno));
            break;
        }
        if (got == 0 || byte == '\n') break;
        if (n > PASSPHRASE_MAX) break;
        room[n++] = byte;
        sodium_memzero(&byte, 1);
    }
    if (n > 0 && room[n - 1] == '\r') n--;
    if (status == DKG_OK && n == 0) status = dkg_fail(err, DKG_USAGE, "the passphrase from %s is empty", from);
    if (status == DKG_OK && n > PASSPHRASE_MAX)
        status = dkg_fail(err, DKG_USAGE, "the passphrase from %s has more than %d bytes", from, PASSPHRASE_MAX);
    if (status == DKG_OK && memchr(room, 0, n))
        status = dkg_fail(err, DKG_USAGE, "the passphrase from %s holds a zero byte", from);
    if (status == DKG_OK)
        memcpy(out, room, n);
    else
        n = 0;
    dkg_secret_free(room);
    return n;
}

/* What the askpass program prints; it gets no argument, so that nothing of this run shows in the list of processes. */
static size_t ask_program(const char *path, uint8_t out[PASSPHRASE_MAX], dkg_error *err)
{
    int ends[2], exit_status = 0, failed;
    pid_t child = 0;
    size_t n = 0;
    char *name = strdup(path);
    char *argv[] = {name, NULL};
    posix_spawn_file_actions_t actions;
    if (!name || pipe(ends) != 0) {
        dkg_fail(err, DKG_IO, "the askpass program %s cannot be run: %s", path, strerror(errno));
        free(name);
        return 0;
    }
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addclose(&actions, ends[0]);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_addclose(&actions, ends[1]);
    failed = posix_spawnp(&child, path, &actions, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[1]);
    if (failed != 0) {
        dkg_fail(err, DKG_IO, "the askpass program %s cannot be run: %s", path, strerror(failed));
    } else {
        uint8_t rest;
        n = read_line(ends[0], "the askpass program", out, err);
        while (read(ends[0], &rest, 1) == 1) sodium_memzero(&rest, 1); /* let it end by itself */
        while (waitpid(child, &exit_status, 0) < 0 && errno == EINTR && dkg_stop_signal() == 0) continue;
        if (!WIFEXITED(exit_status) || WEXITSTATUS(exit_status) != 0) {
            dkg_fail(err, DKG_CANCELLED, "no passphrase was given to the askpass program %s", path);
            n = 0;
        }
    }
    (void)close(ends[0]);
    free(name);
    return n;
}

/* Echo is off while the passphrase is typed, and on again whatever happens. */
static size_t ask_terminal(const char *what, bool again, bool module, uint8_t out[PASSPHRASE_MAX], dkg_error *err)
{
    struct termios before, silent;
    char prompt[256];
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0 || tcgetattr(terminal, &before) != 0) {
        dkg_status status = dkg_fail(err, DKG_USAGE, "a passphrase is needed for %s, but there is no terminal to ask at", what);
        (void)dkg_fail_hint(err, status, "set DKG_ASKPASS to a program that asks for it%s",
                            module ? "" : "\nor use --passphrase-fd");
        if (terminal >= 0) (void)close(terminal);
        return 0;
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    (void)tcsetattr(terminal, TCSAFLUSH, &silent);
    int n = snprintf(prompt, sizeof prompt, again ? "The same passphrase again: " : "Passphrase for %.200s: ", what);
    ssize_t written = write(terminal, prompt, n > 0 ? (size_t)n : 0);
    size_t size = read_line(terminal, "the terminal", out, err);
    (void)tcsetattr(terminal, TCSAFLUSH, &before);
    written = write(terminal, "\n", 1);
    (void)written; /* a prompt that cannot be shown does no harm */
    (void)close(terminal);
    return size;
}

static size_t ask_once(const char *what, bool again, bool module, uint8_t out[PASSPHRASE_MAX], dkg_error *err)
{
    const char *program = getenv("DKG_ASKPASS");
    return program && *program ? ask_program(program, out, err) : ask_terminal(what, again, module, out, err);
}

size_t dkg_host_passphrase(dkg_host *host, int64_t fd, const char *what, bool making, uint8_t out[1024], dkg_error *err)
{
    char from[40];
    (void)pthread_mutex_lock(&host->lock);
    dkg_meter_clear(&host->meter);
    (void)pthread_mutex_unlock(&host->lock);
    if (fd >= 0) {
        (void)snprintf(from, sizeof from, "file descriptor %lld", (long long)fd);
        if (fd <= INT32_MAX) return read_line((int)fd, from, out, err);
        dkg_fail(err, DKG_USAGE, "%s: there is no such descriptor", from);
        return 0;
    }
    bool module = dkg_host_is_module(host);
    size_t n = ask_once(what, false, module, out, err);
    if (n == 0 || !making) return n;
    uint8_t *second = dkg_secret_alloc(PASSPHRASE_MAX);
    size_t m = second ? ask_once(what, true, module, second, err) : 0;
    bool equal = m == n && sodium_memcmp(out, second, n) == 0;
    if (!second) dkg_fail(err, DKG_NO_MEMORY, "no memory for the passphrase");
    if (m > 0 && !equal) dkg_fail(err, DKG_USAGE, "the two passphrases differ");
    if (!equal) sodium_memzero(out, PASSPHRASE_MAX);
    dkg_secret_free(second);
    return equal ? n : 0;
}
