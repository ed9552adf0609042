#include "property/shrink_search.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "base/stop.h"
#include "property/monotonic_clock.h"

namespace squall::property {
namespace {

// About 100 MB. Beyond that nothing is added, and some candidates may be tried twice.
constexpr size_t kMaximumRequests = 1'000'000;

// Values only: with the same values before it, a draw has the same bounds.
void add_choice(RunningHash& hash, const Choice& choice) {
  if (choice.kind == ChoiceKind::bytes) {
    hash.add(choice.text);
  } else {
    hash.add(choice.value);
  }
}

}  // namespace

ShrinkSearch::ShrinkSearch(const std::string& signature, const TestFunction& test,
                           const ShrinkOptions& options)
    : signature_(signature), test_(test), options_(options) {
  if (options.time_limit) {
    deadline_ = (options.clock ? options.clock() : monotonic_now()) + *options.time_limit;
  }
}

bool ShrinkSearch::begin(const ChoiceSequence& start) {
  SQUALL_CHECK(result_.tries == 0);
  enter_pass("start");
  const bool reproduced = attempt(start.choices);
  result_.improvements = 0;
  if (!reproduced) result_.sequence = start;
  return reproduced;
}

bool ShrinkSearch::finished() {
  if (cut_short_) return true;
  if (is_set(options_.stop)) {
    cut_short_ = ShrinkResult::End::stopped;
  } else if (result_.tries >= options_.max_tries) {
    cut_short_ = ShrinkResult::End::out_of_tries;
  } else if (deadline_ && (options_.clock ? options_.clock() : monotonic_now()) >= *deadline_) {
    cut_short_ = ShrinkResult::End::out_of_time;
  }
  return cut_short_.has_value();
}

// What the candidate would draw, if that is known. Mirrors how Choices plays back a record.
std::optional<ShrinkSearch::Drawn> ShrinkSearch::predict(
    const std::vector<Choice>& candidate) const {
  Drawn drawn;
  RunningHash hash;
  for (size_t i = 0;; ++i) {
    if (const auto end = ends_.find(hash.value()); end != ends_.end()) {
      drawn.span_ends = end->second;
      return drawn;
    }
    const auto request = requests_.find(hash.value());
    if (request == requests_.end()) return std::nullopt;
    const auto& [kind, minimum, maximum, simplest] = request->second;
    Choice choice{.kind = kind,
                  .value = simplest,
                  .minimum = minimum,
                  .maximum = maximum,
                  .simplest = simplest};
    if (i < candidate.size() && candidate[i].kind == kind) {
      choice.value = std::clamp(candidate[i].value, minimum, maximum);
      if (kind == ChoiceKind::bytes) choice.text = candidate[i].text.substr(0, maximum);
    }
    add_choice(hash, choice);
    drawn.choices.push_back(std::move(choice));
  }
}

void ShrinkSearch::remember(const ChoiceSequence& drawn) {
  RunningHash hash;
  for (const Choice& choice : drawn.choices) {
    if (requests_.size() >= kMaximumRequests) return;
    requests_.try_emplace(hash.value(), Request{.kind = choice.kind,
                                                .minimum = choice.minimum,
                                                .maximum = choice.maximum,
                                                .simplest = choice.simplest});
    add_choice(hash, choice);
  }
  std::vector<uint32_t> ends;
  ends.reserve(drawn.spans.size());
  for (const LabelledSpan& span : drawn.spans) ends.push_back(static_cast<uint32_t>(span.end));
  ends_.try_emplace(hash.value(), std::move(ends));
}

bool ShrinkSearch::attempt(std::vector<Choice> candidate) {
  last_drawn_.reset();
  if (finished()) return false;
  last_drawn_ = predict(candidate);
  if (last_drawn_) {
    ++result_.cache_hits;
    return false;
  }
  Choices choices(candidate);
  Verdict verdict = test_(choices);
  ++result_.tries;
  const ChoiceSequence drawn = choices.sequence();
  const size_t size = drawn.choices.size();
  // An overrun has no end to remember; and what it drew is nothing to build on.
  if (!choices.overrun()) {
    remember(drawn);
    last_drawn_ = Drawn{.choices = drawn.choices, .span_ends = {}};
    for (const LabelledSpan& span : drawn.spans) {
      last_drawn_->span_ends.push_back(static_cast<uint32_t>(span.end));
    }
  }
  const TryOutcome outcome = judge(drawn, std::move(verdict), choices.overrun());
  if (options_.on_try) {
    options_.on_try({.number = result_.tries,
                     .pass = pass_,
                     .outcome = outcome,
                     .choices = size,
                     .best_choices = this->size()});
  }
  return outcome == TryOutcome::simpler;
}

TryOutcome ShrinkSearch::judge(const ChoiceSequence& drawn, Verdict verdict, bool overrun) {
  if (overrun) return TryOutcome::overrun;
  if (verdict.kind == Verdict::Kind::discard) return TryOutcome::discard;
  if (verdict.kind == Verdict::Kind::pass) return TryOutcome::pass;
  SQUALL_CHECK(!verdict.signatures.empty());
  if (verdict.signatures.front() != signature_) keep_other(drawn, verdict);
  if (std::ranges::find(verdict.signatures, signature_) == verdict.signatures.end()) {
    return TryOutcome::other_failure;
  }
  // The first try is that of the start, with nothing to compare it to yet.
  const bool is_start = result_.tries == 1;
  if (!is_start && compare_sequences(drawn, result_.sequence) >= 0) return TryOutcome::not_simpler;
  result_.sequence = drawn;
  result_.verdict = std::move(verdict);
  ++result_.improvements;
  return TryOutcome::simpler;
}

void ShrinkSearch::keep_other(const ChoiceSequence& drawn, const Verdict& verdict) {
  const auto [entry, added] = result_.others.try_emplace(verdict.signatures.front(), drawn);
  if (!added && compare_sequences(drawn, entry->second) < 0) entry->second = drawn;
}

bool ShrinkSearch::attempt_in_span(std::vector<Choice> candidate, std::optional<size_t> span) {
  if (attempt(std::move(candidate))) return true;
  if (!span || !last_drawn_) return false;
  // Spans are numbered as they are opened, and nothing before this one was changed. With an engine
  // that is not deterministic it may still be missing.
  if (*span >= last_drawn_->span_ends.size()) return false;
  const size_t end_before = best().spans[*span].end;
  const size_t end_now = last_drawn_->span_ends[*span];
  if (end_now == end_before) return false;
  std::vector<Choice> repaired = std::move(last_drawn_->choices);
  repaired.resize(end_now);
  repaired.insert(repaired.end(), best().choices.begin() + static_cast<ptrdiff_t>(end_before),
                  best().choices.end());
  return attempt(std::move(repaired));
}

std::optional<size_t> ShrinkSearch::innermost_span(size_t position) const {
  std::optional<size_t> found;
  const std::vector<LabelledSpan>& spans = best().spans;
  for (size_t i = 0; i < spans.size() && spans[i].begin <= position; ++i) {
    if (position < spans[i].end) found = i;
  }
  return found;
}

ShrinkResult ShrinkSearch::take_result(ShrinkResult::End end_if_not_cut_short) {
  result_.end = cut_short_.value_or(end_if_not_cut_short);
  return std::move(result_);
}

}  // namespace squall::property
