// settings_in_force: compares in the units in which the segment keeps them.
#include "api/runtime/start/settings_in_force.hpp"

#include <array>
#include <stdexcept>

#include "api/runtime/node/log.hpp"
#include "shm/base/check.hpp"
#include "shm/memory/heap.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::runtime {

namespace {

constexpr const char* kStays = "none: the system stays until it is stopped";

std::string text_of(const std::optional<Duration>& linger) {
  return linger ? std::to_string(std::chrono::duration<double>(*linger).count()) + " s" : kStays;
}
std::string bytes_text(std::uint64_t bytes) { return std::to_string(bytes) + " bytes"; }

}  // namespace

Settings settings_in_force(const shm::Segment& segment, const SystemSettings& asked) {
  Settings settings;
  settings.name = asked.name;
  settings.base = asked.base;
  settings.private_system = asked.private_system || asked.base != Base::Processes;
  const shm::Layout& layout = segment.layout();
  settings.memory_max = (layout.count_of(shm::Table::Units) - layout.reserve_units) * shm::kPieceBytes;
  settings.message_max = asked.message_max != 0 ? asked.message_max : shm::kPayloadMax;
  settings.seed = asked.seed;
  const shm::EndRules rules = shm::end_rules_of(segment);
  if (!settings.private_system && !rules.is_staying) settings.linger = Duration(rules.linger_ns);
  return settings;
}

std::vector<IgnoredOption> ignored_options(const Settings& in_force, const SystemSettings& asked) {
  BUSKIN_CHECK(in_force.memory_max != 0);
  std::vector<IgnoredOption> ignored;
  // The segment has whole pieces.
  const std::uint64_t memory_max = (asked.memory_max + shm::kPieceBytes - 1) / shm::kPieceBytes * shm::kPieceBytes;
  if (memory_max != 0 && memory_max != in_force.memory_max) {
    ignored.push_back({"memory_max", bytes_text(asked.memory_max), bytes_text(in_force.memory_max)});
  }
  const std::optional<Duration> linger = asked_linger(asked);
  if (!in_force.private_system && linger && linger != in_force.linger) {
    ignored.push_back({"linger", text_of(linger), text_of(in_force.linger)});
  }
  return ignored;
}

void report_ignored(const std::vector<IgnoredOption>& ignored, const SystemSettings& asked) {
  for (const IgnoredOption& one : ignored) {
    if (asked.strict) {
      throw std::runtime_error("buskin: the system \"" + asked.name + "\" runs with " + one.option + " = " + one.holds +
                               ", and this program asks for " + one.asked +
                               " and is strict: ask for the same, leave the option out, or stop the system first");
    }
    const std::array fields{LogField("option", one.option), LogField("asked", one.asked), LogField("holds", one.holds)};
    write_log(Level::Warning, "client", "option_ignored", fields);
  }
}

}  // namespace buskin::runtime
