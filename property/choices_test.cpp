#include "property/choices.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace squall::property {
namespace {

Choice integer_choice(uint64_t value, uint64_t minimum, uint64_t maximum, uint64_t simplest) {
  return {.kind = ChoiceKind::integer,
          .value = value,
          .minimum = minimum,
          .maximum = maximum,
          .simplest = simplest};
}

// One draw of every kind, nested in spans; as text.
std::string draw_everything(Choices& choices) {
  const auto outer = choices.span("outer scope (50%)");
  std::string out = std::to_string(choices.integer(5, 500, 50)) + ' ';
  {
    const auto empty = choices.span("empty");
  }
  while (choices.boolean(700)) {
    const auto inner = choices.span("inner");
    out += std::to_string(choices.weighted({1, 0, 5, 2})) + ' ';
    out += choices.bytes(6) + ' ';
  }
  const auto tail = choices.span("");
  return out + std::to_string(choices.seed()) + ' ' +
         std::to_string(choices.integer(0, UINT64_MAX));
}

TEST(Choices, ASeedDecidesEveryDraw) {
  // Shows that a seed gives the same draws again, and that another seed gives others.
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Choices first(seed);
    Choices second(seed);
    const std::string drawn = draw_everything(first);
    EXPECT_EQ(drawn, draw_everything(second));
    seen.insert(drawn);
  }
  EXPECT_EQ(seen.size(), 50U);
}

TEST(Choices, TheDrawsOfASeedNeverChange) {
  // Shows that draws are the same on every platform and in every version: seeds in old reports
  // stay good. A change of these numbers is a change that users must be told of.
  Choices choices(42);
  EXPECT_EQ(choices.integer(0, 99), 91U);
  EXPECT_EQ(choices.integer(0, UINT64_MAX), 701532786141963250U);
  EXPECT_EQ(choices.weighted({1, 2, 3}), 0U);
  EXPECT_EQ(choices.seed(), 4028864712777624925U);
}

TEST(Choices, ReplayGivesWhatWasRecorded) {
  // Shows that playing back a record gives the same values, the same record and the same spans.
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Choices first(seed);
    const std::string drawn = draw_everything(first);
    const ChoiceSequence record = first.sequence();
    Choices second(record.choices);
    EXPECT_EQ(draw_everything(second), drawn);
    EXPECT_EQ(second.sequence(), record);
  }
}

TEST(Choices, PastTheEndEverythingIsSimplest) {
  // Shows what an empty prefix gives for each kind of draw.
  Choices choices(std::span<const Choice>{});
  EXPECT_EQ(choices.integer(5, 500, 50), 50U);
  EXPECT_EQ(choices.integer(5, 500), 5U);
  EXPECT_FALSE(choices.boolean(999));
  EXPECT_TRUE(choices.boolean(1000));
  EXPECT_EQ(choices.weighted({0, 0, 5, 2}), 2U);
  EXPECT_EQ(choices.bytes(10), "");
  EXPECT_EQ(choices.seed(), 0U);
}

TEST(Choices, ARecordThatDoesNotFitIsMovedToTheNearestBound) {
  // Shows clamping, and that a record of another kind gives the simplest value but is used up.
  const std::vector<Choice> prefix{
      integer_choice(900, 0, 1000, 0), integer_choice(1, 0, 1000, 0), integer_choice(7, 0, 9, 0),
      integer_choice(3, 0, 9, 0),
      Choice{.kind = ChoiceKind::bytes, .value = 0, .minimum = 0, .maximum = 9, .text = "abcdef"}};
  Choices choices(prefix);
  EXPECT_EQ(choices.integer(10, 20, 15), 20U);
  EXPECT_EQ(choices.integer(10, 20, 15), 10U);
  EXPECT_EQ(choices.weighted({1, 1}), 0U);
  EXPECT_EQ(choices.integer(0, 9), 3U);
  EXPECT_EQ(choices.bytes(3), "abc");
}

