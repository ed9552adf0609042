#include "agent/metrics.h"

#include <gmock/gmock.h>

namespace squall::agent {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// Shows: calls are counted by kind and outcome, and timed by kind.
TEST(Metrics, CountsCalls) {
  Metrics metrics;
  metrics.answered(CallKind::kCreate, ProviderReply(), 3ms);
  metrics.answered(CallKind::kCreate, ProviderReply(), 40ms);
  metrics.answered(CallKind::kRead, ProviderReply::failure(ErrorCode::kThrottling, "slow down"),
                   1ms);
  const std::string text = metrics.text({.calls_in_flight = 2, .provider_starts = 5});
  EXPECT_THAT(text,
              HasSubstr("squall_provider_calls_total{kind=\"create\",outcome=\"success\"} 2"));
  EXPECT_THAT(text,
              HasSubstr("squall_provider_calls_total{kind=\"read\",outcome=\"Throttling\"} 1"));
  EXPECT_THAT(text, HasSubstr("squall_provider_call_seconds_count{kind=\"create\"} 2"));
  EXPECT_THAT(text,
              HasSubstr("squall_provider_call_seconds_bucket{kind=\"create\",le=\"0.005\"} 1"));
  EXPECT_THAT(text, HasSubstr("squall_provider_calls_in_flight 2"));
  EXPECT_THAT(text, HasSubstr("squall_provider_starts 5"));
  EXPECT_THAT(text, Not(HasSubstr("slow down")));
}

// Shows: commits and answers to requests are counted, those that went wrong apart.
TEST(Metrics, CountsCommitsAndRequests) {
  Metrics metrics;
  metrics.committed(true, 1ms);
  metrics.committed(false, 2ms);
  metrics.replied(Accepted{"c-1"});
  metrics.replied(NothingToDo());
  metrics.replied(Simulated());
  metrics.replied(Rejection{RejectionType::kConflictingCommands, "no"});
  const std::string text = metrics.text({});
  EXPECT_THAT(text, HasSubstr("squall_commit_seconds_count 2"));
  EXPECT_THAT(text, HasSubstr("squall_commits_failed_total 1"));
  for (const char* outcome : {"accepted", "nothing-to-do", "simulated", "ConflictingCommands"})
    EXPECT_THAT(text,
                HasSubstr("squall_requests_total{outcome=\"" + std::string(outcome) + "\"} 1"));
}

// Shows: what is asked when somebody looks is what it is then, also where it has become less.
TEST(Metrics, ShowsWhatIsNow) {
  Metrics metrics;
  const std::map<std::string, uint64_t, std::less<>> marks = {{"dependent-waits", 4}};
  Metrics::Now now;
  now.commands[CommandState::kInProgress] = 3;
  now.marks = &marks;
  const std::string busy = metrics.text(now);
  EXPECT_THAT(busy, HasSubstr("squall_commands{state=\"InProgress\"} 3"));
  EXPECT_THAT(busy, HasSubstr("squall_engine_marks{mark=\"dependent-waits\"} 4"));
  now.commands[CommandState::kInProgress] = 0;
  EXPECT_THAT(metrics.text(now), HasSubstr("squall_commands{state=\"InProgress\"} 0"));
}

}  // namespace
}  // namespace squall::agent
