#include "agent/rest/message.h"

#include <gtest/gtest.h>

#include "agent/client/percent.h"

namespace squall::agent {
namespace {

// Shows: a target is taken apart and decoded; + is a space in parameters alone.
TEST(Message, TakesTargetsApart) {
  const Result<ParsedTarget> target = parse_target("/api/v1/a%20b+c?x=1+2%26&y&&z=a=b");
  ASSERT_TRUE(target.has_value()) << target.error().message;
  EXPECT_EQ(target->path, (std::vector<std::string>{"api", "v1", "a b+c"}));
  ASSERT_EQ(target->parameters.size(), 3U);
  EXPECT_EQ(target->parameters[0].name, "x");
  EXPECT_EQ(target->parameters[0].value, "1 2&");
  EXPECT_EQ(target->parameters[1].name, "y");
  EXPECT_EQ(target->parameters[1].value, "");
  EXPECT_EQ(target->parameters[2].value, "a=b");
}

// Shows: a target may name the server; one that is no path is refused.
TEST(Message, KnowsTheFormsOfATarget) {
  EXPECT_EQ(parse_target("HTTP://host:1/a?x")->path, std::vector<std::string>{"a"});
  EXPECT_EQ(parse_target("http://host")->path, std::vector<std::string>{""});
  EXPECT_EQ(parse_target("/")->path, std::vector<std::string>{""});
  EXPECT_EQ(parse_target("/a/")->path, (std::vector<std::string>{"a", ""}));
  for (const std::string_view bad : {"", "*", "a", "http://host?x", "/%", "/%1", "/%1g", "/?%zz"}) {
    EXPECT_FALSE(parse_target(bad).has_value()) << bad;
  }
}

// Shows: what is percent-encoded is read back, whatever it is.
TEST(Message, EncodesAndDecodes) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(percent_encoded("a b/c~"), "a%20b%2Fc~");
  EXPECT_EQ(parse_target("/" + percent_encoded(all))->path, std::vector<std::string>{all});
}

// Shows: fields are found whatever the case of their names.
TEST(Message, FindsFields) {
  Request request;
  request.fields = {{"Client-ID", "a"}, {"client-id", "b"}};
  ASSERT_NE(request.field("CLIENT-id"), nullptr);
  EXPECT_EQ(*request.field("CLIENT-id"), "a");
  EXPECT_EQ(request.count("Client-Id"), 2U);
  EXPECT_EQ(request.field("Client"), nullptr);
}

// Shows: an error is JSON whatever it quotes, and of bounded length.
TEST(Message, WritesErrorsThatAreJson) {
  std::string garbage = "\xff\xc0\x80\xed\xa0\x80\xf5 \"";
  garbage += '\0';
  garbage += std::string(100'000, '\x80');
  const Response response = error_response(400, "BadRequest", garbage);
  EXPECT_EQ(response.status, 400);
  const Result<Json> document = parse_json(response.body);
  ASSERT_TRUE(document.has_value()) << document.error().message;
  EXPECT_EQ(text_of(*document, "error"), "BadRequest");
  EXPECT_LT(response.body.size(), 10'000U);
}

// Shows: good UTF-8 stays as it is; of the rest, each byte is replaced.
TEST(Message, ReplacesWhatIsNoUtf8) {
  const std::string_view good = "aé€😀";
  EXPECT_EQ(as_utf8(good), good);
  EXPECT_EQ(as_utf8("a\x80z"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(as_utf8("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(as_utf8("\xF4\x90\x80\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace squall::agent
