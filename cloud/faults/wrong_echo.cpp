// Fault: the reply's properties differ from what was stored. Beyond the contract: an engine cannot
// know. It may break property-agreement and model-agreement for the object of the call, until the
// object is next read.
#include <utility>

#include "cloud/calls.h"
#include "cloud/faults/kinds.h"

namespace squall::cloud {

namespace wrong_echo {
namespace {

// Changes one writable property other than the name; false: there is none to change.
bool twist(const Schema& schema, JsonObject& properties) {
  for (const std::string& field : schema.fields) {
    Json* value = field == "Name" ? nullptr : properties.if_contains(field);
    if (value == nullptr) continue;
    if (boost::json::string* text = value->if_string()) {
      text->append("-echo");
      return true;
    }
    if (value->is_int64()) {
      value->get_int64() += 1;
      return true;
    }
    if (value->is_bool()) {
      value->get_bool() = !value->get_bool();
      return true;
    }
  }
  return false;
}

Executed execute_and_twist(const FaultedCall& call) {
  Executed out = execute(call.truth, call.behaviours, call.request, call.now);
  const Schema* schema = call.truth.state.schema(call.request.type);
  ProviderReply said = out.reply;
  JsonObject properties = *said.properties;
  if (schema == nullptr || !twist(*schema, properties)) return out;
  said.properties = std::move(properties);
  out.said = std::move(said);
  out.departed = true;
  return out;
}

}  // namespace
}  // namespace wrong_echo

const FaultKind& wrong_echo_fault() {
  static const FaultKind kKind = {
      .name = "wrong-echo",
      .summary = "The answer shows other properties than were stored.",
      .within_contract = false,
      .calls = {CallKind::kCreate, CallKind::kUpdate},
      .matters = Matters::kByExecution,
      .execute = wrong_echo::execute_and_twist,
      .may_break =
          "property-agreement and model-agreement, for the object of the call, until it is next "
          "read",
  };
  return kKind;
}

}  // namespace squall::cloud
