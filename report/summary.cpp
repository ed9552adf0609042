#include "report/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "cloud/fault.h"
#include "report/failure_report.h"
#include "report/remark_report.h"
#include "report/texts_json.h"

namespace squall::report {
namespace {

using campaign::CampaignResult;
using campaign::Statistics;

// docs/rules.md §5: what an apply or a destroy can be told. The others belong to requests that no
// profile sends yet.
constexpr std::array kReachable = {
    RejectionType::kInvalidForma,
    RejectionType::kTargetAlreadyExists,
    RejectionType::kTargetReferenceNotFound,
    RejectionType::kRequiredFieldMissingOnCreate,
    RejectionType::kConflictingCommands,
    RejectionType::kReferencedResourcesNotFound,
    RejectionType::kCyclesDetected,
    RejectionType::kResourceHasDependents,
    RejectionType::kPatchRejected,
    RejectionType::kEmptyStackRejected,
    RejectionType::kReconcileRejected,
};

constexpr std::string_view kBeyondWords =
    "faults were drawn that no engine can be expected to come through; where a case has one, its "
    "failure need not be the engine's";

std::string hash_words(uint64_t hash) { return fmt::format("{:016x}", hash); }

std::string per_case(uint64_t number, uint64_t cases) {
  if (cases == 0) return "0";
  return fmt::format("{:.1f}", static_cast<double>(number) / static_cast<double>(cases));
}

std::string painted_verdict(const CampaignResult& result, const Style& style) {
  const std::string words = verdict_words(result);
  if (words.starts_with("✗")) return style.bad(words);
  return words.starts_with("✓") ? style.good(words) : style.strong(words);
}

std::string heading(const CampaignResult& result, const Style& style) {
  std::string out = painted_verdict(result, style);
  out += fmt::format(" in {}, {} ({:.0f}/s)", counted(result.statistics.cases, "case"),
                     time_words(result.elapsed), cases_per_second(result));
  if (result.interrupted && !result.findings.empty()) out += ", interrupted";
  return out + "\n\n";
}

using Items = std::vector<std::string>;

Items operation_words(const Statistics& of) {
  return {fmt::format("{} ({} per case over {} resources)", grouped(of.operations),
                      per_case(of.operations, of.cases), per_case(of.resources, of.cases)),
          fmt::format("{} changed the cloud ({} per case)", grouped(of.effective_operations),
                      per_case(of.effective_operations, of.cases)),
          fmt::format("{} skipped", grouped(of.skipped))};
}

// No-ops are counted apart: an engine that has nothing to do accepts nothing and refuses nothing.
Items request_words(const Statistics& of) {
  return {fmt::format("{} sent", grouped(of.submitted)),
          fmt::format("{} accepted ({}; {} of them changed the cloud)", grouped(of.accepted),
                      percent(of.accepted, of.submitted - of.noop),
                      percent(of.accepted_effective, of.accepted)),
          fmt::format("{} rejected", grouped(of.rejected_in_all())),
          fmt::format("{} without an answer", grouped(of.unanswered)),
          fmt::format("{} had nothing to do", grouped(of.noop))};
}

Items rejection_words(const Statistics& of) {
  Items out;
  for (size_t i = 0; i < of.rejected.size(); ++i) {
    if (of.rejected[i] == 0) continue;
    out.push_back(
        fmt::format("{} {}", to_string(static_cast<RejectionType>(i)), grouped(of.rejected[i])));
  }
  return out;
}

Items unseen_rejections(const Statistics& of) {
  Items out;
  for (const RejectionType type : kReachable) {
    if (of.rejected.at(static_cast<size_t>(type)) == 0) out.emplace_back(to_string(type));
  }
  return out;
}

Items crash_words(const Statistics& of) {
  Items out;
  if (of.crashes > 0) {
    out.push_back(fmt::format("{} struck, {} of them during recovery", grouped(of.crashes),
                              grouped(of.crashes_during_recovery)));
  }
  for (size_t i = 0; i < of.armed_crashes.size(); ++i) {
    if (of.armed_crashes[i] == 0) continue;
    out.push_back(fmt::format("{} armed {}", to_string(static_cast<CrashMoment>(i)),
                              grouped(of.armed_crashes[i])));
  }
  return out;
}

Items excuse_words(const Statistics& of) {
  return {fmt::format("{} (an identity and the call that blurred it)", grouped(of.excused)),
          fmt::format("{} of {} compared rows", grouped(of.excused_looks), grouped(of.looks)),
          fmt::format("{} answers could have been either of two", grouped(of.either))};
}

Items mark_words(const Statistics& of) {
  Items out;
  for (const auto& [name, count] : of.marks) {
    if (count > 0) out.push_back(fmt::format("{} {}", name, grouped(count)));
  }
  return out;
}

// Rows: faults. Columns: kinds of call that any fault hit. Cells: fired/mattered.
std::string fault_table(const Statistics& of, const Style& style) {
  std::vector<CallKind> columns;
  for (size_t i = 0; i < kCallKinds; ++i) {
    const auto kind = static_cast<CallKind>(i);
    const bool hit =
        std::ranges::any_of(of.faults, [&](const auto& each) { return each.first.second == kind; });
    if (hit) columns.push_back(kind);
  }
  if (columns.empty()) return labelled("faults", "none fired", style);

  constexpr size_t kNameColumns = 23;
  constexpr size_t kCellColumns = 15;
  std::string out = "  " + style.faint("faults") + "     " +
                    style.faint("how often each fired / mattered, by kind of call") + "\n";
  std::string header = padded("", 2 + kNameColumns);
  for (const CallKind kind : columns) header += padded_left(to_string(kind), kCellColumns);
  out += header + "\n";
  for (const cloud::FaultKind* fault : cloud::fault_kinds()) {
    std::string line = "  " + padded(fault->name, kNameColumns);
    for (const CallKind kind : columns) {
      const auto found = of.faults.find({std::string(fault->name), kind});
      line += padded_left(
          found == of.faults.end()
              ? "·"
              : fmt::format("{}/{}", grouped(found->second.fired), grouped(found->second.mattered)),
          kCellColumns);
    }
    out += line + "\n";
  }
  return out;
}

JsonObject faults_json(const Statistics& of) {
  JsonObject out;
  for (const auto& [key, count] : of.faults) {
    Json& row = out[key.first];
    if (!row.is_object()) row = JsonObject();
    row.get_object()[to_string(key.second)] =
        JsonObject{{"fired", count.fired}, {"mattered", count.mattered}};
  }
  return out;
}

template <class Array, class Enum>
JsonObject counts_json(const Array& counts, Enum /*type*/) {
  JsonObject out;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) out[to_string(static_cast<Enum>(i))] = counts[i];
  }
  return out;
}

