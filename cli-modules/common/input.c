#include "common/input.h"

#include <stdlib.h>
#include <string.h>

#include "common/volumes.h"
#include "dkg/itk.h"

/* Several files become one NIfTI volume, because one file is what decryption gives back. */
static dkg_status take_image(dkg_image_format format, const dkg_image *image, const char *path, dkg_host *host, dkg_input *in, dkg_error *err)
{
    dkg_error why = {0};
    dkg_status status = dkg_image_to_volume(image, &in->volume, &why);
    if (status != DKG_OK) return dkg_fail(err, status, "%s: %s", path, why.text);
    dkg_warn(dkg_host_log(host), "the source is a %s in several files: decryption will give back its voxels and geometry as one NIfTI volume, not the files",
             format == DKG_IMAGE_DICOM_FOLDER ? dkg_image_format_name(format) : "volume");
    return DKG_OK;
}

static dkg_status take_file(dkg_image_format format, const char *path, dkg_host *host, dkg_input *in, dkg_error *err)
{
    dkg_status status = dkg_file_read(path, UINT64_MAX, &in->file, &in->file_size, err);
    if (status == DKG_OK)
        dkg_say(host, "the source is a %s file: it is sealed whole, and decryption will give back the same file", dkg_image_format_name(format));
    return status;
}

dkg_status dkg_input_read(const char *path, dkg_host *host, dkg_input *out, dkg_error *err)
{
    dkg_image_format format;
    bool several;
    dkg_image *image;
    const char *slash = strrchr(path, '/');
    *out = (dkg_input){.name = slash ? slash + 1 : path};
    dkg_status status = dkg_image_identify(path, &format, &several, err);
    if (status != DKG_OK) return status;
    if (format == DKG_IMAGE_OTHER) return dkg_volume_read(path, 0, &out->volume, err);
    status = dkg_image_read(path, 0, &image, err);
    if (status != DKG_OK) return status;
    status = several ? take_image(format, image, path, host, out, err) : take_file(format, path, host, out, err);
    dkg_image_free(image);
    return status;
}

void dkg_input_close(dkg_input *input)
{
    dkg_volume_free(input->volume);
    free(input->file);
    *input = (dkg_input){0};
}

dkg_source dkg_input_source(const dkg_input *input)
{
    return input->volume ? dkg_source_of(input->volume) : dkg_source_of_file((dkg_bytes){input->file, input->file_size}, input->name);
}
