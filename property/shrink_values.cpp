// Passes that keep the structure and make values simpler.

#include <algorithm>

#include "property/shrink_passes.h"

namespace squall::property {
namespace {

// Ranks tried one by one before anything else: most numbers end here.
constexpr uint64_t kSmallRanks = 5;
// Indices are tried one by one up to here; beyond it they are treated as integers.
constexpr uint64_t kSmallIndices = 16;
// How many integers behind an integer are paired with it.
constexpr size_t kPairWindow = 4;

// The value at that distance from the simplest one, on the side where the choice is now.
uint64_t at_distance(const Choice& choice, uint64_t distance) {
  return choice.value >= choice.simplest ? choice.simplest + distance : choice.simplest - distance;
}

bool is_number(const Choice& choice) {
  return choice.kind == ChoiceKind::integer || choice.kind == ChoiceKind::index;
}

std::vector<size_t> integer_positions(const ShrinkSearch& search) {
  std::vector<size_t> positions;
  for (size_t i = 0; i < search.size(); ++i) {
    if (search.choice(i).kind == ChoiceKind::integer) positions.push_back(i);
  }
  return positions;
}

// Tries `value` at all of the positions at once. An earlier success may have changed what stands at
// a position; a number of another kind is then left alone.
bool try_value(ShrinkSearch& search, std::span<const size_t> positions, ChoiceKind kind,
               uint64_t value) {
  std::vector<Choice> candidate = search.best().choices;
  for (const size_t position : positions) {
    if (position >= candidate.size() || candidate[position].kind != kind) continue;
    Choice& choice = candidate[position];
    choice.value = std::clamp(value, choice.minimum, choice.maximum);
  }
  return search.attempt_in_span(std::move(candidate), search.innermost_span(positions.front()));
}

// Finds the smallest amount in (fails, works] for which `attempt` is true, taking it to be true
// from some amount on. REQUIRES: it was true for `works`, and false for `fails`.
template <class Attempt>
void search_down(uint64_t fails, uint64_t works, const Attempt& attempt) {
  while (works - fails > 1) {
    const uint64_t middle = fails + (works - fails) / 2;
    (attempt(middle) ? works : fails) = middle;
  }
}

// The same distance above the simplest value is simpler than below it.
void try_other_side(ShrinkSearch& search, std::span<const size_t> positions) {
  if (positions.front() >= search.size()) return;
  const Choice& choice = search.choice(positions.front());
  const uint64_t distance = distance_of(choice);
  if (choice.value >= choice.simplest || choice.maximum - choice.simplest < distance) return;
  try_value(search, positions, choice.kind, choice.simplest + distance);
}

// Lowers a number at `positions` (all of equal value) as far as it goes.
void lower_number(ShrinkSearch& search, std::span<const size_t> positions) {
  const Choice start = search.choice(positions.front());
  const uint64_t rank = rank_of(start);
  const uint64_t one_by_one = start.kind == ChoiceKind::index ? kSmallIndices : kSmallRanks;
  for (uint64_t small = 0; small < std::min(rank, one_by_one); ++small) {
    if (try_value(search, positions, start.kind, value_of_rank(start, small))) return;
  }
  if (rank <= one_by_one) return;

  const auto try_distance = [&](uint64_t distance) {
    return try_value(search, positions, start.kind, at_distance(start, distance));
  };
  const uint64_t distance = distance_of(start);
  // Distances up to here belong to the ranks tried above.
  const uint64_t tried = one_by_one / 2;
  if (distance <= tried + 1) return;
  if (try_distance(distance - 1)) {
    search_down(tried, distance - 1, try_distance);
  } else if (distance - 2 <= tried || !try_distance(distance - 2)) {
    if (distance / 2 > tried && try_distance(distance / 2)) {
      search_down(tried, distance / 2, try_distance);
    }
  }
  try_other_side(search, positions);
}

// Lowers a flag in front of a span to "not there", and leaves out the rest of the span.
void lower_leading_flag(ShrinkSearch& search, size_t position, size_t span) {
  std::vector<Choice> candidate = search.best().choices;
  candidate[position].value = candidate[position].simplest;
  candidate.erase(candidate.begin() + static_cast<ptrdiff_t>(position + 1),
                  candidate.begin() + static_cast<ptrdiff_t>(search.best().spans[span].end));
  search.attempt_in_span(std::move(candidate), span);
}

// Lowers a choice that decides what is drawn next. What comes behind it in the span may fit only
// the old value, so it is also tried with the simplest draws there.
void lower_decision(ShrinkSearch& search, size_t position) {
  const Choice start = search.choice(position);
  const std::optional<size_t> span = search.innermost_span(position);
  if (span && start.kind == ChoiceKind::boolean && search.best().spans[*span].begin == position) {
    lower_leading_flag(search, position, *span);
    return;
  }
  const uint64_t rank = rank_of(start);
  for (uint64_t lower = 0; lower < std::min(rank, kSmallIndices); ++lower) {
    std::vector<Choice> candidate = search.best().choices;
    candidate[position].value = value_of_rank(start, lower);
    if (search.attempt_in_span(candidate, span)) return;
    if (!span) continue;
    for (size_t i = position + 1; i < search.best().spans[*span].end; ++i) {
      candidate[i].value = candidate[i].simplest;
      candidate[i].text.clear();
    }
    if (search.attempt_in_span(std::move(candidate), span)) return;
  }
  if (rank > kSmallIndices) lower_number(search, std::span(&position, 1));
}

bool try_text(ShrinkSearch& search, size_t position, std::string text) {
  std::vector<Choice> candidate = search.best().choices;
  candidate[position].text = std::move(text);
  return search.attempt(std::move(candidate));
}

// Shortens the bytes from their end, then makes single ones zero.
void lower_bytes(ShrinkSearch& search, size_t position) {
  const auto text = [&]() -> const std::string& { return search.choice(position).text; };
  if (text().empty() || try_text(search, position, "")) return;
  if (try_text(search, position, text().substr(0, text().size() - 1))) {
    search_down(0, text().size(), [&](uint64_t length) {
      return try_text(search, position, text().substr(0, length));
    });
  }
  if (try_text(search, position, std::string(text().size(), '\0'))) return;
  for (size_t i = 0; i < text().size(); ++i) {
    if (text()[i] == '\0') continue;
    std::string simpler = text();
    simpler[i] = '\0';
    try_text(search, position, std::move(simpler));
  }
}

// A seed means nothing by its size; what may help a reader is that it does not matter.
void lower_seed(ShrinkSearch& search, size_t position) {
  try_value(search, std::span(&position, 1), ChoiceKind::seed, 0);
}

// How two integers are moved: both towards their simplest values, or the first one towards its own
// and the second one so that their sum stays as it is.
enum class PairMove : uint8_t { together, keep_sum };

// The largest amount by which the two can be moved.
uint64_t largest_amount(const Choice& a, const Choice& b, PairMove move) {
  if (move == PairMove::together) return std::min(distance_of(a), distance_of(b));
  const bool b_rises = a.value > a.simplest;
  return std::min(distance_of(a), b_rises ? b.maximum - b.value : b.value - b.minimum);
}

void move_pair(ShrinkSearch& search, size_t first, size_t second, PairMove move) {
  const std::vector<Choice> start = search.best().choices;
  const auto try_amount = [&](uint64_t amount) {
    std::vector<Choice> candidate = start;
    Choice& a = candidate[first];
    Choice& b = candidate[second];
    const bool a_falls = a.value > a.simplest;
    const bool b_falls = move == PairMove::keep_sum ? !a_falls : b.value > b.simplest;
    a.value = a_falls ? a.value - amount : a.value + amount;
    b.value = b_falls ? b.value - amount : b.value + amount;
    return search.attempt(std::move(candidate));
  };
  const uint64_t largest = largest_amount(start[first], start[second], move);
  if (largest == 0 || try_amount(largest)) return;
  if (largest == 1 || !try_amount(1)) return;
  uint64_t works = 1;
  uint64_t fails = largest;
  while (fails - works > 1) {
    const uint64_t middle = works + (fails - works) / 2;
    (try_amount(middle) ? works : fails) = middle;
  }
}

void move_pairs(ShrinkSearch& search, PairMove move) {
  for (size_t i = 0;; ++i) {
    std::vector<size_t> positions = integer_positions(search);
    if (i >= positions.size() || search.finished()) return;
    for (size_t j = i + 1; j < positions.size() && j <= i + kPairWindow; ++j) {
      move_pair(search, positions[i], positions[j], move);
      // A success may have changed which draws there are.
      positions = integer_positions(search);
      if (i >= positions.size()) return;
    }
  }
}

}  // namespace

void simplify_integers(ShrinkSearch& search) {
  for (size_t chunk = integer_positions(search).size(); chunk > 2; chunk /= 2) {
    for (size_t end = integer_positions(search).size(); end > 0; end -= std::min(end, chunk)) {
      const std::vector<size_t> positions = integer_positions(search);
      end = std::min(end, positions.size());
      std::vector<Choice> candidate = search.best().choices;
      for (size_t i = end - std::min(end, chunk); i < end; ++i) {
        candidate[positions[i]].value = candidate[positions[i]].simplest;
      }
      search.attempt(std::move(candidate));
      if (search.finished()) return;
    }
  }
}

void lower_choices(ShrinkSearch& search) {
  for (size_t i = 0; i < search.size() && !search.finished(); ++i) {
    if (rank_of(search.choice(i)) == 0) continue;
    switch (search.choice(i).kind) {
      case ChoiceKind::integer:
        lower_number(search, std::span(&i, 1));
        break;
      case ChoiceKind::boolean:
      case ChoiceKind::index:
        lower_decision(search, i);
        break;
      case ChoiceKind::bytes:
        lower_bytes(search, i);
        break;
      case ChoiceKind::seed:
        lower_seed(search, i);
        break;
    }
  }
}

void lower_duplicates(ShrinkSearch& search) {
  for (size_t i = 0; i < search.size() && !search.finished(); ++i) {
    const Choice& first = search.choice(i);
    if (!is_number(first) || rank_of(first) == 0) continue;
    std::vector<size_t> positions{i};
    for (size_t j = i + 1; j < search.size(); ++j) {
      const Choice& other = search.choice(j);
      const bool equal = other.kind == first.kind && other.value == first.value;
      if (equal && other.simplest == first.simplest) positions.push_back(j);
    }
    if (positions.size() > 1) lower_number(search, positions);
  }
}

void lower_pairs(ShrinkSearch& search) { move_pairs(search, PairMove::together); }

void redistribute_pairs(ShrinkSearch& search) { move_pairs(search, PairMove::keep_sum); }

}  // namespace squall::property
