#include "report/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <chrono>
#include <sstream>
#include <string_view>

#include "invariants/invariant.h"
#include "report/failure_report.h"
#include "report/remark_report.h"
#include "report/summary.h"

namespace squall::report {
namespace {

using boost::property_tree::ptree;
using campaign::CampaignResult;

// XML 1.0 has no way at all to write most control characters.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x20 || c == '\n' || c == '\t';
    if (plain && byte != 0x7f) {
      out += c;
    } else {
      out += "\uFFFD";
    }
  }
  return out;
}

// The attributes and test cases of one suite, and its counts.
class Suite {
 public:
  explicit Suite(const CampaignResult& result)
      : class_name_(fmt::format("squall.{}.{}", result.engine, result.profile)) {}

  // Test cases are what a build server names: class and name must stay the same between runs.
  ptree& add(const std::string& name) {
    ptree& test = cases_.emplace_back();
    test.put("<xmlattr>.classname", printable(class_name_));
    test.put("<xmlattr>.name", printable(name));
    return test;
  }

  void add_failure(const std::string& name, const std::string& message, const std::string& text) {
    ++failures_;
    put(add(name), "failure", name, message, text);
  }
  void add_error(const std::string& name, const std::string& message) {
    ++errors_;
    put(add(name), "error", name, message, message);
  }
  void add_skipped(const std::string& name, const std::string& message) {
    ++skipped_;
    add(name).put("skipped.<xmlattr>.message", printable(message));
  }

  ptree tree(const CampaignResult& result) const {
    ptree out;
    const double seconds = std::chrono::duration<double>(result.elapsed).count();
    out.put("<xmlattr>.name", printable("squall: " + run_words(result)));
    out.put("<xmlattr>.tests", cases_.size());
    out.put("<xmlattr>.failures", failures_);
    out.put("<xmlattr>.errors", errors_);
    out.put("<xmlattr>.skipped", skipped_);
    out.put("<xmlattr>.time", fmt::format("{:.3f}", seconds));
    for (const ptree& test : cases_) out.add_child("testcase", test);
    out.put("system-out", printable(summary(result, Style(false))));
    return out;
  }

 private:
  static void put(ptree& test, const std::string& kind, const std::string& type,
                  const std::string& message, const std::string& text) {
    ptree& outcome = test.put(kind, printable(text));
    outcome.put("<xmlattr>.type", printable(type));
    outcome.put("<xmlattr>.message", printable(message));
  }

  std::string class_name_;
  std::vector<ptree> cases_;
  size_t failures_ = 0;
  size_t errors_ = 0;
  size_t skipped_ = 0;
};

bool is_of(std::string_view signature, std::string_view invariant) {
  return signature.substr(0, signature.find('/')) == invariant;
}

// An invariant with a failure is named by its signatures instead.
bool holds(const CampaignResult& result, std::string_view invariant) {
  const auto named = [&](const auto& each) { return is_of(each.signature, invariant); };
  return std::ranges::none_of(result.findings, named) &&
         std::ranges::none_of(result.known, named) && std::ranges::none_of(result.remarks, named);
}

void add_health(const CampaignResult& result, Suite& suite) {
  if (result.harness_error) {
    suite.add_error("harness", fmt::format("case {}: {}", result.harness_error->case_index,
                                           result.harness_error->message));
  }
  if (result.interrupted) suite.add_error("interrupted", "the run was stopped before its end");
  if (!result.health.problems.empty()) {
    suite.add_error("health", joined(result.health.problems, "; "));
  }
}

}  // namespace

std::string junit(const CampaignResult& result) {
  Suite suite(result);
  for (const invariants::Invariant* invariant : invariants::invariants()) {
    if (holds(result, invariant->id)) suite.add(std::string(invariant->id));
  }
  for (size_t i = 0; i < result.findings.size(); ++i) {
    const campaign::Finding& finding = result.findings[i];
    suite.add_failure(
        finding.signature, finding.violation.headline,
        failure_report(finding, {.number = i + 1, .of = result.findings.size()}, Style(false)));
  }
  for (const campaign::KnownFailure& failure : result.known) {
    suite.add_skipped(failure.signature,
                      fmt::format("known: {} ({})", failure.link, known_words(failure)));
  }
  for (const campaign::Remark& remark : result.remarks) {
    suite.add_skipped(remark.signature,
                      fmt::format("remark: {}: {}; {}", remark_words(remark),
                                  remark.violation.headline, in_full(promise_of(result, remark))));
  }
  add_health(result, suite);
  ptree document;
  document.add_child("testsuites.testsuite", suite.tree(result));
  std::ostringstream out;
  const boost::property_tree::xml_writer_settings<std::string> indented(' ', 2);
  boost::property_tree::write_xml(out, document, indented);
  return std::move(out).str();
}

}  // namespace squall::report
