#include "formats.hxx"

#include <cstdlib>
#include <filesystem>

namespace dkg {
namespace {

/* No packing of these formats but JPEG 2000's of an empty picture exceeds deflate's 1032 : 1. */
const uint64_t PACKED = 1032, SLACK = 1 << 20;

std::string shown(uint64_t n) { return std::to_string(n); }

}

uint64_t describe(const itk::ImageIOBase &io, uint64_t max, uint64_t stored, dkg_image &image)
{
    unsigned rank = io.GetNumberOfDimensions(), components = io.GetNumberOfComponents();
    if (rank < 1 || rank > 4) throw failure(DKG_SOURCE, "the image has " + shown(rank) + " axes, must have 1..4");
    if (components < 1 || components > UINT16_MAX) throw failure(DKG_SOURCE, "the image has " + shown(components) + " components");
    image.rank = rank;
    image.components = static_cast<uint16_t>(components);
    image.datatype = code_of(io.GetComponentType());
    if (!image.datatype)
        throw failure(DKG_SOURCE, "components of type " + itk::ImageIOBase::GetComponentTypeAsString(io.GetComponentType()) + " are not supported");
    uint64_t bytes = static_cast<uint64_t>(io.GetComponentSize()) * components;
    for (unsigned i = 0; i < 4; i++) {
        image.dim[i] = i < rank ? static_cast<uint64_t>(io.GetDimensions(i)) : 1;
        if (image.dim[i] < 1 || !dkg_mul(bytes, image.dim[i], &bytes))
            throw failure(DKG_SOURCE, "axis " + shown(i) + " of the image has " + shown(image.dim[i]) + " voxels");
    }
    if (bytes > max) throw failure(DKG_SOURCE, "the voxels have " + shown(bytes) + " bytes, more than " + shown(max));
    if (bytes > SLACK && (bytes - SLACK) / PACKED > stored)
        throw failure(DKG_SOURCE, shown(stored) + " bytes cannot hold the " + shown(bytes) + " bytes of voxels of the header");
    world_of(io, image);
    return bytes;
}

void read_voxels(itk::ImageIOBase &io, void *to)
{
    unsigned rank = io.GetNumberOfDimensions();
    itk::ImageIORegion region(rank);
    for (unsigned i = 0; i < rank; i++) region.SetSize(i, io.GetDimensions(i));
    io.SetIORegion(region);
    io.Read(to);
}

void read_file(dkg_image_format format, const std::string &path, uint64_t max, dkg_image &image)
{
    itk::ImageIOBase::Pointer io = io_of(format);
    io->SetFileName(path);
    io->ReadImageInformation();
    /* voxels beside a header: their file is not known here, so `max` alone limits them */
    bool beside = format == DKG_IMAGE_NRRD || format == DKG_IMAGE_META;
    uint64_t stored = beside ? UINT64_MAX : static_cast<uint64_t>(std::filesystem::file_size(path));
    uint64_t bytes = describe(*io, max, stored, image);
    image.owned = std::calloc(1, bytes);
    if (!image.owned) throw std::bad_alloc();
    image.voxels = {static_cast<const uint8_t *>(image.owned), static_cast<size_t>(bytes)};
    read_voxels(*io, image.owned);
}

}
