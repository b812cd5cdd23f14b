// SystemStorm: a whole system, started the ordinary way, whose processes are killed and stopped; in the end its sums
// must be right.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <deque>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "tests/storm/client.hpp"
#include "tests/storm/victims.hpp"
#include "tests/support/chosen.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/subprocess.hpp"

namespace system_storm {

using Json = nlohmann::json;
using buskin::shm::now_ns;

inline constexpr std::uint64_t kMs = 1'000'000;
inline constexpr auto kWatchdog = 60s;
inline constexpr int kScansOfNobody = 5;  ///< In a row: a process may be on its way from a fork to its name.
inline constexpr std::size_t kNamedActors = 13;
inline constexpr std::size_t kLogLinesMax = 100;

class SystemStorm : public ::testing::Test {
 protected:
  SystemStorm() : witness_(witness_at(beside_.file("witness"))) {
    ::setenv("BUSKIN_DIR", folder_.path().c_str(), 1);
    ::setenv("BUSKIN_LINGER", "0.2", 1);
  }
  ~SystemStorm() override {
    client_.reset();
    for (const Victim& victim : find_victims(folder_.path())) victim.signal(SIGKILL);
    ::unsetenv("BUSKIN_DIR");
    ::unsetenv("BUSKIN_LINGER");
  }

  // -- The processes ----------------------------------------------------------------------------

  void start_client(int (Client::*play)()) {
    witness_.has_begun.store_relaxed(0);
    client_ = std::make_unique<buskin::test::Child>([this, play] {
      // Ends: with a client, or at the watchdog's time; without memory it may be refused.
      for (std::uint64_t end = now_ns() + join_max_ns_;;) {
        try {
          return (Client(beside_.file("witness")).*play)();
        } catch (const std::exception& fault) {
          if (now_ns() < end) continue;
          std::fprintf(stderr, "client: %s\n", fault.what());
          return 1;
        }
      }
    });
  }
  bool becomes(const char* what, const std::function<bool()>& is_so) {
    const auto end = std::chrono::steady_clock::now() + kWatchdog;
    while (!is_so()) {
      if (std::chrono::steady_clock::now() > end) {
        ADD_FAILURE() << "it never became so: " << what << "\n" << describe_all();
        return false;
      }
      pause(kMs);  // Between two looks.
    }
    return true;
  }
  /// Everything that can be seen from outside, for the search for a fault.
  std::string describe_all() {
    std::string text = tool({"status"}).out + tool({"ps"}).out + tool({"program", "list"}).out;
    for (const Victim& victim : find_victims(folder_.path())) {
      text += std::to_string(victim.pid()) + " " + victim.title() + "\n";
    }
    constexpr std::size_t kActorsShown = 3;
    std::size_t shown = 0;
    const Json all = look({"ps"});
    for (const Json& actor : all["actors"]) {
      if (actor["state"] == "active" || shown++ >= kActorsShown) continue;
      text += tool({"status", actor["index"].dump()}).out;
    }
    std::deque<std::string> lines;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      if (entry.path().extension() != ".log") continue;
      std::ifstream log(entry.path());
      for (std::string line; std::getline(log, line);) {
        lines.push_back(line);
        if (lines.size() > kLogLinesMax) lines.pop_front();
      }
    }
    for (const std::string& line : lines) text += line + "\n";
    return text;
  }
  bool flows() {
    const std::uint64_t before = witness_.arrived_ns.load_relaxed();
    return becomes("traffic flows", [&] {
      return witness_.has_begun.load_relaxed() != 0 && witness_.arrived_ns.load_relaxed() != before;
    });
  }

  test_support::Outcome tool(std::vector<std::string> arguments) {
    // The tool of the same build as this program, also when both were copied for a long storm.
    const auto self = std::filesystem::read_symlink("/proc/self/exe");
    arguments.insert(arguments.begin(), (self.parent_path().parent_path() / "bin" / "buskin").string());
    return test_support::run({.arguments = std::move(arguments)});
  }
  Json look(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const test_support::Outcome outcome = tool(std::move(arguments));
    Json seen = Json::parse(outcome.out, nullptr, false);
    if (!seen.is_object()) ADD_FAILURE() << outcome.out << outcome.err;
    return seen;
  }
  Json check(const char* when) {
    Json report = look({"fsck"});
    EXPECT_TRUE(report["ok"] == true) << when << ": " << report.dump();
    ++checks_;
    return report;
  }

