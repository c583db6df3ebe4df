/* guard.hxx - the border of C++: the only try block, so that nothing thrown reaches C, and sentences as the project writes them. */
#ifndef DKG_ITK_GUARD_HXX
#define DKG_ITK_GUARD_HXX

#include "shim.h"

#include <exception>
#include <functional>
#include <string>

namespace dkg {

/* What the shim itself finds wrong. */
struct failure : std::exception {
    dkg_status status;
    std::string text;
    failure(dkg_status s, std::string t) : status(s), text(std::move(t)) {}
    const char *what() const noexcept override { return text.c_str(); }
};

/* Runs work. An exception becomes a status: a failure its own, lack of memory NO_MEMORY, everything of ITK's `otherwise`. So does
 * what a library says on the error stream: of voxels cut short MetaIO says nothing else. */
dkg_status guard(dkg_status otherwise, dkg_error *err, const std::function<void()> &work);

}
#endif
