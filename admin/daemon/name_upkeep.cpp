// NameUpkeep: one check in ten seconds at most.
#include "admin/daemon/name_upkeep.hpp"

#include "shm/names/name_compaction.hpp"
#include "shm/names/names.hpp"

namespace buskin::admin {

namespace {

constexpr std::uint64_t kNamesLook_ns = 10'000'000'000;  ///< Between two checks of the table of names.

}  // namespace

void NameUpkeep::compact_names_if_worn(std::uint64_t now_ns) {
  if (now_ns < next_ns_) return;
  next_ns_ = now_ns + kNamesLook_ns;
  const shm::NamesUse use = shm::use_of_names(context_.segment());
  if (!use.needs_compaction()) return;
  const bool is_copied = shm::compact_names(context_.thread()).ok();
  context_.log.append("admin: names: " + std::to_string(use.names) + " of actors, " + std::to_string(use.tombstones) +
                      (is_copied ? " removed" : " to be removed, when there is memory for it"));
}

}  // namespace buskin::admin
