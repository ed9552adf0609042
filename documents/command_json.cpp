#include "documents/command_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "documents/reader.h"

namespace squall {

namespace {

// What is not known is left out, and read back as not known.
void put(JsonObject& out, std::string_view key, std::string_view text) {
  if (!text.empty()) out[key] = text;
}

JsonObject to_json(const ResourceIdentity& identity) {
  return {{"Stack", identity.stack.text()},
          {"Label", identity.label.text()},
          {"Type", identity.type.text()}};
}

Result<ResourceIdentity> parse_identity(const Reader& in) {
  ResourceIdentity identity;
  TRY(identity.stack, in.text("Stack"));
  TRY(identity.label, in.text("Label"));
  TRY(identity.type, in.text("Type"));
  return identity;
}

JsonObject to_json(const ResourceUpdateView& update) {
  JsonObject out;
  put(out, "ResourceId", update.ksuid);
  out["ResourceType"] = update.identity.type.text();
  out["ResourceLabel"] = update.identity.label.text();
  out["StackName"] = update.identity.stack.text();
  out["Operation"] = to_string(update.operation);
  out["State"] = to_string(update.state);
  out["CurrentAttempt"] = update.attempts;
  put(out, "ErrorMessage", update.error);
  if (update.error_code) out["ErrorCode"] = to_string(*update.error_code);
  if (update.because_of) out["BecauseOf"] = to_json(*update.because_of);
  put(out, "NativeId", update.native_id);
  put(out, "GroupId", update.group_id);
  out["IsCascade"] = update.is_cascade;
  return out;
}

JsonArray to_json(const std::vector<ResourceUpdateView>& updates) {
  JsonArray out;
  out.reserve(updates.size());
  for (const ResourceUpdateView& update : updates) out.push_back(to_json(update));
  return out;
}

Result<ResourceUpdateView> parse_update(const Reader& in) {
  ResourceUpdateView update;
  TRY(update.ksuid, in.text_or("ResourceId", ""));
  TRY(update.identity.type, in.text("ResourceType"));
  TRY(update.identity.label, in.text("ResourceLabel"));
  TRY(update.identity.stack, in.text("StackName"));
  TRY(update.operation, in.chosen("Operation", parse_update_operation));
  TRY(update.state, in.chosen("State", parse_update_state));
  TRY(const int64_t attempts, in.integer_or("CurrentAttempt", 0, 0, INT32_MAX));
  update.attempts = static_cast<int>(attempts);
  TRY(update.error, in.text_or("ErrorMessage", ""));
  TRY(const std::optional<Reader> code, in.find("ErrorCode"));
  if (code) {
    TRY(update.error_code, in.chosen("ErrorCode", parse_error_code));
  }
  TRY(const std::optional<Reader> because_of, in.find("BecauseOf"));
  if (because_of) {
    TRY(update.because_of, parse_identity(*because_of));
  }
  TRY(update.native_id, in.text_or("NativeId", ""));
  TRY(update.group_id, in.text_or("GroupId", ""));
  TRY(update.is_cascade, in.boolean_or("IsCascade", false));
  return update;
}

Result<std::vector<ResourceUpdateView>> parse_updates(const Reader& in) {
  TRY(const std::vector<Reader> elements, in.elements_or_none("ResourceUpdates"));
  std::vector<ResourceUpdateView> updates;
  updates.reserve(elements.size());
  for (const Reader& element : elements) {
    TRY(ResourceUpdateView update, parse_update(element));
    updates.push_back(std::move(update));
  }
  return updates;
}

Result<Instant> parse_time(const Reader& in) {
  TRY(const std::string text, in.text());
  Result<Instant> time = parse_rfc3339(text);
  if (!time) return in.wrong(time.error().message);
  return time;
}

Result<CommandView::Summary> parse_summary(const Reader& in) {
  CommandView::Summary summary;
  TRY(summary.created, in.integer("Created", 0, INT64_MAX));
  TRY(summary.updated, in.integer("Updated", 0, INT64_MAX));
  TRY(summary.deleted, in.integer("Deleted", 0, INT64_MAX));
  return summary;
}

int status_of(RejectionType type) {
  switch (type) {
    case RejectionType::kReconcileRejected:
    case RejectionType::kConflictingCommands:
    case RejectionType::kTargetAlreadyExists:
    case RejectionType::kResourceHasDependents:
    case RejectionType::kTargetHasDependents:
    case RejectionType::kNonPortableResources:
    case RejectionType::kStalePlan:
    case RejectionType::kPlanOfAnotherVersion:
    case RejectionType::kDestroyPrevented:
    case RejectionType::kMovesOutsideTargets:
      return 409;
    case RejectionType::kCyclesDetected:
    case RejectionType::kReferencedResourcesNotFound:
    case RejectionType::kRequiredFieldMissingOnCreate:
    case RejectionType::kInvalidQueryError:
    case RejectionType::kStackReferenceNotFound:
    case RejectionType::kTargetReferenceNotFound:
    case RejectionType::kInvalidForma:
      return 400;
    case RejectionType::kConditionFailed:
    case RejectionType::kPatchRejected:
    case RejectionType::kEmptyStackRejected:
      return 422;
    case RejectionType::kReconcilePolicyRequired:
      return 403;
    case RejectionType::kUnavailable:
      return 503;
    case RejectionType::kProviderFailed:
    case RejectionType::kStoreFailed:
    case RejectionType::kPlanRefused:
      return 500;
  }
  return 500;
}

HttpAnswer simulation(const CommandRequest& request, bool changes_required,
                      const std::vector<ResourceUpdateView>& updates) {
  JsonObject command{{"Command", to_string(request.kind)},
                     {"Mode", to_string(request.mode)},
                     {"ResourceUpdates", to_json(updates)}};
  JsonObject inner{{"ChangesRequired", changes_required}, {"Command", std::move(command)}};
  return {200, JsonObject{{"Simulation", std::move(inner)}}};
}

Result<CommandReply> parse_simulation(const Reader& in) {
  TRY(const bool changes_required, in.boolean("ChangesRequired"));
  if (!changes_required) return NothingToDo{};
  TRY(const Reader command, in.at("Command"));
  Simulated simulated;
  TRY(simulated.updates, parse_updates(command));
  return simulated;
}

Result<CommandReply> parse_rejection(int status, const Reader& in) {
  Rejection rejection;
  TRY(rejection.type, in.chosen("error", parse_rejection_type));
  if (status != status_of(rejection.type)) {
    return in.wrong(fmt::format("{} goes with HTTP status {}, and came with {}",
                                to_string(rejection.type), status_of(rejection.type), status));
  }
  TRY(const Reader data, in.at("data"));
  TRY(rejection.message, data.text("message"));
  return rejection;
}

// The digits at the beginning of `text` as a number, taken off it: exactly `count` of them.
std::optional<int> take_number(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// What may follow the seconds: a fraction, of which this clock keeps six digits.
std::optional<Duration> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return Duration(0);
  const size_t digits =
      std::min(text.find_first_not_of("0123456789"), text.size());  // npos: all of them
  if (digits == 0) return std::nullopt;
  int64_t us = 0;
  for (size_t i = 0; i < 6; ++i) us = us * 10 + (i < digits ? text[i] - '0' : 0);
  text.remove_prefix(digits);
  return Duration(us);
}

std::optional<Duration> take_time_of_day(std::string_view& text) {
  const std::optional<int> hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
  const std::optional<int> minute = take_number(text, 2);
  if (!minute || *minute > 59 || !take(text, ":")) return std::nullopt;
  const std::optional<int> second = take_number(text, 2);
  if (!second || *second > 59) return std::nullopt;
  const std::optional<Duration> fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) +
         *fraction;
}

// "Z" or "+01:00".
std::optional<Duration> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return Duration(0);
  if (text.empty()) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take(text, "+-")) return std::nullopt;
  const std::optional<int> hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take(text, ":")) return std::nullopt;
  const std::optional<int> minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return sign * (std::chrono::hours(*hours) + std::chrono::minutes(*minutes));
}

