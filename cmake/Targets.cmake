# The few kinds of target that this project has. Sources are found by folder: a file is built because it lies
# there.

# buskin_sources(out folder...): the .cpp files in and below these folders (relative to the root),
# or an empty file when there are none, because a folder may be empty.
function(buskin_sources out)
  set(patterns ${ARGN})
  list(TRANSFORM patterns PREPEND "${PROJECT_SOURCE_DIR}/")
  list(TRANSFORM patterns APPEND "/*.cpp")
  file(GLOB_RECURSE found CONFIGURE_DEPENDS ${patterns})
  if(NOT found)
    set(found "${PROJECT_BINARY_DIR}/no_sources_yet.cpp")
    file(CONFIGURE OUTPUT "${found}" CONTENT "// An empty folder's only source.\n")
  endif()
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

# buskin_floor(name FOLDERS folder... PRECOMPILED headers [LINK library...]): one floor of the building,
# compiled once.
# Floors are object libraries: buskin gathers them into the one library that is installed.
function(buskin_floor name)
  cmake_parse_arguments(PARSE_ARGV 1 FLOOR "" "PRECOMPILED" "FOLDERS;LINK")
  buskin_sources(sources ${FLOOR_FOLDERS})
  add_library(${name} OBJECT ${sources})
  target_include_directories(${name} PRIVATE
    "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/api/include")
  target_link_libraries(${name} PRIVATE buskin_own_code ${FLOOR_LINK})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  buskin_precompile(${name} ${FLOOR_PRECOMPILED})
endfunction()

# buskin_program(name OUTPUT folder SOURCES file... [LINK library...]): one of our programs. It is built
# as build/<preset>/<OUTPUT>/<name>.
function(buskin_program name)
  cmake_parse_arguments(PARSE_ARGV 1 PROGRAM "" "OUTPUT" "SOURCES;LINK")
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE buskin_own_code buskin::buskin ${PROGRAM_LINK})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/${PROGRAM_OUTPUT}")
endfunction()

# buskin_programs_of(folder [LINK library...]): NAME.cpp and NAME/*.cpp each become program NAME in
# build/<preset>/<folder>; the folder's schemas are compiled once, for all of them. Sets
# <folder>_programs in the caller.
function(buskin_programs_of folder)
  cmake_parse_arguments(PARSE_ARGV 1 OF "" "" "LINK")
  set(root "${PROJECT_SOURCE_DIR}/${folder}")
  file(GLOB schemas CONFIGURE_DEPENDS "${root}/*.fbs")
  set(link ${OF_LINK})
  if(schemas)
    buskin_add_schema(buskin_${folder}_schemas ${schemas})
    list(APPEND link buskin_${folder}_schemas)
  endif()

  set(programs "")
  file(GLOB singles CONFIGURE_DEPENDS "${root}/*.cpp")
  foreach(source IN LISTS singles)
    cmake_path(GET source STEM name)
    buskin_program(${name} OUTPUT ${folder} SOURCES "${source}" LINK ${link})
    list(APPEND programs ${name})
  endforeach()

  file(GLOB_RECURSE nested CONFIGURE_DEPENDS "${root}/*/*.cpp")
  set(folders "")
  foreach(source IN LISTS nested)
    cmake_path(GET source PARENT_PATH parent)
    list(APPEND folders "${parent}")
  endforeach()
  list(REMOVE_DUPLICATES folders)
  foreach(parent IN LISTS folders)
    cmake_path(GET parent FILENAME name)
    file(GLOB sources CONFIGURE_DEPENDS "${parent}/*.cpp")
    file(GLOB own_schemas CONFIGURE_DEPENDS "${parent}/*.fbs")
    buskin_program(${name} OUTPUT ${folder} SOURCES ${sources} LINK ${link})
    if(own_schemas)
      buskin_add_schema(${name} ${own_schemas})
    endif()
    list(APPEND programs ${name})
  endforeach()
  set(${folder}_programs "${programs}" PARENT_SCOPE)
endfunction()