  // -- Kills and stops --------------------------------------------------------------------------

  std::uint64_t dice(std::uint64_t sides) { return random_() % sides; }
  static void pause(std::uint64_t ns) {
    const std::uint64_t until = now_ns() + ns;
    while (now_ns() < until) ::usleep(100);
  }

  void kill_client() {
    killed_.insert(client_->pid());
    client_->kill();
    ++kills_[static_cast<std::size_t>(Role::Client)];
  }
  void kill(const Victim& victim) {
    killed_.insert(victim.pid());
    if (victim.signal(SIGKILL)) ++kills_[static_cast<std::size_t>(victim.role())];
  }
  /// On a busy machine the signal is there long before the end.
  static void wait_for_end(const Victim& victim) {
    while (victim.is_alive()) ::usleep(100);  // Ends: the kernel ends the process.
  }
  /// Chooses a role first, so that an admin dies as often as any of the many actors.
  const Victim* choose(const std::vector<Victim>& all) {
    constexpr std::array<Role, 8> kChances = {Role::Actor,      Role::Actor,   Role::Actor, Role::Actor, Role::Admin,
                                              Role::ForkServer, Role::Standby, Role::Client};
    const Role role = kChances[dice(kChances.size())];
    std::vector<const Victim*> of_role;
    for (const Victim& victim : all) {
      if (victim.role() == role) of_role.push_back(&victim);
    }
    return of_role.empty() ? nullptr : of_role[dice(of_role.size())];
  }
  void kill_some(std::uint64_t count) {
    const std::vector<Victim> all = find_victims(folder_.path());
    bool kills_client = false;
    std::vector<const Victim*> killed;
    for (; count > 0; --count) {
      const Victim* const victim = choose(all);
      if (victim != nullptr) {
        kill(*victim);
        killed.push_back(victim);
      } else {
        kills_client = true;
      }
    }
    for (const Victim* victim : killed) wait_for_end(*victim);
    if (!kills_client) return;
    kill_client();
    start_client(&Client::work);
  }

  /// A stopped process must not count as dead. Other processes may be killed meanwhile.
  void stop_some(bool kills_too) {
    const std::vector<Victim> all = find_victims(folder_.path());
    std::vector<const Victim*> stopped;
    for (std::uint64_t count = 1 + dice(3); count > 0; --count) {
      const Victim* const victim = choose(all);
      if (victim != nullptr && victim->signal(SIGSTOP)) stopped.push_back(victim);
    }
    if (dice(4) == 0) client_->signal(SIGSTOP);
    pause(dice(100) * kMs);
    if (kills_too && dice(2) == 0) {
      const Victim* const victim = choose(all);
      if (victim != nullptr) {
        kill(*victim);
        wait_for_end(*victim);
      }
    }
    pause(dice(100) * kMs);
    for (const Victim* victim : stopped) victim->signal(SIGCONT);
    client_->signal(SIGCONT);
    stops_ += stopped.size();
  }

  void kill_everybody() {
    enter(Phase::Resume);
    kill_client();
    for (int nobody = 0; nobody < kScansOfNobody;) {  // Ends: the processes that could start others are dead too.
      const std::vector<Victim> all = find_victims(folder_.path());
      for (const Victim& victim : all) kill(victim);
      nobody = all.empty() ? nobody + 1 : 0;
      pause(5 * kMs);
    }
    ++massacres_;
    (void)check("all are dead");
  }

