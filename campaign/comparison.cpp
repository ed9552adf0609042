#include "campaign/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "documents/json.h"

namespace squall::campaign {

namespace {

struct Answered {
  std::string words;
  bool is_as_predicted = true;
};

// One request, less what hangs on the schedule.
struct Request {
  RequestPlace place;
  Answered reply;
  std::map<UpdateKey, UpdateState> updates;
  // By the resource's label: "update [{…}]", and how often.
  std::map<std::string, std::map<std::string, size_t>> calls;
};

bool predicted_refusal(const spec::Verdict& predicted) {
  return std::holds_alternative<spec::Refused>(predicted);
}

Answered answered(const suite::Submission& submission) {
  if (!submission.reply) return {"no answer", true};
  const bool refusal_predicted = predicted_refusal(submission.predicted);
  if (const auto* rejection = std::get_if<Rejection>(&*submission.reply))
    return {fmt::format("rejected: {}", to_string(rejection->type)), refusal_predicted};
  if (std::holds_alternative<NothingToDo>(*submission.reply))
    return {"nothing to do", !refusal_predicted};
  if (std::holds_alternative<Simulated>(*submission.reply))
    return {"simulated", !refusal_predicted};
  return {"accepted", !refusal_predicted};
}

std::vector<ResourceUpdateView> updates_of(const suite::CaseRecord& record,
                                           const suite::Submission& submission) {
  if (!submission.reply) return {};
  if (const auto* simulated = std::get_if<Simulated>(&*submission.reply)) return simulated->updates;
  const auto* accepted = std::get_if<Accepted>(&*submission.reply);
  if (accepted == nullptr) return {};
  const auto found = record.commands.find(accepted->command_id);
  if (found == record.commands.end()) return {};
  return found->second.last.updates;
}

// Ids are handed out in the order of the creates, and say nothing beyond whose they are.
class Ids {
 public:
  explicit Ids(const suite::CaseRecord& record) {
    for (const cloud::Call& call : record.calls)
      for (const cloud::Execution& execution : call.executions)
        if (execution.change.effect == cloud::Effect::kCreated)
          owners_.emplace(execution.change.native_id, call.resource_name.text());
  }

  Json without(const Json& value) const {
    if (const auto* text = value.if_string()) {
      const auto owner = owners_.find(std::string_view(*text));
      return owner == owners_.end() ? value : Json("id of " + owner->second);
    }
    if (const auto* array = value.if_array()) {
      JsonArray out;
      for (const Json& element : *array) out.push_back(without(element));
      return out;
    }
    const auto* object = value.if_object();
    if (object == nullptr) return value;
    JsonObject out;
    for (const auto& [key, member] : *object) out[key] = without(member);
    return out;
  }

