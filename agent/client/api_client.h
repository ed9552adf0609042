// The REST API as types: what the command line of squall-agent and the tester's adapter talk
// through. Blocking; one thread at a time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/client/http_client.h"
#include "documents/command.h"

namespace squall::agent {

class ApiClient {
 public:
  ApiClient(const std::string& host, uint16_t port, std::string token = "",
            Duration timeout = std::chrono::seconds(60));

  // Of all of these the error says that there was no answer, or one that no agent gives.

  // A sync goes to POST /admin/synchronize, everything else to POST /commands.
  Result<CommandReply> submit(const CommandRequest& request);
  // nullopt: the agent does not know the command. Waits for its end for so long.
  Result<std::optional<CommandView>> status(const std::string& command_id,
                                            Duration wait = Duration(0));
  Result<std::vector<CommandView>> commands();  // of every source, oldest first
  Result<std::vector<InventoryRow>> inventory();
  Result<std::vector<std::string>> stacks();  // labels, sorted
  // Does it answer requests yet?
  Result<bool> ready();
  // GET of anything, as text; anything but 200 is an error.
  Result<std::string> get(const std::string& path);

 private:
  Result<HttpResponse> ask(HttpRequest request);
  Result<Json> get_json(const std::string& path);

  HttpClient http_;
  std::string token_;
};

}  // namespace squall::agent
