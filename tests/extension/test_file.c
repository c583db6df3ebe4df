/* Reading and atomic writing of files: nothing half written, nothing overwritten unasked. */
#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static size_t entries(const char *folder)
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return n;
}

static const char *subfolder(const char *name)
{
    const char *path = test_path(name);
    ck_assert_int_eq(mkdir(path, 0755), 0);
    return path;
}

static void expect_content(const char *path, const char *text)
{
    uint8_t *bytes;
    size_t size;
    ck_ok(dkg_file_read(path, 1 << 20, &bytes, &size, err));
    ck_assert_uint_eq(size, strlen(text));
    ck_assert_mem_eq(bytes, text, size);
    free(bytes);
}

START_TEST(what_is_written_is_read)
{
    const char *path = test_path("plain");
    ck_ok(dkg_file_write(path, 0, "hello", 5, err));
    expect_content(path, "hello");
    ck_fails(dkg_file_read(path, 4, &(uint8_t *){0}, &(size_t){0}, err), DKG_IO, "5 bytes, more than the 4");
}
END_TEST

START_TEST(an_existing_output_is_kept_unless_replacing_is_asked_for)
{
    const char *path = test_path("kept");
    ck_ok(dkg_file_write(path, 0, "old", 3, err));
    ck_fails(dkg_file_write(path, 0, "new", 3, err), DKG_IO, "exists already");
    expect_content(path, "old");
    ck_ok(dkg_file_write(path, DKG_OUTPUT_REPLACE, "new", 3, err));
    expect_content(path, "new");
}
END_TEST

START_TEST(a_name_taken_while_writing_is_not_replaced)
{
    static const unsigned ways[] = {0, DKG_OUTPUT_NAMED};
    const char *folder = subfolder("race");
    char path[4096];
    dkg_output *o;
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/out%zu", folder, i);
        ck_ok(dkg_output_open(path, ways[i], &o, err));
        ck_ok(dkg_output_write(o, "mine", 4, err));
        ck_ok(dkg_file_write(path, 0, "theirs", 6, err));
        ck_fails(dkg_output_commit(&o, err), DKG_IO, "created by somebody else");
        ck_assert_ptr_null(o);
        expect_content(path, "theirs");
        ck_assert_uint_eq(entries(folder), i + 1);
    }
}
END_TEST

