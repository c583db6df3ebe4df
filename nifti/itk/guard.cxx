#include "guard.hxx"

#include <iostream>
#include <new>
#include <sstream>

#include <gdcmTrace.h>
#include <itkMacro.h>
#include <itkObject.h>

namespace dkg {
namespace {

/* Libraries print nothing (rule 2); MetaIO and GDCM write to the standard streams. */
class silence {
    std::ostringstream said, complained;
    std::streambuf *out, *err;

public:
    silence() : out(std::cout.rdbuf(said.rdbuf())), err(std::cerr.rdbuf(complained.rdbuf()))
    {
        itk::Object::SetGlobalWarningDisplay(false);
        gdcm::Trace::SetDebug(false);
        gdcm::Trace::SetWarning(false);
        gdcm::Trace::SetError(false);
    }
    ~silence()
    {
        std::cout.rdbuf(out);
        std::cerr.rdbuf(err);
    }
    std::string complaint() const { return complained.str(); }
    silence(const silence &) = delete;
    silence &operator=(const silence &) = delete;
};

}

std::string plain(const char *description)
{
    std::istringstream words(description);
    std::string text, word;
    while (words >> word) {
        size_t address = word.find("(0x"); /* Class(0x55d0c0ffee00): */
        bool header = word == "ERROR:" || word == "ITK" || word == "itk::ERROR:" || word == "ITK::ERROR:" || address != std::string::npos;
        if (header && text.empty()) continue;
        if (address != std::string::npos) word.erase(address);
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

dkg_status guard(dkg_status otherwise, dkg_error *err, const std::function<void()> &work)
{
    try {
        silence quiet;
        work();
        if (!quiet.complaint().empty()) throw failure(otherwise, plain(quiet.complaint().c_str()));
        return DKG_OK;
    } catch (const failure &e) {
        return dkg_fail(err, e.status, "%s", e.what());
    } catch (const itk::ExceptionObject &e) {
        return dkg_fail(err, otherwise, "%s", plain(e.GetDescription()).c_str());
    } catch (const std::bad_alloc &) {
        return dkg_fail(err, DKG_NO_MEMORY, "out of memory for an image");
    } catch (const std::exception &e) {
        return dkg_fail(err, otherwise, "%s", plain(e.what()).c_str());
    } catch (...) {
        return dkg_fail(err, otherwise, "an unknown exception of ITK");
    }
}

}