JsonArray known_json(const CampaignResult& result) {
  JsonArray out;
  for (const campaign::KnownFailure& failure : result.known) {
    out.push_back(JsonObject{{"signature", failure.signature},
                             {"link", failure.link},
                             {"cases", failure.cases},
                             {"first_case", failure.first_case}});
  }
  return out;
}

JsonArray remarks_json(const CampaignResult& result) {
  JsonArray out;
  for (const campaign::Remark& remark : result.remarks) {
    out.push_back(remark_json(result, remark));
  }
  return out;
}

JsonArray saved_json(const CampaignResult& result) {
  JsonArray out;
  for (const campaign::SavedOutcome& outcome : result.saved) {
    out.push_back(JsonObject{{"signature", outcome.signature},
                             {"state", campaign::words_of(outcome.state)},
                             {"folder", outcome.folder.string()},
                             {"problem", outcome.problem}});
  }
  return out;
}

void add_outcome(const CampaignResult& result, JsonObject& out) {
  out["exit_code"] = campaign::exit_code(result);
  out["failing_cases"] = result.failing_cases;
  out["interrupted"] = result.interrupted;
  out["out_of_time"] = result.out_of_time;
  out["health_problems"] = texts_json(result.health.problems);
  out["doubts"] = texts_json(result.health.doubts);
  JsonArray findings;
  for (const campaign::Finding& finding : result.findings) {
    findings.push_back(failure_json(finding));
  }
  out["findings"] = std::move(findings);
  out["known"] = known_json(result);
  out["remarks"] = remarks_json(result);
  out["expired"] = texts_json(result.expired);
  out["saved"] = saved_json(result);
  out["also_seen"] = texts_json(result.also_seen);
  if (result.harness_error) {
    out["harness_error"] = JsonObject{{"case_index", result.harness_error->case_index},
                                      {"message", result.harness_error->message},
                                      {"scenario", result.harness_error->scenario.string()}};
  }
}

}  // namespace

