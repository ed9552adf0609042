#include "agent/rest/query.h"

#include <gtest/gtest.h>

namespace squall::agent {
namespace {

constexpr std::string_view kKnown[] = {"stack", "label", "type"};

bool matches(std::string_view text, const std::vector<FieldValue>& values) {
  const Result<Query> query = Query::parse(text, kKnown);
  EXPECT_TRUE(query.has_value()) << text << ": " << query.error().message;
  return query && query->matches(values);
}

std::string query_error(std::string_view text) {
  const Result<Query> query = Query::parse(text, kKnown);
  return query ? "no error" : query.error().message;
}

const std::vector<FieldValue> kVpc = {
    {"stack", "prod"}, {"label", "vpc-1"}, {"type", "Test::Net::Vpc"}};

// Shows: an empty query matches everything.
TEST(Query, MatchesEverythingWhenEmpty) {
  EXPECT_TRUE(matches("", kVpc));
  EXPECT_TRUE(matches(" \t ", kVpc));
  EXPECT_TRUE(Query::parse("", kKnown)->empty());
  EXPECT_FALSE(Query::parse("stack:*", kKnown)->empty());
}

// Shows: a term compares a whole value, of which colons may be part.
TEST(Query, ComparesWholeValues) {
  EXPECT_TRUE(matches("stack:prod", kVpc));
  EXPECT_FALSE(matches("stack:pro", kVpc));
  EXPECT_FALSE(matches("stack:Prod", kVpc));
  EXPECT_TRUE(matches("type:Test::Net::Vpc", kVpc));
}

// Shows: terms of one field are alternatives; different fields must all match.
TEST(Query, JoinsTerms) {
  EXPECT_TRUE(matches("stack:dev stack:prod", kVpc));
  EXPECT_TRUE(matches("stack:dev label:vpc-1 stack:prod", kVpc));
  EXPECT_FALSE(matches("stack:prod label:vpc-2", kVpc));
}

// Shows: + must match whatever else of its field does; - must not match.
TEST(Query, RequiresAndExcludes) {
  EXPECT_TRUE(matches("+stack:prod", kVpc));
  EXPECT_FALSE(matches("stack:prod +stack:dev", kVpc));
  EXPECT_FALSE(matches("+label:vpc* +label:*2", kVpc));
  EXPECT_TRUE(matches("+label:vpc* +label:*1", kVpc));
  EXPECT_FALSE(matches("stack:prod -label:vpc-1", kVpc));
  EXPECT_TRUE(matches("-label:vpc-2 -label:vpc-3", kVpc));
}

// Shows: a field with several values matches by any; one without matches nothing, not even *.
TEST(Query, KnowsSeveralValuesAndNone) {
  const std::vector<FieldValue> several = {{"stack", "a"}, {"stack", "b"}};
  EXPECT_TRUE(matches("stack:b", several));
  EXPECT_TRUE(matches("+stack:a +stack:b", several));
  EXPECT_FALSE(matches("-stack:a", several));
  EXPECT_FALSE(matches("label:*", several));
  EXPECT_TRUE(matches("-label:*", several));
}

// Shows: a star stands for any text, none too, and several stars do not overlap.
TEST(Query, KnowsStars) {
  const auto label = [](std::string_view pattern, std::string_view value) {
    return matches(std::string("label:").append(pattern), {{"label", value}});
  };
  EXPECT_TRUE(label("*", ""));
  EXPECT_TRUE(label("*", "anything"));
  EXPECT_TRUE(label("a*", "a"));
  EXPECT_TRUE(label("a*c", "abc"));
  EXPECT_FALSE(label("a*c", "abcd"));
  EXPECT_FALSE(label("ab*ba", "aba"));
  EXPECT_TRUE(label("ab*ba", "abba"));
  EXPECT_TRUE(label("*b*", "abc"));
  EXPECT_TRUE(label("**a**", "a"));
  EXPECT_FALSE(label("*a*b*a*", "aabb"));
  EXPECT_TRUE(label("a*b*c", "a-b-b-c"));
  // Takes no time, where trying all places would take for ever.
  std::string stars = "label:";
  for (int i = 0; i < 1000; ++i) stars += "*a";
  EXPECT_FALSE(matches(stars + "*b", {{"label", std::string(100'000, 'a')}}));
}

// Shows: in quotes spaces and stars are what they are, and quotes are escaped.
TEST(Query, KnowsQuotes) {
  EXPECT_TRUE(matches("label:\"old one\"", {{"label", "old one"}}));
  EXPECT_FALSE(matches("label:\"*\"", {{"label", "x"}}));
  EXPECT_TRUE(matches("label:\"*\"", {{"label", "*"}}));
  EXPECT_TRUE(matches(R"(label:"a\"b\\c" stack:"")", {{"label", "a\"b\\c"}, {"stack", ""}}));
}

// Shows: a field that there is not is an error that names those there are.
TEST(Query, NamesTheKnownFields) {
  EXPECT_EQ(query_error("colour:blue"),
            "the query has the field \"colour\", which there is not; there are stack, label, type");
  EXPECT_EQ(query_error("prod"),
            "\"prod\" in the query must be field:value; the fields are stack, label, type");
  EXPECT_EQ(query_error("prod label:x"),
            "\"prod\" in the query must be field:value; the fields are stack, label, type");
  EXPECT_EQ(query_error("Stack:x"),
            "the query has the field \"Stack\", which there is not; there are stack, label, type");
}

// Shows: what is no query is an error that says what is wrong.
TEST(Query, SaysWhatIsWrong) {
  EXPECT_EQ(query_error("label:"),
            "the query has label: without a value; an empty one is \"\", any is *");
  EXPECT_EQ(query_error("label:\"open"), "the query has a quote after label: that does not end");
  EXPECT_EQ(query_error("label:\"open\\"), "the query has a quote after label: that does not end");
  EXPECT_EQ(query_error("label:\"a\"b"),
            "the query must have a space after the quoted value of label");
  EXPECT_NE(query_error("label:a\"b\""), "no error");
  EXPECT_NE(query_error("+"), "no error");
  EXPECT_NE(query_error("+ label:x"), "no error");
  EXPECT_NE(query_error(":"), "no error");
  EXPECT_EQ(query_error(std::string(4097, ' ')), "the query has more than 4096 bytes");
  std::string many;
  for (int i = 0; i < 65; ++i) many += "label:x ";
  EXPECT_EQ(query_error(many), "the query has more than 64 terms");
}

}  // namespace
}  // namespace squall::agent
