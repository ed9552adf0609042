#include "report/promise_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "campaign/promises.h"
#include "campaign/sample_test.h"
#include "invariants/invariant.h"
#include "report/failure_report.h"

namespace squall::report {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(PromiseWords, OfTheReferenceEngineAreThoseOfTheInvariant) {
  // Shows that the design documents are its promises, without a page of anybody else's.
  const PromiseWords words = promise_words("sim", "0.3.0", "no-duplicate/two-objects");
  EXPECT_EQ(words.words, invariants::find_invariant("no-duplicate")->promise);
  EXPECT_EQ(words.grade, "documented");
  EXPECT_EQ(words.address, "");
  JsonObject json;
  add_json(words, json);
  EXPECT_EQ(json.size(), 2U);
}

TEST(PromiseWords, OfAnotherEngineSayWhereAndOfWhichVersions) {
  // Shows that a failure of Terraform has the entry's words, page, range and grade; that OpenTofu
  // has a page of its own; and that a version of which it is not said is told so.
  const char* signature = "lock-discipline/written-after-unlock";
  const PromiseWords words = promise_words("terraform", "1.11.4", signature);
  EXPECT_EQ(words.grade, "documented");
  EXPECT_THAT(words.words, StartsWith("A run locks the state"));
  EXPECT_THAT(in_full(words),
              HasSubstr("(https://developer.hashicorp.com/terraform/language/state/locking; "
                        "versions >=1.1)"));
  EXPECT_THAT(promise_words("terraform", "1.9.0+opentofu", signature).address,
              StartsWith("https://opentofu.org/docs/"));
  const PromiseWords early = promise_words("terraform", "1.0.5", signature);
  EXPECT_EQ(early.grade, "not promised");
  EXPECT_THAT(early.words, StartsWith("not of version 1.0.5; of others: A run locks the state"));
  EXPECT_EQ(promise_words("terraform", "1.9.0+fork", signature).grade, "not promised");
  EXPECT_EQ(promise_words("terraform", "1.11.4", "minimal-calls/needless-update").grade, "ours");
  EXPECT_EQ(promise_words("terraform", "1.11.4", "retry-discipline/too-soon").grade,
            "not promised");
}

TEST(PromiseWords, StandInTheFailureReport) {
  // Shows the lines of a report, and the members of its JSON.
  campaign::Finding finding = campaign::sample_finding();
  finding.record.traits.engine = "terraform";
  finding.record.traits.version = "1.11.4";
  finding.signature = "lock-discipline/written-after-unlock";
  const std::string text = failure_report(finding, {}, Style(false));
  EXPECT_THAT(text, AllOf(HasSubstr("  promise    documented: A run locks the state"),
                          HasSubstr("  grade documented\n"),
                          HasSubstr("developer.hashicorp.com/terraform/language/state/locking")));
  const JsonObject json = failure_json(finding);
  EXPECT_EQ(json.at("grade"), Json("documented"));
  EXPECT_EQ(json.at("promise_versions"), Json(">=1.1"));
  EXPECT_THAT(std::string(json.at("promise").as_string()), StartsWith("A run locks the state"));
}

TEST(PromiseWords, NoLineIsTooWide) {
  // Shows that whatever is promised fits the columns of a report.
  for (const campaign::Promise& promise : *campaign::promises_of("terraform")) {
    const std::string kind = promise.shapes.empty() ? "any" : promise.shapes.front();
    const std::string row = promise_row(
        promise_words("terraform", "1.11.4", promise.invariant + "/" + kind), Style(false));
    for (size_t begin = 0; begin < row.size();) {
      const size_t end = row.find('\n', begin);
      EXPECT_LE(width_of(row.substr(begin, end - begin)), kColumns) << row;
      begin = end + 1;
    }
  }
}

}  // namespace
}  // namespace squall::report
