/* Passphrases from a descriptor, an askpass program and a terminal. */
#include "sample.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <termios.h>

#include "host/host.h"
#include "host/stop.h"

static dkg_host host;
static uint8_t *phrase;

static void setup(void)
{
    dkg_host_begin(&host, "dkg", "test", false, true, false, false);
    phrase = dkg_secret_alloc(1024);
    ck_assert_ptr_nonnull(phrase);
    unsetenv("DKG_ASKPASS");
}
static void teardown(void)
{
    dkg_secret_free(phrase);
    dkg_host_free(&host);
}

/* A descriptor from which these bytes can be read. */
static int from(const char *bytes, size_t n)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], bytes, n), (ssize_t)n);
    close(ends[1]);
    return ends[0];
}

#define ck_phrase(n, wanted)                                \
    do {                                                    \
        ck_assert_uint_eq((n), strlen(wanted));             \
        ck_assert_mem_eq(phrase, (wanted), strlen(wanted)); \
    } while (0)

START_TEST(one_line_of_a_descriptor)
{
    static const char *const texts[][2] = {{"open sesame\n", "open sesame"}, {"open\r\n", "open"},    {"open", "open"},
                                           {"a\r\r\n", "a\r"},               {"k\xC3\xA9z \n", "k\xC3\xA9z "}, {"x\r", "x"}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        dkg_error err = {0};
        int fd = from(texts[i][0], strlen(texts[i][0]));
        ck_phrase(dkg_host_passphrase(&host, fd, "a key", true, phrase, &err), texts[i][1]);
        close(fd);
    }
}
END_TEST

START_TEST(what_follows_the_line_stays_unread)
{
    dkg_error err = {0};
    int fd = from("one\ntwo\n", 8);
    ck_phrase(dkg_host_passphrase(&host, fd, "a key", false, phrase, &err), "one");
    ck_phrase(dkg_host_passphrase(&host, fd, "a key", false, phrase, &err), "two");
    ck_assert_uint_eq(dkg_host_passphrase(&host, fd, "a key", false, phrase, &err), 0);
    close(fd);
}
END_TEST

static void refuse(const char *bytes, size_t n, const char *part)
{
    dkg_error err = {0};
    int fd = from(bytes, n);
    memset(phrase, 0x55, 1024);
    ck_assert_uint_eq(dkg_host_passphrase(&host, fd, "a key", false, phrase, &err), 0);
    ck_assert_int_eq(err.status, DKG_USAGE);
    ck_assert_msg(strstr(err.text, part) != NULL, "%s", err.text);
    for (size_t i = 0; i < 1024; i++) ck_assert_uint_eq(phrase[i], 0x55); /* nothing of it came out */
    close(fd);
}

START_TEST(what_is_no_passphrase)
{
    char many[1100];
    dkg_error err = {0};
    memset(many, 'x', sizeof many);
    refuse("", 0, "is empty");
    refuse("\n", 1, "is empty");
    refuse("\r\n", 2, "is empty");
    refuse("a\0b\n", 4, "holds a zero byte");
    refuse(many, 1025, "has more than 1024 bytes");
    refuse(many, 1100, "has more than 1024 bytes");
    many[1024] = '\n';
    int fd = from(many, 1100);
    ck_assert_uint_eq(dkg_host_passphrase(&host, fd, "a key", false, phrase, &err), 1024);
    close(fd);
    memcpy(many + 1024, "\r\n", 2);
    fd = from(many, 1100);
    ck_assert_uint_eq(dkg_host_passphrase(&host, fd, "a key", false, phrase, &err), 1024);
    close(fd);
}
END_TEST

START_TEST(a_descriptor_that_is_not_open)
{
    dkg_error err = {0};
    ck_assert_uint_eq(dkg_host_passphrase(&host, 987, "a key", false, phrase, &err), 0);
    ck_assert_int_eq(err.status, DKG_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "file descriptor 987"));
    ck_assert_uint_eq(dkg_host_passphrase(&host, INT64_C(1) << 40, "a key", false, phrase, &err), 0);
    ck_assert_ptr_nonnull(strstr(err.text, "no such descriptor"));
}
END_TEST

/* An askpass program with this shell text. */
static void askpass(const char *text)
{
    const char *path = test_path("askpass");
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fprintf(f, "#!/bin/sh\n%s\n", text);
    fclose(f);
    ck_assert_int_eq(chmod(path, 0700), 0);
    ck_assert_int_eq(setenv("DKG_ASKPASS", path, 1), 0);
}

START_TEST(an_askpass_program)
{
    dkg_error err = {0};
    askpass("[ $# -eq 0 ] && echo 'from a window'");
    ck_phrase(dkg_host_passphrase(&host, -1, "a key", false, phrase, &err), "from a window");
    ck_phrase(dkg_host_passphrase(&host, -1, "a key", true, phrase, &err), "from a window");
    int fd = from("from fd\n", 8);
    ck_phrase(dkg_host_passphrase(&host, fd, "a key", false, phrase, &err), "from fd"); /* comes first */
    close(fd);
    askpass("echo first; head -c 300000 /dev/zero");
    ck_phrase(dkg_host_passphrase(&host, -1, "a key", false, phrase, &err), "first");
    askpass("cat; echo no input"); /* its standard input is empty, not ours */
    ck_phrase(dkg_host_passphrase(&host, -1, "a key", false, phrase, &err), "no input");
}
END_TEST

