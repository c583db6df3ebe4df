/* ITK's own NIfTI reader, for tests: a program apart, because it brings the names of libnifti2 once more.
 *   itk_nifti dump FILE      a line "rank datatype components dim... to_world..." and then the voxels in the machine's byte order
 *   itk_nifti convert IN OUT between .nii, .nii.gz, .nrrd, .mha and .tif, as any program on ITK does */
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <itkMetaImageIO.h>
#include <itkNiftiImageIO.h>
#include <itkNrrdImageIO.h>
#include <itkTIFFImageIO.h>

namespace {

bool ends_in(const std::string &text, const std::string &end)
{
    return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

itk::ImageIOBase::Pointer io_for(const std::string &path)
{
    if (ends_in(path, ".nrrd")) return itk::NrrdImageIO::New().GetPointer();
    if (ends_in(path, ".mha")) return itk::MetaImageIO::New().GetPointer();
    if (ends_in(path, ".tif")) return itk::TIFFImageIO::New().GetPointer();
    return itk::NiftiImageIO::New().GetPointer();
}

itk::ImageIORegion whole(const itk::ImageIOBase &io)
{
    itk::ImageIORegion region(io.GetNumberOfDimensions());
    for (unsigned i = 0; i < io.GetNumberOfDimensions(); i++) region.SetSize(i, io.GetDimensions(i));
    return region;
}

std::vector<char> read(itk::ImageIOBase &io, const std::string &path)
{
    io.SetFileName(path);
    io.ReadImageInformation();
    io.SetIORegion(whole(io));
    std::vector<char> voxels(io.GetImageSizeInBytes());
    io.Read(voxels.data());
    return voxels;
}

void convert(const std::string &from, const std::string &to)
{
    auto in = io_for(from), out = io_for(to);
    std::vector<char> voxels = read(*in, from);
    out->SetNumberOfDimensions(in->GetNumberOfDimensions());
    for (unsigned i = 0; i < in->GetNumberOfDimensions(); i++) {
        out->SetDimensions(i, in->GetDimensions(i));
        out->SetSpacing(i, in->GetSpacing(i));
        out->SetOrigin(i, in->GetOrigin(i));
        out->SetDirection(i, in->GetDirection(i));
    }
    out->SetComponentType(in->GetComponentType());
    out->SetPixelType(in->GetPixelType());
    out->SetNumberOfComponents(in->GetNumberOfComponents());
    out->SetIORegion(whole(*in));
    out->SetFileName(to);
    out->Write(voxels.data());
}

/* NIfTI code of a type; long and long long have one size here. */
unsigned code(itk::IOComponentEnum type)
{
    using component = itk::IOComponentEnum;
    switch (type) {
    case component::UCHAR: return 2;
    case component::CHAR: return 256;
    case component::USHORT: return 512;
    case component::SHORT: return 4;
    case component::UINT: return 768;
    case component::INT: return 8;
    case component::ULONG:
    case component::ULONGLONG: return 1280;
    case component::LONG:
    case component::LONGLONG: return 1024;
    case component::FLOAT: return 16;
    case component::DOUBLE: return 64;
    default: throw std::runtime_error("unknown type of component");
    }
}

void dump(const std::string &path)
{
    auto io = itk::NiftiImageIO::New();
    std::vector<char> voxels = read(*io, path);
    unsigned rank = io->GetNumberOfDimensions(), space = rank < 3 ? rank : 3;
    std::printf("%u %u %u", rank, code(io->GetComponentType()), io->GetNumberOfComponents());
    for (unsigned i = 0; i < 7; i++) std::printf(" %llu", static_cast<unsigned long long>(i < rank ? io->GetDimensions(i) : 1));
    for (unsigned row = 0; row < 3; row++) {
        double sign = row < 2 ? -1 : 1; /* left, posterior to right, anterior */
        for (unsigned column = 0; column < 3; column++)
            std::printf(" %.17g", row < space && column < space ? sign * io->GetDirection(column)[row] * io->GetSpacing(column)
                                                                 : (row == column ? sign : 0.0));
        std::printf(" %.17g", row < space ? sign * io->GetOrigin(row) : 0.0);
    }
    std::printf("\n");
    std::fwrite(voxels.data(), 1, voxels.size(), stdout);
}

}

int main(int argc, char **argv)
{
    try {
        std::string what = argc > 1 ? argv[1] : "";
        if (what == "dump" && argc == 3)
            dump(argv[2]);
        else if (what == "convert" && argc == 4)
            convert(argv[2], argv[3]);
        else
            return 2;
        return 0;
    } catch (const std::exception &e) {
        std::cerr << e.what() << "\n";
        return 1;
    }
}