TEST(Choices, AWeightOfZeroIsNeverGiven) {
  // Shows it for random draws and for every index played back.
  const std::array<uint32_t, 6> weights{0, 3, 0, 0, 1, 0};
  Choices random(7);
  for (int i = 0; i < 300; ++i) {
    const size_t index = random.weighted(weights);
    EXPECT_TRUE(index == 1 || index == 4) << index;
  }
  for (uint64_t value = 0; value < 9; ++value) {
    Choice recorded = integer_choice(value, 0, 9, 0);
    recorded.kind = ChoiceKind::index;
    Choices replay(std::span(&recorded, 1));
    const size_t index = replay.weighted(weights);
    EXPECT_EQ(index, value >= 4 ? 4U : 1U);
  }
}

TEST(Choices, BooleansFollowTheirWeight) {
  // Shows the share of true answers for some weights, and that the extremes are certain.
  for (const uint32_t permille : {0U, 100U, 500U, 900U, 1000U}) {
    Choices choices(permille);
    int count = 0;
    for (int i = 0; i < 4000; ++i) count += choices.boolean(permille) ? 1 : 0;
    EXPECT_NEAR(count, 4 * static_cast<int>(permille), permille % 1000 == 0 ? 0 : 150);
  }
}

TEST(Choices, IntegersReachTheirBoundsAndSmallDistances) {
  // Shows that a wide range gives both bounds and values near the simplest one now and then, and
  // stays inside the bounds.
  constexpr uint64_t kMiddle = uint64_t{1} << 40;
  Choices choices(1);
  int at_bounds = 0;
  int small = 0;
  for (int i = 0; i < 4000; ++i) {
    const uint64_t value = choices.integer(1000, 2 * kMiddle, kMiddle);
    ASSERT_TRUE(value >= 1000 && value <= 2 * kMiddle);
    at_bounds += value == 1000 || value == 2 * kMiddle ? 1 : 0;
    small += value > kMiddle - 10 && value < kMiddle + 10 ? 1 : 0;
  }
  EXPECT_GT(at_bounds, 40);
  EXPECT_GT(small, 200);
  EXPECT_LT(small, 1500);
}

TEST(Choices, TooManyDrawsAreCutOff) {
  // Shows that a case without end ends: after the maximum everything is simplest and unrecorded.
  Choices choices(3);
  size_t draws = 0;
  while (choices.boolean(1000) && !choices.overrun()) ++draws;
  EXPECT_TRUE(choices.overrun());
  EXPECT_EQ(draws, Choices::kMaximumChoices);
  EXPECT_EQ(choices.size(), Choices::kMaximumChoices);
  {
    const auto span = choices.span("late");
  }
  EXPECT_EQ(choices.integer(4, 9), 4U);
  EXPECT_FALSE(choices.boolean(999));
  EXPECT_EQ(choices.bytes(9), "");
  EXPECT_EQ(choices.seed(), 0U);
  EXPECT_EQ(choices.sequence().choices.size(), Choices::kMaximumChoices);
  EXPECT_TRUE(choices.sequence().spans.empty());
}

TEST(Choices, SpansSayWhatBelongsTogether) {
  // Shows begin, end, depth and order of nested spans, and that an open one ends where the record
  // ends.
  Choices choices(5);
  const auto outer = choices.span("outer");
  choices.boolean(500);
  {
    const auto inner = choices.span("inner");
    choices.boolean(500);
    choices.boolean(500);
  }
  const auto last = choices.span("last");
  choices.boolean(500);
  const std::vector<LabelledSpan> expected{
      {"outer", 0, 4, 0}, {"inner", 1, 3, 1}, {"last", 3, 4, 1}};
  EXPECT_EQ(choices.sequence().spans, expected);
}

TEST(Ranks, AreABijectionThatBeginsAtTheSimplest) {
  // Shows, for every small set of bounds, that ranks and values belong to each other one to one and
  // that greater distances have greater ranks.
  for (uint64_t maximum = 0; maximum < 9; ++maximum) {
    for (uint64_t simplest = 0; simplest <= maximum; ++simplest) {
      uint64_t last_distance = 0;
      for (uint64_t rank = 0; rank <= maximum; ++rank) {
        Choice choice = integer_choice(0, 0, maximum, simplest);
        choice.value = value_of_rank(choice, rank);
        ASSERT_LE(choice.value, maximum);
        EXPECT_EQ(rank_of(choice), rank);
        const uint64_t distance =
            choice.value > simplest ? choice.value - simplest : simplest - choice.value;
        EXPECT_GE(distance, last_distance);
        last_distance = distance;
      }
    }
  }
}