std::string known_words(const campaign::KnownFailure& failure) {
  return seen_words(failure.signature, failure.cases, failure.first_case);
}

std::string seen_words(const std::string& signature, uint64_t cases, uint64_t first_case) {
  return fmt::format("{} in {}, first in case {}", signature, counted(cases, "case"), first_case);
}

std::string saved_words(const campaign::SavedOutcome& outcome) {
  std::string out = fmt::format("{} {}: {}", outcome.signature, campaign::words_of(outcome.state),
                                outcome.folder.string());
  if (!outcome.problem.empty()) out += " (" + outcome.problem + ")";
  return out;
}

std::string run_words(const CampaignResult& result) {
  std::string out =
      fmt::format("{} {} · profile {} · seed {} · {}", result.engine, result.engine_version,
                  result.profile, result.seed, counted(result.jobs, "job"));
  if (result.shard_count > 1) {
    out += fmt::format(" · shard {}/{}", result.shard_index, result.shard_count);
  }
  if (!result.plants.empty()) out += " · planted: " + joined(result.plants, ", ");
  if (!result.types.empty()) out += " · types of " + joined(result.types, ", ");
  if (result.beyond) out += " · faults beyond the contract";
  if (result.strict) out += " · strict";
  return out;
}

std::string verdict_words(const CampaignResult& result) {
  const size_t count = result.remarks.size();
  const std::string remarks = count == 0 ? "" : counted(count, "remark");
  if (result.harness_error) return "✗ the harness failed";
  if (!result.findings.empty()) {
    return "✗ " + counted(result.findings.size(), "failure") +
           (remarks.empty() ? "" : " and " + remarks);
  }
  if (!result.health.problems.empty()) return "✗ not worth believing";
  const std::string but = remarks.empty() ? "" : " but " + remarks;
  if (result.interrupted) return fmt::format("– interrupted, nothing found{} so far", but);
  return (result.known.empty() ? "✓ nothing found" : "✓ nothing new found") + but;
}

double cases_per_second(const CampaignResult& result) {
  const double seconds = std::chrono::duration<double>(result.elapsed).count();
  return seconds > 0 ? static_cast<double>(result.statistics.cases) / seconds : 0;
}

// Empty: the engine is no program that is started for each request.
std::string run_count_words(const CampaignResult& result) {
  const Statistics& of = result.statistics;
  if (of.engine_runs == 0 || of.cases == 0) return "";
  const auto runs = static_cast<double>(of.engine_runs);
  const double seconds = std::chrono::duration<double>(result.elapsed).count();
  return fmt::format("{} of the engine ({:.1f} per case, {:.1f} a second)",
                     counted(of.engine_runs, "run"), runs / static_cast<double>(of.cases),
                     seconds > 0 ? runs / seconds : 0);
}

