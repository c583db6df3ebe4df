/* formats.hxx - the image formats that take part: ITK's own list of factories is never asked, because it would bring ITKIONIFTI,
 * whose library exports the names of libnifti2. */
#ifndef DKG_ITK_FORMATS_HXX
#define DKG_ITK_FORMATS_HXX

#include "guard.hxx"

#include <itkImageIOBase.h>

namespace dkg {

itk::ImageIOBase::Pointer io_of(dkg_image_format format);
/* NIfTI code of a component and back; 0 and UNKNOWNCOMPONENTTYPE where there is none. */
uint16_t code_of(itk::IOComponentEnum component);
itk::IOComponentEnum component_of(uint16_t code);

/* geometry.cxx: between ITK's spacing, origin and directions (LPS) and to_world (RAS). */
void world_of(const itk::ImageIOBase &io, dkg_image &image);
void set_world(itk::ImageIOBase &io, const dkg_image &image);

void read_file(dkg_image_format format, const std::string &path, uint64_t max, dkg_image &image);
void read_series(const std::string &folder, uint64_t max, dkg_image &image);
/* Shape and type after ReadImageInformation(), checked: at most `max` bytes and what files of `stored` bytes can hold.
 * Returns the bytes. */
uint64_t describe(const itk::ImageIOBase &io, uint64_t max, uint64_t stored, dkg_image &image);
/* The voxels into `to`, which has room for them. */
void read_voxels(itk::ImageIOBase &io, void *to);

}
#endif
