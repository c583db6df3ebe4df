#include "formats.hxx"

#include <cmath>

namespace dkg {
namespace {

/* NIfTI points right and anterior, ITK left and posterior. */
double sign(unsigned row) { return row < 2 ? -1.0 : 1.0; }

unsigned axes(unsigned rank) { return rank < 3 ? rank : 3; }

}

void world_of(const itk::ImageIOBase &io, dkg_image &image)
{
    for (unsigned row = 0; row < 3; row++)
        for (unsigned column = 0; column < 4; column++) image.to_world[row][column] = row == column ? sign(row) : 0;
    unsigned n = axes(image.rank);
    for (unsigned column = 0; column < n; column++) {
        std::vector<double> direction = io.GetDirection(column);
        for (unsigned row = 0; row < n && row < direction.size(); row++)
            image.to_world[row][column] = sign(row) * direction[row] * io.GetSpacing(column);
        image.to_world[column][3] = sign(column) * io.GetOrigin(column);
    }
    image.time_step = image.rank == 4 ? io.GetSpacing(3) : 1;
}

void set_world(itk::ImageIOBase &io, const dkg_image &image)
{
    unsigned n = axes(image.rank);
    for (unsigned column = 0; column < n; column++) {
        std::vector<double> direction(image.rank, 0.0);
        double length = 0;
        for (unsigned row = 0; row < 3; row++) length += image.to_world[row][column] * image.to_world[row][column];
        length = std::sqrt(length);
        if (!(length > 0) || !std::isfinite(length))
            throw failure(DKG_USAGE, "axis " + std::to_string(column) + " of the image has no length in space");
        for (unsigned row = 0; row < n; row++) direction[row] = sign(row) * image.to_world[row][column] / length;
        io.SetSpacing(column, length);
        io.SetDirection(column, direction);
        io.SetOrigin(column, sign(column) * image.to_world[column][3]);
    }
    if (image.rank == 4) {
        io.SetSpacing(3, image.time_step);
        io.SetDirection(3, std::vector<double>{0, 0, 0, 1});
        io.SetOrigin(3, 0);
    }
}

}