TEST(Ranks, HoldAtTheEdgesOfTheFullRange) {
  // Shows that nothing overflows where minimum and maximum are the ends of 64 bits.
  for (const uint64_t simplest : {uint64_t{0}, uint64_t{1} << 63, UINT64_MAX, uint64_t{77}}) {
    for (const uint64_t value : {uint64_t{0}, uint64_t{1}, (uint64_t{1} << 63) - 1,
                                 uint64_t{1} << 63, UINT64_MAX - 1, UINT64_MAX}) {
      const Choice choice = integer_choice(value, 0, UINT64_MAX, simplest);
      EXPECT_EQ(value_of_rank(choice, rank_of(choice)), value) << simplest;
    }
  }
}

TEST(CompareSequences, IsShortlex) {
  // Shows that length decides first, then the leftmost difference in rank.
  const auto sequence = [](std::initializer_list<uint64_t> values) {
    ChoiceSequence out;
    for (const uint64_t value : values) out.choices.push_back(integer_choice(value, 0, 20, 10));
    return out;
  };
  EXPECT_TRUE(compare_sequences(sequence({20, 0}), sequence({10, 10, 10})) < 0);
  EXPECT_TRUE(compare_sequences(sequence({11, 0}), sequence({9, 10})) < 0);
  EXPECT_TRUE(compare_sequences(sequence({10, 12}), sequence({10, 11})) > 0);
  EXPECT_TRUE(compare_sequences(sequence({3, 4}), sequence({3, 4})) == 0);
}

TEST(ChoiceText, DecodingUndoesEncoding) {
  // Shows it for many random records with nested, empty and oddly named spans.
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Choices choices(seed);
    draw_everything(choices);
    choices.boolean(0);
    choices.boolean(1000);
    const ChoiceSequence record = choices.sequence();
    const std::string line = encode(record);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const Result<ChoiceSequence> decoded = decode(line);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message << '\n' << line;
    EXPECT_EQ(*decoded, record) << line;
  }
  EXPECT_EQ(*decode("c1"), ChoiceSequence{});
}

TEST(ChoiceText, IsReadable) {
  // Shows the form of the text, which lives in files and must not change unnoticed.
  const ChoiceSequence sequence{
      .choices = {integer_choice(3, 1, 9, 1), integer_choice(3, 1, 9, 5)},
      .spans = {{.label = "list", .begin = 0, .end = 2, .depth = 0},
                {.label = "an element", .begin = 1, .end = 2, .depth = 1}}};
  EXPECT_EQ(encode(sequence), "c1 (list i3/1-9 (an%20element i3/1-9@5 ) )");
}

TEST(ChoiceText, BadLinesAreRefused) {
  // Shows that each of these gives an error that quotes the offending part.
  for (const std::string_view line : {"",
                                      "c2 t",
                                      "c1 ",
                                      "c1  t",
                                      "c1 q",
                                      "c1 i5",
                                      "c1 i5/0-4",
                                      "c1 i5/9-0",
                                      "c1 i5/0-9@10",
                                      "c1 i5/0-9x",
                                      "c1 t?",
                                      "c1 (a",
                                      "c1 )",
                                      "c1 (a%2 )",
                                      "c1 (a! )",
                                      "c1 xabc/9",
                                      "c1 xabcd/1",
                                      "c1 s",
                                      "c1 s18446744073709551616",
                                      "c1 i-1/0-9"}) {
    const Result<ChoiceSequence> decoded = decode(line);
    ASSERT_FALSE(decoded.has_value()) << line;
    EXPECT_TRUE(decoded.error().message.starts_with("reading a choice sequence: "));
  }
}

}  // namespace
}  // namespace squall::property
