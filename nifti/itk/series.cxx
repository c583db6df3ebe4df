/* A DICOM series: the files of one folder in the order of their slices, stacked. */
#include "formats.hxx"

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include <itkGDCMImageIO.h>
#include <itkGDCMSeriesFileNames.h>

namespace dkg {
namespace {

std::vector<std::string> files_of(const std::string &folder)
{
    auto names = itk::GDCMSeriesFileNames::New();
    names->SetUseSeriesDetails(true);
    names->SetDirectory(folder);
    const auto &series = names->GetSeriesUIDs();
    if (series.empty()) throw failure(DKG_SOURCE, "the folder holds no DICOM series");
    if (series.size() > 1)
        throw failure(DKG_SOURCE, "the folder holds " + std::to_string(series.size()) + " DICOM series, must hold one");
    return names->GetFileNames(series.front());
}

bool same_slice(const dkg_image &a, const dkg_image &b)
{
    for (unsigned i = 0; i < 4; i++)
        if (a.dim[i] != b.dim[i]) return false;
    for (unsigned row = 0; row < 3; row++)
        for (unsigned column = 0; column < 2; column++)
            if (std::abs(a.to_world[row][column] - b.to_world[row][column]) > 1e-3) return false;
    return a.datatype == b.datatype && a.components == b.components;
}

/* The step from one slice to the next, from the positions of the slices; they must be evenly spaced. */
void set_step(const std::vector<dkg_image> &slices, dkg_image &image)
{
    size_t n = slices.size();
    double length = 0;
    for (unsigned row = 0; row < 3; row++) {
        image.to_world[row][2] = (slices[n - 1].to_world[row][3] - slices[0].to_world[row][3]) / static_cast<double>(n - 1);
        length += image.to_world[row][2] * image.to_world[row][2];
    }
    length = std::sqrt(length);
    if (length < 1e-6) throw failure(DKG_SOURCE, "the slices of the DICOM series lie at one place");
    for (size_t z = 1; z < n; z++)
        for (unsigned row = 0; row < 3; row++) {
            double step = slices[z].to_world[row][3] - slices[z - 1].to_world[row][3];
            if (std::abs(step - image.to_world[row][2]) > 0.01 * length)
                throw failure(DKG_SOURCE, "slices " + std::to_string(z - 1) + " and " + std::to_string(z) + " of the DICOM series lie " +
                                              "further apart or closer than the others: one may be missing");
        }
}

}

void read_series(const std::string &folder, uint64_t max, dkg_image &image)
{
    std::vector<std::string> files = files_of(folder);
    std::vector<dkg_image> slices;
    uint64_t slice = 0, all = 0;
    for (const std::string &file : files) {
        auto io = itk::GDCMImageIO::New();
        dkg_image one = {};
        io->SetFileName(file);
        io->ReadImageInformation();
        slice = describe(*io, max, static_cast<uint64_t>(std::filesystem::file_size(file)), one);
        if (one.dim[2] * one.dim[3] != 1 && files.size() > 1)
            throw failure(DKG_SOURCE, "a file of the DICOM series holds " + std::to_string(one.dim[2]) + " frames, must hold one");
        if (!slices.empty() && !same_slice(slices.front(), one))
            throw failure(DKG_SOURCE, "slice " + std::to_string(slices.size()) + " of the DICOM series has another size, type or orientation");
        slices.push_back(one);
        if (!dkg_mul(slice, slices.size(), &all) || all > max)
            throw failure(DKG_SOURCE, "the voxels of the DICOM series have more than " + std::to_string(max) + " bytes");
        if (slices.size() == 1) {
            image.owned = std::calloc(files.size(), slice);
            if (!image.owned) throw std::bad_alloc();
        }
        read_voxels(*io, static_cast<uint8_t *>(image.owned) + (slices.size() - 1) * slice);
    }
    void *owned = image.owned;
    image = slices.front();
    image.owned = owned;
    image.voxels = {static_cast<const uint8_t *>(owned), static_cast<size_t>(all)};
    if (files.size() == 1) return;
    image.rank = 3;
    image.dim[2] = files.size();
    set_step(slices, image);
}

}
