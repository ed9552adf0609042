#include "property/shrink.h"

#include <array>

#include "property/shrink_passes.h"

// Design rules of the shrinker
//
// 1. It edits the record of draws, never values: whatever it does, the test function gets a case
//    that its generators could have made.
// 2. The order of simplicity is shortlex over the draws, and nothing else: shorter first, then
//    simpler choices from left to right. The order is total, so there is one best answer, and a
//    chain of improvements is finite. Every accepted step is an improvement in that order.
// 3. What counts is what was drawn, not what was proposed. A proposal may be too long, too short or
//    out of bounds; it is judged, recorded and cached by the draws that came of it.
// 4. A candidate counts only if it fails with the same signature. A failure with another one is a
//    find of its own: it is kept, not followed.
// 5. Passes are general. None knows what a test function means by its draws; spans, labels and the
//    kinds of choices are all they look at. A pass is added when it helps a class of cases.
// 6. A pass is greedy and does not begin again after a success: it goes on at the place it has
//    reached. Beginning again makes the cost quadratic for nothing, since the next round comes.
// 7. Passes that remove much for one attempt come first, passes that try many pairs come last.
// 8. Progress is deterministic. There is no random step, and time is looked at only to give up.
// 9. Nothing is tried twice. Attempts are cheap next to a real engine's second per case, but not
//    free; a failed pass is not run again until something has changed.
// 10. Numbers: try the smallest values; then one less than now. If that fails, the value is most
//     likely needed as it is, and a binary search would be wasted; if not, search.

namespace squall::property {
namespace {

constexpr std::array kPasses = {
    ShrinkPass{"shorten tail", shorten_tail},
    ShrinkPass{"simplify integers", simplify_integers},
    ShrinkPass{"replace by descendant", replace_by_descendant},
    ShrinkPass{"delete spans", delete_spans},
    ShrinkPass{"delete counted spans", delete_counted_spans},
    ShrinkPass{"simplify spans", simplify_spans},
    ShrinkPass{"delete short runs", delete_short_runs},
    ShrinkPass{"lower choices", lower_choices},
    ShrinkPass{"lower duplicates", lower_duplicates},
    ShrinkPass{"sort spans", sort_spans},
    ShrinkPass{"delete and renumber", delete_and_renumber},
    ShrinkPass{"delete pairs", delete_pairs},
    ShrinkPass{"lower pairs", lower_pairs},
    ShrinkPass{"redistribute pairs", redistribute_pairs},
};

// Runs the passes in turn until none of them has found anything since the last improvement.
void run_passes(ShrinkSearch& search) {
  std::array<std::optional<uint64_t>, kPasses.size()> fruitless_at;
  bool anything_left = true;
  while (anything_left && !search.finished()) {
    anything_left = false;
    for (size_t i = 0; i < kPasses.size() && !search.finished(); ++i) {
      if (fruitless_at[i] == search.improvements()) continue;
      anything_left = true;
      const uint64_t before = search.improvements();
      search.enter_pass(kPasses[i].name);
      kPasses[i].run(search);
      if (search.improvements() == before) fruitless_at[i] = before;
    }
  }
}

}  // namespace

std::string_view name_of(TryOutcome outcome) {
  switch (outcome) {
    case TryOutcome::simpler:
      return "simpler";
    case TryOutcome::not_simpler:
      return "not simpler";
    case TryOutcome::other_failure:
      return "other failure";
    case TryOutcome::pass:
      return "pass";
    case TryOutcome::discard:
      return "discard";
    case TryOutcome::overrun:
      return "overrun";
  }
  return "?";
}

ShrinkResult shrink(const ChoiceSequence& start, const std::string& signature,
                    const TestFunction& test, const ShrinkOptions& options) {
  ShrinkSearch search(signature, test, options);
  if (!search.begin(start)) return search.take_result(ShrinkResult::End::not_reproduced);
  run_passes(search);
  return search.take_result(ShrinkResult::End::minimal);
}

}  // namespace squall::property
