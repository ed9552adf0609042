// One request on its way through its route, and the handlers there are. For routes.cpp and them.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/rest/api.h"
#include "agent/rest/query.h"
#include "agent/rest/routes.h"

namespace squall::agent {

inline constexpr std::string_view kApiPath = "/api/v1";

class Waiting {
 public:
  // Calls `end` once: when the command has ended, the time is over or stop() is called.
  static void add(const std::shared_ptr<Waiting>& waiting, Api& api, const std::string& command_id,
                  Duration at_most, std::function<void()> end);
  void stop();

 private:
  std::map<uint64_t, std::function<void()>> ends_;
  uint64_t next_ = 1;
};

struct Call {
  Api& api;
  Request request;
  std::vector<std::string> arguments;             // for the :names in the address, in their order
  std::map<std::string, std::string> parameters;  // those that the route knows, each once
  Answer answer;
  std::shared_ptr<Waiting> waiting;

  std::string parameter(const std::string& name, const std::string& otherwise = "") const {
    const auto found = parameters.find(name);
    return found == parameters.end() ? otherwise : found->second;
  }
  std::string client_id() const {
    const std::string* id = request.field("Client-ID");
    return id == nullptr ? "" : *id;
  }
};

// The handlers. Each takes from the call what it needs, and answers it once.
// commands.cpp
void post_command(Call& call);
void get_command(Call& call);
void get_commands(Call& call);
void post_synchronize(Call& call);

// inventory.cpp
void get_resources(Call& call);
void get_summary(Call& call);
void get_resource(Call& call);
void get_stacks(Call& call);
void get_targets(Call& call);

// about.cpp
void get_stats(Call& call);
void get_plugins(Call& call);
void get_health(Call& call);
void get_metrics(Call& call);
void not_implemented(Call& call);

// The fields that a query of rows may have, and those of one row. The row must outlive them.
inline constexpr std::string_view kRowFields[] = {"stack",    "label", "type",    "target",
                                                  "nativeid", "ksuid", "managed", "unsettled"};
std::vector<FieldValue> fields_of(const InventoryRow& row);

}  // namespace squall::agent
