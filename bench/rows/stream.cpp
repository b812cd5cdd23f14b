// stream: Senders and a Sink.
#include "bench/rows/stream.hpp"

#include <vector>

#include "bench/harness/bench.hpp"
#include "examples/support/clock.hpp"
#include "messages_generated.h"

namespace bench {

/// Takes n messages of 64 bytes. Sends the client the time from its Begin to the last of them.
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
  buskin::Address client_;
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
  buskin::Ref<Sink> sink_;
};

void measure_stream(Bench& bench, const std::string& name, std::uint64_t senders) {
  auto inbox = bench.system().inbox();
  const auto sink = must(bench.system().create<Sink>(buskin::Address(), inbox.address()));
  std::vector<buskin::Ref<Sender>> sources;
  for (std::uint64_t i = 0; i < senders; ++i) {
    sources.push_back(must(bench.system().create<Sender>(sink.address(), inbox.address())));
  }
  std::vector<double> rates;
  const std::uint64_t each = bench.scale().messages / senders;
  for (int run = 0; run <= bench.scale().runs; ++run) {  // The first one warms up.
    if (run == 1) bench.start_costs();
    bench.system().send(sink, Begin(each * senders));
    for (const auto& source : sources) bench.system().send(source, Begin(each));
    receive<Took>(inbox, [&](const Took& took) {
      if (run > 0) rates.push_back(static_cast<double>(each * senders) * 1e9 / static_cast<double>(took.nanoseconds()));
    });
  }
  bench.add(figures_of_rates(name, std::move(rates)));
  for (const auto& source : sources) bench.system().exit(source);
  bench.system().exit(sink);
}

Rows stream_rows(const std::string& base) {
  const std::string name = row_name({"stream", base, "64"});
  return {{name, [name](Bench& bench) { measure_stream(bench, name, 1); }}};
}

}  // namespace bench