 private:
  std::map<std::string, std::string, std::less<>> owners_;
};

std::string words_of(const cloud::Call& call, const Ids& ids) {
  const ProviderRequest& request = *call.request;
  std::string kind(to_string(request.kind));
  if (request.kind == CallKind::kCreate)
    return kind + " " + canonical(ids.without(static_cast<const JsonObject&>(request.properties)));
  if (request.kind == CallKind::kUpdate) return kind + " " + canonical(ids.without(request.patch));
  return kind;
}

// Of the command that a request was accepted as; a refused one has none, and what it read is found
// by when it was.
size_t request_of(const suite::CaseRecord& record, const cloud::Call& call) {
  const auto command = record.commands.find(call.request->caller);
  if (command != record.commands.end() && command->second.submission)
    return *command->second.submission;
  const auto later = std::ranges::find_if(record.submissions, [&](const auto& submission) {
    return submission.log_before >= call.arrived_sequence;
  });
  const auto count = static_cast<size_t>(later - record.submissions.begin());
  return count == 0 ? 0 : count - 1;
}

std::vector<Request> requests_of(const suite::CaseRecord& record) {
  std::vector<Request> out;
  std::map<std::pair<size_t, std::string>, size_t> seen;
  for (const suite::Submission& submission : record.submissions) {
    const size_t nth = ++seen[{submission.operation, submission.phase}];
    Request request{.place = {submission.operation, submission.phase, nth},
                    .reply = answered(submission),
                    .updates = {},
                    .calls = {}};
    for (const ResourceUpdateView& update : updates_of(record, submission))
      request.updates.insert_or_assign(update.key(), update.state);
    out.push_back(std::move(request));
  }
  if (out.empty()) return out;
  const Ids ids(record);
  for (const cloud::Call& call : record.calls)
    ++out[request_of(record, call)].calls[call.resource_name.text()][words_of(call, ids)];
  return out;
}

std::string words_of(const std::map<std::string, size_t>& calls) {
  std::string out;
  for (const auto& [words, times] : calls) {
    if (!out.empty()) out += ", ";
    out += words;
    if (times > 1) out += fmt::format(" ×{}", times);
  }
  return out.empty() ? "none" : out;
}

Worse worse_of(bool a_is_bad, bool b_is_bad) {
  if (a_is_bad == b_is_bad) return Worse::kNeither;
  return a_is_bad ? Worse::kA : Worse::kB;
}

// What differs in one request, and what it leads to in the same request left out: another answer
// means another plan, another plan other updates.
class RequestComparison {
 public:
  RequestComparison(const Request& a, const Request& b, std::vector<Difference>& out)
      : a_(a), b_(b), out_(out) {}

  void compare() {
    if (a_.reply.words != b_.reply.words) {
      add(Aspect::kReply, "the answer", a_.reply.words, b_.reply.words,
          worse_of(!a_.reply.is_as_predicted, !b_.reply.is_as_predicted));
      return;
    }
    compare_updates();
    compare_calls();
  }

 private:
  void add(Aspect aspect, std::string subject, std::string in_a, std::string in_b, Worse worse) {
    out_.push_back({aspect, a_.place, std::move(subject), std::move(in_a), std::move(in_b), worse});
  }

  void compare_updates() {
    for (const auto& [key, state] : a_.updates) {
      const auto other = b_.updates.find(key);
      if (other == b_.updates.end()) {
        add(Aspect::kPlan, to_string(key), "planned", "not planned", Worse::kNeither);
      } else if (state != other->second) {
        const auto went_wrong = [](UpdateState each) { return each != UpdateState::kSuccess; };
        add(Aspect::kUpdate, to_string(key), std::string(to_string(state)),
            std::string(to_string(other->second)),
            worse_of(went_wrong(state), went_wrong(other->second)));
      }
    }
    for (const auto& [key, state] : b_.updates)
      if (!a_.updates.contains(key))
        add(Aspect::kPlan, to_string(key), "not planned", "planned", Worse::kNeither);
  }

  void compare_calls() {
    std::set<std::string> labels;
    for (const auto& [label, calls] : a_.calls) labels.insert(label);
    for (const auto& [label, calls] : b_.calls) labels.insert(label);
    static const std::map<std::string, size_t> kNone;
    const auto calls_in = [](const Request& request, const std::string& label) -> const auto& {
      const auto found = request.calls.find(label);
      return found == request.calls.end() ? kNone : found->second;
    };
    for (const std::string& label : labels) {
      const auto& in_a = calls_in(a_, label);
      const auto& in_b = calls_in(b_, label);
      if (in_a == in_b) continue;
      add(Aspect::kCalls, label, words_of(in_a), words_of(in_b), Worse::kNeither);
    }
  }

