// The part of the shrinker that all passes share: the best sequence so far, how a candidate is
// tried, and what was tried already. Internal to property/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "property/choices.h"
#include "property/shrink.h"

namespace squall::property {

class ShrinkSearch {
 public:
  ShrinkSearch(const std::string& signature, const TestFunction& test,
               const ShrinkOptions& options);

  // Plays the start; false if it does not fail with the signature. Call once, first.
  bool begin(const ChoiceSequence& start);

  // The simplest failing sequence so far, as it was drawn.
  const ChoiceSequence& best() const { return result_.sequence; }
  size_t size() const { return best().choices.size(); }
  const Choice& choice(size_t position) const { return best().choices[position]; }
  uint64_t improvements() const { return result_.improvements; }

  // True once the search must end. Then every attempt answers false without trying anything.
  bool finished();

  // The name under which attempts are logged from now on.
  void enter_pass(std::string_view name) { pass_ = name; }

  // Plays a candidate; true if it fails with the signature and is simpler than the best: then it is
  // the best.
  bool attempt(std::vector<Choice> candidate);

  // As attempt(). A change inside span number `span` of best() may change how many draws the span
  // makes, and so shift everything behind it. If the candidate did not do, and that happened, this
  // tries once more with what the span drew now and, behind it, what stood behind it before.
  bool attempt_in_span(std::vector<Choice> candidate, std::optional<size_t> span);

  // The number of the innermost span of best() that holds this position.
  std::optional<size_t> innermost_span(size_t position) const;

  ShrinkResult take_result(ShrinkResult::End end_if_not_cut_short);

 private:
  // What an attempt draws. The labels and beginnings of spans are not kept, nor needed.
  struct Drawn {
    std::vector<Choice> choices;
    std::vector<uint32_t> span_ends;  // by the number of the span
  };
  // What a test function asks for next, after certain draws.
  struct Request {
    ChoiceKind kind;
    uint64_t minimum;
    uint64_t maximum;
    uint64_t simplest;
  };

  std::optional<Drawn> predict(const std::vector<Choice>& candidate) const;
  void remember(const ChoiceSequence& drawn);
  TryOutcome judge(const ChoiceSequence& drawn, Verdict verdict, bool overrun);
  void keep_other(const ChoiceSequence& drawn, const Verdict& verdict);

  const std::string& signature_;
  const TestFunction& test_;
  const ShrinkOptions& options_;
  std::optional<Instant> deadline_;
  std::string_view pass_;
  ShrinkResult result_;
  std::optional<ShrinkResult::End> cut_short_;
  // What the last attempt drew; none if there was none, because the search is finished.
  std::optional<Drawn> last_drawn_;
  // The cache. Both maps are keyed by the hash of the draws made so far: what is asked for next,
  // and, where a case ended, the ends of its spans. Following the requests tells what a candidate
  // would draw, with everything that does not fit moved to where it fits; if that leads to an end,
  // the candidate was tried before, perhaps in another form.
  std::unordered_map<uint64_t, Request> requests_;
  std::unordered_map<uint64_t, std::vector<uint32_t>> ends_;
};

}  // namespace squall::property
