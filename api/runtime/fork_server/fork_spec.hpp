// ForkSpec: what a process is forked for.
#pragma once

#include <cstdint>
#include <vector>

#include "shm/base/ids.hpp"

namespace buskin::runtime {

struct ForkSpec {
  shm::ActorId actor{};
  std::uint64_t console = 0;  ///< The client that shows the lines of the process and of actors that this one creates;
                              ///< the word of its MemberId, 0 for none.
  std::uint64_t place = 0;  ///< The number of a shared process; 0: the process is for this actor alone.
  std::vector<shm::ActorId> more{};  ///< Further actors that a shared process hosts from its beginning.
};

}  // namespace buskin::runtime
