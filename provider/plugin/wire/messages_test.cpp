// The messages of the plugin protocol against the types that everybody else uses.
#include "provider/plugin/wire/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squall::plugin::wire {
namespace {

using testing::HasSubstr;

// "ERROR_CODE_NOT_FOUND" without its first word or two: "NotFound".
std::string camel(std::string_view name, std::string_view prefix) {
  EXPECT_TRUE(name.starts_with(prefix)) << name;
  std::string out;
  bool starts_word = true;
  for (const char each : name.substr(prefix.size())) {
    if (each == '_') {
      starts_word = true;
      continue;
    }
    out += starts_word ? each : static_cast<char>(each - 'A' + 'a');
    starts_word = false;
  }
  return out;
}

// Shows: every error code has the value of its name in the protocol.
TEST(PluginMessages, ErrorCodesHaveTheirNames) {
  for (size_t i = 0; i < kErrorCodes; ++i) {
    const auto code = static_cast<ErrorCode>(i);
    v1::Answer message;
    write(ProviderReply::failure(code, "why"), &message);
    EXPECT_EQ(camel(v1::ErrorCode_Name(message.error()), "ERROR_CODE_"), to_string(code));
    const auto back = read(CallKind::kRead, message);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->error, code);
    EXPECT_EQ(back->message, "why");
  }
}

// Shows: every status has the value of its name.
TEST(PluginMessages, StatusesHaveTheirNames) {
  for (const ReplyStatus status :
       {ReplyStatus::kSuccess, ReplyStatus::kInProgress, ReplyStatus::kFailure}) {
    ProviderReply reply;
    reply.status = status;
    v1::Answer message;
    write(reply, &message);
    std::string expected(to_string(status));
    std::erase(expected, '-');
    std::string name = camel(v1::AnswerStatus_Name(message.status()), "ANSWER_STATUS_");
    for (char& each : name) each = static_cast<char>(std::tolower(each));
    EXPECT_EQ(name, expected);
  }
}

// Shows: what a provider may say wrongly, and what is said of it.
TEST(PluginMessages, AnswersThatCannotBeRead) {
  const auto why = [](auto change, CallKind kind = CallKind::kRead) {
    v1::ListAnswer message;
    message.mutable_answer()->set_status(v1::ANSWER_STATUS_SUCCESS);
    message.mutable_answer()->set_native_id("id");
    EXPECT_TRUE(read(kind, message));
    change(message, *message.mutable_answer());
    const auto reply = read(kind, message);
    EXPECT_FALSE(reply);
    return reply ? "" : reply.error().message;
  };
  using List = v1::ListAnswer;
  using Answer = v1::Answer;
  EXPECT_THAT(why([](List& list, Answer&) { list.Clear(); }), HasSubstr("its status is 0"));
  EXPECT_THAT(why([](List&, Answer& a) { a.set_status(static_cast<v1::AnswerStatus>(9)); }),
              HasSubstr("its status is 9"));
  EXPECT_THAT(why([](List&, Answer& a) { a.set_status(static_cast<v1::AnswerStatus>(-1)); }),
              HasSubstr("its status is -1"));
  EXPECT_THAT(why([](List&, Answer& a) { a.set_status(v1::ANSWER_STATUS_FAILURE); }),
              HasSubstr("of the code 0"));
  EXPECT_THAT(why([](List&, Answer& a) {
                a.set_status(v1::ANSWER_STATUS_FAILURE);
                a.set_error(static_cast<v1::ErrorCode>(23));
              }),
              HasSubstr("of the code 23"));
  EXPECT_THAT(why([](List&, Answer& a) { a.set_status(v1::ANSWER_STATUS_IN_PROGRESS); }),
              HasSubstr("has no request id"));
  EXPECT_THAT(why([](List&, Answer& a) { a.set_properties("{\"Name\":"); }),
              HasSubstr("are no JSON"));
  EXPECT_THAT(why([](List&, Answer& a) { a.set_properties("[1]"); }),
              HasSubstr("are no JSON object"));
  EXPECT_THAT(why([](List&, Answer& a) { a.set_properties("{\"a\":\"\xff\"}"); }),
              HasSubstr("are no JSON"));
  EXPECT_THAT(why([](List&, Answer& a) { a.set_version(-1); }), HasSubstr("its version is -1"));
  EXPECT_THAT(why([](List&, Answer& a) { a.clear_native_id(); }, CallKind::kCreate),
              HasSubstr("names no object"));
  EXPECT_THAT(why([](List& list, Answer&) { list.add_objects(); }, CallKind::kList),
              HasSubstr("has no native id"));
  EXPECT_THAT(why([](List& list, Answer&) {
                list.add_objects()->set_native_id("a");
                list.mutable_objects(0)->set_properties("7");
              }),
              HasSubstr("are no JSON object"));
}

// Shows: requests that cannot be read say which part.
TEST(PluginMessages, RequestsThatCannotBeRead) {
  v1::CreateRequest create;
  create.set_desired("{");
  EXPECT_THAT(read(create).error().message, HasSubstr("the desired properties are no JSON"));
  v1::UpdateRequest update;
  update.set_desired("7");
  EXPECT_THAT(read(update).error().message, HasSubstr("the desired properties are no JSON object"));
  update.clear_desired();
  update.set_patch("{}");
  EXPECT_THAT(read(update).error().message, HasSubstr("the patch is no JSON array"));
  update.set_patch("[");
  EXPECT_THAT(read(update).error().message, HasSubstr("the patch is no JSON:"));
}

// Shows: an engine in another language may say what the object was before; it changes nothing.
TEST(PluginMessages, PriorDocuments) {
  v1::UpdateRequest update;
  update.set_native_id("id");
  update.set_prior("{\"Name\":\"a\"}");
  const auto request = read(update);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->native_id, "id");
  EXPECT_TRUE(request->properties.empty());
}

// Shows: a description with a schema that is none, or an absurd window, is refused with the reason.
TEST(PluginMessages, DescriptionsThatCannotBeRead) {
  v1::DescribeResponse response;
  response.add_schemas(R"({"Type":"A::B::C","Fields":["Name"]})");
  ASSERT_TRUE(read(response)) << read(response).error().message;
  response.add_schemas("{}");
  EXPECT_THAT(read(response).error().message, HasSubstr("its schema number 2:"));
  response.set_schemas(1, "{");
  EXPECT_THAT(read(response).error().message, HasSubstr("its schema number 2: cannot read JSON"));
  response.mutable_schemas()->RemoveLast();
  response.mutable_traits()->set_consistency_window_us(-1);
  EXPECT_THAT(read(response).error().message, HasSubstr("its consistency window is -1 us"));
}

}  // namespace
}  // namespace squall::plugin::wire
