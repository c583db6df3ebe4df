# Libraries the project stands on. pkg-config first, CMake packages and plain names where a library ships no .pc file.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# Static where there is a choice: a host puts its own libraries first on the search path of the modules it starts.
set(shared_or_static ${CMAKE_FIND_LIBRARY_SUFFIXES})
set(CMAKE_FIND_LIBRARY_SUFFIXES .a ${CMAKE_FIND_LIBRARY_SUFFIXES})
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(EXPAT REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
set(CMAKE_FIND_LIBRARY_SUFFIXES ${shared_or_static})
if(BUILD_TESTING)
  pkg_check_modules(CHECK IMPORTED_TARGET check)
  if(NOT CHECK_FOUND)
    find_package(check CONFIG REQUIRED)
    add_library(PkgConfig::CHECK ALIAS Check::check)
  endif()
endif()

# libnifti2 only: libniftiio exports the same names, the two must never meet in one program.
find_path(NIFTI2_INCLUDE_DIR nifti2_io.h PATH_SUFFIXES nifti REQUIRED)
find_library(NIFTI2_LIBRARY NAMES libnifti2.a nifti2 REQUIRED)
find_library(ZNZ_LIBRARY NAMES libznz.a znz REQUIRED)
add_library(dkg_nifti2 INTERFACE)
target_include_directories(dkg_nifti2 SYSTEM INTERFACE "${NIFTI2_INCLUDE_DIR}")
target_link_libraries(dkg_nifti2 INTERFACE "${NIFTI2_LIBRARY}" "${ZNZ_LIBRARY}" ZLIB::ZLIB m)

# Headers only: libOpenCL itself is loaded when a device is asked for.
find_path(OPENCL_HEADERS CL/cl.h REQUIRED)

# Images other than NIfTI. ITK's configuration names libraries and programs that are not needed here and says so at length.
if(DKG_WITH_ITK)
  include(CheckLanguage)
  check_language(CXX)
  if(CMAKE_CXX_COMPILER)
    enable_language(CXX)
    set(level "${CMAKE_MESSAGE_LOG_LEVEL}")
    set(CMAKE_MESSAGE_LOG_LEVEL ERROR)
    find_package(ITK 5.2 QUIET COMPONENTS ITKCommon ITKIOImageBase ITKIONRRD ITKIOMeta ITKIOPNG ITKIOTIFF ITKIOJPEG2000 ITKIOGDCM)
    set(CMAKE_MESSAGE_LOG_LEVEL "${level}")
  endif()
  if(NOT ITK_FOUND)
    message(STATUS "without ITK (libinsighttoolkit5-dev, g++): only NIfTI is read")
  endif()
endif()
