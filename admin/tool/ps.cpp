// ps: prints the views of all actors.
#include "admin/tool/ps.hpp"

#include "admin/tool/print.hpp"
#include "admin/tool/segments.hpp"

namespace buskin::tool {

namespace {

void print_actors(const std::vector<view::ActorView>& actors) {
  std::vector<Row> rows = {{"ACTOR", "TYPE", "NAME", "PID", "STATE", "MAIL", "IDLE", "RESTARTS"}};
  for (const view::ActorView& actor : actors) {
    rows.push_back({std::to_string(actor.address.index()), plain(actor.type), plain(actor.name),
                    std::to_string(actor.pid), std::string(actor.state), std::to_string(actor.mailbox.messages),
                    std::string(actor.idle), std::to_string(actor.restarts)});
  }
  print_table(rows);
}

}  // namespace

int ps(const Choices& choices) {
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  const shm::ReadOnlySegment segment = open_segment(choices, paths);
  const auto actors = view::view_actors(segment, choices.all ? view::Listed::All : view::Listed::UserActors);
  if (!choices.json) {
    print_actors(actors);
    return 0;
  }
  Json all = Json::array();
  for (const view::ActorView& actor : actors) all.push_back(to_json(actor));
  print_json({{"system", choices.name}, {"actors", all}});
  return 0;
}

}  // namespace buskin::tool
