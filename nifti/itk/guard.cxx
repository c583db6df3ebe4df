#include "guard.hxx"

#include <iostream>
#include <new>
#include <regex>
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
    static const std::regex prefix("(ITK|itk)::ERROR: |ITK ERROR: |\\w+\\(0x[0-9a-fA-F]+\\): |0x[0-9a-fA-F]{6,}"), space("\\s+"), ends("^ | $");
    std::string text = std::regex_replace(description, prefix, "");
    return std::regex_replace(std::regex_replace(text, space, " "), ends, "");
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
