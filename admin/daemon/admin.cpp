// Admin: construction, the table of handlers and the tick.
#include "admin/daemon/admin.hpp"

#include <algorithm>

#include "api/runtime/recovery/reaper_role.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/system_words.hpp"
#include "system_generated.h"

namespace buskin::admin {

namespace {

/// How long actors may take to end when no tool has set a deadline.
constexpr std::uint64_t kStopMax_ns = 1'000'000'000;

runtime::NodeOptions node_options(const AdminOptions& options) {
  runtime::NodeOptions node;
  node.base = Base::Processes;
  node.role = shm::Role::Admin;
  node.title = "buskin-admin " + options.name;
  node.lock_path = runtime::paths_of_segment(options.segment).lock;
  node.system_name = options.name;
  return node;
}

/// An admin that takes over a system goes on with the options of its predecessor.
AdminOptions options_of(AdminOptions options, const Rule& rule) {
  if (!rule.is_found) return options;
  const shm::EndRules former = shm::end_rules_of(rule.segment);
  options.linger_ns = former.linger_ns;
  options.is_staying = options.is_staying || former.is_staying;
  if (options.owner == 0) options.owner = former.owner;
  const shm::LogRules log = shm::log_rules_of(rule.segment);
  if (options.log_bytes == 0) options.log_bytes = log.bytes;
  if (options.log_files == 0) options.log_files = log.files;
  return options;
}

runtime::LogLimits limits_of(const AdminOptions& options) {
  runtime::LogLimits limits;
  if (options.log_bytes != 0) {
    limits.bytes = std::clamp(options.log_bytes, runtime::kLogBytesMin, runtime::kLogBytesMax);
  }
  if (options.log_files != 0) limits.files = std::min(options.log_files, runtime::kLogFilesMax);
  return limits;
}

std::uint64_t begin_epoch(shm::Segment& segment) {
  shm::count_admin(segment);
  return shm::admin_epoch_of(segment);
}

/// Without memory for a mailbox the repair of the former admin comes first: then its slot, and what it held, are free.
runtime::Host& with_room(runtime::Host& host, const runtime::SystemPaths& paths, runtime::SystemLog& log) {
  shm::Thread& thread = host.thread();
  const shm::WithPurpose purposed(thread, shm::Purpose::Supervision);
  if (const auto block = thread.heap().allocate(shm::kHeaderBytes + shm::kExitNoticeMax); block.ok()) {
    thread.heap().free(block.value());
    return host;
  }
  // Actors whose repair it had begun are started with those that it left over.
  const runtime::OnLost left{[](shm::ActorId) {}, [](shm::ActorId) {}};
  const runtime::Known former{.id = runtime::admin_member(host.segment())};
  (void)runtime::Repairer(thread, {}, paths, log).repair(former, {}, left);
  return host;
}

template <class T>
shm::MemberId member_in(const T& message) {
  return {static_cast<shm::ProcessIndex>(message.process()), message.generation()};
}

}  // namespace

Admin::Admin(const AdminOptions& options, Rule rule)
    : options_(options_of(options, rule)),
      paths_(runtime::paths_of_segment(options.segment)),
      log_(paths_.log, limits_of(options_)),
      byte_(std::move(rule.byte)),
      host_(std::move(rule.segment), node_options(options), nullptr),
      service_(with_room(host_, paths_, log_), "admin"),
      watch_(runtime::ProcessWatch::Signals::Taken, [this] { service_.wake(); }),
      members_(host_.segment(), watch_, host_.member().index()),
      context_{options_,
               paths_,
               log_,
               service_,
               members_,
               host_.member().id(),
               begin_epoch(host_.segment()),
               &shm::now_ns},
      phases_(options_.linger_ns, options_.is_staying),
      adoption_(context_, schedule_),
      placement_(context_, phases_, programs_, adoption_, schedule_),
      restarts_(context_, phases_, adoption_, schedule_, placement_),
      launcher_(context_),
      deaths_(context_, phases_, programs_, schedule_, placement_, restarts_, launcher_),
      registration_(context_, phases_, programs_, schedule_, deaths_),
      commands_(context_, programs_),
      idle_servers_(context_, programs_, schedule_),
      names_(context_),
      shutdown_(context_, phases_, programs_, deaths_) {
  serve_processes();
  serve_tool();
  service_.add_source({[this] { return watch_.any(); },
                       [this] {
                         for (const runtime::Event& event : watch_.take()) handle_event(event);
                       }});
  announce();
  follow_log();
  if (rule.is_found) {
    take_over(rule.is_resumed);
  } else {
    log_.append("admin: started system " + options_.name);
  }
  if (options_.owner != 0) watch_.add_owner(options_.owner);
  watch_.add_name(paths_.segment);
}

void Admin::announce() {
  shm::Segment& segment = host_.segment();
  // A system that a former admin was ending goes on: living processes, if there are any, still need it.
  shm::set_ending(segment, false);
  shm::set_stopping(segment, false);
  shm::set_admin(segment, service_.id(), context_.own.word());
  shm::write_end_rules(segment, {options_.linger_ns, options_.is_staying, options_.owner});
  shm::write_log_rules(segment, {options_.log_bytes, options_.log_files});
  // A fork server that holds the role hands it over when it meets this admin.
  (void)runtime::take_reaper_role(segment, context_.own, paths_);
}

/// After announce(): writers of lines ring the bell of the process that is named as the admin.
void Admin::follow_log() {
  follower_.emplace(host_.segment(), host_.member().index(), runtime::LogFollower::Begin::NotTaken,
                    [this](const shm::LogLine& line) {
                      if (line.skipped != 0) {
                        log_.append("log: " + std::to_string(line.skipped) + " lines were dropped here");
                      }
                      log_.append(line.text());
                    });
}

void Admin::take_over(bool is_resumed) {
  adoption_.begin(is_resumed);
  deaths_.find_dead();
  if (is_resumed) adoption_.end_resuming();
  if (!adoption_.is_awaiting()) settle();
}

void Admin::run() {
  service_.run([this](std::uint64_t now_ns) { return tick(now_ns); });
}

std::uint64_t Admin::tick(std::uint64_t now_ns) {
  deaths_.tick(now_ns);
  if (phases_.is_running()) {
    names_.compact_names_if_worn(now_ns);
    if (adoption_.is_overdue(now_ns)) settle();
    restarts_.tick(now_ns);
    idle_servers_.tick(now_ns);
  }
  const std::uint64_t next = shutdown_.tick(now_ns);
  if (phases_.is_over()) service_.end();
  return std::min(
      {next, deaths_.next_ns(now_ns), adoption_.next_ns(), restarts_.next_ns(now_ns), idle_servers_.next_ns()});
}

void Admin::settle() {
  adoption_.settle();
  restarts_.start_left_over();
  restarts_.retry_waiting();
}

void Admin::note_answer() {
  if (adoption_.has_answered()) settle();
}

void Admin::serve_processes() {
  service_.on<protocol::Hello>(*this, &Admin::say_hello);
  service_.on<protocol::Goodbye>(*this, &Admin::say_goodbye);
  service_.on<protocol::Register>(*this, &Admin::register_server);
  service_.on<protocol::Joined>([this](const protocol::Joined& joined, const detail::Incoming& incoming) {
    deaths_.process_joined(member_in(joined), runtime::actor_at(incoming.sender));
  });
  service_.on<protocol::ProcessEnded>(deaths_, &Deaths::process_ended);
  service_.on<protocol::CreateActor>(
      [this](const protocol::CreateActor& create) { placement_.place(shm::ActorId::from_word(create.actor())); });
  service_.on<protocol::PlaceReady>([this](const protocol::PlaceReady& ready) {
    placement_.open_place(ready);
    note_answer();
  });
  service_.on<protocol::PlaceEmpty>(placement_, &Placement::end_place_if_empty);
}

void Admin::serve_tool() {
  service_.on<protocol::Stop>(
      [this](const protocol::Stop& stop) { shutdown_.stop(shm::now_ns() + stop.deadline_ns()); });
  service_.on<protocol::Stay>([this](const protocol::Stay&, const detail::Incoming& incoming) {
    phases_.set_staying();
    shm::write_end_rules(host_.segment(), {options_.linger_ns, true, options_.owner});
    (void)service_.answer<protocol::Outcome>(incoming, std::string());
  });
  service_.on<protocol::AddProgram>([this](const protocol::AddProgram& add, const detail::Incoming& incoming) {
    (void)service_.answer<protocol::Outcome>(incoming, commands_.add(add));
  });
  service_.on<protocol::RemoveProgram>([this](const protocol::RemoveProgram& remove, const detail::Incoming& incoming) {
    (void)service_.answer<protocol::Outcome>(incoming, commands_.remove(remove));
  });
  service_.on<protocol::ListPrograms>([this](const protocol::ListPrograms&, const detail::Incoming& incoming) {
    const std::vector<std::string> lines = commands_.list();
    (void)service_.answer<protocol::Programs>(incoming, std::vector<std::string_view>(lines.begin(), lines.end()));
  });
}

void Admin::handle_event(const runtime::Event& event) {
  switch (event.kind) {
    case runtime::Event::Kind::MemberGone: return deaths_.member_gone(event.member);
    case runtime::Event::Kind::OwnerGone: return shutdown_.stop(shm::now_ns());
    case runtime::Event::Kind::AskedToEnd: return shutdown_.stop(shm::now_ns() + kStopMax_ns);
    case runtime::Event::Kind::NameGone:
      // No process can find this system any more, and it must not collide with the next system of that name.
      if (const auto named = host_.segment().check_name(); !named.ok() && !phases_.is_over()) {
        log_.append("admin: " + named.error().detail);
        shutdown_.stop(shm::now_ns() + kStopMax_ns);
      }
      return;
  }
}

void Admin::say_hello(const protocol::Hello& hello, const detail::Incoming& incoming) {
  (void)members_.meet(member_in(hello));
  if (!phases_.is_running()) {
    (void)service_.answer<RequestFailed>(incoming, Code::ShuttingDown, std::string_view("the system is ending"));
  } else {
    (void)service_.answer<protocol::Welcome>(incoming, programs_.has(hello.program()) ? 1u : 0u);
  }
}

void Admin::say_goodbye(const protocol::Goodbye& goodbye) {
  const shm::MemberId member = member_in(goodbye);
  const runtime::Known* const known = members_.find(member);
  const bool is_owner = known != nullptr && known->pid == options_.owner;
  deaths_.process_leaving(member);
  if (is_owner) shutdown_.stop(shm::now_ns() + kStopMax_ns);
}

void Admin::register_server(const protocol::Register& server) {
  if (!registration_.add(server)) return;
  if (adoption_.is_settling()) return note_answer();
  restarts_.retry_waiting();
}

}  // namespace buskin::admin
