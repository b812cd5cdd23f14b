# Compiler, linker and cache. Nothing here leaves this project: a parent project that adds us as a
# subdirectory keeps its own flags, and we keep our warnings from becoming its errors.

set(CMAKE_CXX_EXTENSIONS OFF)

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
  endif()
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

  find_program(BUSKIN_CCACHE ccache)
  if(BUSKIN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${BUSKIN_CCACHE})
  endif()

  find_program(BUSKIN_MOLD mold)
  if(BUSKIN_MOLD)
    add_link_options(-fuse-ld=mold)
  endif()
endif()

# Everything that all our targets share; never exported.
add_library(buskin_own_code INTERFACE)
target_compile_features(buskin_own_code INTERFACE cxx_std_20)
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(buskin_own_code INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wsign-conversion -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # It sees overlapping copies in `"text" + std::string` where there are none (GCC bug 105651).
    target_compile_options(buskin_own_code INTERFACE -Wno-restrict)
  endif()
endif()