START_TEST(an_askpass_program_that_fails)
{
    dkg_error err = {0};
    askpass("exit 1");
    ck_assert_uint_eq(dkg_host_passphrase(&host, -1, "a key", false, phrase, &err), 0);
    ck_assert_int_eq(err.status, DKG_CANCELLED);
    askpass("echo typed; exit 1");
    ck_assert_uint_eq(dkg_host_passphrase(&host, -1, "a key", false, phrase, &err), 0);
    ck_assert_int_eq(err.status, DKG_CANCELLED);
    ck_assert_int_eq(setenv("DKG_ASKPASS", "/nonexistent/askpass", 1), 0);
    ck_assert_uint_eq(dkg_host_passphrase(&host, -1, "a key", false, phrase, &err), 0);
    ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/askpass"));
}
END_TEST

START_TEST(a_new_passphrase_is_asked_twice)
{
    dkg_error err = {0};
    char text[5000];
    snprintf(text, sizeof text, "if [ -e '%s' ]; then echo other; else touch '%s'; echo first; fi", test_path("asked"), test_path("asked"));
    askpass(text);
    memset(phrase, 0x55, 1024);
    ck_assert_uint_eq(dkg_host_passphrase(&host, -1, "a key", true, phrase, &err), 0);
    ck_assert_int_eq(err.status, DKG_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "the two passphrases differ"));
    ck_assert(dkg_is_zero(phrase, 1024));
}
END_TEST

/* ---- the terminal: a process without one, and one with a pseudo-terminal ------------------------------------------------------ */
START_TEST(without_a_terminal_there_is_advice)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dkg_error err = {0};
        if (setsid() < 0) _exit(9);
        size_t n = dkg_host_passphrase(&host, -1, "a key", false, phrase, &err);
        if (n != 0 || err.status != DKG_USAGE || !strstr(err.hint, "--passphrase-fd") || !strstr(err.text, "a key")) _exit(1);
        host.module = true; /* has no such option */
        n = dkg_host_passphrase(&host, -1, "a key", false, phrase, &err);
        _exit(n == 0 && strstr(err.hint, "DKG_ASKPASS") && !strstr(err.hint, "--passphrase-fd") ? 0 : 2);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

/* What the terminal showed until `end` appears. */
static void read_until(int master, const char *end, char *shown, size_t size)
{
    size_t n = 0;
    shown[0] = '\0';
    while (!strstr(shown, end) && n + 1 < size) {
        ssize_t got = read(master, shown + n, size - n - 1);
        if (got <= 0) break;
        n += (size_t)got;
        shown[n] = '\0';
    }
    ck_assert_msg(strstr(shown, end) != NULL, "no '%s' in: %s", end, shown);
}

static const char *typed[2];

START_TEST(a_terminal_asks_twice_and_shows_nothing)
{
    char shown[2000], again[2000];
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
        test_skip("asking at a terminal", "no pseudo-terminal can be had");
        return;
    }
    typed[0] = "correct horse\n";
    typed[1] = _i == 0 ? "correct horse\n" : "another\n";
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dkg_error err = {0};
        alarm(15); /* should the prompt wait for ever */
        const char *name = ptsname(master);
        if (setsid() < 0 || open(name, O_RDWR) < 0) _exit(9); /* becomes the controlling terminal */
        size_t n = dkg_host_passphrase(&host, -1, "team.dkgkey", true, phrase, &err);
        bool good = n == 13 && memcmp(phrase, "correct horse", 13) == 0;
        _exit(good ? 0 : n == 0 && strstr(err.text, "differ") ? 2 : 1);
    }
    read_until(master, "Passphrase for team.dkgkey: ", shown, sizeof shown);
    ck_assert_int_gt(write(master, typed[0], strlen(typed[0])), 0);
    read_until(master, "again: ", again, sizeof again);
    ck_assert_ptr_null(strstr(again, "correct"));
    ck_assert_int_gt(write(master, typed[1], strlen(typed[1])), 0);
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), _i == 0 ? 0 : 2);
    close(master);
}
END_TEST

START_TEST(interrupting_the_prompt_restores_the_terminal)
{
    char shown[2000];
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
        test_skip("interrupting a prompt", "no pseudo-terminal can be had");
        return;
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dkg_error err = {0};
        struct termios state;
        alarm(15);
        const char *name = ptsname(master);
        int terminal = setsid() < 0 ? -1 : open(name, O_RDWR);
        if (terminal < 0) _exit(9);
        dkg_stop_watch();
        size_t n = dkg_host_passphrase(&host, -1, "team.dkgkey", false, phrase, &err);
        bool echo = tcgetattr(terminal, &state) == 0 && (state.c_lflag & ECHO) != 0;
        _exit(n == 0 && err.status == DKG_CANCELLED && dkg_stop_signal() == SIGINT && echo ? 0 : 1);
    }
    read_until(master, "team.dkgkey: ", shown, sizeof shown);
    ck_assert_int_eq(write(master, "half\003", 5), 5); /* Ctrl-C */
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    close(master);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("ask_passphrase");
    TCase *t = tcase_create("ask_passphrase");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 20);
    tcase_add_test(t, one_line_of_a_descriptor);
    tcase_add_test(t, what_follows_the_line_stays_unread);
    tcase_add_test(t, what_is_no_passphrase);
    tcase_add_test(t, a_descriptor_that_is_not_open);
    tcase_add_test(t, an_askpass_program);
    tcase_add_test(t, an_askpass_program_that_fails);
    tcase_add_test(t, a_new_passphrase_is_asked_twice);
    tcase_add_test(t, without_a_terminal_there_is_advice);
    tcase_add_loop_test(t, a_terminal_asks_twice_and_shows_nothing, 0, 2);
    tcase_add_test(t, interrupting_the_prompt_restores_the_terminal);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
