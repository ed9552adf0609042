#include "cloud/operation_log.h"

#include <gtest/gtest.h>

#include <functional>

#include "cloud/heard.h"
#include "cloud/test_requests.h"

namespace squall::cloud {
namespace {

using testing::at_ms;
using testing::create_request;
using testing::object;

LogRecord record(uint64_t sequence, LogPhase phase, CallId call) {
  LogRecord out;
  out.sequence = sequence;
  out.time = at_ms(static_cast<int64_t>(sequence));
  out.phase = phase;
  out.call = call;
  if (phase != LogPhase::kChanged) {
    out.request = std::make_shared<const ProviderRequest>(create_request(R"({"Name":"a"})", "k"));
  }
  out.resource_name = "a";
  if (phase == LogPhase::kExecuted || phase == LogPhase::kChanged) {
    Change change;
    change.effect = Effect::kCreated;
    change.native_id = "generic-1";
    change.version_after = 1;
    change.after = std::make_shared<const JsonObject>(object(R"({"Name":"a"})"));
    out.change = std::move(change);
  }
  if (phase == LogPhase::kExecuted || phase == LogPhase::kAnswered) {
    ProviderReply reply;
    reply.native_id = "generic-1";
    reply.version = 1;
    out.reply = std::make_shared<const ProviderReply>(std::move(reply));
  }
  return out;
}

// Shows: interleaved records come together by call, in order of arrival; drift is no call.
TEST(CallsOf, GroupsByCall) {
  std::vector<LogRecord> log = {
      record(1, LogPhase::kArrived, 1),  record(2, LogPhase::kArrived, 2),
      record(3, LogPhase::kExecuted, 2), record(4, LogPhase::kChanged, 0),
      record(5, LogPhase::kAnswered, 2), record(6, LogPhase::kExecuted, 1),
      record(7, LogPhase::kAnswered, 1), record(8, LogPhase::kUndelivered, 1)};
  log[0].fault = "latency";
  const std::vector<Call> calls = calls_of(log);
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0].id, 1U);
  EXPECT_EQ(calls[0].fault, "latency");
  EXPECT_EQ(calls[0].arrived_sequence, 1U);
  EXPECT_EQ(calls[0].arrived, at_ms(1));
  ASSERT_EQ(calls[0].executions.size(), 1U);
  EXPECT_EQ(calls[0].executions[0].sequence, 6U);
  EXPECT_EQ(calls[0].answered_sequence, 7U);
  EXPECT_FALSE(calls[0].delivered);
  EXPECT_EQ(calls[1].fault, "");
  EXPECT_EQ(calls[1].answered, at_ms(5));
  EXPECT_TRUE(calls[1].delivered);
  EXPECT_EQ(calls[1].answer->native_id, "generic-1");
  EXPECT_EQ(calls[1].resource_name, "a");
}

// Shows: a call that was executed late, or never, or never answered, is told as it was.
TEST(CallsOf, TellsCallsThatWentWrong) {
  const std::vector<Call> calls =
      calls_of({record(1, LogPhase::kArrived, 1), record(2, LogPhase::kArrived, 2),
                record(3, LogPhase::kAnswered, 2), record(4, LogPhase::kExecuted, 2),
                record(5, LogPhase::kExecuted, 2)});
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_TRUE(calls[0].executions.empty());
  EXPECT_FALSE(calls[0].answered_sequence.has_value());
  EXPECT_EQ(calls[0].answer, nullptr);
  EXPECT_FALSE(calls[0].delivered);
  EXPECT_EQ(calls[1].executions.size(), 2U);
  EXPECT_LT(*calls[1].answered_sequence, calls[1].executions[0].sequence);
}

// Shows: calls brought up to date record by record are those of the whole log.
TEST(AddRecord, KeepsCallsUpToDate) {
  const std::vector<LogRecord> log = {
      record(1, LogPhase::kArrived, 1),  record(2, LogPhase::kArrived, 2),
      record(3, LogPhase::kChanged, 0),  record(4, LogPhase::kExecuted, 1),
      record(5, LogPhase::kAnswered, 1), record(6, LogPhase::kUndelivered, 1),
      record(7, LogPhase::kAnswered, 2)};
  std::vector<Call> calls;
  for (const LogRecord& each : log) {
    const Call* call = add_record(calls, each);
    EXPECT_EQ(call == nullptr ? 0 : call->id, each.call);
  }
  const std::vector<Call> whole = calls_of(log);
  ASSERT_EQ(calls.size(), whole.size());
  for (size_t i = 0; i < calls.size(); ++i) {
    EXPECT_EQ(calls[i].id, whole[i].id);
    EXPECT_EQ(calls[i].arrived_sequence, whole[i].arrived_sequence);
    EXPECT_EQ(calls[i].executions.size(), whole[i].executions.size());
    EXPECT_EQ(calls[i].answered_sequence, whole[i].answered_sequence);
    EXPECT_EQ(calls[i].delivered, whole[i].delivered);
  }
}

