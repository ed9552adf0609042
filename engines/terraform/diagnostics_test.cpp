#include "engines/terraform/diagnostics.h"

#include "engines/processes/helpers_test.h"

namespace squall::terraform {
namespace {

using testing::IsEmpty;

Rejection rejection_of(const std::string& summary, const std::string& detail = "") {
  return classify({.summary = summary, .detail = detail}).rejection;
}

// Shows: what is not on the list is Unknown, whatever it resembles.
TEST(Diagnostics, UnknownStaysUnknown) {
  EXPECT_EQ(rejection_of("The moon is full"), Rejection::kUnknown);
  EXPECT_EQ(rejection_of(""), Rejection::kUnknown);
  EXPECT_EQ(rejection_of("cannot create sim_net \"a\": NoSuchCode"), Rejection::kUnknown);
}

// Shows: an error of the cloud keeps its code, whatever the name of the resource looks like.
TEST(Diagnostics, KeepsTheCloudsCode) {
  const Classified classified = classify({.summary = "cannot create sim_net \"a: b\": Throttling"});
  EXPECT_EQ(classified.rejection, Rejection::kProviderError);
  EXPECT_EQ(classified.cloud_code, ErrorCode::kThrottling);
}

// Shows: one summary with several causes is told apart by its detail.
TEST(Diagnostics, LooksAtTheDetail) {
  const std::string summary = "Error acquiring the state lock";
  EXPECT_EQ(rejection_of(summary, "Error message: resource temporarily unavailable"),
            Rejection::kLockHeld);
  EXPECT_EQ(rejection_of(summary, "HTTP remote state already locked: ID=x"), Rejection::kLockHeld);
  EXPECT_EQ(rejection_of(summary, "Unsupported state file format: x"), Rejection::kStateMalformed);
  EXPECT_EQ(rejection_of(summary, "Error message: open x: is a directory"), Rejection::kLockFailed);
}

// Shows: what only a misbehaving provider brings about; the texts are those in the CLI's source.
TEST(Diagnostics, KnowsTheFaultsOfProviders) {
  EXPECT_EQ(rejection_of("Provider produced invalid plan"), Rejection::kInvalidPlan);
  EXPECT_EQ(rejection_of("Provider produced inconsistent final plan"),
            Rejection::kInconsistentPlan);
  EXPECT_EQ(rejection_of("Provider produced inconsistent result after apply"),
            Rejection::kInconsistentResult);
  EXPECT_EQ(rejection_of("Provider produced invalid object"), Rejection::kInvalidResult);
  EXPECT_EQ(rejection_of("Plugin did not respond"), Rejection::kProviderCrash);
  EXPECT_EQ(rejection_of("Cannot import non-existent remote object"), Rejection::kImportRejected);
}

// Shows: text for people is read with colours, boxes and wrapped lines, and without.
TEST(Diagnostics, ReadsTextForPeople) {
  const auto boxed = diagnostics_in_text(
      "\x1b[31m╷\x1b[0m\n│ \x1b[1mError: \x1b[0mInvalid target address\n│ \n│ No matching objects\n"
      "│ found.\n│ \n│ Second paragraph.\n╵\n\n╷\n│ Warning: Old\n╵\n");
  ASSERT_EQ(boxed.size(), 2U);
  EXPECT_EQ(boxed[0].summary, "Invalid target address");
  EXPECT_EQ(boxed[0].detail, "No matching objects found.\nSecond paragraph.");
  EXPECT_EQ(boxed[1].severity, Severity::kWarning);
  EXPECT_EQ(boxed[1].summary, "Old");

  const auto bare = diagnostics_in_text("\nError: One\n\nDetail of one.\n\nError: Two\n");
  ASSERT_EQ(bare.size(), 2U);
  EXPECT_EQ(bare[0].detail, "Detail of one.");

  const auto sentence = diagnostics_in_text("Failed to unlock state: LocalState not locked\n");
  ASSERT_EQ(sentence.size(), 1U);
  EXPECT_EQ(classify(sentence[0]).rejection, Rejection::kNotLocked);
  EXPECT_THAT(diagnostics_in_text("\n\x1b[0m\n"), IsEmpty());
}

}  // namespace
}  // namespace squall::terraform
