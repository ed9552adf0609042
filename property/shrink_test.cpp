#include "property/shrink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

namespace squall::property {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Verdict pass() { return {}; }

Verdict failure(std::vector<std::string> signatures) {
  return {.kind = Verdict::Kind::fail, .signatures = std::move(signatures)};
}

Verdict fail_if(bool failed) { return failed ? failure({"bug"}) : pass(); }

// A list whose elements begin with a flag "one more".
std::vector<uint64_t> draw_list(Choices& choices, uint64_t maximum) {
  std::vector<uint64_t> list;
  for (;;) {
    const auto element = choices.span("element");
    if (!choices.boolean(900)) return list;
    list.push_back(choices.integer(0, maximum));
  }
}

// A list that begins with its length.
std::vector<uint64_t> draw_counted_list(Choices& choices, uint64_t maximum) {
  std::vector<uint64_t> list(choices.integer(0, 30));
  for (uint64_t& value : list) {
    const auto element = choices.span("element");
    value = choices.integer(0, maximum);
  }
  return list;
}

// The record of the first random case that fails with `signature`.
ChoiceSequence first_failure(const TestFunction& test, const std::string& signature,
                             uint64_t seed) {
  for (;; ++seed) {
    Choices choices(seed);
    const Verdict verdict = test(choices);
    const bool found = std::ranges::find(verdict.signatures, signature) != verdict.signatures.end();
    if (found) return choices.sequence();
  }
}

ShrinkResult shrink_first(const TestFunction& test, uint64_t seed,
                          const ShrinkOptions& options = {}) {
  return shrink(first_failure(test, "bug", seed), "bug", test, options);
}

// What is left of ten different starts, as the numbers drawn; it should be one thing.
std::vector<uint64_t> minimum_of(const TestFunction& test) {
  std::set<std::vector<uint64_t>> minima;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const ShrinkResult result = shrink_first(test, seed * 1000);
    EXPECT_EQ(result.end, ShrinkResult::End::minimal);
    std::vector<uint64_t> values;
    for (const Choice& choice : result.sequence.choices) {
      if (choice.kind != ChoiceKind::boolean) values.push_back(choice.value);
    }
    minima.insert(values);
  }
  EXPECT_EQ(minima.size(), 1U);
  return *minima.begin();
}

TEST(Shrink, DeletesWhatIsNotNeededAndLowersTheRest) {
  // Shows the simplest use: of a long list only the two numbers that matter are left, as low as
  // they go.
  EXPECT_THAT(minimum_of([](Choices& choices) {
                const auto list = draw_list(choices, 100000);
                return fail_if(std::ranges::count_if(list, [](uint64_t v) { return v > 700; }) > 1);
              }),
              ElementsAre(701, 701));
}

TEST(Shrink, KeepsCountsAndListsInStep) {
  // Shows that elements leave a list that begins with its length.
  EXPECT_THAT(minimum_of([](Choices& choices) {
                const auto list = draw_counted_list(choices, 1000);
                const uint64_t behind = choices.integer(0, 9);
                return fail_if(behind > 4 && std::ranges::count(list, 500) == 0 &&
                               std::ranges::count_if(list, [](uint64_t v) { return v > 500; }) > 1);
              }),
              ElementsAre(2, 501, 501, 5));
}

TEST(Shrink, RepairsWhatStandsBehindAChangedSpan) {
  // Shows that a decision that changes how much is drawn does not spoil what is drawn afterwards.
  EXPECT_THAT(minimum_of([](Choices& choices) {
                {
                  const auto scope = choices.span("variant");
                  const size_t variant = choices.weighted({1, 1, 1, 1});
                  for (size_t i = 0; i < 3 * variant; ++i) choices.integer(0, 99);
                }
                return fail_if(choices.integer(0, 1000000) >= 654321);
              }),
              ElementsAre(0, 654321));
}

uint64_t depth_of_tree(Choices& choices, uint64_t limit) {
  const auto scope = choices.span("tree");
  if (limit == 0 || !choices.boolean(600)) return 0;
  choices.integer(0, 9);
  const uint64_t left = depth_of_tree(choices, limit - 1);
  const uint64_t right = depth_of_tree(choices, limit - 1);
  return 1 + std::max(left, right);
}

TEST(Shrink, ReplacesTreesBySubtrees) {
  // Shows that of a large tree only one thin branch is left.
  EXPECT_THAT(minimum_of([](Choices& choices) { return fail_if(depth_of_tree(choices, 9) >= 4); }),
              ElementsAre(0, 0, 0, 0));
}

