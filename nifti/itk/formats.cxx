#include "formats.hxx"

#include <itkGDCMImageIO.h>
#include <itkJPEG2000ImageIO.h>
#include <itkMetaImageIO.h>
#include <itkNrrdImageIO.h>
#include <itkPNGImageIO.h>
#include <itkTIFFImageIO.h>

namespace dkg {

itk::ImageIOBase::Pointer io_of(dkg_image_format format)
{
    switch (format) {
    case DKG_IMAGE_NRRD: return itk::NrrdImageIO::New().GetPointer();
    case DKG_IMAGE_META: return itk::MetaImageIO::New().GetPointer();
    case DKG_IMAGE_PNG: return itk::PNGImageIO::New().GetPointer();
    case DKG_IMAGE_TIFF: return itk::TIFFImageIO::New().GetPointer();
    case DKG_IMAGE_JPEG2000: return itk::JPEG2000ImageIO::New().GetPointer();
    case DKG_IMAGE_DICOM: return itk::GDCMImageIO::New().GetPointer();
    default: throw failure(DKG_SOURCE, "not an image format that is read through ITK");
    }
}

namespace {

using component = itk::IOComponentEnum;
const struct pair {
    uint16_t code;
    component type;
} pairs[] = {{2, component::UCHAR},      {256, component::CHAR}, {4, component::SHORT},     {512, component::USHORT},
             {8, component::INT},        {768, component::UINT}, {1024, component::LONGLONG}, {1280, component::ULONGLONG},
             {16, component::FLOAT},     {64, component::DOUBLE}};

}

uint16_t code_of(itk::IOComponentEnum type)
{
    static_assert(sizeof(long) == 8 || sizeof(long) == 4, "a long is like an int or a long long");
    if (type == component::LONG) type = sizeof(long) == 8 ? component::LONGLONG : component::INT;
    if (type == component::ULONG) type = sizeof(long) == 8 ? component::ULONGLONG : component::UINT;
    for (const pair &p : pairs)
        if (p.type == type) return p.code;
    return 0;
}

itk::IOComponentEnum component_of(uint16_t code)
{
    for (const pair &p : pairs)
        if (p.code == code) return p.type;
    return component::UNKNOWNCOMPONENTTYPE;
}

}
