# Compiler, linker and cache. All of it stays in this project: a parent project that adds us as a
# subdirectory keeps its own flags, and our warnings do not become its errors.

set(CMAKE_CXX_EXTENSIONS OFF)

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
  endif()
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

  find_program(BUSKIN_CCACHE ccache)
  find_program(BUSKIN_ENV env)
  if(BUSKIN_CCACHE AND BUSKIN_ENV AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # Without these two it does not cache sources that begin with precompiled headers.
    set(CMAKE_CXX_COMPILER_LAUNCHER
      ${BUSKIN_ENV} CCACHE_SLOPPINESS=pch_defines,time_macros ${BUSKIN_CCACHE})
  endif()

  find_program(BUSKIN_MOLD mold)
  if(BUSKIN_MOLD)
    add_link_options(-fuse-ld=mold)
  endif()
endif()

# For code whose speed does not matter, such as that of a command line: the optimizer takes half of the time
# that its compilation needs.
set(BUSKIN_OPTIONS_QUICK $<IF:$<CONFIG:Release>,-O1,-O0>)

# The options of all our targets; never exported.
add_library(buskin_own_code INTERFACE)
target_compile_features(buskin_own_code INTERFACE cxx_std_20)
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(buskin_own_code INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wsign-conversion -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The compiler collects its garbage from half a gigabyte on. From the first on, as it does by itself, that is a
    # tenth of its time.
    target_compile_options(buskin_own_code INTERFACE --param=ggc-min-heapsize=524288)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # It sees overlapping copies in `"text" + std::string` where there are none (GCC bug 105651).
    target_compile_options(buskin_own_code INTERFACE -Wno-restrict)
  endif()
endif()
