// ForkServer: what its service calls, and the fork.
#include "api/runtime/fork_server/fork_server.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>

#include "api/core/actor_types.hpp"
#include "api/runtime/fork_server/actor_process.hpp"
#include "api/runtime/launch/identity.hpp"
#include "api/runtime/launch/launch.hpp"
#include "api/runtime/launch/signals_blocked.hpp"
#include "api/runtime/lifecycle/close.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"
#include "shm/os/limits.hpp"
#include "shm/os/process.hpp"
#include "shm/segment/slot_facts.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kRegisterPause_ns = 200'000'000;

std::unique_ptr<Host> join(const SystemPaths& paths, std::uint64_t program) {
  auto segment = shm::Segment::attach(paths.segment);
  if (!segment.ok()) throw std::runtime_error("buskin: " + segment.error().detail);
  NodeOptions options;
  options.base = Base::Processes;
  options.role = shm::Role::ForkServer;
  options.title = "fork server of " + own_executable();
  options.lock_path = paths.lock;
  options.program = program;
  return std::make_unique<Host>(std::move(segment).value(), options, nullptr);
}

/// Makes the pipe of an actor process. Returns its writing end; without an `output`, errno says why.
int make_output(const std::string& name, std::optional<OutputPipe>& output) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return -1;
  Descriptor reading_end(ends[0]);
  Descriptor writing_end(ends[1]);
  // The other end blocks: a program that prints does not expect to be refused.
  if (::fcntl(reading_end.fd(), F_SETFL, O_NONBLOCK) != 0) return -1;
  OutputBuffer buffer;
  if (!buffer.is_there()) return -1;
  output.emplace(std::move(reading_end), name, std::move(buffer));
  return std::move(writing_end).release();
}

}  // namespace

ForkServer::ForkServer(const SystemPaths& paths, std::uint64_t program, Standby& standby)
    : paths_(paths), program_(program), standby_(standby), log_(paths.log), host_(join(paths, program)),
      service_(*host_, "fork server"), signals_(service_.thread()),
      lines_(service_.segment(), host_->member().index()),
      children_([this](const ForkSpec& spec, std::string_view line) { (void)lines_.append(spec.console, line); }) {
  add_handlers();
  register_program();
  deputy_ = std::make_unique<ForkServerDeputy>(*host_, service_.id(), paths_, log_,
                                     Forks{.has_child = [this](shm::ActorId actor) { return children_.has(actor); },
                                           .fork = [this](const ForkSpec& spec) { fork_actor(spec); },
                                           .collect_children = [this] { collect_children(); }});
}

ForkServer::~ForkServer() = default;

void ForkServer::add_handlers() {
  service_.on<protocol::ForkActor>(*this, &ForkServer::fork_asked);
  service_.on<protocol::Registered>(*this, &ForkServer::was_registered);
  service_.on<protocol::RegisterAgain>(*this, &ForkServer::register_again);
  service_.on<protocol::EndServer>(*this, &ForkServer::leave_to_others);
  service_.add_source({[this] { return signals_.has_any(); }, [this] { handle_signals(); }});
  service_.add_source({[this] { return deputy_ != nullptr && deputy_->has_events(); }, [] {}});  // act() takes them.
}

int ForkServer::run() {
  handle_signals();  // A child may have died before there was a handler for the signal.
  service_.run([this](std::uint64_t now) { return act(now); });
  return 0;
}

/// Does what is due by now. Returns when it wants to be called again.
std::uint64_t ForkServer::act(std::uint64_t now) {
  BUSKIN_CHECK(is_over_ == (deputy_ == nullptr));  // A server that leaves would not carry out what a deputy claims.
  if (is_over_ && children_.is_empty()) service_.end();
  if (deputy_ == nullptr) return shm::kNever_ns;
  if (standby_.due_ns() <= now) {
    const SignalsBlocked held(ChildSignals::kNumbers);
    standby_.renew(now, [this] { return fork_alone(); });
  }
  if (register_at_ns_ <= now) register_program();
  return std::min({standby_.due_ns(), register_at_ns_, deputy_->act(now)});
}

void ForkServer::register_program() {
  std::vector<std::uint64_t> types;
  std::vector<std::string_view> names;
  for (const detail::ActorInfo* const info : detail::actor_types()) {
    types.push_back(info->id);
    names.push_back(info->name);
  }
  const shm::Member& member = host_->member();
  const shm::ActorId admin = shm::admin_actor_of(service_.segment());
  const bool is_posted = service_.post<protocol::Register>(admin, program_, own_executable(), service_.id().word(),
                                                           shm::to_bits(member.index()), member.gen(), types, names,
                                                           children_.actor_words());
  // Without an admin the next one asks for it; otherwise there was no memory.
  const bool is_lacking = !is_posted && shm::is_open(service_.segment(), admin);
  register_at_ns_ = is_lacking ? shm::now_ns() + kRegisterPause_ns : shm::kNever_ns;
}

