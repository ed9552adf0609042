// Commands, their answers and the inventory as JSON, with the member names of the REST dialect
// (docs/agent.md). Written by the agent, read by whoever talks to it.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "documents/command.h"
#include "documents/json.h"

namespace squall {

// A Command with its ResourceUpdates, as in GET /commands/:id/status. Times are RFC 3339 in UTC,
// with microseconds.
JsonObject to_json(const CommandView& command);
Result<CommandView> parse_command_view(const Json& document);
// With "UpdateCounts" in the place of "ResourceUpdates".
JsonObject to_json(const CommandOutline& outline);
Result<CommandOutline> parse_command_outline(const Json& document);

// A Resource, as in GET /resources.
JsonObject to_json(const InventoryRow& row);
Result<InventoryRow> parse_inventory_row(const Json& document);

// The body of an answer to POST /commands and the HTTP status it goes with.
struct HttpAnswer {
  int status = 200;
  JsonObject body;
};
// `mode` and `kind` are of the request that was answered; `simulate`: it asked for no more than to
// know.
HttpAnswer answer_of(const CommandReply& reply, const CommandRequest& request);
// Reads it back. The error: it is none that this dialect knows.
Result<CommandReply> parse_answer(int status, const Json& body);

// {"error": Type, "data": {"message": …}} and the status of its type.
HttpAnswer error_of(const Rejection& rejection);

// RFC 3339, UTC: "2026-11-29T01:02:03.000004Z".
std::string to_rfc3339(Instant time);
Result<Instant> parse_rfc3339(std::string_view text);

}  // namespace squall