TEST(Shrink, RenumbersReferencesToLaterElements) {
  // Shows that deleting an element takes a reference to a later one along.
  EXPECT_THAT(minimum_of([](Choices& choices) {
                const auto list = draw_list(choices, 1000);
                const uint64_t target = choices.integer(0, 40);
                return fail_if(target < list.size() && list[target] >= 900);
              }),
              ElementsAre(900, 0));
}

TEST(Shrink, DeletesPairsThatOnlyGoTogether) {
  // Shows that what opens and what closes, apart from each other, leave a list together, and that
  // it is the pass for pairs that does it.
  bool pair_deleted = false;
  ShrinkOptions options;
  options.on_try = [&](const ShrinkTry& entry) {
    const bool simpler = entry.outcome == TryOutcome::simpler;
    pair_deleted = pair_deleted || (simpler && entry.pass == "delete pairs");
  };
  const TestFunction test = [](Choices& choices) {
    std::array<int, 4> counts{};
    for (;;) {
      const auto element = choices.span("element");
      if (!choices.boolean(850)) break;
      ++counts[choices.weighted({1, 3, 3, 1})];
    }
    return fail_if(counts[1] == counts[2] && counts[3] > 0);
  };
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const ShrinkResult result = shrink_first(test, seed * 1000, options);
    EXPECT_EQ(encode(result.sequence), "c1 (element t w3/0-3 ) (element f )");
  }
  EXPECT_TRUE(pair_deleted);
}

TEST(Shrink, MinimisesBytes) {
  // Shows that bytes get shorter and end up as zeros where they do not matter.
  const ShrinkResult result = shrink_first(
      [](Choices& choices) {
        const std::string text = choices.bytes(60);
        return fail_if(text.size() > 4 && text[2] != 0);
      },
      0);
  const std::string& text = result.sequence.choices[0].text;
  EXPECT_EQ(text.size(), 5U);
  EXPECT_EQ(std::ranges::count(text, '\0'), 4);
}

TEST(Shrink, DoesNotWasteAttemptsOnSeeds) {
  // Shows that a seed is set to zero where it does not matter, and left alone where it does.
  const ShrinkResult any = shrink_first(
      [](Choices& choices) {
        choices.seed();
        return fail_if(true);
      },
      0);
  EXPECT_EQ(any.sequence.choices[0].value, 0U);
  const ShrinkResult needed =
      shrink_first([](Choices& choices) { return fail_if(choices.seed() % 2 == 1); }, 0);
  EXPECT_LE(needed.tries, 3U);
}

TEST(Shrink, ABugDoesNotSlipIntoAnother) {
  // Shows that a simpler failure of another kind is not followed but kept, at its simplest.
  const TestFunction test = [](Choices& choices) {
    const uint64_t value = choices.integer(0, 100000);
    if (value >= 5000) return failure({"bug", "detail"});
    return value >= 20 ? failure({"other"}) : pass();
  };
  const ShrinkResult result = shrink_first(test, 0);
  EXPECT_EQ(result.sequence.choices[0].value, 5000U);
  EXPECT_THAT(result.verdict.signatures, ElementsAre("bug", "detail"));
  ASSERT_EQ(result.others.size(), 1U);
  Choices replay(result.others.at("other").choices);
  EXPECT_THAT(test(replay).signatures, ElementsAre("other"));
}

TEST(Shrink, ASecondarySignatureCountsToo) {
  // Shows that a candidate with the signature behind another one is followed, and the other kept.
  const TestFunction test = [](Choices& choices) {
    const uint64_t value = choices.integer(0, 100000);
    if (value < 10) return pass();
    return value < 5000 ? failure({"other", "bug"}) : failure({"bug"});
  };
  const ShrinkResult result = shrink_first(test, 0);
  EXPECT_EQ(result.sequence.choices[0].value, 10U);
  EXPECT_TRUE(result.others.contains("other"));
}

TEST(Shrink, TriesNothingTwiceAndRepeatsItself) {
  // Shows that no two calls draw the same, and that the whole search is the same the next time.
  std::vector<std::vector<std::string>> logs;
  for (int round = 0; round < 2; ++round) {
    std::vector<std::string> log;
    const TestFunction test = [&log](Choices& choices) {
      const auto list = draw_list(choices, 100);
      const uint64_t factor = choices.integer(1, 9);
      log.push_back(encode(choices.sequence()));
      return fail_if(list.size() * factor > 12 && list.front() < list.back());
    };
    const ChoiceSequence start = first_failure(test, "bug", 77);
    log.clear();
    const ShrinkResult result = shrink(start, "bug", test, {});
    EXPECT_EQ(result.tries, log.size());
    EXPECT_GT(result.cache_hits, 0U);
    EXPECT_EQ(std::set<std::string>(log.begin(), log.end()).size(), log.size());
    EXPECT_EQ(encode(result.sequence), encode(*decode(encode(result.sequence))));
    logs.push_back(std::move(log));
  }
  EXPECT_EQ(logs[0], logs[1]);
}

