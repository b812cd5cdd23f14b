// NameUpkeep: copies the table of names when it is worn: when removed names fill it.
#pragma once

#include "admin/daemon/admin_context.hpp"

namespace buskin::admin {

class NameUpkeep {
 public:
  explicit NameUpkeep(const AdminContext& context) : context_(context) {}

  /// Now and then, and only when the admin is awake anyway: nobody waits for it.
  void compact_names_if_worn(std::uint64_t now_ns);

 private:
  const AdminContext& context_;
  std::uint64_t next_ns_ = 0;
};

}  // namespace buskin::admin