std::optional<std::chrono::sys_days> take_day(std::string_view& text) {
  const std::optional<int> year = take_number(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const std::optional<int> month = take_number(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const std::optional<int> day = take_number(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

}  // namespace

namespace {

JsonObject head_of(const CommandView& command) {
  JsonObject out{{"CommandId", command.id},           {"Command", to_string(command.kind)},
                 {"Mode", to_string(command.mode)},   {"Source", to_string(command.source)},
                 {"State", to_string(command.state)}, {"StartTs", to_rfc3339(command.started)}};
  if (command.ended) out["EndTs"] = to_rfc3339(*command.ended);
  return out;
}

}  // namespace

JsonObject to_json(const CommandOutline& outline) {
  JsonObject out = head_of(outline.command);
  JsonObject counts;
  for (const auto& [state, count] : outline.updates)
    counts[to_string(state)] = static_cast<int64_t>(count);
  out["UpdateCounts"] = std::move(counts);
  put(out, "ClientId", outline.command.client_id);
  return out;
}

Result<CommandOutline> parse_command_outline(const Json& document) {
  CommandOutline outline;
  TRY(outline.command, parse_command_view(document));
  TRY(const Reader counts, Reader(document).at("UpdateCounts"));
  TRY(const JsonObject* states, counts.object());
  for (const auto& entry : *states) {
    TRY(const UpdateState state, parse_update_state(entry.key()));
    TRY(const int64_t count, counts.integer(entry.key(), 0, INT64_MAX));
    outline.updates[state] = static_cast<uint64_t>(count);
  }
  return outline;
}

JsonObject to_json(const CommandView& command) {
  JsonObject out = head_of(command);
  out["ResourceUpdates"] = to_json(command.updates);
  if (command.summary) {
    out["Summary"] = JsonObject{{"Created", command.summary->created},
                                {"Updated", command.summary->updated},
                                {"Deleted", command.summary->deleted}};
  }
  put(out, "ClientId", command.client_id);
  return out;
}

Result<CommandView> parse_command_view(const Json& document) {
  const Reader in(document);
  CommandView command;
  TRY(command.id, in.non_empty_text("CommandId"));
  TRY(command.kind, in.chosen("Command", parse_command_kind));
  TRY(command.mode, in.chosen("Mode", parse_mode));
  TRY(command.source, in.chosen("Source", parse_source));
  TRY(command.state, in.chosen("State", parse_command_state));
  TRY(const Reader started, in.at("StartTs"));
  TRY(command.started, parse_time(started));
  TRY(const std::optional<Reader> ended, in.find("EndTs"));
  if (ended) {
    TRY(command.ended, parse_time(*ended));
  }
  TRY(command.updates, parse_updates(in));
  TRY(const std::optional<Reader> summary, in.find("Summary"));
  if (summary) {
    TRY(command.summary, parse_summary(*summary));
  }
  TRY(command.client_id, in.text_or("ClientId", ""));
  return command;
}

JsonObject to_json(const InventoryRow& row) {
  JsonObject out{{"Label", row.identity.label.text()}, {"Type", row.identity.type.text()},
                 {"Stack", row.identity.stack.text()}, {"Target", row.target.text()},
                 {"Properties", *row.properties},      {"ReadOnlyProperties", *row.read_only}};
  put(out, "NativeID", row.native_id);
  out["Managed"] = row.managed;
  out["Unsettled"] = row.unsettled;
  put(out, "Ksuid", row.ksuid);
  return out;
}

Result<InventoryRow> parse_inventory_row(const Json& document) {
  const Reader in(document);
  InventoryRow row;
  TRY(row.identity.label, in.text("Label"));
  TRY(row.identity.type, in.text("Type"));
  TRY(row.identity.stack, in.text("Stack"));
  TRY(row.target, in.text_or("Target", ""));
  TRY(row.properties, in.object_or_empty("Properties"));
  TRY(row.read_only, in.object_or_empty("ReadOnlyProperties"));
  TRY(row.native_id, in.text_or("NativeID", ""));
  TRY(row.managed, in.boolean_or("Managed", true));
  TRY(row.unsettled, in.boolean_or("Unsettled", false));
  TRY(row.ksuid, in.text_or("Ksuid", ""));
  return row;
}

HttpAnswer answer_of(const CommandReply& reply, const CommandRequest& request) {
  if (const Rejection* rejection = std::get_if<Rejection>(&reply)) return error_of(*rejection);
  if (const Accepted* accepted = std::get_if<Accepted>(&reply)) {
    // A sync is under way at once; the other commands wait for their turn.
    const int status = request.kind == CommandKind::kSync ? 200 : 202;
    return {status, JsonObject{{"CommandId", accepted->command_id}}};
  }
  if (const Simulated* simulated = std::get_if<Simulated>(&reply)) {
    return simulation(request, true, simulated->updates);
  }
  return simulation(request, false, {});
}

Result<CommandReply> parse_answer(int status, const Json& body) {
  const Reader in(body);
  if (status >= 400) return parse_rejection(status, in);
  if (status != 200 && status != 202) {
    return fail(fmt::format("HTTP status {} answers no command", status));
  }
  TRY(const std::optional<Reader> id, in.find("CommandId"));
  if (id) {
    TRY(std::string command_id, id->non_empty_text());
    return Accepted{std::move(command_id)};
  }
  TRY(const std::optional<Reader> simulated, in.find("Simulation"));
  if (!simulated) return in.wrong("has neither a CommandId nor a Simulation");
  return parse_simulation(*simulated);
}

HttpAnswer error_of(const Rejection& rejection) {
  return {status_of(rejection.type), JsonObject{{"error", to_string(rejection.type)},
                                                {"data", {{"message", rejection.message}}}}};
}

std::string to_rfc3339(Instant time) {
  namespace chrono = std::chrono;
  // The years that have four digits.
  constexpr chrono::sys_days kFirst = chrono::year(0) / 1 / 1;
  constexpr chrono::sys_days kBeyond = chrono::year(10000) / 1 / 1;
  constexpr Duration kLeast = kFirst.time_since_epoch();
  constexpr Duration kMost = Duration(kBeyond.time_since_epoch()) - Duration(1);
  const Duration since = std::clamp(time.time_since_epoch(), kLeast, kMost);
  const chrono::sys_days day(chrono::floor<chrono::days>(since));
  const chrono::year_month_day date(day);
  const int64_t us = (since - Duration(day.time_since_epoch())).count();
  const int64_t second = us / 1'000'000;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     second / 3600, second / 60 % 60, second % 60, us % 1'000'000);
}

Result<Instant> parse_rfc3339(std::string_view text) {
  const auto wrong = [whole = text] {
    return fail(
        fmt::format("\"{}\" is no time as RFC 3339 writes it, such as "
                    "2026-11-29T01:02:03.000004Z",
                    whole));
  };
  const std::optional<std::chrono::sys_days> day = take_day(text);
  if (!day || !take(text, "Tt ")) return wrong();
  const std::optional<Duration> time_of_day = take_time_of_day(text);
  if (!time_of_day) return wrong();
  const std::optional<Duration> offset = take_offset(text);
  if (!offset || !text.empty()) return wrong();
  return Instant(Duration(day->time_since_epoch()) + *time_of_day - *offset);
}

}  // namespace squall
