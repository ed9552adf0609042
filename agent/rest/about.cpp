// What is to be known of the agent itself.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "agent/rest/call.h"

namespace squall::agent {

namespace {

JsonObject to_json(const std::map<std::string, int64_t>& counts) {
  JsonObject out;
  for (const auto& [name, count] : counts) out[name] = count;
  return out;
}

}  // namespace

void get_stats(Call& call) {
  std::map<std::string, int64_t> types;
  std::map<std::string, int64_t> resources = {{"Managed", 0}, {"Unmanaged", 0}, {"Unsettled", 0}};
  for (const InventoryRow& row : call.api.inventory()) {
    ++types[row.identity.type];
    ++resources[row.managed ? "Managed" : "Unmanaged"];
    if (row.unsettled) ++resources["Unsettled"];
  }
  std::map<std::string, int64_t> commands;
  for (const CommandOutline& outline : call.api.outlines()) {
    ++commands[std::string(to_string(outline.command.state))];
  }
  call.answer(json_response(200, JsonObject{{"Stacks", call.api.stacks().size()},
                                            {"Targets", call.api.targets().size()},
                                            {"Plugins", call.api.plugins().size()},
                                            {"Resources", to_json(resources)},
                                            {"ResourceTypes", to_json(types)},
                                            {"Commands", to_json(commands)}}));
}

void get_plugins(Call& call) {
  JsonArray out;
  for (const PluginView& plugin : call.api.plugins()) {
    JsonArray schemas;
    for (const Schema& schema : plugin.schemas) schemas.push_back(squall::to_json(schema));
    out.push_back(JsonObject{{"Name", plugin.name},
                             {"State", plugin.state},
                             {"Pid", plugin.pid},
                             {"Starts", plugin.starts},
                             {"Schemas", std::move(schemas)}});
  }
  call.answer(json_response(200, out));
}

void get_health(Call& call) {
  const bool is_ready = call.api.ready();
  call.answer(json_response(
      200, JsonObject{{"Status", is_ready ? "ok" : "starting"}, {"Ready", is_ready}}));
}

void get_metrics(Call& call) {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = call.api.metrics();
  call.answer(std::move(response));
}

void not_implemented(Call& call) {
  call.answer(error_response(
      501, "NotImplemented",
      "this engine has no cancel, policies, drift report, reconcile of one stack, discovery or "
      "expiry"));
}

}  // namespace squall::agent
