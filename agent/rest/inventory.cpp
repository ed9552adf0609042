// What there is: resources, stacks, targets.
#include <fmt/format.h>

#include <memory>
#include <set>
#include <utility>

#include "agent/rest/call.h"

namespace squall::agent {

namespace {

constexpr std::string_view bool_text(bool value) { return value ? "true" : "false"; }

JsonObject to_json(const Target& target) {
  return {{"Label", target.label},
          {"Namespace", target.name_space},
          {"Config", target.config},
          {"Discoverable", target.discoverable},
          {"Version", target.version}};
}

// The rows the request asks for. The error has been answered.
std::optional<std::vector<InventoryRow>> rows_asked_for(const Call& call) {
  const Result<Query> query = Query::parse(call.parameter("query"), kRowFields);
  if (!query) {
    call.answer(rejection_response(RejectionType::kInvalidQueryError, query.error().message));
    return std::nullopt;
  }
  std::vector<InventoryRow> rows = call.api.inventory();
  if (!query->empty()) {
    std::erase_if(rows, [&](const InventoryRow& row) { return !query->matches(fields_of(row)); });
  }
  return rows;
}

// The beginning of a forma, with the stacks and targets that the rows are of.
std::string beginning_of_forma(const Api& api, const std::vector<InventoryRow>& rows) {
  std::set<InternedText> stacks;
  std::set<InternedText> labels;
  for (const InventoryRow& row : rows) {
    stacks.insert(row.identity.stack);
    labels.insert(row.target);
  }
  JsonArray stack_objects;
  for (const InternedText& stack : stacks) {
    stack_objects.push_back(JsonObject{{"Label", stack.text()}});
  }
  JsonArray targets;
  for (const Target& target : api.targets()) {
    if (labels.contains(InternedText(target.label))) targets.push_back(to_json(target));
  }
  return fmt::format("{{\"Stacks\":{},\"Targets\":{},\"Resources\":[",
                     boost::json::serialize(stack_objects), boost::json::serialize(targets));
}

}  // namespace

std::vector<FieldValue> fields_of(const InventoryRow& row) {
  std::vector<FieldValue> out = {{"stack", row.identity.stack.text()},
                                 {"label", row.identity.label.text()},
                                 {"type", row.identity.type.text()},
                                 {"target", row.target.text()},
                                 {"ksuid", row.ksuid},
                                 {"managed", bool_text(row.managed)},
                                 {"unsettled", bool_text(row.unsettled)}};
  if (!row.native_id.empty()) out.push_back({"nativeid", row.native_id});
  return out;
}

void get_resources(Call& call) {
  std::optional<std::vector<InventoryRow>> asked = rows_asked_for(call);
  if (!asked) return;
  Response response;
  response.body = beginning_of_forma(call.api, *asked);
  const auto rows = std::make_shared<const std::vector<InventoryRow>>(*std::move(asked));
  response.more = [rows, next = size_t{0}](std::string& out) mutable {
    for (; next < rows->size() && out.size() < kBodySliceBytes; ++next) {
      if (next > 0) out += ',';
      out += boost::json::serialize(squall::to_json((*rows)[next]));
    }
    if (next < rows->size()) return true;
    out += "]}";
    return false;
  };
  call.answer(std::move(response));
}

void get_summary(Call& call) {
  const std::optional<std::vector<InventoryRow>> rows = rows_asked_for(call);
  if (!rows) return;
  struct Counts {
    int64_t rows = 0;
    int64_t unmanaged = 0;
    int64_t unsettled = 0;
  };
  std::map<std::pair<InternedText, InternedText>, Counts> by_stack_and_type;
  for (const InventoryRow& row : *rows) {
    Counts& counts = by_stack_and_type[{row.identity.stack, row.identity.type}];
    counts.rows += 1;
    counts.unmanaged += row.managed ? 0 : 1;
    counts.unsettled += row.unsettled ? 1 : 0;
  }
  JsonArray out;
  for (const auto& [key, counts] : by_stack_and_type) {
    out.push_back(JsonObject{{"Stack", key.first.text()},
                             {"Type", key.second.text()},
                             {"Count", counts.rows},
                             {"Unmanaged", counts.unmanaged},
                             {"Unsettled", counts.unsettled}});
  }
  call.answer(json_response(200, out));
}

void get_resource(Call& call) {
  const std::string& ksuid = call.arguments.front();
  for (const InventoryRow& row : call.api.inventory()) {
    if (row.ksuid == ksuid) return call.answer(json_response(200, squall::to_json(row)));
  }
  call.answer(not_found(fmt::format("there is no resource {}", ksuid)));
}

void get_stacks(Call& call) {
  JsonArray out;
  for (const std::string& stack : call.api.stacks()) out.push_back(JsonObject{{"Label", stack}});
  call.answer(json_response(200, out));
}

void get_targets(Call& call) {
  JsonArray out;
  for (const Target& target : call.api.targets()) out.push_back(to_json(target));
  call.answer(json_response(200, out));
}

}  // namespace squall::agent