std::string summary(const CampaignResult& result, const Style& style) {
  const Statistics& of = result.statistics;
  std::string out = heading(result, style);
  const auto row = [&](std::string_view label, const std::string& text) {
    if (!text.empty()) out += labelled(label, text, style);
  };
  const auto list = [&](std::string_view label, const std::vector<std::string>& items) {
    if (!items.empty()) out += labelled(label, items, style);
  };
  row("engine", run_words(result));
  if (result.beyond) row("beyond", std::string(kBeyondWords));
  for (const campaign::SavedOutcome& outcome : result.saved) row("saved", saved_words(outcome));
  for (const campaign::KnownFailure& failure : result.known) {
    row("known", known_words(failure) + ": " + failure.link);
  }
  for (const std::string& expired : result.expired) row("expired", expired);
  for (const campaign::Remark& remark : result.remarks) {
    row("remark", fmt::format("{}: {} (grade {})", remark_words(remark), remark.violation.headline,
                              promise_of(result, remark).grade));
  }
  list("operations", operation_words(of));
  list("requests", request_words(of));
  list("rejected", rejection_words(of));
  list("never", unseen_rejections(of));
  row("runs", run_count_words(result));
  if (of.peak_calls_in_flight > 0)
    row("in flight", fmt::format("up to {} at one time", counted(of.peak_calls_in_flight, "call")));
  list("crashes", crash_words(of));
  out += fault_table(of, style);
  list("marks", mark_words(of));
  list("missing", result.health.missing_marks);
  list("excused", excuse_words(of));
  for (const std::string& doubt : result.health.doubts) row("doubt", doubt);
  for (const std::string& problem : result.health.problems) row("problem", problem);
  if (!result.also_seen.empty()) {
    row("also seen",
        joined(result.also_seen, ", ") + " while shrinking; --max-failures 0 looks into them too");
  }
  if (result.harness_error) {
    row("harness", fmt::format("case {}: {}", result.harness_error->case_index,
                               result.harness_error->message));
    if (!result.harness_error->scenario.empty()) {
      row("saved", result.harness_error->scenario.string());
    }
  }
  row("trace hash", hash_words(result.trace_hash));
  return out;
}

JsonObject summary_json(const CampaignResult& result) {
  const Statistics& of = result.statistics;
  JsonObject marks;
  for (const auto& [name, count] : of.marks) marks[name] = count;
  JsonObject out{{"engine", result.engine},
                 {"engine_version", result.engine_version},
                 {"profile", result.profile},
                 {"plants", texts_json(result.plants)},
                 {"types", texts_json(result.types)},
                 {"beyond", result.beyond},
                 {"strict", result.strict},
                 {"jobs", result.jobs},
                 {"cases", of.cases},
                 {"failures", result.findings.size()},
                 {"seconds", std::chrono::duration<double>(result.elapsed).count()},
                 {"cases_per_second", cases_per_second(result)},
                 {"resources", of.resources},
                 {"operations", of.operations},
                 {"effective_operations", of.effective_operations},
                 {"submitted", of.submitted},
                 {"accepted", of.accepted},
                 {"accepted_effective", of.accepted_effective},
                 {"noop", of.noop},
                 {"rejected", of.rejected_in_all()},
                 {"rejections", counts_json(of.rejected, RejectionType())},
                 {"unanswered", of.unanswered},
                 {"skipped", of.skipped},
                 {"either", of.either},
                 {"excused", of.excused},
                 {"excused_rows", of.excused_looks},
                 {"compared_rows", of.looks},
                 {"engine_runs", of.engine_runs},
                 {"peak_calls_in_flight", of.peak_calls_in_flight},
                 {"crashes", of.crashes},
                 {"crashes_during_recovery", of.crashes_during_recovery},
                 {"armed_crashes", counts_json(of.armed_crashes, CrashMoment())},
                 {"faults", faults_json(of)},
                 {"marks", std::move(marks)},
                 {"missing_marks", texts_json(result.health.missing_marks)},
                 {"seed", result.seed},
                 {"shard", result.shard_index},
                 {"shards", result.shard_count},
                 {"trace_hash", hash_words(result.trace_hash)}};
  add_outcome(result, out);
  return out;
}

}  // namespace squall::report