  const Request& a_;
  const Request& b_;
  std::vector<Difference>& out_;
};

void compare_requests(const suite::CaseRecord& a, const suite::CaseRecord& b,
                      std::vector<Difference>& out) {
  const size_t until =
      first_scheduled_operation(a.test_case).value_or(std::numeric_limits<size_t>::max());
  const std::vector<Request> in_a = requests_of(a);
  const std::vector<Request> in_b = requests_of(b);
  for (const Request& request : in_a) {
    if (request.place.operation >= until) continue;
    const auto other = std::ranges::find(in_b, request.place, &Request::place);
    if (other != in_b.end()) {
      RequestComparison(request, *other, out).compare();
    } else {
      out.push_back({Aspect::kReply, request.place, "the answer", request.reply.words, "not asked",
                     Worse::kNeither});
    }
  }
  for (const Request& request : in_b) {
    const bool is_in_a = std::ranges::find(in_a, request.place, &Request::place) != in_a.end();
    if (is_in_a || request.place.operation >= until) continue;
    out.push_back({Aspect::kReply, request.place, "the answer", "not asked", request.reply.words,
                   Worse::kNeither});
  }
  std::ranges::sort(out, {}, [](const Difference& each) {
    return std::tie(each.place, each.aspect, each.subject);
  });
}

constexpr std::string_view kHolds = "holds";

std::string words_of(const JudgedCase& judged, const std::string& signature) {
  const invariants::Violation* violation = find_violation(judged.violations, signature);
  if (violation == nullptr) return std::string(kHolds);
  return fmt::format("{} ({})", violation->headline,
                     suite::place(judged.record, violation->operation));
}

void compare_invariants(const JudgedCase& a, const JudgedCase& b, std::vector<Difference>& out) {
  const std::vector<std::string> in_a = signatures_of(a.violations);
  const std::vector<std::string> in_b = signatures_of(b.violations);
  std::vector<std::pair<std::string, Worse>> only;
  for (const std::string& each : in_a)
    if (std::ranges::find(in_b, each) == in_b.end()) only.emplace_back(each, Worse::kA);
  for (const std::string& each : in_b)
    if (std::ranges::find(in_a, each) == in_a.end()) only.emplace_back(each, Worse::kB);
  for (const auto& [signature, worse] : only)
    out.push_back({Aspect::kInvariant, std::nullopt, signature, words_of(a, signature),
                   words_of(b, signature), worse});
}

}  // namespace

std::string_view text_of(Aspect aspect) {
  switch (aspect) {
    case Aspect::kReply:
      return "reply";
    case Aspect::kPlan:
      return "plan";
    case Aspect::kUpdate:
      return "update";
    case Aspect::kCalls:
      return "calls";
    case Aspect::kInvariant:
      return "invariant";
  }
  return "";
}

// A fault that names no resource hits whichever comes first.
std::optional<size_t> first_scheduled_operation(const suite::Case& test_case) {
  const auto hangs_on_moment = [](const suite::Operation& operation) {
    return !operation.crashes.empty() ||
           std::ranges::any_of(operation.faults, [](const cloud::FaultRule& rule) {
             return rule.label.empty() || rule.permille > 0;
           });
  };
  const auto found = std::ranges::find_if(test_case.operations, hangs_on_moment);
  if (found == test_case.operations.end()) return std::nullopt;
  return static_cast<size_t>(found - test_case.operations.begin());
}

std::vector<Difference> compare(const JudgedCase& a, const JudgedCase& b) {
  std::vector<Difference> out;
  compare_requests(a.record, b.record, out);
  compare_invariants(a, b, out);
  return out;
}

std::vector<Difference> steady(const std::vector<Difference>& found,
                               const std::vector<Difference>& within_a,
                               const std::vector<Difference>& within_b) {
  size_t first_unsteady = std::numeric_limits<size_t>::max();
  for (const auto* within : {&within_a, &within_b})
    for (const Difference& each : *within)
      if (each.place) first_unsteady = std::min(first_unsteady, each.place->operation);
  const auto is_steady = [&](const Difference& each) {
    if (each.place && each.place->operation >= first_unsteady) return false;
    const auto same = [&](const Difference& other) { return each.is_about_the_same(other); };
    return std::ranges::none_of(within_a, same) && std::ranges::none_of(within_b, same);
  };
  std::vector<Difference> out;
  std::ranges::copy_if(found, std::back_inserter(out), is_steady);
  return out;
}

}  // namespace squall::campaign
