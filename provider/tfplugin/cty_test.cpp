#include "provider/tfplugin/cty.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace squall::tfplugin {
namespace {

using namespace std::string_literals;

Type everything() {
  return Type::object({{"bool", Type::boolean()},
                       {"dynamic", Type::dynamic()},
                       {"list", Type::list(Type::string())},
                       {"map", Type::map(Type::number())},
                       {"number", Type::number()},
                       {"object", Type::object({{"a", Type::string()}})},
                       {"set", Type::set(Type::string())},
                       {"string", Type::string()},
                       {"tuple", Type::tuple({Type::string(), Type::boolean()})}});
}

Value full_value() {
  return Value::Map{
      {"bool", true},
      {"dynamic", Value::dynamic(Type::list(Type::number()), Value::List{Number::of(int64_t{1})})},
      {"list", Value::List{"b", "a", "b"}},
      {"map", Value::Map{{"k", *Number::parse("0.1")}}},
      {"number", *Number::parse("123456789012345678901234567890")},
      {"object", Value::Map{{"a", Value()}}},
      {"set", Value::set({"b", "a", "b"})},
      {"string", "text"},
      {"tuple", Value::List{"x", Value::unknown()}}};
}

// Shows: types have the JSON of the protocol, and come back from it.
TEST(CtyType, JsonForm) {
  EXPECT_EQ(Type::string().json(), "\"string\"");
  EXPECT_EQ(Type::set(Type::string()).json(), R"(["set","string"])");
  EXPECT_EQ(Type::object({{"b", Type::number()}, {"a", Type::boolean()}}).json(),
            R"(["object",{"a":"bool","b":"number"}])");
  EXPECT_EQ(Type::tuple({}).json(), R"(["tuple",[]])");
  EXPECT_EQ(Type::object({}).json(), R"(["object",{}])");
  EXPECT_EQ(*Type::parse(everything().json()), everything());
  EXPECT_TRUE(Type::parse(R"(["object",{"a":"string"},["a"]])"));
  for (const std::string_view bad :
       {"", "\"text\"", "[]", "[\"list\"]", "[\"list\",1]", "\"list\"", "[\"string\"]",
        "[\"object\",[]]", "[\"tuple\",{}]", "{}", "[\"map\",\"string\",1]"}) {
    EXPECT_FALSE(Type::parse(bad)) << bad;
  }
}

// Shows: the bytes are those of the protocol.
TEST(CtyMessagePack, TheBytesOfTheProtocol) {
  EXPECT_EQ(encode(Value(), Type::string()), "\xc0"s);
  EXPECT_EQ(encode(Value::unknown(), Type::string()), "\xd4\x00\x00"s);
  EXPECT_EQ(encode("hi", Type::string()), "\xa2hi"s);
  EXPECT_EQ(encode(Number::of(int64_t{-1}), Type::number()), "\xff"s);
  EXPECT_EQ(encode(*Number::parse("0.5"), Type::number()),
            "\xa4"
            "5e-1"s);
  EXPECT_EQ(encode(Value::Map{{"b", true}},
                   Type::object({{"a", Type::string()}, {"b", Type::boolean()}})),
            "\x82\xa1"
            "a\xc0\xa1"
            "b\xc3"s);
  EXPECT_EQ(encode(Value::dynamic(Type::boolean(), true), Type::dynamic()),
            "\x92\xc4\x06\"bool\"\xc3"s);
}

// Shows: every kind of value comes back as it went.
TEST(CtyMessagePack, RoundTrip) {
  const Result<Value> back = decode(encode(full_value(), everything()), everything());
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_TRUE(*back == full_value());
  EXPECT_FALSE(back->is_wholly_known());
}

// Shows: all forms of a number are read, exactly; any extension is an unknown value; the order of a
// set and its repetitions do not matter; absent bytes are null.
TEST(CtyMessagePack, ReadsWhatMayCome) {
  EXPECT_TRUE(*decode("\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00"s, Type::number()) ==
              Value(*Number::parse("0.5")));
  EXPECT_TRUE(*decode("\xcd\x01\x00"s, Type::number()) == Value(Number::of(int64_t{256})));
  EXPECT_TRUE(*decode("\xa3"
                      "0.1"s,
                      Type::number()) == Value(*Number::parse("0.1")));
  EXPECT_TRUE(decode("\xc7\x03\x0c\x81\x01\xc2"s, Type::string())->is_unknown());
  EXPECT_TRUE(*decode("\x93\xa1"
                      "b\xa1"
                      "a\xa1"
                      "b"s,
                      Type::set(Type::string())) == Value::set({"a", "b"}));
  EXPECT_TRUE(decode("", everything())->is_null());
  EXPECT_TRUE(decode("\xd4\x00\x00"s, everything())->is_unknown());
}

// Shows: what is not of the type is an error that names the place.
TEST(CtyMessagePack, ErrorsNameThePlace) {
  const Type type = Type::object({{"a", Type::list(Type::string())}});
  const auto message = [&](const std::string& bytes) {
    const Result<Value> value = decode(bytes, type);
    return value ? "" : value.error().message;
  };
  EXPECT_NE(message("\x81\xa1"
                    "a\x91\x01"s)
                .find("the value.a.0 must be a string"),
            std::string::npos);
  EXPECT_NE(message("\x80"s).find("another number of attributes"), std::string::npos);
  EXPECT_NE(message("\x81\xa1"
                    "b\xc0"s)
                .find("no attribute \"a\""),
            std::string::npos);
  EXPECT_NE(message("\x82\xa1"
                    "a\xc0\xa1"
                    "a\xc0"s)
                .find("comes twice"),
            std::string::npos);
  EXPECT_NE(message("\x81\xa1"
                    "a\xc0\xc0"s)
                .find("no MessagePack"),
            std::string::npos);
  EXPECT_NE(message("\xc1"s).find("no MessagePack"), std::string::npos);
}

// Shows: bytes that are cut short, changed or made up give an error or a value, and never a crash.
TEST(CtyMessagePack, SurvivesHostileBytes) {
  const std::string good = encode(full_value(), everything());
  for (size_t length = 1; length < good.size(); ++length) {
    EXPECT_FALSE(decode(good.substr(0, length), everything())) << length;
  }
  Random random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    if (round % 2 == 0) {
      bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    } else {
      bytes.resize(random.below(64));
      for (char& byte : bytes) byte = static_cast<char>(random.below(256));
    }
    const Result<Value> value = decode(bytes, everything());
    if (!value) continue;
    EXPECT_TRUE(*decode(encode(*value, everything()), everything()) == *value);
  }
}

