// SettingsInForce: what holds in a system, and which options of this program it does not follow.
//
// The process that starts a system decides; a program that joins it later may ask for something else.
#pragma once

#include <string>
#include <vector>

#include "api/runtime/launch/system_settings.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::runtime {

/// `asked`: what the program that joins asked for.
Settings settings_in_force(const shm::Segment& segment, const SystemSettings& asked);

/// An option that the program sets and that does not hold. Both values as texts.
struct IgnoredOption {
  std::string option;
  std::string asked;
  std::string holds;
};
std::vector<IgnoredOption> ignored_options(const Settings& in_force, const SystemSettings& asked);

/// One line of the log for each; with `strict` a std::runtime_error that names the first.
void report_ignored(const std::vector<IgnoredOption>& ignored, const SystemSettings& asked);

}  // namespace buskin::runtime
