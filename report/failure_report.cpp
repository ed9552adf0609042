#include "report/failure_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "campaign/files.h"
#include "campaign/replay.h"
#include "campaign/reproduction.h"
#include "campaign/version.h"
#include "cloud/catalogue.h"
#include "cloud/fault.h"
#include "report/narration.h"
#include "report/promise_words.h"
#include "report/texts_json.h"

namespace squall::report {
namespace {

using campaign::CaseSize;
using campaign::Finding;
using campaign::Shrinking;

constexpr size_t kMostCalls = 8;
constexpr size_t kInvariantColumns = 22;

PromiseWords promise_words_of(const Finding& finding) {
  const Traits& traits = finding.record.traits;
  return promise_words(traits.engine, campaign::version_of(traits), finding.signature);
}

std::string status_words(const Finding& finding) {
  if (finding.is_confirmed()) {
    return fmt::format("{} · confirmed {} of {}", finding.status, finding.confirmed, finding.runs);
  }
  if (finding.runs == 0) return finding.status + " · suspect, seen once";
  return fmt::format("{} · suspect, fails {} of {}", finding.status, finding.confirmed,
                     finding.runs);
}

std::string engine_words(const Finding& finding) {
  const Traits& traits = finding.record.traits;
  std::string out = fmt::format("{} {}", traits.engine, campaign::version_of(traits));
  if (!finding.scenario.plants.empty()) {
    out += fmt::format(" (planted: {})", joined(finding.scenario.plants, ", "));
  }
  return out;
}

std::string heading(const Finding& finding, Placement placement, const Style& style) {
  const std::string& name = finding.violation.invariant;
  const size_t columns = std::max<size_t>(kInvariantColumns - 2, name.size() + 2);
  const bool is_remark = finding.status == "remark";
  const std::string sign = is_remark ? "– " : "✗ ";
  const std::string left = sign + padded(name, columns) + status_words(finding);
  const std::string right =
      fmt::format("{} {} of {}", is_remark ? "remark" : "failure", placement.number, placement.of);
  std::string line = spread(left, right);
  // Painting comes last: the columns were counted without it.
  const std::string mark = sign + name;
  line.replace(0, mark.size(), is_remark ? style.strong(mark) : style.bad(mark));
  return line + "\n";
}

std::vector<std::string> evidence_words(const Finding& finding) {
  std::vector<std::string> calls = calls_in_words(finding.record, finding.violation.evidence);
  if (calls.size() > kMostCalls) {
    const size_t more = calls.size() - kMostCalls;
    calls.resize(kMostCalls);
    calls.push_back(fmt::format("and {} more, see log.jsonl", more));
  }
  return calls;
}

// A case with such a fault accuses nobody by itself: the reader is told what it may break.
std::vector<std::string> beyond_words(const Finding& finding) {
  std::vector<std::string> out;
  for (const std::string& name : campaign::faults_beyond(finding.scenario.test_case)) {
    out.push_back(fmt::format("no engine can be expected to come through {}; it may break {}", name,
                              cloud::find_fault_kind(name)->may_break));
  }
  return out;
}

std::string shrinking_words(const Shrinking& shrinking) {
  const CaseSize& before = shrinking.before;
  const CaseSize& after = shrinking.after;
  return fmt::format(
      "{}, {}, {} → {}, {}, {}   in {}, {}{}", counted(before.operations, "operation"),
      counted(before.resources, "resource"), counted(before.faults, "fault"), after.operations,
      after.resources, after.faults,
      shrinking.tries == 1 ? "1 try" : grouped(shrinking.tries) + " tries",
      time_words(shrinking.elapsed), shrinking.complete ? "" : "; not finished, smaller may exist");
}

std::string file_words(const Finding& finding) {
  if (finding.folder.empty()) return "";
  return fmt::format("{}/{{{}}}", finding.folder.string(), joined(finding.files, ", "));
}

// In single quotes where a shell would see more than one plain word.
std::string quoted(const std::string& text) {
  const bool plain = !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/._-+=:,@%").contains(c);
  });
  if (plain) return text;
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

JsonObject size_json(const CaseSize& size) {
  return {{"operations", size.operations}, {"resources", size.resources}, {"faults", size.faults}};
}

JsonArray steps_json(const Finding& finding) {
  JsonArray out;
  for (const Step& step : steps_of(finding.record)) {
    out.push_back(JsonObject{
        {"number", step.number}, {"words", step.words}, {"notes", texts_json(step.notes)}});
  }
  return out;
}

}  // namespace

