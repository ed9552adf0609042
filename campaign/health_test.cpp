#include "campaign/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squall::campaign {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A run that did its work.
Statistics healthy() {
  Statistics out;
  out.cases = 100;
  out.operations = 1000;
  out.effective_operations = 500;
  out.submitted = 800;
  out.accepted = 600;
  out.looks = 1000;
  out.marks["seen"] = 1;
  return out;
}

suite::Profile profile() {
  suite::Profile out{};
  out.required_marks = {"seen", "rare"};
  return out;
}

TEST(Health, ARunThatDidItsWorkHasNoProblem) {
  // Shows that an ordinary run passes, and that a mark it missed is named without failing it.
  const Health health = health_of(healthy(), profile(), true);
  EXPECT_THAT(health.problems, IsEmpty());
  EXPECT_THAT(health.doubts, IsEmpty());
  EXPECT_THAT(health.missing_marks, ElementsAre("rare"));
}

TEST(Health, ARunThatReachedNothingIsAProblem) {
  // Shows each way in which a run can pass without having tested anything.
  Statistics nothing_accepted = healthy();
  nothing_accepted.accepted = nothing_accepted.effective_operations = 0;
  EXPECT_THAT(health_of(nothing_accepted, profile(), true).problems,
              ElementsAre(HasSubstr("none of 800 requests was ever accepted")));

  Statistics no_effect = healthy();
  no_effect.effective_operations = 0;
  EXPECT_THAT(health_of(no_effect, profile(), true).problems,
              ElementsAre(HasSubstr("none of 1000 operations changed the cloud")));

  Statistics mostly_skipped = healthy();
  mostly_skipped.skipped = 501;
  EXPECT_THAT(health_of(mostly_skipped, profile(), true).problems,
              ElementsAre(HasSubstr("501 of 1000 operations were skipped")));

  Statistics excused = healthy();
  excused.excused_looks = 251;
  EXPECT_THAT(health_of(excused, profile(), true).problems,
              ElementsAre(HasSubstr("251 of 1000 compared rows were excused")));
}

TEST(Health, AMarkThatALongRunMissesIsAProblem) {
  // Shows that the rare situations a profile names must be reached, once there are enough cases.
  Statistics missed = healthy();
  missed.cases = kFewestCasesForMarks;
  EXPECT_THAT(
      health_of(missed, profile(), true).problems,
      ElementsAre(HasSubstr("500 cases never reached what the profile is there for: rare")));
  missed.marks["rare"] = 1;
  EXPECT_THAT(health_of(missed, profile(), true).problems, IsEmpty());
}

TEST(Health, ARareMarkIsAskedForInLongRuns) {
  // Shows that what a short run may miss by chance must show in a long one.
  suite::Profile wanted = profile();
  wanted.required_marks = {"seen"};
  wanted.rare_marks = {"rarer"};
  Statistics run = healthy();
  run.cases = kFewestCasesForRareMarks - 1;
  EXPECT_THAT(health_of(run, wanted, true).missing_marks, IsEmpty());
  ++run.cases;
  EXPECT_THAT(health_of(run, wanted, true).missing_marks, ElementsAre("rarer"));
  EXPECT_THAT(health_of(run, wanted, true).problems, ElementsAre(HasSubstr("rarer")));
}

TEST(Health, AFewCasesProveNothing) {
  // Shows that a tiny run, where chance rules, has no problem whatever it reached.
  Statistics tiny;
  tiny.cases = kFewestCasesJudged - 1;
  EXPECT_THAT(health_of(tiny, profile(), true).problems, IsEmpty());
}

TEST(Health, AnOpenAnswerIsDoubtedOnlyOfADeterministicEngine) {
  // Shows that doubt about an answer is told where it need not be.
  Statistics open = healthy();
  open.either = 3;
  EXPECT_THAT(health_of(open, profile(), true).doubts, ElementsAre(HasSubstr("3 of 800 answers")));
  EXPECT_THAT(health_of(open, profile(), false).doubts, IsEmpty());
}

}  // namespace
}  // namespace squall::campaign