// Shows: neither depth nor announced sizes cost what they say.
TEST(CtyMessagePack, BoundsDepthAndSizes) {
  EXPECT_FALSE(decode(std::string(1'000'000, '\x91'), Type::dynamic()));
  EXPECT_FALSE(decode("\xdd\xff\xff\xff\xff"s, Type::list(Type::string())));
  EXPECT_FALSE(decode("\xdf\xff\xff\xff\xff"s, Type::map(Type::string())));
  EXPECT_FALSE(decode("\xdb\xff\xff\xff\xff"s, Type::string()));
  EXPECT_FALSE(decode("\xc9\xff\xff\xff\xff\x00"s, Type::string()));
  std::string nested = "\"string\"";
  for (int i = 0; i < 200; ++i) nested = "[\"list\"," + nested + "]";
  EXPECT_FALSE(Type::parse(nested));
}

// Shows: the JSON of a state is read under a schema that has changed since, where that is allowed.
TEST(CtyJson, ReadsStates) {
  const Type type = Type::object({{"a", Type::string()}, {"n", Type::set(Type::number())}});
  const auto exact = decode_json(R"({"a":"x","n":[2,1,2.0]})", type, Strictness::kExact);
  ASSERT_TRUE(exact) << exact.error().message;
  EXPECT_TRUE(exact->at("n") == Value::set({Number::of(int64_t{1}), Number::of(int64_t{2})}));
  EXPECT_FALSE(decode_json(R"({"a":"x"})", type, Strictness::kExact));
  EXPECT_FALSE(decode_json(R"({"a":"x","n":[],"z":1})", type, Strictness::kExact));
  const auto lenient = decode_json(R"({"a":"x","z":1})", type, Strictness::kLenient);
  ASSERT_TRUE(lenient);
  EXPECT_TRUE(lenient->at("n").is_null());
  EXPECT_FALSE(decode_json(R"({"a":1})", type, Strictness::kLenient));
  EXPECT_FALSE(decode_json("", type, Strictness::kLenient));
  const auto dynamic =
      decode_json(R"({"value":[1],"type":["list","number"]})", Type::dynamic(), Strictness::kExact);
  ASSERT_TRUE(dynamic);
  EXPECT_EQ(dynamic->if_dynamic()->type->json(), R"(["list","number"])");
}

}  // namespace
}  // namespace squall::tfplugin
