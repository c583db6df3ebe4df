# One way to build a room, an executable and a test, with the project's warnings.

set(DKG_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wformat=2 -Wvla -Wcast-qual
    -Wundef $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes> $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>)

function(dkg_flags target)
  target_compile_options(${target} PRIVATE ${DKG_WARNINGS} $<$<BOOL:${DKG_WERROR}>:-Werror>)
  # C11 without compiler extensions, with the interfaces of POSIX.1-2008 (XSI) and, where a file asks for them, of Linux.
  target_compile_definitions(${target} PRIVATE _XOPEN_SOURCE=700 _FILE_OFFSET_BITS=64)
  if(DKG_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
  if(DKG_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
endfunction()

# dkg_room(name [PARTS folder...] [LINK target...] [SOURCES file...] [EXCLUDE name...]): static library dkg_<name> of every .c
# file in the room's folder (or its parts); include/ is public. A new file needs no list to be edited.
function(dkg_room name)
  cmake_parse_arguments(ARG "" "" "PARTS;LINK;SOURCES;EXCLUDE" ${ARGN})
  if(NOT ARG_PARTS)
    set(ARG_PARTS .)
  endif()
  set(sources ${ARG_SOURCES})
  foreach(part ${ARG_PARTS})
    file(GLOB files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${part}/*.c")
    list(APPEND sources ${files})
  endforeach()
  foreach(name_out ${ARG_EXCLUDE})
    list(FILTER sources EXCLUDE REGEX "/${name_out}$")
  endforeach()
  if(NOT sources)
    message(WARNING "room ${name} holds no source file yet")
    add_library(dkg_${name} INTERFACE)
    target_include_directories(dkg_${name} INTERFACE include)
    target_link_libraries(dkg_${name} INTERFACE ${ARG_LINK})
    return()
  endif()
  add_library(dkg_${name} STATIC ${sources})
  target_include_directories(dkg_${name} PUBLIC include)
  target_link_libraries(dkg_${name} PUBLIC ${ARG_LINK})
  dkg_flags(dkg_${name})
endfunction()

# dkg_embed(output symbol input): a C file with `const unsigned char <symbol>[]` (bytes of input, NUL added, not counted) and
# `const size_t <symbol>_size`, made by CMake alone.
set(DKG_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/DkgEmbed.cmake")
function(dkg_embed output symbol input)
  add_custom_command(OUTPUT "${output}"
    COMMAND ${CMAKE_COMMAND} -DINPUT=${input} -DOUTPUT=${output} -DSYMBOL=${symbol} -P "${DKG_EMBED_SCRIPT}"
    DEPENDS "${input}" "${DKG_EMBED_SCRIPT}" VERBATIM)
endfunction()