/* From here on link() fails in this process, as on FAT and exFAT. False where the system has no such filter. */
static bool forbid_links(void)
{
    struct sock_filter refuse[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_linkat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof refuse / sizeof refuse[0], refuse};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

START_TEST(file_systems_without_links_are_written_too)
{
    const char *folder = subfolder("nolinks");
    char path[4096];
    snprintf(path, sizeof path, "%s/out", folder);
    pid_t child = fork();
    if (child == 0) {
        if (!forbid_links()) _exit(77);
        _exit(dkg_file_write(path, DKG_OUTPUT_NAMED, "whole", 5, NULL) == DKG_OK ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        test_skip("file_systems_without_links_are_written_too", "no system call filter here");
        return;
    }
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    expect_content(path, "whole");
    ck_assert_uint_eq(entries(folder), 1);
}
END_TEST

START_TEST(discarded_and_killed_writers_leave_nothing)
{
    const char *folder = subfolder("empty");
    char path[4096];
    snprintf(path, sizeof path, "%s/out", folder);
    dkg_output *o;
    ck_ok(dkg_output_open(path, 0, &o, err));
    ck_ok(dkg_output_write(o, "half", 4, err));
    dkg_output_discard(o);
    ck_assert_uint_eq(entries(folder), 0);

    pid_t child = fork();
    if (child == 0) {
        if (dkg_output_open(path, 0, &o, NULL) != DKG_OK || dkg_output_write(o, "half", 4, NULL) != DKG_OK) _exit(1);
        raise(SIGKILL);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    /* the next output sweeps what a file system without nameless files would have kept */
    ck_ok(dkg_file_write(path, 0, "whole", 5, err));
    ck_assert_uint_eq(entries(folder), 1);
    expect_content(path, "whole");
}
END_TEST

START_TEST(named_part_files_are_swept_unless_somebody_writes_them)
{
    const char *folder = subfolder("swept");
    char a[4096], b[4096];
    snprintf(a, sizeof a, "%s/a", folder);
    snprintf(b, sizeof b, "%s/b", folder);
    dkg_output *living, *o;
    ck_ok(dkg_output_open(a, DKG_OUTPUT_NAMED, &living, err));
    ck_assert_uint_eq(entries(folder), 1);
    pid_t child = fork();
    if (child == 0) {
        if (dkg_output_open(b, DKG_OUTPUT_NAMED, &o, NULL) != DKG_OK) _exit(1);
        raise(SIGKILL);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_uint_eq(entries(folder), 2); /* the living one and the leftover */
    ck_ok(dkg_file_write(b, DKG_OUTPUT_NAMED, "b", 1, err));
    ck_assert_uint_eq(entries(folder), 2); /* the living one and b */
    ck_ok(dkg_output_write(living, "a", 1, err));
    ck_ok(dkg_output_commit(&living, err));
    expect_content(a, "a");
    expect_content(b, "b");
    ck_assert_uint_eq(entries(folder), 2);
    ck_fails(dkg_file_write(a, DKG_OUTPUT_NAMED, "x", 1, err), DKG_IO, "exists already");
    ck_ok(dkg_file_write(a, DKG_OUTPUT_NAMED | DKG_OUTPUT_REPLACE, "x", 1, err));
    expect_content(a, "x");
    ck_assert_uint_eq(entries(folder), 2);
}
END_TEST

START_TEST(a_leftover_is_swept_by_nameless_outputs_too)
{
    const char *folder = subfolder("leftover");
    char part[4096], path[4096];
    snprintf(part, sizeof part, "%s/.dkg-0123456789abcdef.part", folder);
    snprintf(path, sizeof path, "%s/out", folder);
    ck_ok(dkg_file_write(part, 0, "a run killed between link and rename", 36, err));
    ck_ok(dkg_file_write(path, 0, "x", 1, err));
    ck_assert_uint_eq(entries(folder), 1);
}
END_TEST

START_TEST(writers_of_one_name_do_not_disturb_each_other)
{
    enum { WRITERS = 4, TIMES = 200 };
    static const unsigned ways[2] = {DKG_OUTPUT_REPLACE, DKG_OUTPUT_REPLACE | DKG_OUTPUT_NAMED};
    const char *folder = subfolder("crowd");
    char path[4096];
    snprintf(path, sizeof path, "%s/out", folder);
    for (int w = 0; w < WRITERS; w++) {
        pid_t child = fork();
        if (child != 0) continue;
        for (int i = 0; i < TIMES; i++)
            if (dkg_file_write(path, ways[w % 2], "whole", 5, NULL) != DKG_OK) _exit(1);
        _exit(0);
    }
    for (int w = 0; w < WRITERS; w++) {
        int status;
        ck_assert_int_gt(wait(&status), 0);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    expect_content(path, "whole");
    ck_assert_uint_eq(entries(folder), 1);
}
END_TEST

START_TEST(devices_folders_and_missing_places_are_named)
{
    dkg_output *o;
    ck_fails(dkg_output_open("/dev/full", DKG_OUTPUT_REPLACE, &o, err), DKG_IO, "device or pipe");
    ck_fails(dkg_output_open(test_folder(), DKG_OUTPUT_REPLACE, &o, err), DKG_IO, "is a directory");
    ck_fails(dkg_output_open(test_path("no/such/place"), 0, &o, err), DKG_IO, "folder cannot be opened");
    uint8_t *bytes;
    size_t size;
    ck_fails(dkg_file_read(test_folder(), 100, &bytes, &size, err), DKG_IO, "is a directory");
    ck_fails(dkg_file_read(test_path("nothing"), 100, &bytes, &size, err), DKG_IO, "No such file");
    ck_fails(dkg_file_read("/dev/zero", 100, &bytes, &size, err), DKG_IO, "device or pipe");
    ck_assert_int_eq(mkfifo(test_path("pipe"), 0600), 0);
    ck_fails(dkg_file_read(test_path("pipe"), 100, &bytes, &size, err), DKG_IO, "device or pipe");
}
END_TEST

START_TEST(a_full_disk_keeps_the_old_file)
{
    const char *folder = subfolder("limited");
    char path[4096], big[4096] = {0};
    snprintf(path, sizeof path, "%s/out", folder);
    ck_ok(dkg_file_write(path, 0, "old", 3, err));
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {1000, 1000}; /* write() beyond it fails with EFBIG */
        signal(SIGXFSZ, SIG_IGN);
        dkg_error err = {0};
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(1);
        dkg_status status = dkg_file_write(path, DKG_OUTPUT_REPLACE, big, sizeof big, &err);
        _exit(status == DKG_IO && strstr(err.text, "cannot be written") ? 0 : 2);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    expect_content(path, "old");
    ck_assert_uint_eq(entries(folder), 1);
}
END_TEST

START_TEST(private_files_are_private_and_must_be)
{
    const char *path = test_path("secret");
    struct stat st;
    uint8_t *bytes;
    size_t size;
    ck_ok(dkg_file_write(path, DKG_OUTPUT_PRIVATE, "key", 3, err));
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_ok(dkg_file_read_secret(path, 100, true, &bytes, &size, err));
    ck_assert_uint_eq(size, 3);
    ck_assert_mem_eq(bytes, "key", 3);
    dkg_secret_free(bytes);
    ck_assert_int_eq(chmod(path, 0640), 0);
    ck_fails(dkg_file_read_secret(path, 100, true, &bytes, &size, err), DKG_USAGE, "mode 640");
    ck_ok(dkg_file_read_secret(path, 100, false, &bytes, &size, err));
    dkg_secret_free(bytes);
}
END_TEST

START_TEST(names_of_one_file_are_recognised)
{
    char link_name[4096], round_about[4096];
    ck_ok(dkg_file_write(test_path("one"), 0, "1", 1, err));
    snprintf(link_name, sizeof link_name, "%s/alias", test_folder());
    snprintf(round_about, sizeof round_about, "%s/../%s/one", test_folder(), strrchr(test_folder(), '/') + 1);
    ck_assert_int_eq(symlink("one", link_name), 0);
    ck_assert(dkg_file_same(test_path("one"), link_name));
    ck_assert(dkg_file_same(test_path("one"), round_about));
    ck_assert(!dkg_file_same(test_path("one"), test_path("two")));
    ck_assert(dkg_file_same(test_path("two"), test_path("two"))); /* not there yet */
}
END_TEST

int main(void)
{
    Suite *s = suite_create("file");
    TCase *t = tcase_create("file");
    tcase_add_test(t, what_is_written_is_read);
    tcase_add_test(t, an_existing_output_is_kept_unless_replacing_is_asked_for);
    tcase_add_test(t, a_name_taken_while_writing_is_not_replaced);
    tcase_add_test(t, file_systems_without_links_are_written_too);
    tcase_add_test(t, discarded_and_killed_writers_leave_nothing);
    tcase_add_test(t, named_part_files_are_swept_unless_somebody_writes_them);
    tcase_add_test(t, a_leftover_is_swept_by_nameless_outputs_too);
    tcase_add_test(t, writers_of_one_name_do_not_disturb_each_other);
    tcase_add_test(t, devices_folders_and_missing_places_are_named);
    tcase_add_test(t, a_full_disk_keeps_the_old_file);
    tcase_add_test(t, private_files_are_private_and_must_be);
    tcase_add_test(t, names_of_one_file_are_recognised);
    suite_add_tcase(s, t);
    return test_run(s, (Suite *)0);
}
