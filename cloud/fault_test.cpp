#include "cloud/fault.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "cloud/controller.h"
#include "cloud/injection_state.h"
#include "cloud/test_requests.h"

namespace squall::cloud {
namespace {

using namespace std::chrono_literals;
using testing::create_request;
using testing::delete_request;
using testing::read_request;

FaultEffect effect(std::string kind, std::optional<ErrorCode> code = std::nullopt,
                   Duration delay = Duration(0)) {
  return {std::move(kind), code, delay};
}

FaultRule rule_of(FaultEffect what) {
  FaultRule rule;
  rule.effect = std::move(what);
  return rule;
}

// Shows: every fault is there, by its name, none twice; who goes beyond the contract says what it
// may break, and nobody else does; who counts by its execution has one of its own.
TEST(FaultKinds, AreListed) {
  std::set<std::string_view> names;
  for (const FaultKind* kind : fault_kinds()) {
    EXPECT_TRUE(names.insert(kind->name).second) << kind->name;
    EXPECT_EQ(find_fault_kind(kind->name), kind);
    EXPECT_FALSE(kind->summary.empty());
    EXPECT_FALSE(kind->calls.empty());
    EXPECT_LE(kind->min_delay, kind->max_delay);
    EXPECT_GE(kind->variants, 1U);
    EXPECT_EQ(kind->within_contract, kind->may_break.empty()) << kind->name;
    EXPECT_EQ(kind->matters == Matters::kByExecution, kind->execute != nullptr) << kind->name;
  }
  EXPECT_EQ(names, (std::set<std::string_view>{
                       "error", "latency", "hang", "lost-reply", "throttling", "late-delivery",
                       "duplicate-delivery", "partial-apply", "stale-read", "malformed-reply",
                       "stuck-in-progress", "progress-then-failure", "request-id-forgotten",
                       "wrong-echo", "success-then-vanished", "version-runs-backwards"}));
  EXPECT_EQ(find_fault_kind("gremlins"), nullptr);
}

// Shows: whatever a rule may say, the Delivery keeps the promise of its header: a true answer never
// leaves before the call was executed.
TEST(FaultKinds, NeverAnswerTheTruthTooEarly) {
  for (const FaultKind* kind : fault_kinds()) {
    std::vector<std::optional<ErrorCode>> codes(kind->codes.begin(), kind->codes.end());
    if (kind->codes.empty() || kind->may_be_silent) codes.emplace_back();
    for (const auto& code : codes) {
      const FaultEffect what = effect(std::string(kind->name), code, kind->max_delay);
      ASSERT_TRUE(validate(rule_of(what)).has_value());
      const Delivery delivery = delivery_of(what);
      if (!delivery.answer_after || delivery.answer_instead) continue;
      ASSERT_FALSE(delivery.execute_after.empty()) << kind->name;
      EXPECT_GE(*delivery.answer_after, delivery.execute_after.front()) << kind->name;
    }
  }
}

// Shows: error executes nothing and answers with its code.
TEST(FaultKinds, ErrorAppliesNothing) {
  const Delivery delivery = delivery_of(effect("error", ErrorCode::kAccessDenied));
  EXPECT_TRUE(delivery.execute_after.empty());
  EXPECT_EQ(delivery.answer_after, Duration(0));
  EXPECT_EQ(delivery.answer_instead, ErrorCode::kAccessDenied);
  EXPECT_EQ(delivery.words, "AccessDenied (fault error)");
}

// Shows: error can say every code that a cloud can say without lying: NotFound and Gone would deny
// an object that exists (docs/rules.md §9).
TEST(FaultKinds, ErrorKnowsEveryHonestCode) {
  const std::set<ErrorCode> never = {ErrorCode::kDeadlineExceeded, ErrorCode::kMalformedAnswer,
                                     ErrorCode::kNotFound, ErrorCode::kGone};
  for (size_t i = 0; i < kErrorCodes; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_EQ(validate(rule_of(effect("error", code))).has_value(), !never.contains(code))
        << to_string(code);
  }
}

// Shows: latency delays the execution and, with it, the true answer.
TEST(FaultKinds, LatencyDelays) {
  const Delivery delivery = delivery_of(effect("latency", std::nullopt, 30ms));
  EXPECT_EQ(delivery.execute_after, std::vector<Duration>{30ms});
  EXPECT_EQ(delivery.answer_after, Duration(30ms));
  EXPECT_FALSE(delivery.answer_instead.has_value());
}

// Shows: hang executes nothing and answers nothing.
TEST(FaultKinds, HangIsSilent) {
  const Delivery delivery = delivery_of(effect("hang"));
  EXPECT_TRUE(delivery.execute_after.empty());
  EXPECT_FALSE(delivery.answer_after.has_value());
}

// Shows: a lost reply executes at once; the caller hears a timeout, a network failure, or nothing.
TEST(FaultKinds, LostReplyExecutes) {
  const Delivery told = delivery_of(effect("lost-reply", ErrorCode::kNetworkFailure));
  EXPECT_EQ(told.execute_after, std::vector<Duration>{0ms});
  EXPECT_EQ(told.answer_after, Duration(0));
  EXPECT_EQ(told.answer_instead, ErrorCode::kNetworkFailure);
  const Delivery silent = delivery_of(effect("lost-reply"));
  EXPECT_EQ(silent.execute_after, std::vector<Duration>{0ms});
  EXPECT_FALSE(silent.answer_after.has_value());
  EXPECT_FALSE(silent.answer_instead.has_value());
}

// Shows: throttling executes nothing and says Throttling, without being told the code.
TEST(FaultKinds, ThrottlingTurnsAway) {
  const Delivery delivery = delivery_of(effect("throttling"));
  EXPECT_TRUE(delivery.execute_after.empty());
  EXPECT_EQ(delivery.answer_after, Duration(0));
  EXPECT_EQ(delivery.answer_instead, ErrorCode::kThrottling);
}

// Shows: late delivery answers at once and executes afterwards.
TEST(FaultKinds, LateDeliveryExecutesAfterwards) {
  const Delivery told = delivery_of(effect("late-delivery", ErrorCode::kServiceTimeout, 2ms));
  EXPECT_EQ(told.execute_after, std::vector<Duration>{2ms});
  EXPECT_EQ(told.answer_after, Duration(0));
  EXPECT_EQ(told.answer_instead, ErrorCode::kServiceTimeout);
  const Delivery silent = delivery_of(effect("late-delivery", std::nullopt, 2ms));
  EXPECT_EQ(silent.execute_after, std::vector<Duration>{2ms});
  EXPECT_FALSE(silent.answer_after.has_value());
}

// Shows: what a fault needs of the cloud is met by a cloud that has all of it, and by no other.
TEST(FaultNeeds, AreMetOrNot) {
  Behaviours plain;
  EXPECT_TRUE(is_met({}, plain));
  EXPECT_TRUE(is_met(find_fault_kind("duplicate-delivery")->needs, plain));
  EXPECT_FALSE(is_met(find_fault_kind("stale-read")->needs, plain));
  EXPECT_FALSE(is_met(find_fault_kind("stuck-in-progress")->needs, plain));
  plain.consistency_window = 1ms;
  plain.status_polls = 1;
  for (const FaultKind* kind : fault_kinds()) EXPECT_TRUE(is_met(kind->needs, plain)) << kind->name;
  plain.versions = false;
  EXPECT_FALSE(is_met(find_fault_kind("stale-read")->needs, plain));
  EXPECT_FALSE(is_met(find_fault_kind("duplicate-delivery")->needs, plain));
  plain.versions = true;
  plain.create_tokens = false;
  EXPECT_FALSE(is_met(find_fault_kind("duplicate-delivery")->needs, plain));
  EXPECT_FALSE(is_met(find_fault_kind("partial-apply")->needs, plain));
}

// Shows: a duplicate delivery executes at once and after its delay, and answers the first time.
TEST(FaultKinds, DuplicateDeliveryExecutesTwice) {
  const Delivery delivery = delivery_of(effect("duplicate-delivery", std::nullopt, 5ms));
  EXPECT_EQ(delivery.execute_after, (std::vector<Duration>{0ms, 5ms}));
  EXPECT_EQ(delivery.answer_after, Duration(0));
  EXPECT_FALSE(delivery.answer_instead.has_value());
}

// Shows: every rule that makes no sense is refused with a word on what is wrong with it.
TEST(Validate, RefusesBadRules) {
  struct Bad {
    std::function<void(FaultRule&)> spoil;
    std::string_view words;
  };
  const std::vector<Bad> cases = {
      {[](FaultRule& r) { r.effect.kind = "gremlins"; }, "there is no fault \"gremlins\""},
      {[](FaultRule& r) { r.effect.kind = ""; }, "known are error, latency"},
      {[](FaultRule& r) { r.effect = effect("error"); }, "needs an error code"},
      {[](FaultRule& r) { r.effect.code = ErrorCode::kGone; }, "does not answer with Gone"},
      {[](FaultRule& r) { r.effect = effect("hang", ErrorCode::kGone); }, "does not answer"},
      {[](FaultRule& r) { r.effect = effect("throttling", ErrorCode::kThrottling); },
       "does not answer"},
      {[](FaultRule& r) { r.effect.delay = 1ms; }, "takes no delay"},
      {[](FaultRule& r) { r.effect = effect("latency"); }, "from 1000 to 5000000 us, not 0"},
      {[](FaultRule& r) { r.effect = effect("latency", std::nullopt, 6s); }, "takes a delay"},
      {[](FaultRule& r) { r.effect = effect("late-delivery", std::nullopt, -1ms); },
       "takes a delay"},
      {[](FaultRule& r) { r.effect.variant = 1; }, "variants 0 to 0, not 1"},
      {[](FaultRule& r) {
         r.effect = effect("malformed-reply");
         r.effect.variant = 5;
       },
       "variants 0 to 4, not 5"},
      {[](FaultRule& r) { r.effect = effect("partial-apply", ErrorCode::kThrottling); },
       "does not answer with Throttling"},
      {[](FaultRule& r) { r.effect = effect("progress-then-failure"); }, "needs an error code"},
      {[](FaultRule& r) { r.effect = effect("duplicate-delivery"); }, "takes a delay"},
      {[](FaultRule& r) {
         r.effect = effect("stuck-in-progress");
         r.call = CallKind::kCreate;
       },
       "cannot hit a create"},
      {[](FaultRule& r) { r.call = CallKind::kRead; }, "cannot hit a read"},
      {[](FaultRule& r) { r.nth = 0; }, "nth is 0"},
      {[](FaultRule& r) { r.count = 0; }, "count is 0"},
      {[](FaultRule& r) { r.permille = 1001; }, "permille is 1001"},
      {[](FaultRule& r) { r.permille = 5, r.nth = 2; }, "not both"},
      {[](FaultRule& r) { r.permille = 5, r.count = 2; }, "not both"},
  };
  for (const Bad& bad : cases) {
    FaultRule rule = rule_of(effect("lost-reply", ErrorCode::kServiceTimeout));
    ASSERT_TRUE(validate(rule).has_value());
    bad.spoil(rule);
    const Result<void> checked = validate(rule);
    ASSERT_FALSE(checked.has_value()) << bad.words;
    EXPECT_NE(checked.error().message.find(bad.words), std::string::npos)
        << checked.error().message;
    InjectionState state(1);
    EXPECT_FALSE(state.inject(rule).has_value());
    EXPECT_EQ(state.pick(create_request("{}"), "a").kind, nullptr);
  }
}

// Which of `calls` arrivals of the same call the rules hit, as "-x-".
std::string hits(InjectionState& state, size_t calls, const ProviderRequest& request,
                 const std::string& name) {
  std::string out;
  for (size_t i = 0; i < calls; ++i) {
    out += state.pick(request, name).kind == nullptr ? '-' : 'x';
  }
  return out;
}

// Shows: a rule hits from the nth matching call on, as often as it says, and then never again.
TEST(InjectionState, CountsFromInjection) {
  InjectionState state(1);
  FaultRule rule = rule_of(effect("throttling"));
  EXPECT_EQ(hits(state, 2, read_request("x"), "a"), "--");
  rule.nth = 3;
  rule.count = 2;
  ASSERT_TRUE(state.inject(rule).has_value());
  EXPECT_EQ(hits(state, 7, read_request("x"), "a"), "--xx---");
}

// Shows: label, type and kind of call each narrow a rule, and only matching calls are counted.
TEST(InjectionState, MatchesLabelTypeAndCall) {
  InjectionState state(1);
  FaultRule rule = rule_of(effect("throttling"));
  rule.label = "a";
  rule.type = kGenericResource;
  rule.call = CallKind::kDelete;
  rule.nth = 2;
  ASSERT_TRUE(state.inject(rule).has_value());
  ProviderRequest other_type = delete_request("x");
  other_type.type = kGenericChild;
  EXPECT_EQ(hits(state, 1, delete_request("x"), "a"), "-");
  EXPECT_EQ(hits(state, 3, read_request("x"), "a"), "---");
  EXPECT_EQ(hits(state, 3, delete_request("x"), "b"), "---");
  EXPECT_EQ(hits(state, 3, other_type, "a"), "---");
  EXPECT_EQ(hits(state, 2, delete_request("x"), "a"), "x-");
}

// Shows: a rule for any call counts only the calls that its fault can hit.
TEST(InjectionState, SkipsCallsTheFaultCannotHit) {
  InjectionState state(1);
  ASSERT_TRUE(state.inject(rule_of(effect("lost-reply"))).has_value());
  EXPECT_EQ(hits(state, 2, read_request("x"), "a"), "--");
  EXPECT_EQ(hits(state, 2, delete_request("x"), "a"), "x-");
}

// Shows: the rule injected first wins, and the other counts the call all the same.
TEST(InjectionState, FirstRuleWins) {
  InjectionState state(1);
  ASSERT_TRUE(state.inject(rule_of(effect("hang"))).has_value());
  FaultRule second = rule_of(effect("throttling"));
  second.count = 2;
  ASSERT_TRUE(state.inject(second).has_value());
  EXPECT_EQ(state.pick(read_request("x"), "a").effect.kind, "hang");
  EXPECT_EQ(state.pick(read_request("x"), "a").effect.kind, "throttling");
  EXPECT_EQ(state.pick(read_request("x"), "a").kind, nullptr);
}

// Shows: a standing rule hits about as often as it says, and the same calls for the same seed.
TEST(InjectionState, StandingRulesFollowTheSeed) {
  FaultRule rule = rule_of(effect("throttling"));
  rule.permille = 250;
  const auto run = [&](uint64_t seed) {
    InjectionState state(seed);
    EXPECT_TRUE(state.inject(rule).has_value());
    return hits(state, 4000, read_request("x"), "a");
  };
  const std::string once = run(5);
  EXPECT_EQ(once, run(5));
  EXPECT_NE(once, run(6));
  const auto hit = std::count(once.begin(), once.end(), 'x');
  EXPECT_GT(hit, 850);
  EXPECT_LT(hit, 1150);
}

// Shows: cleared rules hit nothing, and ids of rules are never given twice.
TEST(InjectionState, CanBeCleared) {
  InjectionState state(1);
  const Result<RuleId> first = state.inject(rule_of(effect("hang")));
  state.clear();
  EXPECT_EQ(hits(state, 2, read_request("x"), "a"), "--");
  const Result<RuleId> second = state.inject(rule_of(effect("hang")));
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_NE(*first, *second);
}

}  // namespace
}  // namespace squall::cloud
