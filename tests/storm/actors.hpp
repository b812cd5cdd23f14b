// Actors: the traffic of the storm. Every actor that counts saves its counts, so a wrong repair shows in the sums.
#pragma once

#include <vector>

#include "buskin/buskin.hpp"
#include "storm_generated.h"
#include "tests/storm/witness.hpp"
#include "tests/support/chosen.hpp"

namespace system_storm {

using namespace talk;

inline constexpr std::size_t kProbeEvery = 4'096;

/// Which messages are large, and how large. All processes have these variables from the test.
struct Sizes {
  std::uint64_t every = buskin::test::number_from("BUSKIN_STORM_LARGE_EVERY", 400);
  std::uint64_t least = buskin::test::number_from("BUSKIN_STORM_LARGE_LEAST", 100 * 1'024);
  std::uint64_t most = buskin::test::number_from("BUSKIN_STORM_LARGE_MOST", 4 * 1'024 * 1'024);
};
inline const Sizes& sizes() {
  static const Sizes chosen;
  return chosen;
}

inline bool is_large(std::uint64_t number) { return number % sizes().every == 0; }
/// Sizes differ, and small ones are more frequent.
inline std::uint64_t large_bytes(std::uint64_t number) {
  const Sizes& size = sizes();
  const std::uint64_t dice = (number / size.every * 2'654'435'761u) >> 8;
  return dice % 8 == 0 ? size.least + dice % (size.most - size.least) : size.least + dice % size.least;
}
inline std::uint8_t probe_of(std::uint64_t number, std::uint64_t at) {
  return static_cast<std::uint8_t>(number * 31 + at / kProbeEvery);
}
/// The relay's path that the large block itself takes.
inline std::uint32_t large_path(std::uint64_t number) { return number / sizes().every % 2 == 0 ? 0 : 2; }

template <class C>
void send_bulk(C& context, buskin::Address to, const Number& what) {
  const std::uint64_t bytes = large_bytes(what.number());
  auto draft = context.template draft<Bulk>(bytes + 256);
  std::uint8_t* payload = nullptr;
  const auto vector = draft.builder().CreateUninitializedVector(bytes, &payload);
  for (std::uint64_t at = 0; at < bytes; at += kProbeEvery) payload[at] = probe_of(what.number(), at);
  payload[bytes - 1] = probe_of(what.number(), bytes - 1);
  draft.finish(CreateBulk(draft.builder(), what.number(), what.source(), what.path(), vector));
  context.send(to, std::move(draft));
}

inline bool is_whole(const Bulk& bulk) {
  const auto& payload = *bulk.payload();
  const std::uint64_t bytes = large_bytes(bulk.number());
  if (payload.size() != bytes) return false;
  for (std::uint32_t at = 0; at < bytes; at += kProbeEvery) {
    if (at != bytes - 1 && payload[at] != probe_of(bulk.number(), at)) return false;
  }
  return payload[static_cast<std::uint32_t>(bytes - 1)] == probe_of(bulk.number(), bytes - 1);
}

/// Some messages take longer, so that kills hit actors that have them in hand.
inline void work_on(std::uint64_t number) {
  if (number % 4 != 0) return;
  const std::uint64_t until = buskin::shm::now_ns() + 20'000;
  while (buskin::shm::now_ns() < until) __builtin_ia32_pause();
}

/// Sends one number for each token. Exactly once: number and saved state go together.
struct Source : buskin::Actor<buskin::Init<Start>, Token, Stop, buskin::Ask<Read, Position>, buskin::Saves<Standing>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;

  explicit Source(const Start& start) : relay_(*start.relay()), sink_(*start.sink()), source_(start.source()) {}
  void on_restart(const Standing& saved) {
    number_ = saved.number();
    absorbed_ = saved.absorbed();
    is_stopped_ = saved.stopped();
  }

  void on(Message<Token>, Context& context) {
    if (is_stopped_) {
      ++absorbed_;
    } else {
      send_next(context);
    }
    save(context);
  }
  void on(Message<Stop>, Context& context) {
    is_stopped_ = true;
    save(context);
  }
  void on(Message<Read>, ReplyTo<Position> reply) { reply(number_, absorbed_, std::uint64_t{0}); }

 private:
  void send_next(Context& context) {
    ++number_;
    if (is_large(number_)) {
      send_bulk(context, relay_, Number(number_, source_, large_path(number_)));
    } else {
      context.send(relay_, Number(number_, source_, 0));
    }
    work_on(number_);
    if (number_ % kStraightEvery == 0) context.send(sink_, Number(number_, source_, kStraight));
  }
  void save(Context& context) { context.save<Standing>(number_, absorbed_, is_stopped_); }

  buskin::Address relay_, sink_;
  std::uint32_t source_;
  std::uint64_t number_ = 0, absorbed_ = 0;
  bool is_stopped_ = false;
};

/// In one turn it takes one message and sends four, or forwards the block and sends three.
struct Relay : buskin::Actor<buskin::Init<Route>, Number, Bulk> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;

