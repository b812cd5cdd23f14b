// control: commands that start, end or change something.
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "admin/tool/commands.hpp"
#include "admin/tool/link.hpp"
#include "admin/tool/look.hpp"
#include "api/runtime/start/admin_process.hpp"
#include "api/runtime/start/admin_start.hpp"
#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/launch/launch.hpp"
#include "api/runtime/launch/start_lock.hpp"
#include "shm/recovery/member.hpp"
#include "shm/segment/process_table.hpp"
#include "system_generated.h"

namespace buskin::tool {

namespace {

constexpr int kStopTries = 8;  ///< Each waits for an admin, or lets another follow one that was killed meanwhile.

std::optional<shm::Segment> find_segment(const runtime::SystemPaths& paths) {
  auto segment = shm::Segment::attach(paths.segment);
  if (segment.ok()) return std::move(segment).value();
  const shm::SegmentFault fault = segment.error().code;
  if (fault == shm::SegmentFault::NotFound || fault == shm::SegmentFault::Vanished) return std::nullopt;
  throw std::runtime_error("buskin: " + segment.error().detail);
}

bool has_admin(const runtime::SystemPaths& paths) {
  const auto segment = find_segment(paths);
  return segment && runtime::has_living_admin(*segment, paths);
}

bool is_lived_in(const shm::Segment& segment, const runtime::SystemPaths& paths) {
  bool is_lived = false;
  shm::for_each_process(segment, [&](shm::ProcessIndex index, const shm::ProcessEntry&, shm::ProcessWord) {
    is_lived = is_lived || shm::is_alive(segment, index, paths.lock);
  });
  return is_lived;
}

std::vector<std::string> arguments_of(const Choices& choices, const runtime::SystemPaths& paths) {
  runtime::SystemSettings settings;
  settings.name = choices.name;
  settings.memory_max = choices.memory_max;
  settings.reset = choices.reset;
  return runtime::admin_arguments(paths, settings);
}

template <class R>
const R& checked(const Answer<R>& answer) {
  if (!answer) throw std::runtime_error(std::string("buskin: the admin does not answer: ") + answer.error().what());
  return *answer;
}

void expect_done(const Answer<protocol::Outcome>& answer) {
  const flatbuffers::String* const sentence = checked(answer).sentence();
  if (sentence != nullptr && sentence->size() != 0) throw std::runtime_error("buskin: " + sentence->str());
}

void print(const Choices& choices, const Json& result, const std::string& line) {
  std::puts(choices.json ? result.dump().c_str() : line.c_str());
}

/// How it began: started, resumed, or anew. Its own line in the log.
std::string last_word_of_admin(const runtime::SystemPaths& paths) {
  std::ifstream log(paths.log);
  std::string last;
  for (std::string line; std::getline(log, line);) {
    if (line.starts_with("admin: ")) last = line;
  }
  return last;
}

/// What a system that died left, when nobody lives in it any more. False when somebody does.
bool remove_dead(const runtime::SystemPaths& paths) {
  const runtime::StartLock lock(paths.lock);
  const auto segment = find_segment(paths);
  if (segment && is_lived_in(*segment, paths)) return false;
  for (const std::string& path : {paths.segment, paths.log, paths.lock}) ::unlink(path.c_str());
  return true;
}

std::string absolute(const std::string& path) {
  std::error_code fault;
  const auto found = std::filesystem::canonical(path, fault);
  if (fault || ::access(found.c_str(), X_OK) != 0) {
    throw std::runtime_error("buskin: " + path + " is no program that can be started");
  }
  return found.string();
}

}  // namespace

void start(const Choices& choices) {
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  const runtime::StartLock lock(paths.lock);
  const bool is_new = !has_admin(paths);
  if (is_new) {
    std::vector<std::string> arguments = arguments_of(choices, paths);
    arguments.emplace_back("--stay");
    runtime::start_admin(lock, paths, arguments);
  } else {
    expect_done(Link(paths).ask<protocol::Stay, protocol::Outcome>(protocol::Stay(0)));
  }
  const auto segment = find_segment(paths);
  if (!segment) throw std::runtime_error("buskin: the system " + choices.name + " was started and is gone again");
  const Json system = look_at_system(*segment, paths);
  const std::string how = is_new ? last_word_of_admin(paths) : "admin: was running";
  print(choices,
        {{"system", choices.name}, {"started", is_new}, {"admin", system["admin"]}, {"segment", paths.segment}, {"how", how}},
        how + "\nsystem " + choices.name + " stays until `buskin stop`");
}

void stop(const Choices& choices) {
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  const auto done = [&](bool was_running, const char* how) {
    print(choices, {{"system", choices.name}, {"was_running", was_running}}, "system " + choices.name + how);
  };
  const auto segment = find_segment(paths);
  if (!segment) return done(false, " is not running");
  const bool was_running = runtime::has_living_admin(*segment, paths);
  if (!was_running && remove_dead(paths)) return done(false, " was dead; what it left is removed");
  // Ends: when the segment is gone; its admin kills what does not end.
  for (int tries = 0; tries < kStopTries; ++tries) {
    if (!has_admin(paths)) {
      const runtime::StartLock lock(paths.lock);
      if (!has_admin(paths)) runtime::start_admin(lock, paths, arguments_of(choices, paths));
    }
    const runtime::AdminProcess admin(*segment);
    Link(paths).send<protocol::Stop>(protocol::Stop(static_cast<std::uint64_t>(choices.deadline_s * 1e9)));
    if (admin.wait_for_end() && !segment->check_name().ok()) return done(true, " is stopped");
  }
  throw std::runtime_error("buskin: the admin of the system " + choices.name + " does not end");
}

void program_add(const Choices& choices) {
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  const std::string path = absolute(choices.path);
  if (!has_admin(paths)) throw std::runtime_error("buskin: no system " + choices.name + " is running; `buskin start` it");
  std::vector<std::string> command = choices.arguments;
  command.insert(command.begin(), path);
  command.push_back("--buskin-serve=" + paths.segment);
  if (const std::string fault = runtime::launch({path, command, paths.log, {}}); !fault.empty()) {
    throw std::runtime_error("buskin: the fork server of " + path + " did not start: " + fault);
  }
  std::error_code fault;
  const std::string folder = std::filesystem::current_path(fault).string();
  const std::vector<std::string_view> arguments(choices.arguments.begin(), choices.arguments.end());
  expect_done(Link(paths).ask<protocol::AddProgram, protocol::Outcome>(path, arguments, folder));
  print(choices, {{"system", choices.name}, {"added", path}}, "program " + path + " is added");
}

void program_remove(const Choices& choices) {
  std::error_code fault;
  const auto found = std::filesystem::canonical(choices.path, fault);
  const std::string path = fault ? choices.path : found.string();
  expect_done(Link(runtime::paths_of(choices.name)).ask<protocol::RemoveProgram, protocol::Outcome>(path));
  print(choices, {{"system", choices.name}, {"removed", path}}, "program " + path + " is removed");
}

void program_list(const Choices& choices) {
  Link link(runtime::paths_of(choices.name));
  const auto nothing = [](auto& builder) { return protocol::CreateListPrograms(builder); };
  const auto answer = link.ask<protocol::ListPrograms, protocol::Programs>(nothing);
  Json lines = Json::array();
  const auto* const listed = checked(answer).lines();
  for (flatbuffers::uoffset_t i = 0; listed != nullptr && i < listed->size(); ++i) lines.push_back(listed->Get(i)->str());
  if (choices.json) return void(std::puts(Json({{"system", choices.name}, {"programs", lines}}).dump().c_str()));
  for (const Json& line : lines) std::puts(line.get<std::string>().c_str());
}

}  // namespace buskin::tool
