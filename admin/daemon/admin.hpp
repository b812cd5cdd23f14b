// Admin: starts, watches and ends a system. It stands on nobody's message path.
//
// One thread; it sleeps on the futex word of its thread record, as every host
// does, and is woken by messages and by its ProcessWatch.
//
//   Running -> Stopping (actors end) -> Ending (nobody may join) -> Over
#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "admin/daemon/places.hpp"
#include "admin/daemon/programs.hpp"
#include "admin/daemon/segment_start.hpp"
#include "api/runtime/client/client.hpp"
#include "api/runtime/host/host.hpp"
#include "api/runtime/lifecycle/close.hpp"
#include "api/runtime/endpoint/system_sender.hpp"
#include "api/runtime/recovery/members.hpp"
#include "api/runtime/launch/log_file.hpp"
#include "api/runtime/recovery/repairer.hpp"
#include "api/runtime/lifecycle/restart_decision.hpp"
#include "api/runtime/recovery/reaper_role.hpp"

namespace buskin::admin {

using runtime::Event;
using runtime::Known;
using runtime::Members;
using runtime::ProcessWatch;

struct ByWord {
  bool operator()(shm::ActorId a, shm::ActorId b) const { return a.word() < b.word(); }
};

class Admin {
 public:
  /// Throws std::runtime_error with a sentence when it cannot join.
  Admin(const AdminOptions& options, Rule rule);
  ~Admin();
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;

  /// Until the system has ended.
  void run();

 private:
  enum class Phase : std::uint8_t { Running, Stopping, Ending, Over };

  // admin.cpp
  void handle(const detail::Incoming& incoming);
  void handle_tool(const detail::Incoming& incoming);
  void handle_event(const Event& event);
  void say_hello(const detail::Incoming& incoming);
  void say_goodbye(MemberId member);
  void look_around();
  void sleep(std::uint64_t deadline_ns);
  void log(const std::string& line);
  MemberId own() const { return {node_->member().index(), node_->member().gen()}; }
  template <class T, class... Args>
  bool post(shm::ActorId to, const Args&... args) {
    return system_sender_.post<T>({.to = to, .from = mailbox_->id()}, args...);
  }
  template <class T, class... Args>
  void answer(const detail::Incoming& asked, const Args&... args) {
    const shm::ActorId to{static_cast<shm::ActorIndex>(asked.sender.index()), asked.sender.generation()};
    (void)system_sender_.post<T>({to, shm::Lane::Replies, asked.correlation, mailbox_->id()}, args...);
  }

  // admin_actors.cpp
  void create_actor(shm::ActorId actor);
  void create_in_place(shm::ActorId actor, const std::string& place, const Server& server);
  void fork(shm::ActorId actor, std::uint64_t place, const Server& server);
  void place_is_ready(const detail::Incoming& incoming);
  void place_is_empty(std::uint64_t id, std::uint64_t hosted);
  std::vector<shm::ActorId> take_place(std::uint64_t id);
  void create_again(const std::vector<shm::ActorId>& actors);
  void joined(const detail::Incoming& incoming);
  void place_will_not_come(std::uint64_t place, shm::ActorId first);
  void process_ended(const detail::Incoming& incoming);
  bool is_waiting_to_be_hosted(shm::ActorId actor) const { return runtime::is_waiting_to_be_hosted(segment_, actor); }
  bool is_scheduled(shm::ActorId actor) const;
  void wait_for_program(shm::ActorId actor, const runtime::ActorSpec& spec);
  void retry_waiting();

  // admin_deaths.cpp
  void member_gone(MemberId member);
  void bury(MemberId member, const std::string& reason);
  std::string end_of(MemberId member);
  void server_gone(Server server);
  void restart(shm::ActorId actor, const std::string& reason);
  bool comes_back(shm::ActorId actor) const;
  void resume(shm::ActorId actor);
  void close(shm::ActorId actor, const std::string& reason) { runtime::close_lost(system_sender_.thread(), actor, reason); }
  void was_repaired(MemberId member);
  void create_left_alone();

  // admin_adopt.cpp
  void take_over(bool is_resumed);
  void ask_who_is_there();
  void adopt_place(const detail::Incoming& incoming);
  /// One of those that were asked: when it was the last, what is left gets its process.
  void has_answered();
  void settle();

  // admin_programs.cpp
  void register_server(const detail::Incoming& incoming);
  void keep_program(const detail::Incoming& incoming);
  void remove_program(const detail::Incoming& incoming);
  void list_programs(const detail::Incoming& incoming);
  bool has_restarts(const Server& server) const;
  void end_unused_servers(std::uint64_t now_ns);
  void restart_kept(const std::string& path);

  // admin_end.cpp
  /// What is due by now. Returns when to look again.
  std::uint64_t act(std::uint64_t now_ns);
  std::uint64_t act_running(std::uint64_t now_ns);
  std::uint64_t act_stopping(std::uint64_t now_ns);
  std::uint64_t act_ending(std::uint64_t now_ns);
  void start_what_is_due(std::uint64_t now_ns);
  bool is_in_use() const;
  void look_at_names(std::uint64_t now);
  bool begin_ending();
  void stop(std::uint64_t deadline_ns);
  void exit_actors();
  void kill_all(shm::Role role);
  void remove_files();

  AdminOptions options_;
  runtime::SystemPaths paths_;
  runtime::LogFile log_;
  shm::LockByte byte_;
  std::unique_ptr<runtime::Host> node_;
  runtime::Host& host_;
  shm::Segment& segment_;
  std::unique_ptr<runtime::Client> mailbox_;
  runtime::SystemSender system_sender_;
  runtime::Repairer repairer_;
  std::unique_ptr<ProcessWatch> watch_;
  Members members_;
  Programs programs_;
  Places places_;
  std::map<std::uint64_t, MemberId> on_their_way_;   ///< Actors whose process was asked for, and of which server.
  std::map<shm::ActorId, std::uint64_t, ByWord> waiting_;  ///< For a program that has them; since when.
  std::vector<std::jthread> launchers_;
  std::multimap<std::uint64_t, shm::ActorId> due_;   ///< Restarts, by their time.
  Phase phase_ = Phase::Running;
  bool is_resuming_ = false;        ///< All were dead: only who has a name or is kept comes back.
  std::size_t resumed_ = 0;
  std::size_t ended_ = 0;
  int answers_awaited_ = 0;
  std::uint64_t settle_at_ns_ = 0;  ///< Until then fork servers that a former admin had may say what they have.
  std::uint64_t idle_since_ns_ = 0;
  std::uint64_t names_at_ns_ = 0;
  std::uint64_t deadline_ns_ = 0;  ///< Of the present phase.
  bool was_used_ = false;          ///< Somebody has joined.
  bool is_killing_ = false;        ///< What did not end by its deadline is being killed.
};

}  // namespace buskin::admin
