// look: the tables of a segment.
#include "admin/tool/look.hpp"

#include <sys/stat.h>

#include <array>
#include <charconv>

#include "api/runtime/node/actor_spec.hpp"
#include "api/runtime/fork_server/actor_process.hpp"
#include "api/runtime/start/admin_process.hpp"
#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/recovery/reaper_role.hpp"
#include "shm/segment/counters.hpp"
#include "shm/recovery/member.hpp"
#include "shm/names/names.hpp"
#include "shm/segment/process_table.hpp"
#include "shm/segment/slot_facts.hpp"
#include "shm/segment/system_words.hpp"
#include "shm/segment/types.hpp"

namespace buskin::tool {

namespace {

template <std::size_t kCount>
const char* word_of(const std::array<const char*, kCount>& words, std::size_t at) {
  return at < kCount ? words[at] : "unknown";
}

constexpr std::array kRoles = {"client", "admin", "fork server", "actors", "bridge", "tool"};
constexpr std::array kStates = {"free",    "reserved", "requested", "init",     "active", "suspended",
                                "crashed", "notified", "adopting",  "closing",  "drained"};
constexpr std::array kIdles = {"adaptive", "spin", "sleep"};

std::string text_in(const char* text, std::size_t bytes) { return {text, ::strnlen(text, bytes)}; }

std::string type_of(const shm::Segment& segment, shm::ActorId id, const runtime::ActorSpec& spec) {
  if (!spec.type_name.empty()) return spec.type_name;
  const shm::TypeIndex type = shm::type_of(segment, id);
  if (type == shm::TypeIndex::None || !segment.is_backed(shm::Table::Types, shm::to_bits(type))) return "";
  const auto& name = segment.type(type).name;
  return text_in(name.data(), name.size());
}

std::uint32_t pid_of(const shm::Segment& segment, shm::ProcessIndex index) {
  if (index == shm::ProcessIndex::None || !segment.is_backed(shm::Table::Processes, shm::to_bits(index))) return 0;
  return segment.process(index).pid.read();
}

Json mailbox_of(const shm::Segment& segment, shm::ActorIndex index) {
  return {{"control", shm::pending_count(segment, index, shm::Lane::Control)},
          {"replies", shm::pending_count(segment, index, shm::Lane::Replies)},
          {"messages", shm::pending_count(segment, index, shm::Lane::Messages)}};
}

bool has_server(const shm::Segment& segment, std::uint64_t program) {
  const runtime::SystemPaths paths = runtime::paths_of_segment(segment.path());
  bool has_one = false;
  shm::for_each_process(segment, [&](shm::ProcessIndex index, const shm::ProcessEntry& entry, shm::ProcessWord) {
    const bool is_its = entry.program.read() == program && entry.role.read() == shm::Role::ForkServer;
    has_one = has_one || (is_its && shm::is_alive(segment, index, paths.lock));
  });
  return has_one;
}

std::string state_of(const shm::Segment& segment, shm::LifeWord life, const runtime::ActorSpec& spec) {
  const bool has_none = life.state == shm::LifeState::Requested || life.state == shm::LifeState::Notified;
  if (has_none && !has_server(segment, spec.program)) return "waiting for program";
  return word_of(kStates, static_cast<std::size_t>(life.state));
}

Json describe(const shm::Segment& segment, shm::ActorId id, shm::LifeWord life, const runtime::ActorSpec& spec) {
  const Address address(segment.system_id(), static_cast<std::uint32_t>(id.index), id.gen);
  const bool has_process = life.state >= shm::LifeState::Init && life.state <= shm::LifeState::Suspended;
  return {{"index", address.index()},
          {"address", address.to_string()},
          {"type", type_of(segment, id, spec)},
          {"name", shm::name_of(segment, id)},
          {"pid", has_process ? pid_of(segment, life.host) : 0},
          {"state", state_of(segment, life, spec)},
          {"mailbox", mailbox_of(segment, id.index)},
          {"idle", word_of(kIdles, static_cast<std::size_t>(spec.options.run.idle))},
          // relaxed: for display.
          {"restarts", segment.slot(id.index).restarts_total.load_relaxed()}};
}

template <class T>
void add_option(Json& options, const char* name, const T& value, bool is_default) {
  options.push_back({{"option", name}, {"value", value}, {"origin", is_default ? "default" : "set"}});
}

/// What the birth keeps, and whether the creator chose it.
Json options_of(const CreateOptions& set) {
  constexpr std::array kPlaces = {"own_process", "shared", "here"};
  constexpr std::array kFull = {"Wait", "Fail", "KeepLatest"};
  const CreateOptions none;
  Json all = Json::array();
  const auto place = word_of(kPlaces, static_cast<std::size_t>(set.place.kind));
  add_option(all, "name", set.name, set.name.empty());
  add_option(all, "place", place + (set.place.name.empty() ? std::string() : " " + set.place.name),
             set.place.kind == none.place.kind);
  add_option(all, "mailbox.capacity", set.mailbox.capacity, set.mailbox.capacity == none.mailbox.capacity);
  add_option(all, "mailbox.bytes", set.mailbox.bytes, set.mailbox.bytes == none.mailbox.bytes);
  add_option(all, "mailbox.when_full", word_of(kFull, static_cast<std::size_t>(set.mailbox.when_full)),
             set.mailbox.when_full == none.mailbox.when_full);
  add_option(all, "mailbox.wait_ns", set.mailbox.wait.count(), set.mailbox.wait == none.mailbox.wait);
  add_option(all, "run.idle", word_of(kIdles, static_cast<std::size_t>(set.run.idle)), set.run.idle == none.run.idle);
  add_option(all, "run.cpus", set.run.cpus, set.run.cpus.empty());
  add_option(all, "run.realtime", set.run.realtime, set.run.realtime == none.run.realtime);
  add_option(all, "run.own_thread", set.run.own_thread, set.run.own_thread == none.run.own_thread);
  add_option(all, "keep", set.keep, set.keep == none.keep);
  add_option(all, "life", set.life == Life::System ? "System" : "Creator", set.life == none.life);
  const SuperviseOptions& care = set.supervise;
  const SuperviseOptions& usual = none.supervise;
  constexpr std::array kDecisions = {"Resume", "Restart", "Stop", "Escalate"};
  add_option(all, "supervise.on_throw", word_of(kDecisions, static_cast<std::size_t>(care.on_throw)),
             care.on_throw == usual.on_throw);
  add_option(all, "supervise.on_crash", word_of(kDecisions, static_cast<std::size_t>(care.on_crash)),
             care.on_crash == usual.on_crash);
  add_option(all, "supervise.backoff_ns", care.backoff.count(), care.backoff == usual.backoff);
  add_option(all, "supervise.backoff_max_ns", care.backoff_max.count(), care.backoff_max == usual.backoff_max);
  add_option(all, "supervise.attempts", care.attempts, care.attempts == usual.attempts);
  add_option(all, "supervise.kills_max", care.kills_max, care.kills_max == usual.kills_max);
  add_option(all, "supervise.restarts", care.restarts, care.restarts == usual.restarts);
  add_option(all, "supervise.within_ns", care.within.count(), care.within == usual.within);
  return all;
}

/// For whose room it waits; null when it does not.
Json wait_of(const shm::Segment& segment, shm::ActorId waiter) {
  for (std::uint64_t i = 1; i < segment.layout().count_of(shm::Table::Threads); ++i) {
    if (!segment.is_backed(shm::Table::Threads, i)) continue;
    const shm::WaitEdge& wait = segment.thread(static_cast<shm::ThreadIndex>(i)).wait;
    // relaxed: for display.
    const auto target = shm::ActorId::from_word(wait.target.load_relaxed());
    if (target == shm::ActorId{} || wait.waiter.load_relaxed() != waiter.word()) continue;
    const Address address(segment.system_id(), static_cast<std::uint32_t>(target.index), target.gen);
    // relaxed: for display.
    return {{"for_room_in", address.to_string()}, {"since_ns", wait.since_ns.load_relaxed()}};
  }
  return nullptr;
}

}  // namespace

Json look_at_processes(const shm::Segment& segment, const std::string& lock_path) {
  Json all = Json::array();
  shm::for_each_process(segment, [&](shm::ProcessIndex index, const shm::ProcessEntry& entry, shm::ProcessWord word) {
    if (word.state != shm::ProcessState::Alive) return;
    all.push_back({{"index", shm::to_bits(index)},
                   {"pid", pid_of(segment, index)},
                   {"role", word_of(kRoles, static_cast<std::size_t>(entry.role.read()))},
                   {"title", text_in(entry.title.data(), entry.title.size())},
                   {"alive", shm::is_alive(segment, index, lock_path)}});
  });
  return all;
}

Json look_at_actors(const shm::Segment& segment, bool all) {
  Json actors = Json::array();
  shm::for_each_actor(segment, [&](shm::ActorId id, shm::LifeWord life) {
    if (!all && !shm::is_user_actor(segment, id)) return;
    runtime::ActorSpec spec;
    (void)runtime::read_spec(segment, id, spec);
    actors.push_back(describe(segment, id, life, spec));
  });
  return actors;
}

Json look_at_actor(const shm::Segment& segment, Address actor) {
  if (!actor || !segment.is_backed(shm::Table::Actors, actor.index())) return nullptr;
  const shm::ActorId id{static_cast<shm::ActorIndex>(actor.index()), actor.generation()};
  const shm::LifeWord life = shm::life_of(segment, id);
  if (life.state == shm::LifeState::Free) return nullptr;
  runtime::ActorSpec spec;
  const bool has_birth = runtime::read_spec(segment, id, spec);
  Json described = describe(segment, id, life, spec);
  const shm::ActorId parent = shm::parent_of(segment, id);
  const Address above(segment.system_id(), static_cast<std::uint32_t>(parent.index), parent.gen);
  described["parent"] = parent == shm::ActorId{} ? Json(nullptr) : Json(above.to_string());
  described["waits"] = wait_of(segment, id);
  described["options"] = has_birth ? options_of(spec.options) : Json::array();
  return described;
}

Address find_actor(const shm::Segment& segment, const std::string& text) {
  if (const auto address = Address::parse(text)) {
    return address->system() == segment.system_id() ? *address : Address();
  }
  const shm::ActorId named = shm::find_name(segment, text);
  if (named != shm::ActorId{}) return {segment.system_id(), static_cast<std::uint32_t>(named.index), named.gen};
  std::uint32_t index = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), index);
  Address found;
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return found;
  shm::for_each_actor(segment, [&](shm::ActorId id, shm::LifeWord) {
    if (shm::to_bits(id.index) == index) found = {segment.system_id(), index, id.gen};
  });
  return found;
}

