// NameUpkeep: compacts the table of names when removed names fill it.
#pragma once

#include "admin/daemon/admin_context.hpp"

namespace buskin::admin {

class NameUpkeep {
 public:
  explicit NameUpkeep(const AdminContext& context) : context_(context) {}

  /// Checks at most every kNamesLook_ns, and only when the admin is awake for another reason: compaction is not urgent.
  void compact_names_if_worn(std::uint64_t now_ns);

 private:
  const AdminContext& context_;
  std::uint64_t next_ns_ = 0;
};

}  // namespace buskin::admin
