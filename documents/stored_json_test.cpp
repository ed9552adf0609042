#include "documents/stored_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "base/random.h"

namespace squall {
namespace {

std::string text_of_value(const Json& value) {
  std::string out;
  append_stored(out, value);
  return out;
}
Json there_and_back(const Json& value) {
  const Result<Json> read = parse_stored(text_of_value(value));
  EXPECT_TRUE(read.has_value()) << (read ? "" : read.error().message);
  return read ? *read : Json("unreadable");
}

// Shows: a document comes back with every kind of value in it, in its own order.
TEST(StoredJson, GivesBackADocument) {
  const Json value = *parse_json(
      R"({"b":[1,-2,18446744073709551615,1.5,true,false,null,"x"],"a":{"":{}},"c":[]})");
  EXPECT_EQ(there_and_back(value), value);
  EXPECT_EQ(text_of_value(value),
            R"({"b":[1,-2,18446744073709551615,1.5,true,false,null,"x"],"a":{"":{}},"c":[]})");
}

// Shows: a double comes back as the same double, whatever its digits, and stays one.
TEST(StoredJson, GivesBackEveryDouble) {
  for (const double number : {0.0, -0.0, 1.0, -1e300, 0.1, 5e-324, 1e22, 123456789012345680.0,
                              std::numeric_limits<double>::max()}) {
    const Json back = there_and_back(Json(number));
    ASSERT_TRUE(back.is_double()) << number;
    EXPECT_EQ(std::bit_cast<uint64_t>(back.get_double()), std::bit_cast<uint64_t>(number));
  }
  Random random(7);
  for (int i = 0; i < 20000; ++i) {
    const auto number = std::bit_cast<double>(random.next());
    if (!std::isfinite(number)) continue;
    ASSERT_EQ(there_and_back(Json(number)).get_double(), number);
  }
}

// Shows: a text may hold any bytes.
TEST(StoredJson, GivesBackAnyBytes) {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  EXPECT_EQ(there_and_back(Json(every)), Json(every));
  EXPECT_EQ(there_and_back(Json("a\"b\\c\n")), Json("a\"b\\c\n"));
}

// Shows: what nests to the limit comes back; one more is an error, no crash.
TEST(StoredJson, NestsToItsLimit) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_stored(nested(kMaxStoredDepth)).has_value());
  EXPECT_FALSE(parse_stored(nested(kMaxStoredDepth + 1)).has_value());
}

// Shows: a text that was cut or damaged is an error that names the place.
TEST(StoredJson, NamesThePlaceOfWhatIsWrong) {
  const std::string text = R"({"a":[1,2.5,"x"]})";
  for (size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(parse_stored(text.substr(0, length)).has_value()) << length;
  }
  EXPECT_THAT(parse_stored("{\"a\":?}").error().message, testing::HasSubstr("at byte 5"));
  EXPECT_THAT(parse_stored("{} x").error().message, testing::HasSubstr("after the value's end"));
}

}  // namespace
}  // namespace squall
