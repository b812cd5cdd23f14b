# Headers of the standard library and of others, parsed once for many sources. Half of the time of
# our compiler went there. A source still has to include what it uses: headers_alone, the consumer
# that builds us as a subdirectory and the preset clang compile without any of this.
option(BUSKIN_PRECOMPILE "Parse the headers of others once" ${PROJECT_IS_TOP_LEVEL})

set(standard <algorithm> <array> <atomic> <bit> <chrono> <cstddef> <cstdint> <cstring> <functional>
  <limits> <memory> <mutex> <new> <optional> <span> <string> <string_view> <utility> <vector>)

# buskin_precompiled(name HEADERS header... [LINK library...] [OPTIONS option...] [PIC]): makes `name`, whose headers
# buskin_precompile() gives to other targets. Each flag that changes code generation needs its own.
function(buskin_precompiled name)
  cmake_parse_arguments(PARSE_ARGV 1 OF "PIC" "" "HEADERS;LINK;OPTIONS")
  if(NOT BUSKIN_PRECOMPILE)
    return()
  endif()
  set(source "${PROJECT_BINARY_DIR}/${name}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "// A target needs a source.\n")
  add_library(${name} OBJECT EXCLUDE_FROM_ALL "${source}")
  target_link_libraries(${name} PRIVATE buskin_own_code ${OF_LINK})
  # Without a time in them, ccache knows them again.
  target_compile_options(${name} PRIVATE ${OF_OPTIONS}
    "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
  target_precompile_headers(${name} PRIVATE ${OF_HEADERS})
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ${OF_PIC})
endfunction()

# buskin_precompile(target name): the sources of `target` begin with the headers of `name`.
function(buskin_precompile target name)
  if(BUSKIN_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

# For the floors of the library; for copies of shm in tests and benches; for the views and the tool. CLI11 is in
# none of them: its global objects would be compiled with every source, for three seconds each.
buskin_precompiled(buskin_headers_shm PIC HEADERS ${standard})
buskin_precompiled(buskin_headers_api PIC
  HEADERS ${standard} <deque> <map> <thread> <unordered_map> <flatbuffers/flatbuffers.h>
  LINK flatbuffers::flatbuffers)
buskin_precompiled(buskin_headers_copies HEADERS ${standard})
buskin_precompiled(buskin_headers_admin
  HEADERS ${standard} <map> <thread> <flatbuffers/flatbuffers.h> <nlohmann/json.hpp>
  LINK flatbuffers::flatbuffers nlohmann_json::nlohmann_json OPTIONS ${BUSKIN_OPTIONS_QUICK})
