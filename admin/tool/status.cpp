// status: prints the view of a system or of an actor.
#include "admin/tool/status.hpp"

#include <cstdio>
#include <stdexcept>

#include "admin/tool/print.hpp"
#include "admin/tool/segments.hpp"

namespace buskin::tool {

namespace {

std::string mebibytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MiB", static_cast<double>(bytes) / (1 << 20));
  return text;
}

void print_system(const view::SystemView& system) {
  print_line("system " + system.name + ": " +
             (system.is_running ? "running, admin " + std::to_string(system.admin_pid) : "its admin is dead"));
  print_line("memory: " + mebibytes(system.memory_used) + " used; messages may take " + mebibytes(system.memory_max));
  print_line("log: " + system.log);
  print_line("actors: " + std::to_string(system.actors_count));
  std::vector<Row> rows = {{"PID", "ROLE", "ALIVE", "TITLE"}};
  for (const view::ProcessView& process : system.processes) {
    rows.push_back({std::to_string(process.pid), std::string(process.role), process.is_alive ? "yes" : "no",
                    plain(process.title)});
  }
  print_table(rows);
  rows = {{"COUNTER", "VALUE"}};
  for (const view::CounterView& counter : system.counters) {
    if (counter.total != 0) rows.push_back({std::string(counter.label), std::to_string(counter.total)});
  }
  if (rows.size() > 1) print_table(rows);
}

void print_actor(const Json& actor) {
  BUSKIN_CHECK(actor.contains("options"));
  std::vector<Row> rows;
  for (const auto& [key, value] : actor.items()) {
    if (key != "options") rows.push_back({key, plain(value)});
  }
  print_table(rows);
  rows = {{"OPTION", "VALUE", "ORIGIN"}};
  for (const Json& option : actor["options"]) {
    rows.push_back({plain(option["option"]), plain(option["value"]), plain(option["origin"])});
  }
  print_table(rows);
}

int show_actor(const Choices& choices, const shm::Segment& segment) {
  const auto details = view::view_actor(segment, view::find_actor(segment, choices.actor));
  if (!details) {
    throw std::runtime_error("buskin: the system " + choices.name + " has no actor " + choices.actor +
                             "; give its name, its address, or its number in `buskin ps`");
  }
  const Json actor = to_json(*details);
  if (choices.json) {
    print_json(actor);
  } else {
    print_actor(actor);
  }
  return 0;
}

}  // namespace

int status(const Choices& choices) {
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  const shm::ReadOnlySegment segment = open_segment(choices, paths);
  if (!choices.actor.empty()) return show_actor(choices, segment);
  const view::SystemView system = view::view_system(segment, paths);
  if (choices.json) {
    print_json(to_json(system));
  } else {
    print_system(system);
  }
  return 0;
}

}  // namespace buskin::tool