void ForkServer::was_registered(const protocol::Registered& answer) {
  report_ready();  // A fork server serves this program: this one, or one that was faster.
  if (!answer.accepted()) leave_to_others();
  if (deputy_ != nullptr) deputy_->meet_admin();
}

void ForkServer::register_again() {
  register_program();
  if (deputy_ != nullptr) deputy_->meet_admin();
}

/// From here on this server only waits for its children.
void ForkServer::leave_to_others() {
  is_over_ = true;
  deputy_.reset();
}

/// The admin may have asked before this server acted in its place.
void ForkServer::fork_asked(const protocol::ForkActor& asked) {
  const ForkSpec spec{.actor = shm::ActorId::from_word(asked.actor()), .place = asked.place()};
  collect_children();  // The admin may have seen a death first; a dead child must not count as being on its way.
  const shm::LifeWord life = shm::life_of(service_.segment(), spec.actor);
  const bool is_mine = life.state == shm::LifeState::Notified && life.host == host_->member().index();
  if (is_mine || !shm::awaits_host(life.state)) return report_not_forked(spec, ECANCELED);
  if (!children_.has(spec.actor)) return fork_actor(spec);
  // Forked for an admin before this one. A place of this number will not come.
  if (spec.place != 0) report_not_forked(spec, EALREADY);
}

/// As fork(), while this process has no other thread.
pid_t ForkServer::fork_alone() {
  if (deputy_ != nullptr) deputy_->pause();
  const pid_t pid = ::fork();
  const int fault = errno;
  if (pid != 0 && deputy_ != nullptr) deputy_->resume();
  errno = fault;
  return pid;
}

void ForkServer::fork_actor(ForkSpec spec) {
  ActorSpec actor;
  if (!read_spec(service_.segment(), spec.actor, actor)) return report_not_forked(spec, ECANCELED);
  spec.console = actor.console;
  const std::string name = spec.place != 0 ? actor.options.place.name : actor_title(actor.type_name, spec.actor);
  std::optional<OutputPipe> output;
  const Descriptor writing_end(make_output(name, output));
  if (!output.has_value()) return report_refused(spec, errno);
  const SignalsBlocked held(ChildSignals::kNumbers);
  const pid_t pid = fork_alone();
  if (pid == 0) become_actor(spec, actor, std::move(*output), writing_end.fd());
  if (pid < 0) return report_refused(spec, errno);
  children_.add(pid, spec, std::move(*output));
}

/// The kernel gives no process, or no descriptors for it.
void ForkServer::report_refused(const ForkSpec& spec, int fault) {
  refuse(spec, "no process could be forked for it: " + shm::limit_words(fault));
  report_not_forked(spec, fault);
}

/// An actor that has not started ends with the reason. One that has started waits, and is tried again.
void ForkServer::refuse(const ForkSpec& spec, const std::string& why) {
  log_.append("fork server: actor " + std::to_string(shm::to_bits(spec.actor.index)) + ": " + why);
  if (shm::life_of(service_.segment(), spec.actor).state != shm::LifeState::Requested) return;
  close_actor(service_.thread(), spec.actor, {Code::StartFailed, why});
}

void ForkServer::become_actor(const ForkSpec& spec, const ActorSpec& actor, OutputPipe output, int writing_end) {
  ChildSignals::restore_defaults();
  // What it prints at its very end is read by this server, which may be gone: the actor goes on without.
  ::signal(SIGPIPE, SIG_IGN);
  BUSKIN_CHECK(::dup2(writing_end, STDOUT_FILENO) == STDOUT_FILENO);
  BUSKIN_CHECK(::dup2(writing_end, STDERR_FILENO) == STDERR_FILENO);
  output.close_all_but_this();
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // The objects of the parent are not for this process to destroy.
  ::_exit(run_actor_process(paths_, program_, spec, actor, {notes_, std::move(output)}));
}

void ForkServer::handle_signals() {
  signals_.take();
  collect_children();
}

void ForkServer::collect_children() {
  int status = 0;
  // Ends: with the last child that is dead by now.
  for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG)) {
    if (pid == standby_.pid()) standby_.set_gone();
    const std::optional<ForkSpec> spec = children_.remove(pid);
    if (!spec) continue;
    if (const std::string why = notes_.take(pid); !why.empty()) refuse(*spec, why);
    report_ended(*spec, pid, status);
    if (deputy_ != nullptr) deputy_->child_ended(pid, *spec, ProcessEnd::of_status(status));
  }
}

void ForkServer::report_ended(const ForkSpec& spec, pid_t pid, int status) {
  const shm::ActorId admin = shm::admin_actor_of(service_.segment());
  (void)service_.post<protocol::ProcessEnded>(admin, spec.actor.word(), spec.place, pid, status);
}

}  // namespace buskin::runtime