// Shows: an answer is heard where it was given to a caller that was there, as what it says.
TEST(Heard, IsWhatReachedTheCaller) {
  Call call;
  EXPECT_FALSE(heard(call));
  auto reply = ProviderReply::failure(ErrorCode::kGone, "");
  call.answer = std::make_shared<const ProviderReply>(reply);
  EXPECT_FALSE(heard_error(call, ErrorCode::kGone)) << "nobody was there";
  call.delivered = true;
  EXPECT_TRUE(heard(call));
  EXPECT_FALSE(heard_success(call));
  EXPECT_TRUE(heard_error(call, ErrorCode::kGone));
  EXPECT_FALSE(heard_error(call, ErrorCode::kNotFound));
  call.answer = std::make_shared<const ProviderReply>();
  EXPECT_TRUE(heard_success(call));
  EXPECT_FALSE(heard_error(call, ErrorCode::kUnforeseenError)) << "a success has no code";
}

// Shows: a log read from the middle still tells the calls that arrived before it.
TEST(CallsOf, TakesPartOfALog) {
  const std::vector<Call> calls =
      calls_of({record(9, LogPhase::kArrived, 5), record(10, LogPhase::kExecuted, 4)});
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0].id, 4U);
  EXPECT_EQ(calls[0].arrived_sequence, 0U);
  EXPECT_NE(calls[0].request, nullptr);
}

// Shows: a line is one JSON object with what a reader needs, and nothing that says nothing.
TEST(JsonLine, IsOneObject) {
  LogRecord arrived = record(1, LogPhase::kArrived, 7);
  arrived.fault = "lost-reply";
  EXPECT_EQ(to_json_line(arrived),
            R"({"sequence":1,"time_us":1000,"phase":"arrived","call":7,"resource":"a",)"
            R"("fault":"lost-reply","request":{"kind":"create","type":"Test::Generic::Resource",)"
            R"("target":"t","token":"k","properties":{"Name":"a"}}})");
  EXPECT_EQ(to_json_line(record(2, LogPhase::kExecuted, 7)),
            R"({"sequence":2,"time_us":2000,"phase":"executed","call":7,"resource":"a",)"
            R"("kind":"create","change":{"effect":"created","native_id":"generic-1",)"
            R"("version_before":0,"version_after":1,"after":{"Name":"a"}},)"
            R"("reply":{"status":"success","native_id":"generic-1","version":1}})");
  LogRecord failed = record(3, LogPhase::kAnswered, 7);
  failed.reply = std::make_shared<const ProviderReply>(
      ProviderReply::failure(ErrorCode::kServiceTimeout, "no\nanswer"));
  EXPECT_EQ(to_json_line(failed),
            R"({"sequence":3,"time_us":3000,"phase":"answered","call":7,"resource":"a",)"
            R"("kind":"create","reply":{"status":"failure","error":"ServiceTimeout",)"
            R"("message":"no\nanswer"}})");
  EXPECT_EQ(to_json_line(record(4, LogPhase::kChanged, 0)).find("\"call\""), std::string::npos);
}

uint64_t hash_of(const LogRecord& what) {
  LogHash hash;
  hash.add(what);
  return hash.value();
}

