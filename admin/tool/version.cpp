// version: prints the two numbers that must agree between programs.
#include "admin/tool/version.hpp"

#include "admin/tool/print.hpp"
#include "shm/segment/format_check.hpp"

namespace buskin::tool {

int version(const Choices& choices) {
  print_result(choices, {{"version", BUSKIN_VERSION}, {"layout", shm::kLayoutVersion}},
               "buskin " BUSKIN_VERSION ", segment layout " + std::to_string(shm::kLayoutVersion));
  return 0;
}

}  // namespace buskin::tool
