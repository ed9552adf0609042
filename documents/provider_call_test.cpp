#include "documents/provider_call.h"

#include <gtest/gtest.h>

#include <set>

#include "documents/command.h"

namespace squall {
namespace {

// Every text of an enumeration of `count` values reads back as its value, and none comes twice.
template <class E, class Parse>
void expect_texts(size_t count, Parse parse) {
  std::set<std::string_view> texts;
  for (size_t i = 0; i < count; ++i) {
    const auto value = static_cast<E>(i);
    const Result<E> back = parse(to_string(value));
    ASSERT_TRUE(back.has_value()) << to_string(value);
    EXPECT_EQ(*back, value);
    EXPECT_TRUE(texts.insert(to_string(value)).second) << to_string(value);
  }
  EXPECT_FALSE(parse("").has_value());
  EXPECT_FALSE(parse("no such thing").has_value());
}

// Shows: every enumeration that is written anywhere can be read back.
TEST(EnumTexts, ReadBack) {
  expect_texts<CallKind>(kCallKinds, parse_call_kind);
  expect_texts<ErrorCode>(kErrorCodes, parse_error_code);
  expect_texts<RejectionType>(kRejectionTypes, parse_rejection_type);
  expect_texts<CommandKind>(3, parse_command_kind);
  expect_texts<Mode>(2, parse_mode);
  expect_texts<OnDependents>(2, parse_on_dependents);
  expect_texts<Source>(2, parse_source);
  expect_texts<UpdateOperation>(4, parse_update_operation);
  expect_texts<UpdateState>(6, parse_update_state);
  expect_texts<CommandState>(5, parse_command_state);
}

// Shows: an unknown word is answered with the known ones.
TEST(EnumTexts, ListWhatIsKnown) {
  EXPECT_EQ(parse_on_dependents("stop").error().message,
            "unknown on-dependents \"stop\"; known are \"abort\", \"cascade\"");
}

// Shows: the definite and ambiguous codes are those of outcomes.md.
TEST(ErrorCodes, KnowWhetherTheyAreAmbiguous) {
  const std::set<std::string_view> definite = {"InvalidRequest",
                                               "NotUpdatable",
                                               "AccessDenied",
                                               "UnauthorizedTaggingOperation",
                                               "InvalidCredentials",
                                               "AlreadyExists",
                                               "NotFound",
                                               "ResourceConflict",
                                               "Throttling",
                                               "ServiceLimitExceeded",
                                               "DependencyFailure",
                                               "PluginNotFound",
                                               "Gone"};
  for (size_t i = 0; i < kErrorCodes; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_EQ(is_ambiguous(code), !definite.contains(to_string(code))) << to_string(code);
  }
}

// Shows: the recoverable codes are those of outcomes.md; NotFound only in a read before an update.
TEST(ErrorCodes, KnowWhetherTheyAreTriedAgain) {
  const std::set<std::string_view> recoverable = {
      "ResourceConflict", "Throttling",     "NotStabilized",   "ServiceInternalError",
      "ServiceTimeout",   "NetworkFailure", "InternalFailure", "DeadlineExceeded"};
  for (size_t i = 0; i < kErrorCodes; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_EQ(is_recoverable(code), recoverable.contains(to_string(code))) << to_string(code);
  }
  EXPECT_TRUE(is_recoverable(ErrorCode::kNotFound, true));
  EXPECT_FALSE(is_recoverable(ErrorCode::kGone, true));
}

// Shows: only create, update and delete are mutations.
TEST(CallKinds, KnowMutations) {
  for (size_t i = 0; i < kCallKinds; ++i) {
    const auto kind = static_cast<CallKind>(i);
    const bool expected =
        kind == CallKind::kCreate || kind == CallKind::kUpdate || kind == CallKind::kDelete;
    EXPECT_EQ(is_mutation(kind), expected) << to_string(kind);
  }
}

// Shows: a command or update is terminal in every state but the first two.
TEST(States, KnowWhetherTheyAreTerminal) {
  EXPECT_FALSE(is_terminal(UpdateState::kNotStarted));
  EXPECT_FALSE(is_terminal(UpdateState::kInProgress));
  EXPECT_TRUE(is_terminal(UpdateState::kRejected));
  EXPECT_FALSE(is_terminal(CommandState::kInProgress));
  EXPECT_TRUE(is_terminal(CommandState::kSuccess));
  EXPECT_TRUE(is_terminal(CommandState::kCanceled));
}

// Shows: a failure carries its code and words, and is not ok.
TEST(ProviderReply, CanBeAFailure) {
  const ProviderReply reply = ProviderReply::failure(ErrorCode::kGone, "it went");
  EXPECT_FALSE(reply.ok());
  EXPECT_EQ(reply.error, ErrorCode::kGone);
  EXPECT_EQ(reply.message, "it went");
  EXPECT_TRUE(ProviderReply().ok());
}

}  // namespace
}  // namespace squall