std::string replay_command(const Finding& finding) {
  if (finding.folder.empty()) return "";
  std::string command = "squall replay " + quoted((finding.folder / "scenario.json").string());
  if (!finding.binary.empty()) command += " --binary " + quoted(finding.binary);
  for (const std::string& later : finding.later_binaries)
    command += " --switch-to " + quoted(later);
  const bool built_in =
      std::ranges::all_of(finding.scenario.test_case.world.slots, [](const suite::Slot& slot) {
        return find_type(cloud::built_in_types(), slot.type) != nullptr;
      });
  return built_in ? command : command + " --types FILE";
}

std::string confirm_command(const Finding& finding) {
  const bool is_suspect = finding.record.traits.confirmed_outside_only;
  if (finding.folder.empty() || !is_suspect) return "";
  if (!campaign::reproduction_of(finding.scenario)) return "";
  return "squall confirm " + quoted((finding.folder / "scenario.json").string());
}

std::string failure_report(const Finding& finding, Placement placement, const Style& style) {
  const invariants::Violation& violation = finding.violation;
  std::string out = heading(finding, placement, style);
  for (const std::string& line :
       wrapped(fmt::format("{}: {}.", engine_words(finding), violation.headline), kColumns - 2)) {
    out += "  " + line + "\n";
  }
  out += "\n" + step_table(steps_of(finding.record), style) + "\n";
  const auto row = [&](std::string_view label, const std::string& text) {
    if (!text.empty()) out += labelled(label, text, style);
  };
  row("expected", violation.expected);
  row("actual", violation.actual);
  out += promise_row(promise_words_of(finding), style);
  const std::vector<std::string> evidence = evidence_words(finding);
  if (!evidence.empty()) out += labelled("cloud", evidence, style);
  for (const std::string& words : beyond_words(finding)) row("beyond", words);
  row("severity", finding.severity);
  row("also", joined(finding.also, ", "));
  if (finding.in_simulation)
    row("simulated", *finding.in_simulation ? "the same case fails in the simulation, too"
                                            : "the same case does not fail in the simulation");
  if (finding.shrinking) row("shrunk", shrinking_words(*finding.shrinking));
  row("files", file_words(finding));
  row("replay", replay_command(finding));
  row("confirm", confirm_command(finding));
  row("not saved", finding.save_error);
  return out;
}

JsonObject failure_json(const Finding& finding) {
  const invariants::Violation& violation = finding.violation;
  JsonObject out{{"signature", finding.signature},
                 {"invariant", violation.invariant},
                 {"kind", violation.kind},
                 {"status", finding.status},
                 {"confirmed", finding.confirmed},
                 {"runs", finding.runs},
                 {"engine", finding.record.traits.engine},
                 {"engine_version", campaign::version_of(finding.record.traits)},
                 {"plants", texts_json(finding.scenario.plants)},
                 {"headline", violation.headline}};
  if (violation.identity) {
    out["identity"] = JsonObject{{"stack", violation.identity->stack},
                                 {"label", violation.identity->label},
                                 {"type", violation.identity->type}};
  }
  out["operations"] = steps_json(finding);
  out["expected"] = violation.expected;
  out["actual"] = violation.actual;
  add_json(promise_words_of(finding), out);
  out["cloud"] = texts_json(calls_in_words(finding.record, violation.evidence));
  out["faults_beyond"] = texts_json(campaign::faults_beyond(finding.scenario.test_case));
  out["severity"] = finding.severity;
  out["also"] = texts_json(finding.also);
  if (finding.in_simulation) out["in_simulation"] = *finding.in_simulation;
  if (finding.shrinking) {
    const double seconds = std::chrono::duration<double>(finding.shrinking->elapsed).count();
    out["shrunk"] = JsonObject{{"before", size_json(finding.shrinking->before)},
                               {"after", size_json(finding.shrinking->after)},
                               {"tries", finding.shrinking->tries},
                               {"seconds", seconds},
                               {"complete", finding.shrinking->complete}};
  }
  out["case_index"] = finding.case_index;
  out["occurrences"] = finding.occurrences;
  out["folder"] = finding.folder.string();
  out["files"] = texts_json(finding.files);
  out["replay"] = replay_command(finding);
  const std::string confirm = confirm_command(finding);
  if (!confirm.empty()) out["confirm"] = confirm;
  return out;
}

Result<void> save_reports(Finding& finding, Placement placement) {
  if (finding.folder.empty()) return {};
  // The report names the files beside it, itself included.
  for (const std::string_view name : {"report.txt", "report.json"}) {
    if (std::ranges::find(finding.files, name) == finding.files.end()) {
      finding.files.emplace_back(name);
    }
  }
  TRY_VOID(campaign::write_file(finding.folder / "report.txt",
                                failure_report(finding, placement, Style(false))));
  return campaign::write_file(finding.folder / "report.json", pretty(failure_json(finding)) + "\n");
}

}  // namespace squall::report
