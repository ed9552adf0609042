#include "invariants/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "spec/normalise.h"

namespace squall::invariants {

namespace {

constexpr size_t kMostEvidence = 6;

std::string answer_words(const cloud::Call& call) {
  if (call.answer == nullptr) return "no answer";
  if (!call.delivered) return "an answer nobody heard";
  if (call.answer->status == ReplyStatus::kFailure)
    return std::string(to_string(call.answer->error));
  if (!call.answer->native_id.empty()) return call.answer->native_id;
  if (call.request->kind == CallKind::kSettle) return "none";
  return std::string(to_string(call.answer->status));
}

std::string value_words(const Json* value) {
  if (value == nullptr) return "nothing";
  if (value->is_string()) return std::string(value->get_string());
  return canonical(*value);
}

JsonObject only(const JsonObject& document, const std::string& field) {
  JsonObject out;
  if (const Json* value = document.if_contains(field)) out[field] = *value;
  return out;
}

}  // namespace

std::string short_name(const ResourceIdentity& identity) {
  if (identity.stack.empty()) return identity.label;
  return identity.stack + "/" + identity.label;
}

std::string words(const cloud::Call& call) {
  return fmt::format("#{} {} {} → {}", call.id, to_string(call.request->kind), call.resource_name,
                     answer_words(call));
}

std::string in_a_row(const std::vector<std::string>& parts) {
  if (parts.empty()) return "nothing";
  std::string out = parts.front();
  for (size_t i = 1; i < parts.size(); ++i)
    out += (i + 1 == parts.size() ? " and " : ", ") + parts[i];
  return out;
}

std::string differing_fields(const JsonObject& shown, std::span<const JsonObject* const> all,
                             const Schema& schema) {
  std::vector<std::string> parts;
  for (const std::string& field : schema.fields) {
    const JsonObject first = only(*all.front(), field);
    const bool agreed = std::ranges::all_of(all, [&](const JsonObject* other) {
      return spec::same_fields(first, only(*other, field), schema);
    });
    if (!agreed)
      parts.push_back(fmt::format("{}: {}", field, value_words(shown.if_contains(field))));
  }
  return parts.empty() ? "the same" : in_a_row(parts);
}

std::vector<cloud::CallId> effects_on(const suite::CaseRecord& record, const InternedText& type,
                                      const InternedText& name, uint64_t until) {
  std::vector<cloud::CallId> out;
  for (const cloud::Call& call : record.calls) {
    if (call.arrived_sequence > until) break;
    if (call.resource_name != name || call.request->type != type) continue;
    for (const cloud::Execution& execution : call.executions) {
      if (execution.sequence > until) continue;
      if (execution.change.effect == cloud::Effect::kNone ||
          execution.change.effect == cloud::Effect::kTokenVoided)
        continue;
      out.push_back(call.id);
      break;
    }
  }
  // The first shows where the object came from, the last ones what became of it.
  if (out.size() > kMostEvidence)
    out.erase(out.begin() + 1, out.end() - (static_cast<std::ptrdiff_t>(kMostEvidence) - 1));
  return out;
}

std::string after_fault(const suite::CaseRecord& record, std::span<const cloud::CallId> calls) {
  for (const cloud::CallId id : calls) {
    if (id == 0 || id > record.calls.size()) continue;
    const std::string& fault = record.calls[id - 1].fault;
    if (fault.empty()) continue;
    if (fault == "lost-reply") return " after a lost reply";
    if (fault == "late-delivery") return " after a late delivery";
    if (fault == "throttling") return " after a throttled call";
    if (fault == "latency") return " after a slow call";
    if (fault == "hang") return " after a call that was never answered";
    if (fault == "error") return " after a failed call";
    return " after a call hit by " + fault;
  }
  return "";
}

}  // namespace squall::invariants
