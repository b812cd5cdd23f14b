// Actors: those that are measured. Public headers only, default modes and capacities.
#pragma once

#include <algorithm>
#include <buskin/buskin.hpp>
#include <chrono>
#include <cstring>
#include <vector>

#include "buskin_bench_generated.h"
#include "examples/support/raw.hpp"

namespace measured {

using support::Clock;

/// Answers what it is asked with the same 64 bytes.
struct Echo : buskin::Actor<buskin::Ask<Payload64, Payload64>> {
  void on(Message<Payload64> payload, ReplyTo<Payload64> reply) { reply(*payload); }
};

/// Asks its peer n times, one after the other, or as often as kAskingMax_ns allows, and tells the client how
/// long each took.
struct Asker : buskin::Actor<buskin::Init<Round>, Begin> {
  explicit Asker(const Round& round) : peer_(*round.peer()), client_(*round.client()) {}
  void on(Message<Begin> begin, Context& context) {
    left_ = begin->n();
    end_ = support::now_ns() + kAskingMax_ns;
    samples_.clear();
    samples_.reserve(left_);
    ask(context);
  }

 private:
  void ask(Context& context) {
    begin_ = support::now_ns();
    context.request<Payload64>(peer_, std::chrono::seconds(5), Payload64())
        .then([this, &context](buskin::Answer<Payload64> answer) { next(answer.ok(), context); });
  }
  void next(bool ok, Context& context) {
    if (ok) samples_.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(support::now_ns() - begin_, ~0u)));
    if (ok && --left_ != 0 && support::now_ns() < end_) return ask(context);
    context.send<Samples>(client_, samples_);
  }

  Ref<Echo> peer_;
  Address client_;
  static constexpr std::uint64_t kAskingMax_ns = 5'000'000'000;
  std::uint64_t left_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t begin_ = 0;
  std::vector<std::uint32_t> samples_;
};

/// Takes n messages of 64 bytes and tells the client how long they took from the first to the last.
struct Sink : buskin::Actor<buskin::Init<Source>, Begin, Payload64> {
  explicit Sink(const Source& source) : client_(*source.client()) {}
  void on(Message<Begin> begin) {
    left_ = begin->n();
    begin_ = support::now_ns();
  }
  void on(Message<Payload64>, Context& context) {
    if (--left_ == 0) context.send(client_, Took(support::now_ns() - begin_));
  }

 private:
  Address client_;
  std::uint64_t left_ = 0;
  std::uint64_t begin_ = 0;
};

/// Sends n messages as fast as its peer has room for them.
struct Sender : buskin::Actor<buskin::Init<Source>, Begin, buskin::Undeliverable> {
  explicit Sender(const Source& source) : sink_(*source.sink()) {}
  void on(Message<Begin> begin, Context& context) {
    for (std::uint64_t i = 0; i < begin->n(); ++i) context.send(sink_, Payload64());
  }
  // On a machine that others use, the sink may not run for as long as a sender waits.
  void on(Message<buskin::Undeliverable>, Context& context) { context.send(sink_, Payload64()); }

 private:
  Ref<Sink> sink_;
};

/// Tells the sender of a message of any size that it has looked at 8 of its bytes.
struct Toucher : buskin::Actor<Blob> {
  void on(Message<Blob> blob, Context& context) {
    const auto* bytes = blob->bytes();
    std::uint64_t word = 0;
    std::memcpy(&word, bytes->data() + bytes->size() / 2, sizeof word);
    context.send(Address(*blob->client()), Count(word));
  }
};

/// Takes a message and never ends with it, but by being killed. Its successor says when it had it again.
struct Victim : buskin::Actor<Hold, Payload64> {
  void on(Message<Hold> hold, Context& context) {
    const Address client(*hold->client());
    if (hold.redelivered()) return context.send(client, Recovered(support::now_ns()));
    context.send(client, Holding(static_cast<std::uint32_t>(getpid())));
    const std::uint64_t end = support::now_ns() + 30'000'000'000;  // Nobody has killed it: the bench is gone.
    while (support::now_ns() < end) pause();
  }
  void on(Message<Payload64>) {}
};

}  // namespace measured