  /// All actors work again and all deaths are repaired.
  bool settle() {
    return becomes("all is repaired", [&] {
      const Json status = look({"status"});
      if (status["admin"] == 0) return false;
      for (const Json& process : status["processes"]) {
        if (process["alive"] != true) return false;
      }
      std::size_t active = 0;
      const Json all = look({"ps"});
      for (const Json& actor : all["actors"]) active += actor["name"] != "" && actor["state"] == "active";
      return active == kNamedActors;
    });
  }
  Json deaths() { return look({"deaths"})["deaths"]; }
  /// The record of a death follows its repair, so the record of an earlier kill may come late.
  std::string deaths_of_the_living(std::size_t since) {
    std::string text;
    const Json all = deaths();
    for (std::size_t i = since; i < all.size(); ++i) {
      if (!killed_.contains(all[i]["pid"].get<int>())) text += all[i].dump() + "\n";
    }
    return text;
  }

  /// With stops alone, every process lives on, and none is repaired.
  void stop_phase() {
    if (!settle()) return;
    enter(Phase::Stops);
    const std::size_t deaths_before = deaths().size();
    const Json admin = look({"status"})["admin"];
    const std::vector<Victim> before = find_victims(folder_.path());
    for (int round = 0; round < 5; ++round) stop_some(false);
    EXPECT_EQ(look({"status"})["admin"], admin);
    for (const Victim& victim : before) {
      // An admin or a fork server that found another one of its kind ends in order.
      const bool is_brief =
          victim.title().find("Brief") != std::string::npos || victim.title().find("brief") != std::string::npos;
      EXPECT_TRUE(victim.role() != Role::Actor || is_brief || victim.is_alive())
          << victim.title() << " is gone though it was only stopped";
    }
    EXPECT_EQ(deaths_of_the_living(deaths_before), "") << "a stopped process was repaired";
    ++stop_phases_;
  }

  void enter(Phase phase) {
    if (witness_.phase.load_relaxed() == static_cast<std::uint32_t>(phase)) return;
    witness_.arrived_ns.store_relaxed(0);  // A gap belongs to one phase.
    witness_.phase.store_relaxed(static_cast<std::uint32_t>(phase));
  }

  // -- The storm --------------------------------------------------------------------------------