Json look_at_system(const shm::Segment& segment, const runtime::SystemPaths& paths) {
  const shm::Superblock& superblock = segment.superblock();
  const auto admin = static_cast<shm::ProcessIndex>(shm::admin_word(segment) & 0xffff'ffff);
  const bool is_running = runtime::has_living_admin(segment, paths);
  struct stat file {};
  const bool has_file = ::stat(segment.path().c_str(), &file) == 0;
  Json counters = Json::object();
  const shm::CounterTotals totals = shm::total_counters(segment);
  for (std::size_t i = 0; i < static_cast<std::size_t>(shm::Counter::End); ++i) {
    counters[std::string(shm::label_of(static_cast<shm::Counter>(i)))] = totals[i];
  }
  return {{"name", text_in(superblock.name.data(), superblock.name.size())},
          {"running", is_running},
          {"admin", is_running ? pid_of(segment, admin) : 0},
          {"admins", shm::admin_epoch_of(segment)},
          {"reaper", pid_of(segment, runtime::reaper_of(segment).index)},
          {"segment", segment.path()},
          {"memory",
           {{"used", has_file ? static_cast<std::uint64_t>(file.st_blocks) * 512 : 0}, {"max", superblock.bytes_max}}},
          {"processes", look_at_processes(segment, paths.lock)},
          {"actors", runtime::count_user_actors(segment)},
          {"counters", counters}};
}

}  // namespace buskin::tool
