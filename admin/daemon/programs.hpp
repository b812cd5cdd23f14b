// Programs: the fork servers of a system, and which actor types each of them has.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/runtime/recovery/process_watch.hpp"

namespace buskin::admin {


struct Server {
  std::uint64_t program = 0;  ///< Hash of the binary's build id and its surroundings.
  std::string path;
  shm::ActorId mailbox{};
  shm::MemberId member{};
  std::map<std::uint64_t, std::string> types;
};

/// A program that `buskin program add` has added: its fork server stays without use, and is started again when it is
/// gone.
struct Kept {
  std::string path;
  std::vector<std::string> arguments;
  std::string folder;
};

class Programs {
 public:
  /// False when this program has a server already.
  bool add(const Server& server);
  /// False when this process is not a fork server.
  bool remove(shm::MemberId member);
  void remove(std::uint64_t program);

  /// A server that has the type, preferably that of `program`. Null when there is none.
  const Server* choose(std::uint64_t type, std::uint64_t program) const;
  bool has(std::uint64_t program) const { return find(program) != nullptr; }
  const Server* find(std::uint64_t program) const;
  const Server* find(shm::MemberId member) const;
  /// Has a fork server of this binary registered?
  bool has_path(const std::string& path) const;

  /// Its server died: actors of the program wait for the next one.
  void expect(std::uint64_t program) { expected_.insert(program); }
  bool is_expected(std::uint64_t program) const { return expected_.contains(program); }

  void keep(const Kept& kept);
  /// Forgets that it is kept. Does not end its fork server. False when it was not kept.
  bool unkeep(const std::string& path);
  const Kept* find_kept(const std::string& path) const;
  /// The paths of all servers, for a sentence.
  std::string known_paths() const;
  const std::vector<Server>& all() const { return servers_; }

 private:
  std::vector<Server> servers_;
  std::vector<Kept> kept_;
  std::set<std::uint64_t> expected_;
};

}  // namespace buskin::admin
