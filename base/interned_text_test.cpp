#include "base/interned_text.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "base/hash.h"

namespace squall {
namespace {

// Shows: equal texts are one, wherever they came from; the empty one is among them.
TEST(InternedText, KeepsATextOnce) {
  const std::string made = std::string("Test::Generic::") + "Resource";
  const InternedText a = "Test::Generic::Resource";
  const InternedText b = made;
  EXPECT_EQ(a, b);
  EXPECT_EQ(&a.text(), &b.text());
  EXPECT_EQ(&InternedText().text(), &InternedText(std::string()).text());
  EXPECT_NE(a, InternedText("Test::Generic::Child"));
}

// Shows: order and equality are those of the texts.
TEST(InternedText, IsOrderedAsTextsAre) {
  using namespace std::string_literals;
  const std::array texts = {""s,       "a"s,        "a\0"s,        "ab"s,          "b"s,
                            "\xff"s,   "resource"s, "resource-1"s, "resource-10"s, "resource\0"s,
                            "resourc"s};
  for (const std::string& a : texts) {
    for (const std::string& b : texts) {
      EXPECT_EQ(InternedText(a) <=> InternedText(b), a <=> b) << a << " and " << b;
      EXPECT_EQ(InternedText(a) <=> b, a <=> b) << a << " and " << b;
      EXPECT_EQ(InternedText(a) == b, a == b) << a << " and " << b;
    }
  }
}

// Shows: the hash is the one that trace hashes have always been made of.
TEST(InternedText, KnowsItsHash) {
  EXPECT_EQ(InternedText().hash(), hash_text(""));
  EXPECT_EQ(InternedText("res-0").hash(), hash_text("res-0"));
}

// Shows: more texts than a thread remembers stay what they are.
TEST(InternedText, SurvivesManyOthers) {
  const InternedText first = "res-0";
  for (int i = 1; i < 5000; ++i) EXPECT_EQ(InternedText(std::to_string(i)), std::to_string(i));
  EXPECT_EQ(first, "res-0");
  EXPECT_EQ(first, InternedText(std::string("res-0")));
}

// Shows: threads that ask at once are given the same text.
TEST(InternedText, IsSharedByThreads) {
  std::vector<std::vector<InternedText>> made(4);
  {
    std::vector<std::jthread> threads;
    for (std::vector<InternedText>& out : made) {
      threads.emplace_back([&out] {
        for (int i = 0; i < 200; ++i) out.emplace_back("shared-" + std::to_string(i));
      });
    }
  }
  for (const std::vector<InternedText>& others : made) EXPECT_EQ(others, made.front());
}

}  // namespace
}  // namespace squall
