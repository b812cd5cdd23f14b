// types: rows are taken from the bottom, so all threads that register one type meet at the same free row.
#include "shm/segment/types.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "shm/base/clock.hpp"
#include "shm/base/crash_point.hpp"
#include "shm/os/futex.hpp"

namespace buskin::shm {

namespace {

constexpr std::uint64_t kFillWait_ns = 50'000'000;  // A claimer that has not filled its row by then counts as dead.

std::array<char, 40> cut_name(std::string_view name) {
  std::array<char, 40> cut{};
  std::copy_n(name.begin(), std::min(name.size(), cut.size()), cut.begin());
  return cut;
}

/// May be repeated: every thread that fills a row of this id writes the same.
void fill_row(TypeRow& row, const TypeSpec& spec) {
  // relaxed: published by `ready`.
  row.schema.store_relaxed(spec.schema);
  row.kind = static_cast<std::uint32_t>(spec.kind);
  row.name = cut_name(spec.name);
  // sync(type_row): release. The row is whole.
  row.ready.store_release(1);
  futex_wake(row.ready, std::numeric_limits<int>::max());
}

/// Waits until the claimer has filled the row; fills it in its place when that takes too long.
void await_row(TypeRow& row, const TypeSpec& spec) {
  const std::uint64_t deadline_ns = now_ns() + kFillWait_ns;
  // sync(type_row): acquire. The row is whole.
  while (row.ready.load_acquire() == 0) {
    if (now_ns() >= deadline_ns) return fill_row(row, spec);
    futex_wait(row.ready, 0, deadline_ns);
  }
}

/// A program may know no schema of a type; programs that know different schemas cannot talk.
bool is_same_schema(TypeRow& row, std::uint64_t schema) {
  if (schema == 0) return true;
  // relaxed: a single word; only 0 is ever replaced.
  if (row.schema.load_relaxed() == 0 && row.schema.cas_relaxed(0, schema)) return true;
  // relaxed: as above.
  const std::uint64_t known = row.schema.load_relaxed();
  return known == schema;
}

bool is_same_type(TypeRow& row, const TypeSpec& spec) {
  return row.kind == static_cast<std::uint32_t>(spec.kind) && row.name == cut_name(spec.name) &&
         is_same_schema(row, spec.schema);
}

/// The id in the row, after an attempt to put ours there.
std::uint64_t claim_row(TypeRow& row, std::uint64_t id, bool& is_ours) {
  // sync(type_id): acquire. Claims are made in the order of the rows.
  std::uint64_t seen = row.id.load_acquire();
  // sync(type_id): acq_rel. As above; our claim.
  is_ours = seen == 0 && row.id.cas_acq_rel(0, id);
  // sync(type_id): acquire. After a lost claim the row has its id, which never changes again.
  if (seen == 0) seen = row.id.load_acquire();
  return seen;
}

}  // namespace

Result<TypeIndex, TypeError> register_type(Segment& segment, const TypeSpec& spec) {
  BUSKIN_CHECK(spec.id != 0);
  for (std::uint64_t i = 1; i < segment.layout().count_of(Table::Types); ++i) {
    if (!segment.back(Table::Types, i).ok()) return Failure{TypeError::NoMemory};
    const auto index = static_cast<TypeIndex>(i);
    TypeRow& row = segment.type(index);
    bool is_ours = false;
    if (claim_row(row, spec.id, is_ours) != spec.id) continue;
    if (is_ours) {
      // crash(type_claimed): a row with an id alone; the next thread that registers this type fills it.
      crash_point("type_claimed");
      fill_row(row, spec);
      // relaxed: for display.
      segment.superblock().types_count.add_relaxed(1);
      return index;
    }
    await_row(row, spec);
    if (!is_same_type(row, spec)) return Failure{TypeError::Collision};
    return index;
  }
  return Failure{TypeError::Full};
}

TypeIndex find_type(const Segment& segment, std::uint64_t id) {
  for (std::uint64_t i = 1; i < segment.layout().count_of(Table::Types); ++i) {
    if (!segment.is_backed(Table::Types, i)) break;
    const TypeRow& row = segment.type(static_cast<TypeIndex>(i));
    // sync(type_id): acquire. As in claim_row().
    const std::uint64_t seen = row.id.load_acquire();
    if (seen == 0) break;
    if (seen != id) continue;
    // sync(type_row): acquire. The row is whole.
    return row.ready.load_acquire() != 0 ? static_cast<TypeIndex>(i) : TypeIndex::None;
  }
  return TypeIndex::None;
}

TypeSpec type_in(const Segment& segment, TypeIndex index) {
  const std::uint64_t row = to_bits(index);
  const bool is_there = index != TypeIndex::None && row < segment.layout().count_of(Table::Types) &&
                        segment.is_backed(Table::Types, row);
  if (!is_there) return {};
  const TypeRow& from = segment.type(index);
  // relaxed: a message of the type came after the row was whole.
  return {from.id.load_relaxed(), {from.name.data(), ::strnlen(from.name.data(), from.name.size())},
          from.schema.load_relaxed(), static_cast<TypeKind>(from.kind)};
}

}  // namespace buskin::shm
