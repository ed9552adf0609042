// The passes of the shrinker. Each goes once over the best sequence, tries its kind of change
// wherever it applies, and goes on from where it is when one succeeds. Internal to property/.
#pragma once

#include <span>
#include <string_view>

#include "property/shrink_search.h"

namespace squall::property {

struct ShrinkPass {
  std::string_view name;
  void (*run)(ShrinkSearch&);
};

// --- Structure (shrink_structure.cpp) ---

// Replaces as long a tail as possible by the simplest draws: a binary search.
void shorten_tail(ShrinkSearch& search);
// Replaces a span by a span of the same label inside it.
void replace_by_descendant(ShrinkSearch& search);
// Deletes spans, and runs of siblings of one label, large to small and back to front.
void delete_spans(ShrinkSearch& search);
// The same, lowering an earlier integer by the number of spans deleted: a list after its length.
void delete_counted_spans(ShrinkSearch& search);
// Deletes a span, and lowers every number that may refer to a later sibling, so that it refers to
// it still.
void delete_and_renumber(ShrinkSearch& search);
// Deletes two siblings of one label that need not be neighbours.
void delete_pairs(ShrinkSearch& search);
// Deletes a few adjacent draws wherever they stand; joins neighbouring lists, for one.
void delete_short_runs(ShrinkSearch& search);
// Replaces all draws of a span by the simplest ones.
void simplify_spans(ShrinkSearch& search);
// Sorts siblings of one label.
void sort_spans(ShrinkSearch& search);

// --- Values (shrink_values.cpp) ---

// Sets many integers to their simplest value at once.
void simplify_integers(ShrinkSearch& search);
// Lowers each choice by itself.
void lower_choices(ShrinkSearch& search);
// Lowers choices of equal value together.
void lower_duplicates(ShrinkSearch& search);
// Lowers two integers by the same amount.
void lower_pairs(ShrinkSearch& search);
// Lowers an integer and raises a later one by the same amount.
void redistribute_pairs(ShrinkSearch& search);

}  // namespace squall::property
