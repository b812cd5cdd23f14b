// member_id: the runtime's name for one life of an entry of the process table.
#pragma once

#include "shm/base/ids.hpp"

namespace buskin::runtime {

using shm::MemberId;

}  // namespace buskin::runtime
