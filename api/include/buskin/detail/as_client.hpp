// AsClient: a client's verbs for code that has only its endpoint: the runtime's own, and tools.
#pragma once

#include "buskin/verbs.hpp"

namespace buskin::inline v0::detail {

class AsClient : public ClientVerbs<AsClient> {
 public:
  explicit AsClient(ClientEndpoint& client) : client_(&client) {}

 private:
  friend Door<AsClient>;
  ClientEndpoint& own_endpoint() const { return *client_; }

  ClientEndpoint* client_;
};

}  // namespace buskin::v0::detail
