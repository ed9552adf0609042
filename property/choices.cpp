#include "property/choices.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"

namespace squall::property {
namespace {

constexpr size_t kUsualChoices = 1024;  // few cases of a campaign draw many more

// One random integer in eight is a bound, the simplest value or near it: that is where code breaks
// most often, and where two independent draws can meet.
constexpr uint32_t kSpecialPermille = 125;
// In wide ranges one integer in four is drawn by size first, so that small ones occur at all.
constexpr uint32_t kBySizePermille = 250;
constexpr uint64_t kWideRange = 1024;
constexpr uint64_t kNearDistance = 8;

uint64_t below_or_above(const Choice& choice) {
  return std::min(choice.simplest - choice.minimum, choice.maximum - choice.simplest);
}

// Uniform in [0, bound], where bound may be the largest number there is.
uint64_t up_to(Random& random, uint64_t bound) {
  return bound == UINT64_MAX ? random.next() : random.below(bound + 1);
}

}  // namespace

uint64_t rank_of(const Choice& choice) {
  if (choice.kind == ChoiceKind::bytes) return choice.text.size();
  const uint64_t both_sides = below_or_above(choice);
  const uint64_t distance = distance_of(choice);
  if (distance > both_sides) return both_sides + distance;
  if (distance == 0) return 0;
  return choice.value > choice.simplest ? 2 * distance - 1 : 2 * distance;
}

uint64_t value_of_rank(const Choice& choice, uint64_t rank) {
  SQUALL_CHECK(choice.kind != ChoiceKind::bytes);
  SQUALL_CHECK(rank <= choice.maximum - choice.minimum);
  const uint64_t both_sides = below_or_above(choice);
  // rank / 2 < both_sides, or exactly the last of both sides, without computing 2 * both_sides.
  const uint64_t distance = rank / 2 + rank % 2;
  if (distance <= both_sides) {
    return rank % 2 == 1 ? choice.simplest + distance : choice.simplest - distance;
  }
  const uint64_t alone = rank - both_sides;
  const bool above = choice.maximum - choice.simplest > both_sides;
  return above ? choice.simplest + alone : choice.simplest - alone;
}

std::strong_ordering compare_choices(const Choice& a, const Choice& b) {
  if (const auto by_rank = rank_of(a) <=> rank_of(b); by_rank != 0) return by_rank;
  if (const auto by_kind = a.kind <=> b.kind; by_kind != 0) return by_kind;
  if (a.kind == ChoiceKind::bytes) return a.text.compare(b.text) <=> 0;
  return a.value <=> b.value;
}

std::strong_ordering compare_sequences(const ChoiceSequence& a, const ChoiceSequence& b) {
  if (const auto by_size = a.choices.size() <=> b.choices.size(); by_size != 0) return by_size;
  for (size_t i = 0; i < a.choices.size(); ++i) {
    if (const auto order = compare_choices(a.choices[i], b.choices[i]); order != 0) return order;
  }
  return std::strong_ordering::equal;
}

Choices::Choices(uint64_t seed) : replaying_(false), random_(seed) {
  drawn_.choices.reserve(kUsualChoices);
}

Choices::Choices(std::span<const Choice> prefix) : replaying_(true), random_(0), prefix_(prefix) {}

bool Choices::full() const { return drawn_.choices.size() >= kMaximumChoices; }

const Choice* Choices::next_recorded(ChoiceKind kind) const {
  const size_t next = drawn_.choices.size();
  if (!replaying_ || full() || next >= prefix_.size()) return nullptr;
  return prefix_[next].kind == kind ? &prefix_[next] : nullptr;
}

void Choices::record(Choice choice) {
  if (full()) {
    overrun_ = true;
    return;
  }
  drawn_.choices.push_back(std::move(choice));
}

uint64_t Choices::random_integer(const Choice& wanted) {
  const uint64_t range = wanted.maximum - wanted.minimum;
  if (random_.chance(kSpecialPermille)) {
    const uint64_t which = random_.below(8);
    if (which == 0) return wanted.minimum;
    if (which == 1) return wanted.maximum;
    return value_of_rank(wanted, up_to(random_, std::min(range, kNearDistance)));
  }
  if (range >= kWideRange && random_.chance(kBySizePermille)) {
    const uint64_t bits = random_.below(static_cast<uint64_t>(std::bit_width(range)));
    return value_of_rank(wanted, random_.below(uint64_t{1} << bits));
  }
  return wanted.minimum + up_to(random_, range);
}

uint64_t Choices::integer(uint64_t minimum, uint64_t maximum, uint64_t simplest) {
  SQUALL_CHECK(minimum <= simplest && simplest <= maximum);
  Choice drawn{.kind = ChoiceKind::integer,
               .value = simplest,
               .minimum = minimum,
               .maximum = maximum,
               .simplest = simplest};
  if (const Choice* recorded = next_recorded(drawn.kind)) {
    drawn.value = std::clamp(recorded->value, minimum, maximum);
  } else if (draws_at_random()) {
    drawn.value = random_integer(drawn);
  }
  const uint64_t value = drawn.value;
  record(std::move(drawn));
  return value;
}

uint64_t Choices::integer(uint64_t minimum, uint64_t maximum) {
  return integer(minimum, maximum, minimum);
}

bool Choices::boolean(uint32_t permille_true) {
  SQUALL_CHECK(permille_true <= 1000);
  const uint64_t least = permille_true == 1000 ? 1 : 0;
  const uint64_t most = permille_true == 0 ? 0 : 1;
  uint64_t value = least;
  if (const Choice* recorded = next_recorded(ChoiceKind::boolean)) {
    value = std::clamp(recorded->value, least, most);
  } else if (draws_at_random()) {
    value = random_.chance(permille_true) ? 1 : 0;
  }
  record({.kind = ChoiceKind::boolean,
          .value = value,
          .minimum = least,
          .maximum = most,
          .simplest = least});
  return value != 0;
}

size_t Choices::weighted(std::span<const uint32_t> weights) {
  uint64_t total = 0;
  for (const uint32_t weight : weights) total += weight;
  SQUALL_CHECK(total > 0);
  size_t first = 0;
  while (weights[first] == 0) ++first;
  size_t last = weights.size() - 1;
  while (weights[last] == 0) --last;

  size_t value = first;
  if (const Choice* recorded = next_recorded(ChoiceKind::index)) {
    value = static_cast<size_t>(std::clamp<uint64_t>(recorded->value, first, last));
    while (weights[value] == 0) --value;
  } else if (draws_at_random()) {
    uint64_t left = random_.below(total);
    while (left >= weights[value]) left -= weights[value++];
  }
  record({.kind = ChoiceKind::index,
          .value = value,
          .minimum = first,
          .maximum = last,
          .simplest = first});
  return value;
}

size_t Choices::weighted(std::initializer_list<uint32_t> weights) {
  return weighted(std::span<const uint32_t>(weights.begin(), weights.size()));
}

std::string Choices::bytes(size_t max_length) {
  std::string text;
  if (const Choice* recorded = next_recorded(ChoiceKind::bytes)) {
    text = recorded->text.substr(0, max_length);
  } else if (draws_at_random()) {
    // By size first: short strings are the interesting ones.
    const uint64_t bits = random_.below(static_cast<uint64_t>(std::bit_width(max_length)) + 1);
    const uint64_t bound = bits == 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1;
    const uint64_t length = std::min<uint64_t>(max_length, up_to(random_, bound));
    for (uint64_t i = 0; i < length; ++i) text.push_back(static_cast<char>(random_.below(256)));
  }
  record({.kind = ChoiceKind::bytes,
          .value = 0,
          .minimum = 0,
          .maximum = max_length,
          .simplest = 0,
          .text = text});
  return text;
}

uint64_t Choices::seed() {
  uint64_t value = 0;
  if (const Choice* recorded = next_recorded(ChoiceKind::seed)) {
    value = recorded->value;
  } else if (draws_at_random()) {
    value = random_.next();
  }
  record({.kind = ChoiceKind::seed,
          .value = value,
          .minimum = 0,
          .maximum = UINT64_MAX,
          .simplest = 0});
  return value;
}

Choices::Span Choices::span(std::string_view label) {
  // After an overrun no draws are recorded, so spans would all be empty, and without bound.
  const size_t index = overrun_ ? SIZE_MAX : drawn_.spans.size();
  if (!overrun_) {
    const size_t here = drawn_.choices.size();
    drawn_.spans.push_back(
        {.label = std::string(label), .begin = here, .end = SIZE_MAX, .depth = open_spans_});
  }
  ++open_spans_;
  return {this, index};
}

void Choices::close_span(size_t index) {
  SQUALL_CHECK(open_spans_ > 0);
  --open_spans_;
  if (index == SIZE_MAX) return;
  SQUALL_CHECK(drawn_.spans[index].depth == open_spans_);
  drawn_.spans[index].end = drawn_.choices.size();
}

Choices::Span::Span(Span&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), index_(other.index_) {}

Choices::Span::~Span() {
  if (owner_ != nullptr) owner_->close_span(index_);
}

ChoiceSequence Choices::sequence() const {
  ChoiceSequence copy = drawn_;
  for (LabelledSpan& span : copy.spans) span.end = std::min(span.end, copy.choices.size());
  return copy;
}

}  // namespace squall::property