// Shows: whatever member of a record differs, the trace hash differs; equal records hash the same.
TEST(TraceHash, SeesEveryMember) {
  using Spoil = std::function<void(LogRecord&, ProviderRequest&, Change&, ProviderReply&)>;
  const std::vector<Spoil> changes = {
      [](auto& r, auto&, auto&, auto&) { r.sequence = 2; },
      [](auto& r, auto&, auto&, auto&) { r.time = at_ms(99); },
      [](auto& r, auto&, auto&, auto&) { r.call = 2; },
      [](auto& r, auto&, auto&, auto&) { r.resource_name = "b"; },
      [](auto& r, auto&, auto&, auto&) { r.fault = "hang"; },
      [](auto&, auto& q, auto&, auto&) { q.kind = CallKind::kRead; },
      [](auto&, auto& q, auto&, auto&) { q.type = "T"; },
      [](auto&, auto& q, auto&, auto&) { q.target = "u"; },
      [](auto&, auto& q, auto&, auto&) { q.label = "l"; },
      [](auto&, auto& q, auto&, auto&) { q.caller = "c"; },
      [](auto&, auto& q, auto&, auto&) { q.connection = 2; },
      [](auto&, auto& q, auto&, auto&) { q.native_id = "n"; },
      [](auto&, auto& q, auto&, auto&) { q.properties.set("Value", 1); },
      [](auto&, auto& q, auto&, auto&) { q.patch.emplace_back(1); },
      [](auto&, auto& q, auto&, auto&) { q.token = "l"; },
      [](auto&, auto& q, auto&, auto&) { q.if_version = 0; },
      [](auto&, auto& q, auto&, auto&) { q.request_id = "r"; },
      [](auto&, auto& q, auto&, auto&) { q.parent = "p"; },
      [](auto&, auto& q, auto&, auto&) { q.page_token = "p"; },
      [](auto&, auto&, auto& c, auto&) { c.effect = Effect::kUpdated; },
      [](auto&, auto&, auto& c, auto&) { c.native_id = "generic-2"; },
      [](auto&, auto&, auto& c, auto&) { c.version_before = 1; },
      [](auto&, auto&, auto& c, auto&) { c.version_after = 2; },
      [](auto&, auto&, auto& c, auto&) { c.before = std::make_shared<const JsonObject>(); },
      [](auto&, auto&, auto& c, auto&) { c.after = nullptr; },
      [](auto&, auto&, auto&, auto& a) { a.status = ReplyStatus::kInProgress; },
      [](auto&, auto&, auto&, auto& a) { a.status = ReplyStatus::kFailure; },
      [](auto&, auto&, auto&, auto& a) { a.message = "m"; },
      [](auto&, auto&, auto&, auto& a) { a.native_id = "n"; },
      [](auto&, auto&, auto&, auto& a) { a.properties.set("Value", 1); },
      [](auto&, auto&, auto&, auto& a) { a.version = 2; },
      [](auto&, auto&, auto&, auto& a) { a.request_id = "r"; },
      [](auto&, auto&, auto&, auto& a) { a.listed.push_back({"x", {}}); },
      [](auto&, auto&, auto&, auto& a) { a.next_page = "p"; },
  };
  // One record with every part, as no phase has them, so that each can be seen to count.
  const auto with = [](const Spoil& spoil) {
    LogRecord out = record(1, LogPhase::kArrived, 1);
    ProviderRequest request = *out.request;
    Change change = *record(1, LogPhase::kExecuted, 1).change;
    ProviderReply reply = *record(1, LogPhase::kExecuted, 1).reply;
    if (spoil) spoil(out, request, change, reply);
    out.request = std::make_shared<const ProviderRequest>(std::move(request));
    out.change = std::move(change);
    out.reply = std::make_shared<const ProviderReply>(std::move(reply));
    return hash_of(out);
  };
  const uint64_t plain = with(nullptr);
  EXPECT_EQ(plain, with(nullptr));
  for (size_t i = 0; i < changes.size(); ++i) EXPECT_NE(with(changes[i]), plain) << i;
  EXPECT_NE(hash_of(record(1, LogPhase::kArrived, 1)), hash_of(record(1, LogPhase::kAnswered, 1)));
}

// Shows: the log numbers its records from 1 and gives those after a position.
TEST(OperationLog, NumbersItsRecords) {
  OperationLog log;
  EXPECT_EQ(log.end(), 0U);
  EXPECT_TRUE(log.after(0).empty());
  for (CallId call = 1; call <= 3; ++call) log.append(record(0, LogPhase::kArrived, call));
  EXPECT_EQ(log.end(), 3U);
  EXPECT_EQ(log.at(2).call, 2U);
  ASSERT_EQ(log.after(1).size(), 2U);
  EXPECT_EQ(log.after(1)[0].sequence, 2U);
  EXPECT_TRUE(log.after(3).empty());
  EXPECT_TRUE(log.after(99).empty());
}

}  // namespace
}  // namespace squall::cloud
