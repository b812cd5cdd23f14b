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
// While it hosts, a thread waits for the end of the last actor and sends Unhosted. The admin answers
// PlaceEmpty with EndPlace when it has sent no more actors than the place says that it hosted.
//
// Threads: one, a Service; and the one that waits.
#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "api/runtime/client/service.hpp"
#include "api/runtime/host/host.hpp"
#include "api/runtime/node/actor_spec.hpp"
#include "system_generated.h"

namespace buskin::runtime {

class SharedPlace {
 public:
  /// `host` hosts the first actor, of `spec`, already.
  SharedPlace(Host& host, std::uint64_t place, const ActorSpec& spec);

  /// Hosts `more` and what the admin sends, until EndPlace.
  void run(const std::vector<shm::ActorId>& more);

 private:
  void add_handlers();
  void report_ready();
  void report_again();
  void report_empty();
  void wait_for_unhosted();
  void was_unhosted();
  void host_actor(const protocol::HostActor& asked);
  void host_one(shm::ActorId actor);

  Host& host_;
  std::uint64_t place_;
  std::string name_;
  Service service_;
  std::thread waiter_;        ///< Joinable while actors are hosted.
  std::uint64_t hosted_ = 1;  ///< How many, ever.
  bool is_empty_ = false;
};

}  // namespace buskin::runtime