  void rage(std::uint64_t seconds) {
    const std::uint64_t seed = buskin::test::number_from("BUSKIN_STORM_SEED", std::random_device{}());
    std::printf("seed %llu, %llu s\n", static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seconds));
    std::fflush(stdout);
    random_.seed(seed);
    start_client(&Client::begin);
    if (!flows()) return;
    const std::uint64_t end = now_ns() + seconds * 1'000 * kMs;
    std::uint64_t check_at = now_ns();
    std::uint64_t round = 0;
    while (now_ns() < end && !HasFailure()) {
      enter(Phase::Kills);
      pause((20 + dice(480)) * kMs);
      ++round;
      if (round % 40 == 20) {
        kill_everybody();
        start_client(&Client::work);
        (void)flows();
      } else if (round % 40 == 0) {
        stop_phase();
      } else if (dice(8) == 0) {
        stop_some(true);
      } else {
        kill_some(dice(6) == 0 ? 2 + dice(4) : 1);
      }
      if (now_ns() < check_at) continue;
      (void)check("in the storm");
      check_at = now_ns() + 2'000 * kMs;
    }
  }

  void come_to_rest() {
    enter(Phase::End);
    if (!settle()) return;
    witness_.shall_finish.store_relaxed(1);
    EXPECT_EQ(client_->wait(), 0) << "the sums are wrong";
    client_.reset();
    for (const auto& [what, count] : {std::pair{"lost", &witness_.lost}, {"doubled unflagged", &witness_.doubled},
                                      {"out of order", &witness_.out_of_order}, {"damaged", &witness_.damaged},
                                      {"unanswered by clients' account", &witness_.client_asks.silent},
                                      {"unanswered by actors' account", &witness_.actor_asks.silent},
                                      {"strange answers", &witness_.client_asks.strange},
                                      {"strange answers to actors", &witness_.actor_asks.strange}}) {
      EXPECT_EQ(count->load_relaxed(), 0u) << what;
    }
    EXPECT_TRUE(becomes("only who has a name is left", [&] {
      const Json all = look({"ps"});
      for (const Json& actor : all["actors"]) {
        if (actor["name"] == "" || actor["mailbox"]["messages"] != 0) return false;
      }
      return all["actors"].size() == kNamedActors;
    }));
    status_ = look({"status"});
    const Json deaths = look({"deaths"});
    for (const Json& death : deaths["deaths"]) redelivered_ += death["redelivered"].get<std::uint64_t>();
    // The admin may still get the deaths of the last short-lived processes.
    EXPECT_TRUE(becomes("no message is left", [&] {
      const Json totals = check("at rest")["totals"];
      return HasFailure() || (totals["messages"] == 0 && totals["blocks_queued"] == 0 && totals["blocks_shared"] == 0);
    }));
  }

  /// Kills all processes once more at rest; then the system ends in the ordinary way.
  void end_all() {
    if (HasFailure()) return;
    start_client(&Client::stay);
    if (!becomes("a client is there", [&] { return witness_.has_begun.load_relaxed() != 0; })) return;
    kill_everybody();
    start_client(&Client::end);
    EXPECT_EQ(client_->wait(), 0);
    client_.reset();
    EXPECT_TRUE(becomes("no process is left", [&] { return find_victims(folder_.path()).empty(); }));
    EXPECT_EQ(folder_.files_besides_logs(), 0u);
  }

  static unsigned long long value(const Atomic<std::uint64_t>& count) { return count.load_relaxed(); }
  void report() {
    std::string kills;
    std::uint64_t sum = 0;
    for (std::size_t role = 0; role < kRoles; ++role) {
      kills += (role == 0 ? "" : ", ") + std::to_string(kills_[role]) + " " + kRoleNames[role];
      sum += kills_[role];
    }
    if (status_.empty()) return;  // It never came to rest.
    const auto counter = [&](const char* name) { return status_["counters"].value(name, std::uint64_t{0}); };
    std::printf("storm: %llu kills (%s), %llu times everybody; %llu stops, %llu stop phases; %s new admins; "
                "%llu restarts, %llu redelivered; ",
                static_cast<unsigned long long>(sum), kills.c_str(), static_cast<unsigned long long>(massacres_),
                static_cast<unsigned long long>(stops_), static_cast<unsigned long long>(stop_phases_),
                status_["admins"].dump().c_str(), static_cast<unsigned long long>(counter("restarted")),
                static_cast<unsigned long long>(redelivered_));
    std::printf(
        "%llu sent, %llu handled, %llu at the sink, %llu of them flagged, %llu straight, %llu large of %llu MiB; ",
        static_cast<unsigned long long>(counter("sent")), static_cast<unsigned long long>(counter("handled")),
        value(witness_.handled), value(witness_.flagged), value(witness_.straight), value(witness_.large),
        value(witness_.large_bytes) >> 20);
    std::printf("%llu asks, %llu answered by the reaper; %llu brief actors, %llu not started, %llu children; ",
                value(witness_.client_asks.answered) + value(witness_.actor_asks.answered),
                value(witness_.client_asks.restarted) + value(witness_.actor_asks.restarted), value(witness_.started),
                value(witness_.not_started), value(witness_.children));
    std::printf("%llu fsck; worst gap %llu ms under kills, %llu ms under stops, %llu ms after everybody's death; "
                "%llu lost, %llu doubled, %llu out of order\n",
                static_cast<unsigned long long>(checks_), value(witness_.worst_gap_ns[0]) / kMs,
                value(witness_.worst_gap_ns[1]) / kMs, value(witness_.worst_gap_ns[2]) / kMs, value(witness_.lost),
                value(witness_.doubled), value(witness_.out_of_order));
  }

  buskin::test::ScratchFolder folder_;
  buskin::test::ScratchFolder beside_;
  Witness& witness_;
  std::unique_ptr<buskin::test::Child> client_;
  std::mt19937_64 random_;
  std::array<std::uint64_t, kRoles> kills_{};
  std::set<int> killed_;
  std::uint64_t join_max_ns_ = 0;  ///< How long a client tries to join; a test without memory sets it.
  std::uint64_t massacres_ = 0, stops_ = 0, stop_phases_ = 0, checks_ = 0, redelivered_ = 0;
  Json status_ = Json::object();
};

}  // namespace system_storm
