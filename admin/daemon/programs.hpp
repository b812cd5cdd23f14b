// Programs: which fork server can make which actors.
//
// Floor: admin.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "admin/daemon/watch.hpp"

namespace buskin::admin {

struct Server {
  std::uint64_t program = 0;  ///< Key of the binary and its surroundings.
  std::string path;
  shm::ActorId mailbox{};
  MemberId member{};
  std::map<std::uint64_t, std::string> types;
  bool is_kept = false;            ///< Added by hand: stays without clients.
  std::uint64_t unused_since_ns = 0;  ///< 0 while somebody uses it.
};

class Programs {
 public:
  /// False when this program has a server already.
  bool add(const Server& server);
  void remove(MemberId member);
  void remove(std::uint64_t program);

  /// A server that has the type: preferably of `program`. Null when nobody has it.
  const Server* choose(std::uint64_t type, std::uint64_t program) const;
  bool has(std::uint64_t program) const;
  /// Paths, for a sentence.
  std::string known_paths() const;
  std::vector<Server>& all() { return servers_; }
  const std::vector<Server>& all() const { return servers_; }

 private:
  std::vector<Server> servers_;
};

}  // namespace buskin::admin
