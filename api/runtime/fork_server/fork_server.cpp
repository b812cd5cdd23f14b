// fork_server: the loop, and the fork.
#include "api/core/actor_types.hpp"
#include "api/runtime/fork_server/fork_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <initializer_list>
#include <stdexcept>

#include "api/runtime/launch/identity.hpp"
#include "api/runtime/launch/launch.hpp"
#include "api/runtime/lifecycle/restart_decision.hpp"
#include "api/runtime/launch/signals_blocked.hpp"
#include "api/runtime/fork_server/fork_spawner.hpp"
#include "shm/base/clock.hpp"
#include "shm/os/process.hpp"

namespace buskin::runtime {

namespace {

constexpr std::initializer_list<int> kOurSignals = {SIGCHLD, SIGIO};

shm::Atomic<std::uint32_t> signals_seen{0};
shm::Atomic<std::uint32_t>* sleeping_on = nullptr;

void on_signal(int) {
  const int kept = errno;
  // sync(signal): seq_cst. Before the word that the sleeper gives to the kernel: it looks at the
  //   count after it has read that word.
  signals_seen.add_seq_cst(1);
  sleeping_on->add_seq_cst(2);
  errno = kept;
}

void set_handler(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  ::sigemptyset(&action.sa_mask);
  for (const int number : kOurSignals) ::sigaction(number, &action, nullptr);
}

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

}  // namespace

ForkServer::ForkServer(const SystemPaths& paths, std::uint64_t program, Standby& standby)
    : paths_(paths), program_(program), standby_(standby), log_(paths.log), host_(join(paths, program)),
      service_(*host_, "fork server") {
  sleeping_on = &service_.wake_word();
  set_handler(&on_signal);
  serve_messages();
  register_program();
  deputy_ = std::make_unique<Deputy>(*host_, service_.id(), paths_, log_,
                                     ServerHands{[this](shm::ActorId actor) { return has_child(actor); },
                                                 [this](const ActorOrder& order) { fork_actor(order); }});
}

ForkServer::~ForkServer() {
  set_handler(SIG_DFL);
  deputy_.reset();
}

void ForkServer::serve_messages() {
  service_.on<protocol::ForkActor>(*this, &ForkServer::fork_asked);
  service_.on<protocol::Registered>(*this, &ForkServer::was_registered);
  service_.on<protocol::RegisterAgain>(*this, &ForkServer::register_again);
  service_.on<protocol::EndServer>(*this, &ForkServer::be_over);
  // sync(signal): seq_cst. Read after the sleep bit of the word was set: a signal that comes later
  //   changes the word that the kernel compares.
  service_.add_source({[this] { return signals_seen.load_seq_cst() != signals_handled_; }, [this] { handle_signals(); }});
  service_.add_source({[this] { return deputy_ != nullptr && deputy_->any(); }, [] {}});  // act() takes them.
}

void ForkServer::register_program() {
  std::vector<std::uint64_t> types;
  std::vector<std::string_view> names;
  for (const detail::ActorInfo* const info : detail::actor_types()) {
    types.push_back(info->id);
    names.push_back(info->name);
  }
  std::vector<std::uint64_t> children;
  for (const auto& [pid, child] : children_) children.push_back(child.order.actor.word());
  const shm::Member& member = host_->member();
  (void)service_.post<protocol::Register>(admin_of(service_.segment()), program_,
                                          own_executable(), service_.id().word(), shm::to_bits(member.index()),
                                          member.gen(), types, names, children);
}

int ForkServer::run() {
  // Children that died, or wrote, before there was a handler for their signals.
  handle_signals();
  service_.run([this](std::uint64_t now) { return act(now); });
  return 0;
}

void ForkServer::handle_signals() {
  // sync(signal): seq_cst. Before we look for what they say: one that comes from here on is another one.
  signals_handled_ = signals_seen.load_seq_cst();
  forward_output();
  reap();
}

/// What is due by now. Returns when to look again.
std::uint64_t ForkServer::act(std::uint64_t now) {
  if (is_over_ && children_.empty()) service_.end();
  if (deputy_ == nullptr) return Service::kNever;
  if (standby_.due_ns() <= now) {
    const SignalsBlocked held(kOurSignals);
    standby_.renew(now, [this] { return fork_alone(); });
  }
  return std::min(standby_.due_ns(), deputy_->act(now));
}

void ForkServer::was_registered(const protocol::Registered& answer) {
  report_ready();  // Somebody is there for this program: we, or who was first.
  if (!answer.accepted()) be_over();
  if (deputy_ != nullptr) deputy_->meet_admin();
}

void ForkServer::register_again() {
  register_program();
  if (deputy_ != nullptr) deputy_->meet_admin();
}

/// What happens from here on is another's business.
void ForkServer::be_over() {
  is_over_ = true;
  deputy_.reset();
}

bool ForkServer::has_child(shm::ActorId actor) const {
  return std::any_of(children_.begin(), children_.end(), [&](const auto& child) {
    const ActorOrder& order = child.second.order;
    return order.actor == actor || std::find(order.more.begin(), order.more.end(), actor) != order.more.end();
  });
}

/// The admin's wish may be older than what we have done in its place.
void ForkServer::fork_asked(const protocol::ForkActor& asked) {
  const ActorOrder order{.actor = shm::ActorId::from_word(asked.actor()), .place = asked.place()};
  reap();  // The admin may have seen a death before us: whoever died is not on its way any more.
  const shm::LifeWord life = shm::life_of(service_.segment(), order.actor);
  const bool is_mine = life.state == shm::LifeState::Notified && life.host == host_->member().index();
  if (is_mine || !is_waiting_to_be_hosted(service_.segment(), order.actor)) return tell_ended(order, 0, -ECANCELED);
  if (!has_child(order.actor)) return fork_actor(order);
  // Forked for an admin before this one. A place of this number will not come.
  if (order.place != 0) tell_ended(order, 0, -EALREADY);
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

void ForkServer::fork_actor(ActorOrder order) {
  ActorSpec spec;
  const bool is_known = read_spec(service_.segment(), order.actor, spec);
  if (is_known) order.output = shm::ActorId::from_word(spec.output);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return tell_ended(order, 0, -errno);
  const SignalsBlocked held(kOurSignals);
  const pid_t pid = fork_alone();
  if (pid == 0) become_actor(order, ends[1]);
  const int fault = errno;
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    return tell_ended(order, 0, -fault);
  }
  // Lines come by signal, so that this thread can sleep on its futex word alone.
  (void)::fcntl(ends[0], F_SETOWN, ::getpid());
  (void)::fcntl(ends[0], F_SETFL, O_NONBLOCK | O_ASYNC);
  // sync(signal): seq_cst. What the child wrote before that caused no signal; the next sleep is turned back.
  signals_seen.add_seq_cst(1);
  const std::string name = order.place != 0 ? spec.options.place.name : actor_title(spec.type_name, order.actor);
  children_.emplace(pid, Child{order, OutputPipe(ends[0], is_known ? name : "process " + std::to_string(pid))});
}

void ForkServer::become_actor(const ActorOrder& order, int output) {
  set_handler(SIG_DFL);
  // When this server is gone, nobody reads what an actor prints; that is no reason to end it.
  ::signal(SIGPIPE, SIG_IGN);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::close_range(STDERR_FILENO + 1, ~0u, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // The parent's objects are not ours to destroy.
  ::_exit(run_actor_process(paths_, program_, order));
}

void ForkServer::forward_output() {
  std::vector<pollfd> pipes;
  std::vector<Child*> owners;
  for (auto& [pid, child] : children_) {
    pipes.push_back({child.output.fd(), POLLIN, 0});
    owners.push_back(&child);
  }
  if (pipes.empty() || ::poll(pipes.data(), pipes.size(), 0) <= 0) return;
  for (std::size_t i = 0; i < pipes.size(); ++i) {
    if ((pipes[i].revents & POLLIN) == 0) continue;
    owners[i]->output.read_lines([&](std::string_view line) { print(owners[i]->order, line); });
    // sync(signal): seq_cst. There may be more; the next sleep is turned back.
    signals_seen.add_seq_cst(1);
  }
}

void ForkServer::print(const ActorOrder& order, std::string_view line) {
  log_.append(line);
  (void)service_.sender().post<Text>({.to = order.output, .from = order.actor}, line);
}

void ForkServer::reap() {
  int status = 0;
  // Ends: with the last child that is dead by now.
  for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG)) {
    if (pid == standby_.pid()) standby_.is_gone();
    const auto found = children_.find(pid);
    if (found == children_.end()) continue;
    found->second.output.finish([&](std::string_view line) { print(found->second.order, line); });
    tell_ended(found->second.order, pid, status);
    const Child child = std::move(found->second);
    children_.erase(found);
    if (deputy_ != nullptr) deputy_->child_ended(pid, child.order, end_of_process(status));
  }
}

void ForkServer::tell_ended(const ActorOrder& order, pid_t pid, int status) {
  (void)service_.post<protocol::ProcessEnded>(admin_of(service_.segment()), order.actor.word(), order.place, pid, status);
}

}  // namespace buskin::runtime
