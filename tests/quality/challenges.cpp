#include "tests/quality/challenges.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace squall::quality {
namespace {

using property::Choices;
using Kind = property::Verdict::Kind;

constexpr size_t kLongestList = 50;

Kind fail_if(bool failed) { return failed ? Kind::fail : Kind::pass; }

// Any signed number of that width; zero is the simplest, and 1 is simpler than -1.
template <class Signed>
Signed draw_signed(Choices& choices) {
  constexpr auto kHalf = static_cast<uint64_t>(std::numeric_limits<Signed>::max()) + 1;
  constexpr uint64_t kMaximum = kHalf + (kHalf - 1);
  return static_cast<Signed>(choices.integer(0, kMaximum, kHalf) - kHalf);
}

template <class Draw>
auto draw_list(Choices& choices, size_t maximum, const Draw& draw) {
  std::vector<decltype(draw())> list;
  while (list.size() < maximum) {
    const auto element = choices.span("element");
    if (!choices.boolean(850)) break;
    list.push_back(draw());
  }
  return list;
}

// Five lists of 16-bit numbers; if each sums to less than 256, all of them sum to less than 5 *
// 256.
Kind bound5(Choices& choices, std::string& shown) {
  const auto add = [](int16_t sum, int16_t value) { return static_cast<int16_t>(sum + value); };
  std::vector<std::vector<int16_t>> lists;
  int16_t total = 0;
  bool each_small = true;
  for (int i = 0; i < 5; ++i) {
    const auto span = choices.span("list");
    lists.push_back(draw_list(choices, 1, [&] { return draw_signed<int16_t>(choices); }));
    int16_t sum = 0;
    for (const int16_t value : lists.back()) sum = add(sum, value);
    each_small = each_small && sum < 256;
    total = add(total, sum);
  }
  shown = fmt::format("{}", lists);
  return each_small ? fail_if(total >= 5 * 256) : Kind::discard;
}

// A list of lists holds at most four distinct numbers.
Kind large_union_list(Choices& choices, std::string& shown) {
  const auto lists = draw_list(choices, kLongestList, [&] {
    return draw_list(choices, kLongestList, [&] { return draw_signed<int64_t>(choices); });
  });
  std::set<int64_t> distinct;
  for (const auto& list : lists) distinct.insert(list.begin(), list.end());
  shown = fmt::format("{}", lists);
  return fail_if(distinct.size() > 4);
}

// A list is its own reverse.
Kind reverse(Choices& choices, std::string& shown) {
  const auto list = draw_list(choices, kLongestList, [&] { return draw_signed<int32_t>(choices); });
  shown = fmt::format("{}", list);
  return fail_if(!std::equal(list.begin(), list.end(), list.rbegin()));
}

// What is known of an expression of numbers, sums and quotients.
struct Expression {
  std::string shown;
  std::optional<int64_t> value;  // none if a division by zero happened
  bool literal_zero = false;
  bool divides_by_literal = false;
};

Expression draw_expression(Choices& choices, int depth) {
  const auto span = choices.span("expression");
  const uint32_t inner = depth > 0 ? 1 : 0;
  const size_t form = choices.weighted({2, inner, inner});
  if (form == 0) {
    const auto value = static_cast<int64_t>(choices.integer(0, 2000, 1000)) - 1000;
    return {.shown = std::to_string(value), .value = value, .literal_zero = value == 0};
  }
  const Expression left = draw_expression(choices, depth - 1);
  const Expression right = draw_expression(choices, depth - 1);
  Expression result;
  result.shown = fmt::format("({} {} {})", left.shown, form == 1 ? '+' : '/', right.shown);
  result.divides_by_literal =
      left.divides_by_literal || right.divides_by_literal || (form == 2 && right.literal_zero);
  if (!left.value || !right.value) return result;
  if (form == 1) {
    result.value = *left.value + *right.value;
  } else if (*right.value != 0) {
    result.value = *left.value / *right.value;
  }
  return result;
}

// An expression in which nothing is divided by a literal zero can be evaluated.
Kind calculator(Choices& choices, std::string& shown) {
  const Expression expression = draw_expression(choices, 5);
  shown = expression.shown;
  return expression.divides_by_literal ? Kind::discard : fail_if(!expression.value.has_value());
}

// A list, made by drawing its length first, has no element of 900 or more.
Kind length_list(Choices& choices, std::string& shown) {
  std::vector<uint64_t> list(choices.integer(1, 100));
  for (uint64_t& value : list) {
    const auto element = choices.span("element");
    value = choices.integer(0, 1000);
  }
  shown = fmt::format("{}", list);
  return fail_if(std::ranges::max(list) >= 900);
}

// Two positive numbers, the first at least 10, do not differ by Least..Most.
template <uint64_t Least, uint64_t Most>
Kind difference(Choices& choices, std::string& shown) {
  constexpr uint64_t kMaximum = std::numeric_limits<int32_t>::max();
  const uint64_t first = choices.integer(1, kMaximum);
  const uint64_t second = choices.integer(1, kMaximum);
  shown = fmt::format("({}, {})", first, second);
  const uint64_t apart = first > second ? first - second : second - first;
  return fail_if(first >= 10 && Least <= apart && apart <= Most);
}

struct Heap {
  int64_t key = 0;
  std::unique_ptr<Heap> left = nullptr;
  std::unique_ptr<Heap> right = nullptr;
};

std::unique_ptr<Heap> draw_heap(Choices& choices, int64_t least, int depth) {
  const auto span = choices.span("heap");
  if (!choices.boolean(depth > 0 ? 600 : 0)) return nullptr;
  auto heap = std::make_unique<Heap>();
  heap->key = least + static_cast<int64_t>(choices.integer(0, 1000));
  heap->left = draw_heap(choices, heap->key, depth - 1);
  heap->right = draw_heap(choices, heap->key, depth - 1);
  return heap;
}

std::string show(const Heap* heap) {
  if (heap == nullptr) return "-";
  return fmt::format("({} {} {})", heap->key, show(heap->left.get()), show(heap->right.get()));
}

// The keys of a heap, root first, then the right side, then the left one.
void append_keys(const Heap* heap, std::vector<int64_t>& keys) {
  if (heap == nullptr) return;
  keys.push_back(heap->key);
  append_keys(heap->right.get(), keys);
  append_keys(heap->left.get(), keys);
}

std::unique_ptr<Heap> merge(std::unique_ptr<Heap> a, std::unique_ptr<Heap> b) {
  if (a == nullptr) return b;
  if (b == nullptr) return a;
  if (a->key > b->key) std::swap(a, b);
  std::unique_ptr<Heap> merged = merge(std::move(a->right), std::move(b));
  a->right = std::move(a->left);
  a->left = std::move(merged);
  return a;
}

// Turning a heap into a list, wrongly, gives a sorted list with the keys of the heap.
Kind binheap(Choices& choices, std::string& shown) {
  const std::unique_ptr<Heap> heap = draw_heap(choices, 0, 5);
  shown = show(heap.get());
  if (heap == nullptr) return Kind::pass;
  std::vector<int64_t> all;
  append_keys(heap.get(), all);
  std::vector<int64_t> sorted{heap->key};
  // The mistake: what is merged is listed as it stands, not sorted in its turn.
  append_keys(merge(std::move(heap->left), std::move(heap->right)).get(), sorted);
  std::ranges::sort(all);
  return fail_if(!std::ranges::is_sorted(sorted) || sorted != all);
}

// In a list of indices of itself no two different elements point at each other.
Kind coupling(Choices& choices, std::string& shown) {
  const auto list = draw_list(choices, kLongestList, [&] { return choices.integer(0, 10); });
  shown = fmt::format("{}", list);
  if (std::ranges::any_of(list, [&](uint64_t value) { return value >= list.size(); })) {
    return Kind::discard;
  }
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i] != i && list[list[i]] == i) return Kind::fail;
  }
  return Kind::pass;
}

