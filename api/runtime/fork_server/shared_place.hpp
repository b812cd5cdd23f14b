// SharedPlace: what a shared process does beside its actors: it takes further actors in.
//
//               HostActor: hosts it
//                +----+
//                v    |         all actors have ended: PlaceEmpty
//   run() --> Hosting-+ -------------------------------------> Empty --EndPlace--> over
//                ^                                               |
//                +-----------------------------------------------+
//                                  HostActor
//
// The end of the last actor wakes it. The admin answers PlaceEmpty with EndPlace when it has sent no more
// actors than the place says that it hosted.
//
// Threads: one, a Service.
#pragma once

#include <cstdint>
#include <string>

#include "api/runtime/client/service.hpp"
#include "api/runtime/fork_server/actor_signals.hpp"
#include "api/runtime/fork_server/fork_spec.hpp"
#include "api/runtime/host/host.hpp"
#include "api/runtime/node/actor_spec.hpp"
#include "system_generated.h"

namespace buskin::runtime {

class SharedPlace {
 public:
  /// `spec` is that of the first actor.
  SharedPlace(Host& host, ActorSignals& signals, std::uint64_t place, const ActorSpec& spec);

  /// Hosts the actors of `fork` and those that the admin sends, until EndPlace.
  void run(const ForkSpec& fork);

 private:
  void add_handlers();
  void add_sources(ActorSignals& signals);
  std::uint64_t act(std::uint64_t now_ns);
  void report();
  void report_ready();
  void report_again();
  void report_empty();
  bool is_newly_empty() const;
  void become_empty();
  void end();
  void host_actor(const protocol::HostActor& asked);
  void host_one(shm::ActorId actor);

  Host& host_;
  std::uint64_t place_;
  std::string name_;
  Service service_;
  std::uint64_t hosted_ = 0;  ///< How many, ever.
  bool is_empty_ = false;
  bool is_reported_ = false;  ///< PlaceReady has left.
  std::uint64_t report_at_ns_ = 0;
};

}  // namespace buskin::runtime