  explicit Relay(const Route& route)
      : to_{buskin::Address(*route.sink()), buskin::Address(*route.worker()), buskin::Address(*route.forwarder()),
            buskin::Address(*route.saver())} {}

  void on(Message<Number> in, Context& context) {
    for (std::uint32_t path = 0; path < to_.size(); ++path) {
      context.send(to_[path], Number(in->number(), in->source(), path));
    }
    work_on(in->number());
  }
  void on(Message<Bulk> in, Context& context) {
    const std::uint32_t own = in->path();
    for (std::uint32_t path = 0; path < to_.size(); ++path) {
      if (path != own) context.send(to_[path], Number(in->number(), in->source(), path));
    }
    context.forward(to_[own], std::move(in));
  }

 private:
  std::array<buskin::Address, kStraight> to_;
};

/// Works at least once and has no state: its repeated sends are flagged.
struct Worker : buskin::Actor<buskin::Init<Next>, Number> {
  explicit Worker(const Next& next) : next_(*next.to()) {}
  void on(Message<Number> in, Context& context) {
    context.send(next_, *in);
    work_on(in->number());
  }
  buskin::Address next_;
};

struct Forwarder : buskin::Actor<buskin::Init<Next>, Number, Bulk> {
  explicit Forwarder(const Next& next) : next_(*next.to()) {}
  void on(Message<Number> in, Context& context) {
    const std::uint64_t number = in->number();
    context.forward(next_, std::move(in));
    work_on(number);
  }
  void on(Message<Bulk> in, Context& context) { context.forward(next_, std::move(in)); }
  buskin::Address next_;
};

/// Works at least once and saves its state.
struct Saver : buskin::Actor<buskin::Init<Next>, Number, buskin::Ask<Read, Position>, buskin::Saves<Seen>> {
  explicit Saver(const Next& next) : next_(*next.to()), last_(kSources) {}
  void on_restart(const Seen& saved) {
    last_.assign(saved.last()->begin(), saved.last()->end());
    faults_ = saved.faults();
  }

  void on(Message<Number> in, Context& context) {
    std::uint64_t& last = last_[in->source()];
    const bool is_repeated = in.redelivered() && in->number() == last;
    if (in->number() != last + 1 && !is_repeated) ++faults_;
    last = in->number();
    context.send(next_, *in);
    work_on(in->number());
    context.save<Seen>(last_, std::vector<std::uint64_t>(), std::vector<std::uint64_t>(), std::uint64_t{0}, faults_);
  }
  void on(Message<Read> read, ReplyTo<Position> reply) { reply(last_[read->of()], std::uint64_t{0}, faults_); }

  buskin::Address next_;
  std::vector<std::uint64_t> last_;
  std::uint64_t faults_ = 0;
};

/// The end of all paths. Works exactly once, and returns each token when its number arrives.
struct Sink : buskin::Actor<buskin::Init<Look>, Number, Bulk, buskin::Ask<Read, Seen>, buskin::Saves<Seen>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;

  explicit Sink(const Look& look)
      : witness_(witness_at(look.witness()->str())), last_(kWays), count_(kWays), sum_(kWays) {}
  void on_restart(const Seen& saved) {
    last_.assign(saved.last()->begin(), saved.last()->end());
    count_.assign(saved.count()->begin(), saved.count()->end());
    sum_.assign(saved.sum()->begin(), saved.sum()->end());
    again_ = saved.again();
    faults_ = saved.faults();
  }

  void on(Message<Number> in, Context& context) { take(*in, in.redelivered(), context); }
  void on(Message<Bulk> in, Context& context) {
    if (!is_whole(*in)) witness_.damaged.add_relaxed(1);
    witness_.large.add_relaxed(1);
    witness_.large_bytes.add_relaxed(in->payload()->size());
    take(Number(in->number(), in->source(), in->path()), in.redelivered(), context);
  }
  void on(Message<Read>, ReplyTo<Seen> reply) { reply(last_, count_, sum_, again_, faults_); }

 private:
  void take(const Number& in, bool is_again, Context& context) {
    witness_.note(in.source(), in.path(), in.number(), is_again);
    if (in.path() == kStraight) witness_.straight.add_relaxed(1);
    work_on(in.number());
    const std::size_t way = in.source() * kPaths + in.path();
    if (is_again && in.number() == last_[way] && may_repeat(in.path())) {
      ++again_;
    } else {
      if (in.number() != last_[way] + step_of(in.path())) ++faults_;
      last_[way] = in.number();
      ++count_[way];
      sum_[way] += in.number();
      if (in.number() % kStraight == in.path()) give_back(in.source(), context);
    }
    context.save<Seen>(last_, count_, sum_, again_, faults_);
  }
  void give_back(std::uint32_t source, Context& context) {
    buskin::Address& to = sources_[source];
    if (!to) to = context.find("source" + std::to_string(source));
    context.send(to, Token(source));
  }

  Witness& witness_;
  std::array<buskin::Address, kSources> sources_;
  std::vector<std::uint64_t> last_, count_, sum_;
  std::uint64_t again_ = 0, faults_ = 0;
};

}  // namespace system_storm
