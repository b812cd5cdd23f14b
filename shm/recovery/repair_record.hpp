// repair_record: step 2 of a repair, the thread records.
#pragma once

#include "shm/recovery/repair.hpp"

namespace buskin::shm {

/// Finishes or undoes the send and the turn of each dead thread, wakes the receivers, and clears the record.
void repair_records(Repair& repair);

}  // namespace buskin::shm