TEST(Shrink, EveryAttemptIsLogged) {
  // Shows what --shrink-log gets: one entry a call, numbered, whose sizes only fall.
  std::vector<ShrinkTry> log;
  ShrinkOptions options;
  options.on_try = [&log](const ShrinkTry& entry) { log.push_back(entry); };
  const ShrinkResult result = shrink_first(
      [](Choices& choices) { return fail_if(draw_list(choices, 10).size() > 3); }, 4, options);
  ASSERT_EQ(log.size(), result.tries);
  EXPECT_EQ(log.front().pass, "start");
  EXPECT_EQ(name_of(log.front().outcome), "simpler");
  for (size_t i = 0; i < log.size(); ++i) EXPECT_EQ(log[i].number, i + 1);
  EXPECT_TRUE(std::ranges::is_sorted(log, std::ranges::greater(), &ShrinkTry::best_choices));
  EXPECT_EQ(log.back().best_choices, result.sequence.choices.size());
}

TEST(Shrink, StopsWhenItIsToldTo) {
  // Shows the limit of tries, the time limit and the stop flag; each leaves a failing sequence.
  const TestFunction test = [](Choices& choices) {
    return fail_if(draw_list(choices, 1000000).size() > 5);
  };
  ShrinkOptions few;
  few.max_tries = 7;
  const ShrinkResult out_of_tries = shrink_first(test, 0, few);
  EXPECT_EQ(out_of_tries.end, ShrinkResult::End::out_of_tries);
  EXPECT_EQ(out_of_tries.tries, 7U);

  int64_t now_us = 0;
  ShrinkOptions brief;
  brief.clock = [&now_us] { return instant_at(now_us += 1000); };
  brief.time_limit = std::chrono::milliseconds(9);
  const ShrinkResult out_of_time = shrink_first(test, 0, brief);
  EXPECT_EQ(out_of_time.end, ShrinkResult::End::out_of_time);
  EXPECT_LE(out_of_time.tries, 9U);

  std::atomic<bool> stop = false;
  ShrinkOptions stoppable;
  stoppable.stop = &stop;
  stoppable.on_try = [&stop](const ShrinkTry& entry) { stop = entry.number == 5; };
  const ShrinkResult stopped = shrink_first(test, 0, stoppable);
  EXPECT_EQ(stopped.end, ShrinkResult::End::stopped);
  EXPECT_EQ(stopped.tries, 5U);

  for (const ShrinkResult* result : {&out_of_tries, &out_of_time, &stopped}) {
    Choices replay(result->sequence.choices);
    EXPECT_EQ(test(replay).kind, Verdict::Kind::fail);
  }
}

TEST(Shrink, SaysWhenTheStartDoesNotFail) {
  // Shows that a start that passes, or fails otherwise, comes back as it is.
  const TestFunction test = [](Choices& choices) {
    choices.integer(0, 9);
    return failure({"other"});
  };
  const ChoiceSequence start = first_failure(test, "other", 0);
  const ShrinkResult result = shrink(start, "bug", test, {});
  EXPECT_EQ(result.end, ShrinkResult::End::not_reproduced);
  EXPECT_EQ(result.sequence, start);
  EXPECT_EQ(result.tries, 1U);
  EXPECT_TRUE(result.others.contains("other"));
}

TEST(Shrink, AnOverrunIsNoFailure) {
  // Shows that a candidate that draws without end is not accepted.
  ShrinkOptions options;
  bool overrun_seen = false;
  options.on_try = [&](const ShrinkTry& entry) {
    overrun_seen = overrun_seen || entry.outcome == TryOutcome::overrun;
  };
  const TestFunction test = [](Choices& choices) {
    const bool endless = choices.integer(0, 9) < 5;
    while (endless && choices.boolean(1000) && !choices.overrun()) {
    }
    return failure({"bug"});
  };
  ChoiceSequence start = first_failure(test, "bug", 0);
  start.choices.resize(1);
  start.choices[0].value = 8;
  const ShrinkResult result = shrink(start, "bug", test, options);
  EXPECT_EQ(result.sequence.choices[0].value, 5U);
  EXPECT_TRUE(overrun_seen);
  EXPECT_THAT(result.others, IsEmpty());
}

}  // namespace
}  // namespace squall::property
