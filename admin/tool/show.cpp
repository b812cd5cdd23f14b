// show: commands that only look.
#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "admin/tool/commands.hpp"
#include "admin/tool/look.hpp"
#include "admin/tool/open.hpp"
#include "admin/tool/table.hpp"
#include "shm/segment/format_check.hpp"

namespace buskin::tool {

namespace {

std::string mebibytes(const Json& bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MiB", bytes.get<double>() / (1 << 20));
  return text;
}

void print_system(const Json& system) {
  const bool is_running = system["running"].get<bool>();
  std::printf("system %s: %s\n", plain(system["name"]).c_str(),
              is_running ? ("running, admin " + system["admin"].dump()).c_str() : "its admin is dead");
  std::printf("memory: %s used, %s at most\n", mebibytes(system["memory"]["used"]).c_str(),
              mebibytes(system["memory"]["max"]).c_str());
  std::printf("actors: %s\n", system["actors"].dump().c_str());
  std::vector<Row> rows = {{"PID", "ROLE", "ALIVE", "TITLE"}};
  for (const Json& process : system["processes"]) {
    rows.push_back({plain(process["pid"]), plain(process["role"]), process["alive"].get<bool>() ? "yes" : "no",
                    plain(process["title"])});
  }
  print_rows(rows);
  rows = {{"COUNTER", "VALUE"}};
  for (const auto& [label, value] : system["counters"].items()) {
    if (value != 0) rows.push_back({label, plain(value)});
  }
  if (rows.size() > 1) print_rows(rows);
}

void print_actor(const Json& actor) {
  std::vector<Row> rows;
  for (const auto& [key, value] : actor.items()) {
    if (key != "options") rows.push_back({key, plain(value)});
  }
  print_rows(rows);
  rows = {{"OPTION", "VALUE", "ORIGIN"}};
  for (const Json& option : actor["options"]) {
    rows.push_back({plain(option["option"]), plain(option["value"]), plain(option["origin"])});
  }
  print_rows(rows);
}

}  // namespace

shm::Segment open_segment(const Choices& choices, const runtime::SystemPaths& paths) {
  auto segment = shm::Segment::attach(paths.segment);
  if (segment.ok()) return std::move(segment).value();
  if (segment.error().code != shm::SegmentFault::NotFound) throw std::runtime_error("buskin: " + segment.error().detail);
  std::string sentence = "buskin: no system " + choices.name + " is running in " + runtime::systems_folder();
  for (const std::string& name : runtime::list_systems()) sentence += "; there is " + name;
  throw std::runtime_error(sentence);
}

void status(const Choices& choices) {
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  const shm::Segment segment = open_segment(choices, paths);
  if (choices.actor.empty()) {
    const Json system = look_at_system(segment, paths);
    return choices.json ? void(std::puts(system.dump().c_str())) : print_system(system);
  }
  const Json actor = look_at_actor(segment, find_actor(segment, choices.actor));
  if (actor.is_null()) {
    throw std::runtime_error("buskin: the system " + choices.name + " has no actor " + choices.actor +
                             "; give its name, its address, or its number in `buskin ps`");
  }
  return choices.json ? void(std::puts(actor.dump().c_str())) : print_actor(actor);
}

void ps(const Choices& choices) {
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  const shm::Segment segment = open_segment(choices, paths);
  const Json actors = look_at_actors(segment, choices.all);
  if (choices.json) return void(std::puts(Json({{"system", choices.name}, {"actors", actors}}).dump().c_str()));
  std::vector<Row> rows = {{"ACTOR", "TYPE", "NAME", "PID", "STATE", "MAIL", "IDLE", "RESTARTS"}};
  for (const Json& actor : actors) {
    rows.push_back({plain(actor["index"]), plain(actor["type"]), plain(actor["name"]), plain(actor["pid"]),
                    plain(actor["state"]), plain(actor["mailbox"]["messages"]), plain(actor["idle"]),
                    plain(actor["restarts"])});
  }
  print_rows(rows);
}

void version(const Choices& choices) {
  const Json all = {{"version", BUSKIN_VERSION}, {"layout", shm::kLayoutVersion}};
  if (choices.json) return void(std::puts(all.dump().c_str()));
  std::printf("buskin %s, segment layout %u\n", BUSKIN_VERSION, shm::kLayoutVersion);
}

}  // namespace buskin::tool
