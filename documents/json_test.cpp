#include "documents/json.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "documents/json_test.h"

namespace squall {
namespace {

// Shows: errors say where in the text they are, by line and column.
TEST(ParseJson, NamesThePositionOfAnError) {
  const Result<Json> value = parse_json("{\"a\": 1,\n  \"b\": }");
  ASSERT_FALSE(value.has_value());
  EXPECT_NE(value.error().message.find("line 2, column"), std::string::npos)
      << value.error().message;
}

// Shows: an empty text, half a value, text after the value, and numbers no double can hold are
// errors, not guesses.
TEST(ParseJson, RefusesWhatIsNotOneValue) {
  for (const char* text : {"", "  ", "[1", "{} {}", "nul", "1e400", "[-1e999]", "\"\xff\""}) {
    EXPECT_FALSE(parse_json(text).has_value()) << text;
  }
}

// Shows: 64 levels can be read and 65 cannot, so that no document exhausts the stack.
TEST(ParseJson, LimitsTheDepth) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_json(nested(64)).has_value());
  const Result<Json> deeper = parse_json(nested(65));
  ASSERT_FALSE(deeper.has_value());
  EXPECT_NE(deeper.error().message.find("too deep"), std::string::npos);
}

// Shows: a number of any size and any digits is read as the double it was written from.
TEST(ParseJson, ReadsTheDoubleThatIsMeant) {
  Random random(1);
  for (int i = 0; i < 20000; ++i) {
    const auto number = std::bit_cast<double>(random.next());
    if (!std::isfinite(number)) continue;
    const std::string text = fmt::format("{}", number);
    const Json back = json(text);
    // A whole number is read as an integer where it is one.
    if (back.is_double()) {
      EXPECT_EQ(back.get_double(), number) << text;
    }
  }
}

// Shows: the canonical text does not depend on the order of members or the way numbers are written.
TEST(Canonical, IsTheOneTextOfAValue) {
  EXPECT_EQ(canonical(json(R"( {"b": [1.0, -0.0, 2.5], "a": {"y": null, "x": true}} )")),
            R"({"a":{"x":true,"y":null},"b":[1,0,2.5]})");
  EXPECT_EQ(canonical(json("\"a\\u0001\\\"\\\\\\n\\t\\r/\"")), "\"a\\u0001\\\"\\\\\\n\\t\\r/\"");
  EXPECT_EQ(canonical(json("18446744073709551615")), "18446744073709551615");
}

// Shows: a canonical text is JSON again, and reads as the same value.
TEST(Canonical, CanBeReadBack) {
  for (const char* number : {"-31111111111111111e2", "1e18", "9007199254740994.0", "1e300"}) {
    EXPECT_TRUE(json(canonical(json(number))).is_double()) << number;
    EXPECT_TRUE(same(json(canonical(json(number))), json(number))) << number;
  }
  const Json value = json(R"({"a":[1,2.25,1e300,"\u00e9\u0000",{"":[]}],"b":{}})");
  EXPECT_TRUE(same(json(canonical(value)), value));
  EXPECT_TRUE(same(json(pretty(value)), value));
  EXPECT_TRUE(same(json(one_line(value)), value));
}

// Shows: values have the same digest exactly where they have the same canonical text.
TEST(Digest, AgreesWithTheCanonicalText) {
  const std::vector<std::string_view> texts = {"null",
                                               "false",
                                               "true",
                                               "0",
                                               "-0.0",
                                               "1",
                                               "1.0",
                                               "-1",
                                               "1.5",
                                               "\"\"",
                                               "\"1\"",
                                               "\"null\"",
                                               "[]",
                                               "[[]]",
                                               "[1]",
                                               "[1,2]",
                                               "[2,1]",
                                               "{}",
                                               R"({"":1})",
                                               R"({"a":1,"b":2})",
                                               R"({"b":2,"a":1})",
                                               R"({"a":2,"b":1})",
                                               R"({"a":{"b":1}})",
                                               R"([{"a":1},{"b":2}])",
                                               "9223372036854775807",
                                               "9223372036854775808",
                                               "18446744073709551615"};
  for (const std::string_view a : texts) {
    for (const std::string_view b : texts) {
      const bool equal = canonical(json(a)) == canonical(json(b));
      EXPECT_EQ(digest(json(a)) == digest(json(b)), equal) << a << " and " << b;
      EXPECT_EQ(same(json(a), json(b)), equal) << a << " and " << b;
    }
  }
}

// Shows: a number has one digest, whichever of Boost.JSON's three kinds holds it.
TEST(Digest, DoesNotSeeTheKindOfANumber) {
  EXPECT_EQ(digest(Json(int64_t{7})), digest(Json(uint64_t{7})));
  EXPECT_EQ(digest(Json(int64_t{7})), digest(Json(7.0)));
  EXPECT_TRUE(same(Json(int64_t{7}), Json(uint64_t{7})));
  EXPECT_FALSE(same(Json(int64_t{-1}), Json(UINT64_MAX)));
}

// Shows: the digest is the same on every machine and compiler; traces are compared by it.
TEST(Digest, IsPinned) {
  EXPECT_EQ(digest(json(R"({"a":[1,"x",null,true,2.5]})")), 0x2b36b0d897ec90bdULL);
}

// Shows: the layout people read, with members in their own order.
TEST(Pretty, IndentsByTwo) {
  EXPECT_EQ(pretty(json(R"({"b":[1,{}],"a":[]})")),
            "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": []\n}");
  EXPECT_EQ(one_line(json(R"({"b": [1, 2], "a": {"c": null}})")), R"({"b":[1,2],"a":{"c":null}})");
}

// Shows: member and text_of treat what is missing or of another type as absent.
TEST(Member, IsNullWhereThereIsNone) {
  const Json value = json(R"({"a":"x","n":1})");
  ASSERT_NE(member(value, "a"), nullptr);
  EXPECT_EQ(member(value, "b"), nullptr);
  EXPECT_EQ(member(json("[1]"), "a"), nullptr);
  EXPECT_EQ(text_of(value, "a"), "x");
  EXPECT_EQ(text_of(value, "n", "none"), "none");
  EXPECT_EQ(text_of(value, "b", "none"), "none");
}

}  // namespace
}  // namespace squall
