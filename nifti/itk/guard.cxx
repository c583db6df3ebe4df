#include "guard.hxx"

#include <iostream>
#include <new>
#include <sstream>

#include <gdcmTrace.h>
#include <itkMacro.h>
#include <itkObject.h>

namespace dkg {
namespace {

/* Keeps what is said on the error stream; warnings are not said at all. */
class complaints {
    std::ostringstream said;
    std::streambuf *before;

public:
    complaints() : before(std::cerr.rdbuf(said.rdbuf()))
    {
        itk::Object::SetGlobalWarningDisplay(false);
        gdcm::Trace::SetDebug(false);
        gdcm::Trace::SetWarning(false);
        gdcm::Trace::SetError(false);
    }
    ~complaints() { std::cerr.rdbuf(before); }
    std::string text() const { return said.str(); }
    complaints(const complaints &) = delete;
    complaints &operator=(const complaints &) = delete;
};

/* ITK's sentence without file, line, class and object address, on one line. */
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

}

dkg_status guard(dkg_status otherwise, dkg_error *err, const std::function<void()> &work)
{
    try {
        complaints heard;
        work();
        if (!heard.text().empty()) throw failure(otherwise, plain(heard.text().c_str()));
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
