#include "common/pictures.h"

#include "common/picture.h"
#include "common/volumes.h"


/* The first cipher plane of each slice, as many slices as the source's first time point has. */
static dkg_picture_volume of_carrier(const dkg_carrier *c, const dkg_nifti_header *source)
{
    uint64_t slices = source->dim[3] < c->slices ? source->dim[3] : c->slices;
    bool grid = c->nx == source->dim[1] && c->ny == source->dim[2];
    return (dkg_picture_volume){
        .dim = {c->nx, c->ny, grid ? slices : c->slices},
        .step = (uint64_t)c->nx * c->ny * c->carrier_bytes * c->planes_per_slice,
        .datatype = c->carrier_bytes == 1 ? 2 : 512,
        .bpv = c->carrier_bytes,
        .voxels = c->voxels,
        .spacing = {grid ? source->pixdim[1] : 1, grid ? source->pixdim[2] : 1, grid ? source->pixdim[3] : 1},
    };
}

static dkg_status decrypt_again(const char *written, dkg_keychain *keys, const dkg_model *model, dkg_engine *engine, bool paper,
                                const dkg_log *log, dkg_plain **plain, dkg_error *err)
{
    dkg_stored_image *image = NULL;
    dkg_sealed *sealed = NULL;
    dkg_keys with = dkg_keychain_keys(keys, false);
    dkg_decrypt_options options = {.model = model, .engine = engine, .only_slice = -1, .log = log};
    *plain = NULL;
    dkg_status status = dkg_open_carrier(written, log, &image, &sealed, err);
    if (status == DKG_OK) status = dkg_unlock(sealed, &with, paper, log, err);
    if (status == DKG_OK) status = dkg_decrypt(sealed, &options, plain, err);
    dkg_sealed_free(sealed);
    dkg_stored_free(image);
    return status;
}

dkg_status dkg_picture_of_encryption(const char *path, bool replace, const dkg_volume *source, const dkg_carrier *carrier,
                                     const char *written, dkg_keychain *keys, const dkg_model *model, dkg_engine *engine,
                                     dkg_host *host, dkg_error *err)
{
    dkg_plain *plain = NULL;
    dkg_picture_volume shown[3] = {dkg_picture_of_volume(&source->header, source->data.at), of_carrier(carrier, &source->header)};
    size_t count = 2;
    dkg_status status = DKG_OK;
    if (keys->keyfile) {
        status = decrypt_again(written, keys, model, engine, carrier->mode == DKG_MODE_PAPER, dkg_host_log(host), &plain, err);
        if (status == DKG_OK) shown[count++] = dkg_picture_of_volume(&source->header, plain->data.at);
        else if (status != DKG_NO_KEY) return status; /* a key file that is only a second factor opens nothing alone */
    }
    if (count == 2)
        dkg_say(host, "the picture shows source and encrypted volume: the keys at hand cannot decrypt");
    status = dkg_picture_write(path, replace ? DKG_OUTPUT_REPLACE : 0, shown, count, err);
    dkg_plain_free(plain);
    return status;
}

dkg_status dkg_picture_of_decryption(const char *path, bool replace, const dkg_stored_image *stored, const dkg_nifti_header *header,
                                     dkg_bytes data, dkg_error *err)
{
    dkg_picture_volume shown[2] = {dkg_picture_of_volume(&stored->header, stored->voxels.at), dkg_picture_of_volume(header, data.at)};
    return dkg_picture_write(path, replace ? DKG_OUTPUT_REPLACE : 0, shown, 2, err);
}
