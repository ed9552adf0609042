#include "documents/reader.h"

#include <gtest/gtest.h>

#include "documents/command.h"
#include "documents/json_test.h"

namespace squall {
namespace {

// Shows: members of the right type are read, required and optional ones alike.
TEST(Reader, ReadsMembers) {
  const Json document = json(R"({"t":"x","b":true,"i":7,"d":2.0,"a":[1,2],"o":{"k":null}})");
  const Reader in(document);
  EXPECT_EQ(*in.text("t"), "x");
  EXPECT_TRUE(*in.boolean("b"));
  EXPECT_EQ(*in.integer("i", 0, 10), 7);
  EXPECT_EQ(*in.integer("d", 0, 10), 2);
  EXPECT_EQ(in.elements("a")->size(), 2U);
  EXPECT_EQ((*in.object("o"))->size(), 1U);
  EXPECT_EQ(*in.text_or("none", "y"), "y");
  EXPECT_FALSE(*in.boolean_or("none", false));
  EXPECT_EQ(*in.integer_or("none", 3, 0, 10), 3);
  EXPECT_TRUE(in.object_or_empty("none")->empty());
  EXPECT_TRUE(in.array_or_empty("none")->empty());
  EXPECT_TRUE(in.elements_or_none("none")->empty());
}

// Shows: an error names the path down to the value, through arrays and odd keys.
TEST(Reader, NamesThePath) {
  const Json document = json(R"({"list":[{"a.b":{"n":"x"}}]})");
  const auto list = Reader(document).elements("list");
  ASSERT_TRUE(list.has_value());
  const auto odd = list->front().at("a.b");
  ASSERT_TRUE(odd.has_value());
  EXPECT_EQ(message(odd->integer("n", 0, 9)),
            "$.list[0]['a.b'].n: must be a whole number, and is a text");
}

// Shows: what is missing, of another type, or out of range is told apart.
TEST(Reader, SaysWhatIsWrong) {
  const Json document = json(R"({"n":1.5,"big":11,"nothing":null,"empty":"","a":[]})");
  const Reader in(document);
  EXPECT_EQ(message(in.text("x")), "$: has no member \"x\", which it must have");
  EXPECT_EQ(message(in.text("a")), "$.a: must be a text, and is an array");
  EXPECT_EQ(message(in.text("nothing")), "$.nothing: must be a text, and is null");
  EXPECT_EQ(message(in.non_empty_text("empty")), "$.empty: must not be empty");
  EXPECT_EQ(message(in.integer("n", 0, 10)),
            "$.n: must be a whole number from 0 to 10, and is 1.5");
  EXPECT_EQ(message(in.integer("big", 0, 10)),
            "$.big: must be a whole number from 0 to 10, and is 11");
  EXPECT_EQ(message(in.boolean_or("big", false)), "$.big: must be a boolean, and is a number");
  EXPECT_EQ(message(Reader(*in.value().if_object()->if_contains("a")).text("k")),
            "$: must be an object, and is an array");
}

// Shows: null counts as missing where a member is optional.
TEST(Reader, TakesNullForMissing) {
  const Json document = json(R"({"n":null})");
  EXPECT_EQ(*Reader(document).text_or("n", "y"), "y");
  EXPECT_FALSE(Reader(document).find("n")->has_value());
}

// Shows: a member that nobody reads is an error where the caller asks for that.
TEST(Reader, FindsUnknownMembers) {
  const Json document = json(R"({"a":1,"typo":2})");
  EXPECT_TRUE(Reader(document).only({"a", "typo"}).has_value());
  EXPECT_EQ(message(Reader(document).only({"a", "b"})),
            "$: has an unknown member \"typo\"; known are a, b");
}

// Shows: enumerations are read by their parse function, and a wrong word lists the right ones.
TEST(Reader, ReadsEnumerations) {
  const Json document = json(R"({"mode":"patch","bad":"merge"})");
  const Reader in(document);
  EXPECT_EQ(*in.chosen("mode", parse_mode), Mode::kPatch);
  EXPECT_EQ(*in.chosen_or("none", parse_mode, Mode::kReconcile), Mode::kReconcile);
  EXPECT_EQ(message(in.chosen("bad", parse_mode)),
            "$.bad: unknown mode \"merge\"; known are \"reconcile\", \"patch\"");
}

// Shows: an object's members come with their own paths, in their own order.
TEST(Reader, WalksMembers) {
  const Json document = json(R"({"b":1,"a":2})");
  const auto members = Reader(document).members();
  ASSERT_TRUE(members.has_value());
  ASSERT_EQ(members->size(), 2U);
  EXPECT_EQ((*members)[0].key, "b");
  EXPECT_EQ((*members)[1].value.path(), "$.a");
}

}  // namespace
}  // namespace squall