// After an element is removed from a list, the list does not hold it any more.
Kind deletion(Choices& choices, std::string& shown) {
  const auto list = draw_list(choices, kLongestList, [&] { return draw_signed<int32_t>(choices); });
  const uint64_t index = choices.integer(0, 10);
  shown = fmt::format("({}, {})", list, index);
  if (index >= list.size()) return Kind::discard;
  return fail_if(std::ranges::count(list, list[index]) > 1);
}

// A list holds fewer than three distinct numbers.
Kind distinct(Choices& choices, std::string& shown) {
  const auto list = draw_list(choices, kLongestList, [&] { return draw_signed<int32_t>(choices); });
  shown = fmt::format("{}", list);
  return fail_if(std::set<int32_t>(list.begin(), list.end()).size() >= 3);
}

// The lengths of a list of lists sum to at most ten.
Kind nested_lists(Choices& choices, std::string& shown) {
  const auto lists = draw_list(choices, kLongestList, [&] {
    return draw_list(choices, kLongestList, [&] { return draw_signed<int32_t>(choices); });
  });
  size_t total = 0;
  for (const auto& list : lists) total += list.size();
  shown = fmt::format("{}", lists);
  return fail_if(total > 10);
}

constexpr std::array kChallenges = {
    Challenge{"bound5", bound5, "[[], [], [], [-1], [-32768]]", 137},
    Challenge{"large union list", large_union_list, "[[0, 1, -1, 2, -2]]", 80},
    Challenge{"reverse", reverse, "[0, 1]", 18},
    Challenge{"calculator", calculator, "(0 / (0 + 0))", 57},
    Challenge{"length list", length_list, "[900]", 85},
    Challenge{"difference not zero", difference<0, 0>, "(10, 10)", 386},
    Challenge{"difference not small", difference<1, 4>, "(10, 6)", 296},
    Challenge{"difference not one", difference<1, 1>, "(10, 9)", 513},
    Challenge{"binheap", binheap, "(0 - (0 (0 - -) (1 - -)))", std::nullopt},
    Challenge{"coupling", coupling, "[1, 0]", 140},
    Challenge{"deletion", deletion, "([0, 0], 0)", 133},
    Challenge{"distinct", distinct, "[0, 1, -1]", 24},
    Challenge{"nested lists", nested_lists, "[[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]", 21},
};

}  // namespace

std::span<const Challenge> challenges() { return kChallenges; }

}  // namespace squall::quality
