// Client: the client program of the storm. It creates the actors, talks to them until it is killed, and asks for
// their sums in the end.
#pragma once

#include <cstdio>
#include <random>

#include "tests/storm/askers.hpp"
#include "tests/support/scratch.hpp"

namespace system_storm {

inline constexpr auto kStartMax = 60s;

class Client {
 public:
  explicit Client(const std::string& witness) : path_(witness), witness_(witness_at(witness)) {}

  /// Creates all actors, sends the tokens, and continues as work(). Called once.
  int begin() {
    if (!create_all()) return 1;
    for (std::uint32_t source = 0; source < kSources; ++source) {
      for (std::uint32_t i = 0; i < kTokens; ++i) {
        system_.send(system_.find("source" + std::to_string(source)), Token(source));
      }
    }
    for (const char* name : {"asker", "nursery"}) system_.send(system_.find(name), Token(0));
    return work();
  }

  /// Asks, creates and ends actors, until the test asks it to finish or kills it.
  int work() {
    const auto echo = system_.find<Echo>("echo");
    const auto keeper = system_.find<Keeper>("keeper");
    if (!echo.address() || !keeper.address()) return fail("an actor with a name is not found");
    witness_.has_begun.store_relaxed(1);
    for (std::uint64_t number = 1; witness_.shall_finish.load_relaxed() == 0; ++number) {
      auto first = system_.request<Question>(keeper, kAnswerMax, Question(number));
      auto second = system_.request<Question>(echo, kAnswerMax, Question(number));
      if (number % kBriefEvery == 0) have_a_brief_one(number);
      for (auto* const pending : {&first, &second}) {
        const auto answer = pending->wait();
        count_answer(witness_.client_asks, answer.ok(), answer.error().code());
        if (answer && answer->number() != number) witness_.damaged.add_relaxed(1);
      }
    }
    return finish();
  }

  /// Waits until all actors rest, and returns whether the sums are right.
  int finish() {
    for (std::uint32_t source = 0; source < kSources; ++source) system_.send(source_of(source), Stop(0));
    for (const char* name : {"asker", "nursery"}) system_.send(system_.find(name), Stop(0));
    std::array<std::uint64_t, kSources> numbers{};
    for (std::uint32_t source = 0; source < kSources; ++source) {
      if (!wait_for_rest(source, numbers[source])) return 1;
    }
    return check(numbers);
  }

  /// Stays until it is killed.
  int stay() {
    witness_.has_begun.store_relaxed(1);
    return buskin::test::sleep_for_ever();
  }

  /// Ends all actors.
  int end() {
    for (const char* name : kNames) {
      const buskin::Address actor = system_.find(name);
      if (!actor) return fail(name);
      system_.exit(actor);
    }
    return 0;
  }

 private:
  static constexpr std::uint64_t kBriefEvery = 32;
  static constexpr std::array kNames = {"sink",    "saver",   "forwarder", "worker", "relay0", "relay1", "source0",
                                        "source1", "source2", "echo",      "keeper", "asker",  "nursery"};

  static int fail(const std::string& why) {
    std::fprintf(stderr, "client: %s\n", why.c_str());
    return 1;
  }
  buskin::Ref<Source> source_of(std::uint32_t source) {
    return system_.find<Source>("source" + std::to_string(source));
  }

  template <class A, class... Args>
  buskin::Address make(const char* name, const buskin::Place& place, const Args&... args) {
    const auto made = system_.create<A>(
        buskin::CreateOptions{.name = name, .place = place, .mailbox = {.wait = kStartMax}, .supervise = patient()},
        args...);
    if (!made.ok()) (void)fail(std::string(name) + ": " + made.error().what());
    return made.ok() ? made->address() : buskin::Address();
  }

  bool create_all() {
    const buskin::Place light = buskin::shared("light");
    const buskin::Place own = buskin::own_process;
    const buskin::Address sink = make<Sink>("sink", own, path_);
    const buskin::Address saver = make<Saver>("saver", light, sink);
    const buskin::Address forwarder = make<Forwarder>("forwarder", light, sink);
    const buskin::Address worker = make<Worker>("worker", own, sink);
    const buskin::Address relays[] = {make<Relay>("relay0", own, worker, forwarder, saver, sink),
                                      make<Relay>("relay1", light, worker, forwarder, saver, sink)};
    bool is_good = relays[0] && relays[1];
    for (std::uint32_t source = 0; source < kSources; ++source) {
      const std::string name = "source" + std::to_string(source);
      is_good =
          make<Source>(name.c_str(), source == 0 ? light : own, relays[source % 2], sink, path_, source, kTokens) &&
          is_good;
    }
    is_good = make<Echo>("echo", light) && is_good;
    is_good = make<Keeper>("keeper", own) && is_good;
    is_good = make<Asker>("asker", light, path_) && is_good;
    return make<Nursery>("nursery", own, path_) && is_good;
  }

