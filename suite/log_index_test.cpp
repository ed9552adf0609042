#include "suite/log_index.h"

#include <gtest/gtest.h>

#include "suite/test_log.h"

namespace squall::suite {
namespace {

TestLog some_log() {
  TestLog log;
  log.of("c1", "a").goes_well(CallKind::kCreate, found({{"Name", "a"}}));
  const cloud::CallId late = log.of("c1", "b").arrives(CallKind::kCreate);
  log.of("c2", "a").loses_reply(CallKind::kUpdate, found({{"Name", "a"}}, 2));
  log.answered(late, failure(ErrorCode::kServiceTimeout));
  log.executed(late, found({{"Name", "b"}}), cloud::Effect::kCreated);
  const cloud::CallId unheard = log.of("c2", "b").arrives(CallKind::kRead);
  log.executed(unheard, found({{"Name", "b"}}));
  log.undelivered(unheard, found({{"Name", "b"}}));
  log.arrives(CallKind::kDelete);
  return log;
}

void expect_equal(const cloud::Call& ours, const cloud::Call& theirs) {
  EXPECT_EQ(ours.id, theirs.id);
  EXPECT_EQ(ours.request, theirs.request);
  EXPECT_EQ(ours.resource_name, theirs.resource_name);
  EXPECT_EQ(ours.fault, theirs.fault);
  EXPECT_EQ(ours.arrived_sequence, theirs.arrived_sequence);
  EXPECT_EQ(ours.arrived, theirs.arrived);
  EXPECT_EQ(ours.answered_sequence, theirs.answered_sequence);
  EXPECT_EQ(ours.answered, theirs.answered);
  EXPECT_EQ(ours.answer, theirs.answer);
  EXPECT_EQ(ours.delivered, theirs.delivered);
  ASSERT_EQ(ours.executions.size(), theirs.executions.size());
  for (size_t i = 0; i < ours.executions.size(); ++i) {
    EXPECT_EQ(ours.executions[i].sequence, theirs.executions[i].sequence);
    EXPECT_EQ(ours.executions[i].reply, theirs.executions[i].reply);
    EXPECT_EQ(ours.executions[i].change.effect, theirs.executions[i].change.effect);
  }
}

// Shows: the index groups a log by call exactly as the cloud's own calls_of() does, in whatever
// pieces it gets the log.
TEST(LogIndex, EqualsCallsOf) {
  const TestLog log = some_log();
  const std::vector<cloud::Call> calls = cloud::calls_of(log.records());
  for (size_t piece = 1; piece <= log.records().size(); ++piece) {
    LogIndex index;
    for (size_t i = 0; i < log.records().size(); i += piece) {
      const auto from = log.records().begin() + static_cast<ptrdiff_t>(i);
      const size_t length = std::min(piece, log.records().size() - i);
      index.append({from, from + static_cast<ptrdiff_t>(length)});
    }
    EXPECT_EQ(index.end(), log.end());
    for (const cloud::Call& call : calls) expect_equal(index.call(call.id), call);
  }
}

// Shows: calls are found by command and name, and by name alone, in order of arrival; others give
// an empty list.
TEST(LogIndex, FindsCalls) {
  const LogIndex index = some_log().index();
  const auto ids = [](std::span<const cloud::CallId> span) {
    return std::vector<cloud::CallId>(span.begin(), span.end());
  };
  EXPECT_EQ(ids(index.of_update("c1", "a")), (std::vector<cloud::CallId>{1}));
  EXPECT_EQ(ids(index.of_update("c2", "b")), (std::vector<cloud::CallId>{4, 5}));
  EXPECT_EQ(ids(index.of_name("a")), (std::vector<cloud::CallId>{1, 3}));
  EXPECT_TRUE(index.of_update("c3", "a").empty());
  EXPECT_TRUE(index.of_name("c").empty());
}

// Shows: what a dead engine was told counts as not heard; silence counts as not heard.
TEST(LogIndex, TellsWhatWasHeard) {
  const LogIndex index = some_log().index();
  EXPECT_TRUE(heard_success(index.call(1)));
  EXPECT_TRUE(heard_error(index.call(2), ErrorCode::kServiceTimeout));
  EXPECT_TRUE(heard_error(index.call(3), ErrorCode::kNetworkFailure));
  EXPECT_FALSE(heard_error(index.call(3), ErrorCode::kServiceTimeout));
  EXPECT_FALSE(heard(index.call(4)));
  EXPECT_NE(index.call(4).answer, nullptr);
  EXPECT_FALSE(heard(index.call(5)));
}

}  // namespace
}  // namespace squall::suite
