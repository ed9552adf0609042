#include "provider/plugin/handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace squall::plugin {
namespace {

using testing::HasSubstr;

// Shows: what is written is the line of the documentation, and is read back.
TEST(Handshake, ThereAndBack) {
  EXPECT_EQ(to_line({.version = 1, .socket = "/tmp/x/socket"}),
            "squall-provider|1|unix|/tmp/x/socket");
  for (const std::string socket : {"/tmp/x/socket", "/with space/and|bar", "/"}) {
    const auto read = parse_handshake(to_line({.version = 12, .socket = socket}));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->version, 12);
    EXPECT_EQ(read->socket, socket);
  }
}

// Shows: an end of line belongs to no path.
TEST(Handshake, EndsOfLines) {
  for (const std::string end : {"\n", "\r\n"}) {
    const auto read = parse_handshake("squall-provider|1|unix|/socket" + end);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->socket, "/socket");
  }
}

// Shows: every way in which a line is no handshake is told as such, with the line's beginning.
TEST(Handshake, WhatIsNone) {
  struct Bad {
    std::string line;
    std::string why;
  };
  const std::vector<Bad> cases = {
      {"", "it does not begin with squall-provider"},
      {"Usage: provider [--help]", "it does not begin with squall-provider"},
      {"squall-provider2|1|unix|/socket", "it does not begin with"},
      {"squall-provider", "it ends too early"},
      {"squall-provider|1|unix", "it ends too early"},
      {"squall-provider||unix|/socket", "\"\" is no version"},
      {"squall-provider|0|unix|/socket", "\"0\" is no version"},
      {"squall-provider|-1|unix|/socket", "\"-1\" is no version"},
      {"squall-provider|1x|unix|/socket", "\"1x\" is no version"},
      {"squall-provider|99999999999|unix|/socket", "is no version"},
      {"squall-provider|1|tcp|127.0.0.1:80", "\"tcp\" is no kind of address"},
      {"squall-provider|1|unix|", "is not absolute"},
      {"squall-provider|1|unix|socket", "is not absolute"},
  };
  for (const Bad& each : cases) {
    const auto read = parse_handshake(each.line);
    ASSERT_FALSE(read) << each.line;
    EXPECT_THAT(read.error().message, HasSubstr(each.why)) << each.line;
    EXPECT_THAT(read.error().message, HasSubstr("\"" + each.line + "\""));
  }
}

// Shows: of a line that is no handshake only the beginning is repeated.
TEST(Handshake, LongLines) {
  const auto read = parse_handshake(std::string(100'000, 'x'));
  ASSERT_FALSE(read);
  EXPECT_LT(read.error().message.size(), 400U);
}

// Shows: the newest version that both speak is served; to an engine that says nothing, the oldest.
TEST(Negotiate, NewestOfBoth) {
  EXPECT_EQ(negotiate("1", {1}).value(), 1);
  EXPECT_EQ(negotiate("1,2,3", {1, 2}).value(), 2);
  EXPECT_EQ(negotiate("3,1,2", {4, 2, 1}).value(), 2);
  EXPECT_EQ(negotiate("", {3, 2}).value(), 2);
  EXPECT_EQ(negotiate("later,2,", {2}).value(), 2);
}

// Shows: with no version in common, the error lists what both speak.
TEST(Negotiate, NothingInCommon) {
  for (const std::string theirs : {"2,3", "x", ",", "0", "11"}) {
    const auto version = negotiate(theirs, {1, 4});
    ASSERT_FALSE(version) << theirs;
    EXPECT_THAT(version.error().message, HasSubstr("versions " + theirs + ","));
    EXPECT_THAT(version.error().message, HasSubstr("1,4"));
  }
}

}  // namespace
}  // namespace squall::plugin