  /// It ends with this client's process at the latest. A kill before its start is counted.
  void have_a_brief_one(std::uint64_t number) {
    const buskin::Place place = number / kBriefEvery % 2 == 0 ? buskin::shared("brief") : buskin::own_process;
    const auto brief = system_.create<Brief>(
        buskin::CreateOptions{.place = place, .life = buskin::Life::Creator, .supervise = patient()},
        buskin::Address());
    if (!brief.ok()) {
      witness_.not_started.add_relaxed(1);
      return;
    }
    witness_.started.add_relaxed(1);
    const auto answer = system_.ask<Question>(*brief, kAnswerMax, Question(number));
    count_answer(witness_.client_asks, answer.ok(), answer.error().code());
    system_.exit(*brief);
  }

  /// All tokens are back, so no message is on its way.
  bool wait_for_rest(std::uint32_t source, std::uint64_t& number) {
    const auto end = std::chrono::steady_clock::now() + kAnswerMax;
    for (;;) {  // Ends: with the last token, or at the watchdog's time.
      const auto position = system_.ask<Read>(source_of(source), kAnswerMax, Read(0));
      if (!position) return fail(position.error().what()) == 0;
      number = position->number();
      if (position->absorbed() == kTokens) return true;
      if (std::chrono::steady_clock::now() > end) {
        return fail("source " + std::to_string(source) + " at " + std::to_string(number) + " has " +
                    std::to_string(position->absorbed()) + " tokens") == 0;
      }
      ::usleep(1'000);
    }
  }

  /// Each token returns by one path. Waits for the messages that are still on the other paths.
  int check(const std::array<std::uint64_t, kSources>& numbers) {
    const auto sink = system_.find<Sink>("sink");
    const auto saver = system_.find<Saver>("saver");
    const auto end = std::chrono::steady_clock::now() + kAnswerMax;
    std::string wrong;
    do {  // Ends: with the last message, or at the watchdog's time.
      const auto seen = system_.ask<Read>(sink, kAnswerMax, Read(0));
      if (!seen) return fail(seen.error().what());
      wrong = differences(*seen, numbers);
    } while (!wrong.empty() && std::chrono::steady_clock::now() < end);
    for (std::uint32_t source = 0; source < kSources; ++source) {
      const auto saved = system_.ask<Read>(saver, kAnswerMax, Read(source));
      if (!saved) return fail(saved.error().what());
      if (saved->number() != numbers[source]) wrong += " the saver is at " + std::to_string(saved->number());
      if (saved->faults() != 0) wrong += " the saver has faults: " + std::to_string(saved->faults());
    }
    return wrong.empty() ? 0 : fail(wrong);
  }

  static std::string differences(const Seen& seen, const std::array<std::uint64_t, kSources>& numbers) {
    std::string wrong;
    for (std::uint32_t way = 0; way < kWays; ++way) {
      const std::uint64_t step = step_of(way % kPaths);
      const std::uint64_t count = numbers[way / kPaths] / step;
      const std::uint64_t sum = step * count * (count + 1) / 2;
      if (seen.last()->Get(way) == count * step && seen.count()->Get(way) == count && seen.sum()->Get(way) == sum) {
        continue;
      }
      wrong += " source " + std::to_string(way / kPaths) + " path " + std::to_string(way % kPaths) + " of " +
               std::to_string(count) + ": last " + std::to_string(seen.last()->Get(way)) + ", count " +
               std::to_string(seen.count()->Get(way)) + ", sum " + std::to_string(seen.sum()->Get(way)) + " of " +
               std::to_string(sum) + ";";
    }
    if (seen.faults() != 0) wrong += " the sink has faults: " + std::to_string(seen.faults());
    return wrong;
  }

  std::string path_;
  Witness& witness_;
  buskin::ActorSystem system_;
};

}  // namespace system_storm
