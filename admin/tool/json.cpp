// Json: one key per member of a view.
#include "admin/tool/json.hpp"

namespace buskin::tool {

namespace {

/// The views of a list, in its order.
Json list_of(const auto& views) {
  Json all = Json::array();
  for (const auto& one : views) all.push_back(to_json(one));
  return all;
}

}  // namespace

Json to_json(const view::ProcessView& process) {
  return {{"index", process.index},
          {"pid", process.pid},
          {"role", process.role},
          {"title", process.title},
          {"alive", process.is_alive}};
}

Json to_json(const view::MailboxView& mailbox) {
  return {{"control", mailbox.control}, {"replies", mailbox.replies}, {"messages", mailbox.messages}};
}

Json to_json(const view::WaitView& wait) {
  return {{"for_room_in", wait.for_room_in.to_string()}, {"since_ns", wait.since_ns}};
}

Json to_json(const view::SystemView& system) {
  Json counters = Json::object();
  for (const view::CounterView& counter : system.counters) {
    BUSKIN_CHECK(!counters.contains(counter.label));
    counters[std::string(counter.label)] = counter.total;
  }
  return {{"name", system.name},
          {"running", system.is_running},
          {"admin", system.admin_pid},
          {"admins", system.admins_count},
          {"reaper", system.reaper_pid},
          {"segment", system.segment},
          {"log", system.log},
          {"memory", {{"used", system.memory_used}, {"max", system.memory_max}}},
          {"processes", list_of(system.processes)},
          {"actors", system.actors_count},
          {"counters", counters}};
}

Json to_json(const view::ActorView& actor) {
  return {{"index", actor.address.index()},
          {"address", actor.address.to_string()},
          {"type", actor.type},
          {"name", actor.name},
          {"pid", actor.pid},
          {"state", actor.state},
          {"mailbox", to_json(actor.mailbox)},
          {"idle", actor.idle},
          {"restarts", actor.restarts}};
}

Json to_json(const view::OptionView& option) {
  const Json value = std::visit([](const auto& chosen) { return Json(chosen); }, option.value);
  return {{"option", option.name}, {"value", value}, {"origin", option.is_default ? "default" : "set"}};
}

Json to_json(const view::ActorDetails& details) {
  Json all = to_json(details.actor);
  all["parent"] = details.parent ? Json(details.parent.to_string()) : Json(nullptr);
  all["waits"] = details.wait ? to_json(*details.wait) : Json(nullptr);
  all["options"] = list_of(details.options);
  return all;
}

Json totals_to_json(const view::HealthView& health) {
  Json totals = Json::object();
  for (const auto& [label, total] : health.totals) {
    BUSKIN_CHECK(!totals.contains(label));
    totals[std::string(label)] = total;
  }
  return totals;
}

}  // namespace buskin::tool
