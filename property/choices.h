// The typed choice sequence: the only source of draws of a test function.
//
// A test function asks a `Choices` for integers, booleans, weighted indices and bytes. What it was
// given is recorded as a `ChoiceSequence`, together with labelled spans that say which draws belong
// together (one operation, one list element). Playing a recorded sequence back gives the same test
// case; editing the sequence and playing it back gives a different, still well formed case. That is
// all the shrinker needs, so generators never have to know how to shrink.
//
// How to draw so that shrinking works well:
//  - open a span around everything that could be left out or moved as a unit, the flag that says
//    "one more" included; give spans of the same sort the same label;
//  - make the simplest value of a draw the one a reader would like to see in a report;
//  - draw in the same pattern whatever the state: boolean(0) at the depth limit of a tree instead
//  of
//    no draw at all, so that a part stays well formed when it is moved;
//  - do not let an early draw decide how a later, unrelated one is understood.
//
// The idea is that of Hypothesis (MacIver and Donaldson, "Test-Case Reduction via Test-Case
// Generation", ECOOP 2020).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace squall::property {

enum class ChoiceKind : uint8_t {
  integer,  // a number in [minimum, maximum]
  boolean,  // 0 or 1
  index,    // a position in a list of weights
  bytes,    // a string of at most `maximum` bytes, in `text`
  seed,     // a full-range number that only seeds a generator: not worth minimising
};

// One draw: what was asked for, and what was given.
struct Choice {
  ChoiceKind kind = ChoiceKind::integer;
  uint64_t value = 0;
  uint64_t minimum = 0;  // inclusive
  uint64_t maximum = 0;  // inclusive
  uint64_t simplest = 0;
  std::string text = {};  // only for bytes

  bool operator==(const Choice&) const = default;
};

// The distance between a choice's value and its simplest one, on the number line. REQUIRES: not
// bytes.
constexpr uint64_t distance_of(const Choice& choice) {
  return choice.value >= choice.simplest ? choice.value - choice.simplest
                                         : choice.simplest - choice.value;
}

// How far a choice is from its simplest value: 0 is the simplest, 1 the next one, without gaps
// (simplest, simplest+1, simplest-1, simplest+2, ...; when one side of the bounds is used up, the
// other goes on alone). For bytes: their number.
uint64_t rank_of(const Choice& choice);

// The value of that rank. REQUIRES: not bytes, and rank <= maximum - minimum.
uint64_t value_of_rank(const Choice& choice, uint64_t rank);

// Orders two choices by simplicity.
std::strong_ordering compare_choices(const Choice& a, const Choice& b);

// The draws [begin, end) belong together. Spans nest properly: two spans are disjoint, or one holds
// the other.
struct LabelledSpan {
  std::string label;
  size_t begin = 0;
  size_t end = 0;
  uint32_t depth = 0;  // 0 for a span that is inside no other

  size_t size() const { return end - begin; }
  bool operator==(const LabelledSpan&) const = default;
};

struct ChoiceSequence {
  std::vector<Choice> choices;
  std::vector<LabelledSpan> spans;  // in the order in which they were opened

  bool operator==(const ChoiceSequence&) const = default;
};

// Orders sequences by simplicity: shorter first, then simpler choices from left to right
// (shortlex).
std::strong_ordering compare_sequences(const ChoiceSequence& a, const ChoiceSequence& b);

// One line of text: "c1" and then, separated by spaces, a token for each choice, with "(label" and
// ")" around those of a span. decode(encode(s)) == s.
std::string encode(const ChoiceSequence& sequence);

// Errors: not such a line, or made by a version this one does not know.
Result<ChoiceSequence> decode(std::string_view line);

// The source of draws. Not thread-safe; one test case uses one Choices, once.
class Choices {
 public:
  // A case that draws more than this is cut off: every further draw takes the simplest value and is
  // not recorded. A loop of the form "while (boolean)" therefore always ends.
  static constexpr size_t kMaximumChoices = 65536;

  // Draws at random, the same draws for the same seed on every platform.
  explicit Choices(uint64_t seed);

  // Plays `prefix` back. A recorded value that does not fit what is asked for now is moved to the
  // nearest bound, or replaced by the simplest one if it is of another kind; draws past the end
  // take the simplest value. The spans of `prefix` are not looked at. `prefix` must outlive this
  // object.
  explicit Choices(std::span<const Choice> prefix);

  Choices(const Choices&) = delete;
  Choices& operator=(const Choices&) = delete;

  // A number in [minimum, maximum], which shrinks towards `simplest`. Random draws prefer bounds
  // and small distances a little; do not build probabilities out of them, use boolean() and
  // weighted(). REQUIRES: minimum <= simplest <= maximum.
  uint64_t integer(uint64_t minimum, uint64_t maximum, uint64_t simplest);
  uint64_t integer(uint64_t minimum, uint64_t maximum);  // simplest = minimum

  // True with probability permille_true / 1000; simplest is false. With 0 and 1000 the answer is
  // fixed, also on replay. REQUIRES: permille_true <= 1000.
  bool boolean(uint32_t permille_true);

  // An index into `weights`, drawn in proportion to the weights; the simplest is the first one with
  // a weight above zero. An index whose weight is zero is never given, also on replay.
  // REQUIRES: the weights do not sum to zero.
  size_t weighted(std::span<const uint32_t> weights);
  size_t weighted(std::initializer_list<uint32_t> weights);

  // At most max_length arbitrary bytes; simplest is the empty string, then zero bytes.
  std::string bytes(size_t max_length);

  // A full-range number to seed a generator with, for randomness that need not be minimised
  // (ids, jitter); simplest is 0.
  uint64_t seed();

  // Marks the draws made during its lifetime as belonging together.
  class [[nodiscard]] Span {
   public:
    Span(Span&& other) noexcept;
    Span& operator=(Span&&) = delete;
    ~Span();

   private:
    friend class Choices;
    Span(Choices* owner, size_t index) : owner_(owner), index_(index) {}

    Choices* owner_;
    size_t index_;
  };

  // Keep the result in a variable: `const auto scope = choices.span("operation");`. Spans must end
  // in the reverse order of their beginning, which scopes see to. The Choices must outlive them.
  Span span(std::string_view label);

  // True if the case asked for more than kMaximumChoices.
  bool overrun() const { return overrun_; }

  // How many draws were recorded so far.
  size_t size() const { return drawn_.choices.size(); }

  // What was actually drawn so far; spans still open end here.
  ChoiceSequence sequence() const;

 private:
  // The recorded choice to play back for the next draw, or null: draw the simplest (or at random).
  const Choice* next_recorded(ChoiceKind kind) const;
  bool full() const;
  bool draws_at_random() const { return !replaying_ && !full(); }
  void record(Choice choice);
  uint64_t random_integer(const Choice& wanted);
  void close_span(size_t index);

  bool replaying_;
  Random random_;
  std::span<const Choice> prefix_;
  ChoiceSequence drawn_;
  uint32_t open_spans_ = 0;
  bool overrun_ = false;
};

}  // namespace squall::property
