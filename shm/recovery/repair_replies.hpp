// repair_replies: part of step 3 of a repair, the kept replies.
#pragma once

#include "shm/recovery/repair.hpp"

namespace buskin::shm {

/// Answers, or forgets, each kept reply whose keeper is dead or gone.
void repair_replies(Repair& repair);

}  // namespace buskin::shm
