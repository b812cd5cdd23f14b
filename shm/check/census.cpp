// census: looks blocks up by their handle.
#include "shm/check/census.hpp"

#include <algorithm>

namespace buskin::shm {

std::vector<Finding> Census::take_findings() {
  std::sort(findings_.begin(), findings_.end());
  return std::move(findings_);
}

Counted* Census::block_at(Handle handle) {
  const auto at = std::lower_bound(blocks_.begin(), blocks_.end(), handle,
                                   [](const Counted& block, Handle wanted) { return block.handle < wanted; });
  return at != blocks_.end() && at->handle == handle ? &*at : nullptr;
}

bool Census::name(Handle handle, std::uint64_t own) {
  Counted* const block = block_at(handle);
  if (block == nullptr || block->own != own) return false;
  return block->is_named = true;
}

bool Census::name(Handle handle, BlockState state, std::uint64_t id) {
  Counted* const block = block_at(handle);
  if (block == nullptr) return false;
  const OwnerWord own = OwnerWord::unpack(block->own);
  if (own.state != state || own.id != id) return false;
  return block->is_named = true;
}

bool Census::is_record_in_use(std::uint64_t thread) const {
  if (thread == 0 || !segment_.is_backed(Table::Threads, thread)) return false;
  // sync(record): acquire. Which process has it.
  return segment_.thread(static_cast<ThreadIndex>(thread)).process.load_acquire() != 0;
}

}  // namespace buskin::shm
