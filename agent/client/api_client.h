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
  // Of every source, oldest first; of more than 200 the newest 200.
  Result<std::vector<CommandView>> commands();
  // The same without the updates, which are most of it.
  Result<std::optional<CommandOutline>> outline(const std::string& command_id);
  Result<std::vector<CommandOutline>> outlines();
  Result<std::vector<InventoryRow>> inventory();
  Result<std::vector<std::string>> stacks();  // labels, sorted
  Result<std::string> metrics();              // in the text format of Prometheus
  // Does it answer requests yet?
  Result<bool> ready();
  // GET of anything, as text; anything but 200 is an error.
  Result<std::string> get(const std::string& path);

 private:
  Result<HttpResponse> ask(HttpRequest request);
  // What the target lists as "Commands", each read by `parse`; none where it is not there.
  template <class T>
  Result<std::vector<T>> list(const std::string& target, Result<T> (*parse)(const Json&));
  Result<Json> get_json(const std::string& path);

  HttpClient http_;
  std::string token_;
};

}  // namespace squall::agent
