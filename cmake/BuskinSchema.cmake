# buskin_add_schema(target file.fbs...): compiles FlatBuffers schemas for `target`.
#
# NAME.fbs becomes NAME_generated.h, which every source of `target` can include; when `target` is a
# library, so can the targets that link it. Without such a target, the call makes an interface library of
# that name. A schema may `include "buskin/address.fbs";` and use buskin.fbs.Address.
#
# The headers are made in the build tree of the caller, because a generated header needs the exact
# FlatBuffers version that made it. This file is installed beside the configuration of the package.
#
# BUSKIN_SCHEMA_INCLUDE is the folder of buskin/address.fbs; the file that includes this one sets it.

find_program(BUSKIN_FLATC flatc REQUIRED)

# One header by one command, made again when the schema or a file that it includes has changed.
function(_buskin_compile_schema schema folder header)
  cmake_path(GET schema STEM name)
  set(output "${folder}/${name}_generated.h")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${BUSKIN_FLATC}" --cpp --cpp-std c++17 --gen-name-strings --cpp-static-reflection
            --scoped-enums --gen-object-api -I "${BUSKIN_SCHEMA_INCLUDE}" -o "${folder}" "${schema}"
    COMMAND "${BUSKIN_FLATC}" -M --cpp -I "${BUSKIN_SCHEMA_INCLUDE}" -o "${folder}" "${schema}"
            > "${output}.d"
    DEPENDS "${schema}"
    DEPFILE "${output}.d"
    COMMENT "flatc ${name}.fbs"
    VERBATIM)
  set(${header} "${output}" PARENT_SCOPE)
endfunction()

# address_generated.h, once per build tree: every schema that includes address.fbs includes it.
function(_buskin_add_address_schema)
  if(TARGET buskin_address_schema)
    return()
  endif()
  _buskin_compile_schema("${BUSKIN_SCHEMA_INCLUDE}/buskin/address.fbs"
    "${CMAKE_BINARY_DIR}/buskin-gen/address" header)
  add_custom_target(buskin_address_schema DEPENDS "${header}")
endfunction()

function(buskin_add_schema target)
  if(NOT ARGN)
    message(FATAL_ERROR "buskin_add_schema(${target}): give at least one .fbs file.")
  endif()
  _buskin_add_address_schema()
  if(NOT TARGET ${target})
    add_library(${target} INTERFACE)
  endif()
  find_package(FlatBuffers REQUIRED CONFIG NAMES FlatBuffers flatbuffers)

  set(folder "${CMAKE_CURRENT_BINARY_DIR}/buskin-gen/${target}")
  set(headers "")
  foreach(schema IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH schema BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    _buskin_compile_schema("${schema}" "${folder}" header)
    list(APPEND headers "${header}")
  endforeach()

  # A target may be given schemas in several calls.
  get_target_property(calls ${target} BUSKIN_SCHEMA_CALLS)
  if(NOT calls)
    set(calls 0)
  endif()
  math(EXPR calls "${calls} + 1")
  set_target_properties(${target} PROPERTIES BUSKIN_SCHEMA_CALLS ${calls})
  add_custom_target(${target}_schema_${calls} DEPENDS ${headers})
  add_dependencies(${target}_schema_${calls} buskin_address_schema)
  add_dependencies(${target} ${target}_schema_${calls})

  get_target_property(type ${target} TYPE)
  set(scope PUBLIC)
  if(type STREQUAL "INTERFACE_LIBRARY")
    set(scope INTERFACE)
  endif()
  target_include_directories(${target} SYSTEM ${scope}
    "$<BUILD_INTERFACE:${folder}>" "$<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/buskin-gen/address>")
  target_link_libraries(${target} ${scope} flatbuffers::flatbuffers)
endfunction()
