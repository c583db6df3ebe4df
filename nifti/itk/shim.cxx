/* The table that C sees. Every entry runs under guard(). */
#include "formats.hxx"

#include <cstdlib>

namespace {

dkg_status read(dkg_image_format format, const char *path, uint64_t max, dkg_image *image, dkg_error *err)
{
    *image = dkg_image{};
    dkg_status status = dkg::guard(DKG_SOURCE, err, [&] {
        if (format == DKG_IMAGE_DICOM_FOLDER)
            dkg::read_series(path, max, *image);
        else
            dkg::read_file(format, path, max, *image);
    });
    if (status != DKG_OK) {
        std::free(image->owned);
        *image = dkg_image{};
    }
    return status;
}

dkg_status write(dkg_image_format format, const char *path, const dkg_image *image, dkg_error *err)
{
    return dkg::guard(DKG_IO, err, [&] {
        itk::ImageIOBase::Pointer io = dkg::io_of(format);
        using pixel = itk::IOPixelEnum;
        io->SetNumberOfDimensions(image->rank);
        itk::ImageIORegion region(image->rank);
        for (unsigned i = 0; i < image->rank; i++) {
            io->SetDimensions(i, image->dim[i]);
            region.SetSize(i, image->dim[i]);
        }
        dkg::set_world(*io, *image);
        io->SetComponentType(dkg::component_of(image->datatype));
        io->SetNumberOfComponents(image->components);
        io->SetPixelType(image->components == 1   ? pixel::SCALAR
                         : image->components == 3 ? pixel::RGB
                         : image->components == 4 ? pixel::RGBA
                                                  : pixel::VECTOR);
        io->SetIORegion(region);
        io->SetUseCompression(false);
        io->SetFileName(path);
        io->Write(image->voxels.at);
    });
}

const dkg_shim table = {DKG_SHIM_VERSION, read, write};

}

extern "C" __attribute__((visibility("default"))) const dkg_shim *dkg_itk_shim(void)
{
    return &table;
}
