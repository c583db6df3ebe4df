/* ITK and the libraries under it abort on some malformed files (libpng without a handler, asserts of GDCM), print, and have had
 * memory errors. So they run in a child process that hands back a description and the voxels through a pipe; nothing of ITK is
 * ever loaded into the process itself, and what the child says is checked like a file. */
#include "itk/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "itk/load.h"

typedef struct reply {
    dkg_status status;
    dkg_error error;
    dkg_image image; /* its pointers mean nothing to the parent */
} reply;

static bool send_all(int fd, const void *bytes, size_t n)
{
    for (const uint8_t *p = bytes; n > 0;) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static bool receive_all(int fd, void *bytes, size_t n)
{
    for (uint8_t *p = bytes; n > 0;) {
        ssize_t done = read(fd, p, n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

/* Never returns: no handler of the parent runs, no buffer of its is flushed twice. */
static void child(const dkg_itk_call *call, int fd)
{
    reply r;
    const dkg_shim *shim;
    memset(&r, 0, sizeof r);
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere >= 0) {
        (void)dup2(nowhere, STDOUT_FILENO);
        (void)dup2(nowhere, STDERR_FILENO);
    }
    r.status = dkg_shim_load(&shim, &r.error);
    if (r.status == DKG_OK)
        r.status = call->image ? shim->write(call->format, call->path, call->image, &r.error)
                               : shim->read(call->format, call->path, call->max, &r.image, &r.error);
    bool sent = send_all(fd, &r, sizeof r) && send_all(fd, r.image.voxels.at, r.image.voxels.size);
    _exit(sent ? 0 : 1);
}

uint64_t dkg_image_bytes(const dkg_image *image)
{
    uint64_t bytes = 0;
    switch (image->datatype) {
    case 2: case 256: bytes = 1; break;
    case 4: case 512: bytes = 2; break;
    case 8: case 768: case 16: bytes = 4; break;
    case 1024: case 1280: case 64: bytes = 8; break;
    default: return 0;
    }
    bytes *= image->components;
    if (image->rank < 1 || image->rank > 4) return 0;
    for (uint32_t i = 0; i < 4; i++)
        if ((i >= image->rank && image->dim[i] != 1) || !dkg_mul(bytes, image->dim[i], &bytes)) return 0;
    return bytes;
}

static dkg_status receive(const dkg_itk_call *call, int fd, dkg_image *out, bool *whole, dkg_error *err)
{
    reply r;
    *whole = false;
    if (!receive_all(fd, &r, sizeof r)) return DKG_SOURCE;
    r.error.text[sizeof r.error.text - 1] = '\0';
    if (r.status != DKG_OK) {
        *whole = true;
        return dkg_fail(err, r.status, "%s", r.error.text);
    }
    if (call->image) {
        *whole = true;
        return DKG_OK;
    }
    uint64_t bytes = dkg_image_bytes(&r.image);
    if (bytes == 0 || bytes > call->max || bytes != r.image.voxels.size) return DKG_SOURCE;
    uint8_t *voxels = malloc((size_t)bytes);
    if (!voxels) {
        *whole = true;
        return dkg_fail(err, DKG_NO_MEMORY, "no memory for %llu bytes of voxels", (unsigned long long)bytes);
    }
    if (!receive_all(fd, voxels, (size_t)bytes)) {
        free(voxels);
        return DKG_SOURCE;
    }
    *out = r.image;
    out->owned = voxels;
    out->voxels = (dkg_bytes){voxels, (size_t)bytes};
    *whole = true;
    return DKG_OK;
}

dkg_status dkg_itk_run(const dkg_itk_call *call, dkg_image *out, dkg_error *err)
{
    int fd[2], how = 0;
    bool whole;
    if (pipe(fd) != 0) return dkg_fail(err, DKG_INTERNAL, "no pipe to a reader of images: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(fd[0]);
        child(call, fd[1]);
    }
    (void)close(fd[1]);
    if (pid < 0) {
        (void)close(fd[0]);
        return dkg_fail(err, DKG_INTERNAL, "no process for a reader of images: %s", strerror(errno));
    }
    dkg_status status = receive(call, fd[0], out, &whole, err);
    (void)close(fd[0]);
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR) {}
    if (whole) return status;
    if (WIFSIGNALED(how)) return dkg_fail(err, call->image ? DKG_INTERNAL : DKG_SOURCE, "ITK broke down over it (signal %d)", WTERMSIG(how));
    return dkg_fail(err, DKG_INTERNAL, "ITK gave no complete answer");
}
