// Passes that make the sequence shorter or change its shape.

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "property/shrink_passes.h"

namespace squall::property {
namespace {

constexpr size_t kLongestShortRun = 3;
// Pairs are tried only in groups of this size at most: their number grows with its square.
constexpr size_t kLargestGroupForPairs = 64;
// How many descendants are tried in the place of one span, the largest first.
constexpr size_t kDescendants = 8;
// How many integers before a list are tried as its length.
constexpr size_t kCounters = 2;

// Consecutive spans with one parent and one label, empty ones left out.
using Siblings = std::vector<LabelledSpan>;

// A range of draws that a pass looks at, with what the pass wants to know about it.
struct Place {
  size_t begin = 0;
  size_t end = 0;
  size_t span = 0;      // its number in best().spans, if it is one
  size_t count = 1;     // how many siblings it covers
  size_t ordinal = 0;   // how many of these stand before it
  size_t siblings = 0;  // how many there are in all
  size_t list_begin = 0;

  size_t size() const { return end - begin; }
};

// Large before small and, among equal ones, back before front.
bool before(const Place& a, const Place& b) {
  return std::tuple(b.size(), b.begin, b.span) < std::tuple(a.size(), a.begin, a.span);
}

// Visits the places that `list` finds, in that order. After a success it goes on with those that
// come behind the successful one in the new best sequence.
template <class List, class Visit>
void visit_places(ShrinkSearch& search, const List& list, const Visit& visit) {
  Place reached{.begin = 0, .end = std::numeric_limits<size_t>::max()};
  for (bool success = true; success;) {
    success = false;
    std::vector<Place> places = list(search);
    std::ranges::sort(places, before);
    for (const Place& place : places) {
      if (!before(reached, place)) continue;
      if (search.finished()) return;
      reached = place;
      success = visit(place);
      if (success) break;
    }
  }
}

// All groups of siblings, ordered by where they begin, outer ones first.
std::vector<Siblings> sibling_groups(const ChoiceSequence& sequence) {
  std::vector<Siblings> done;
  std::vector<std::vector<Siblings>> open(1);  // by depth: the groups of children so far
  const auto close_until = [&](size_t depth) {
    for (; open.size() > depth; open.pop_back())
      std::ranges::move(open.back(), std::back_inserter(done));
  };
  for (const LabelledSpan& span : sequence.spans) {
    close_until(span.depth + 1);
    if (span.size() > 0) {
      std::vector<Siblings>& groups = open.back();
      if (groups.empty() || groups.back().front().label != span.label) groups.emplace_back();
      groups.back().push_back(span);
    }
    open.emplace_back();
  }
  close_until(0);
  std::ranges::sort(done, [](const Siblings& a, const Siblings& b) {
    return std::pair(a.front().begin, a.front().depth) <
           std::pair(b.front().begin, b.front().depth);
  });
  return done;
}

// Runs of siblings: all of a group, halves, quarters, ..., single ones, counted from the back.
std::vector<Place> sibling_runs(const ShrinkSearch& search) {
  std::vector<Place> places;
  for (const Siblings& group : sibling_groups(search.best())) {
    for (size_t length = group.size(); length > 0; length /= 2) {
      for (size_t last = group.size(); last > 0; last -= std::min(last, length)) {
        const size_t first = last - std::min(last, length);
        places.push_back({.begin = group[first].begin,
                          .end = group[last - 1].end,
                          .span = 0,
                          .count = last - first,
                          .ordinal = first,
                          .siblings = group.size(),
                          .list_begin = group.front().begin});
      }
    }
  }
  return places;
}

std::vector<Place> single_spans(const ShrinkSearch& search) {
  std::vector<Place> places;
  const std::vector<LabelledSpan>& spans = search.best().spans;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (spans[i].size() == 0) continue;
    places.push_back({.begin = spans[i].begin, .end = spans[i].end, .span = i});
  }
  return places;
}

std::vector<Choice> without(const ShrinkSearch& search, size_t begin, size_t end) {
  std::vector<Choice> candidate = search.best().choices;
  candidate.erase(candidate.begin() + static_cast<ptrdiff_t>(begin),
                  candidate.begin() + static_cast<ptrdiff_t>(end));
  return candidate;
}

// Whether what stands behind the range could be drawn in its place. What is drawn there depends on
// what was drawn before, so it will be of the same kind as now; anything else cannot fit.
bool fits_without(const ShrinkSearch& search, size_t begin, size_t end) {
  return end == search.size() || search.choice(begin).kind == search.choice(end).kind;
}

// Integers before a list that may be its length: the nearest ones that are not part of something
// else. Those that equal the number of siblings come first.
std::vector<size_t> counters_of(const ShrinkSearch& search, const Place& place) {
  std::vector<size_t> exact;
  std::vector<size_t> others;
  for (size_t i = place.list_begin; i-- > 0 && exact.size() + others.size() < kCounters;) {
    const Choice& choice = search.choice(i);
    if (choice.kind != ChoiceKind::integer) continue;
    if (choice.value - choice.minimum < place.count) continue;
    const std::optional<size_t> span = search.innermost_span(i);
    if (span && search.best().spans[*span].end < place.end) continue;
    (choice.value == place.siblings ? exact : others).push_back(i);
  }
  exact.insert(exact.end(), others.begin(), others.end());
  return exact;
}

std::span<const Choice> content(const ShrinkSearch& search, const LabelledSpan& span) {
  return std::span(search.best().choices).subspan(span.begin, span.size());
}

bool simpler(const ShrinkSearch& search, const LabelledSpan& a, const LabelledSpan& b) {
  if (a.size() != b.size()) return a.size() < b.size();
  const auto order = std::ranges::mismatch(content(search, a), content(search, b));
  return order.in1 != content(search, a).end() && compare_choices(*order.in1, *order.in2) < 0;
}

// The best sequence with the content of group[order[i]] in the place of group[i].
std::vector<Choice> rearranged(const ShrinkSearch& search, const Siblings& group,
                               std::span<const size_t> order) {
  const std::vector<Choice>& choices = search.best().choices;
  std::vector<Choice> candidate;
  size_t taken = 0;
  const auto take_until = [&](size_t end) {
    candidate.insert(candidate.end(), choices.begin() + static_cast<ptrdiff_t>(taken),
                     choices.begin() + static_cast<ptrdiff_t>(end));
  };
  for (size_t i = 0; i < group.size(); ++i) {
    take_until(group[i].begin);
    const std::span<const Choice> moved = content(search, group[order[i]]);
    candidate.insert(candidate.end(), moved.begin(), moved.end());
    taken = group[i].end;
  }
  take_until(choices.size());
  return candidate;
}

// Sorts the first `count` siblings of a group; the others stay.
bool sort_first(ShrinkSearch& search, const Siblings& group, size_t count) {
  std::vector<size_t> order(group.size());
  std::iota(order.begin(), order.end(), size_t{0});
  // Ties by place: equal ones stay in order, or sorting would propose what is there already.
  std::sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(count), [&](size_t a, size_t b) {
    if (simpler(search, group[a], group[b])) return true;
    return a < b && !simpler(search, group[b], group[a]);
  });
  return !std::ranges::is_sorted(order) && search.attempt(rearranged(search, group, order));
}

// Insertion sort, where every exchange of neighbours must prove itself.
void sort_step_by_step(ShrinkSearch& search, size_t number) {
  for (size_t i = 1;; ++i) {
    for (size_t j = i; j > 0; --j) {
      // The place of this group in the list of groups is the same after a success: what changes
      // begins behind it.
      const std::vector<Siblings> groups = sibling_groups(search.best());
      if (number >= groups.size() || i >= groups[number].size() || search.finished()) return;
      const Siblings& group = groups[number];
      if (!simpler(search, group[j], group[j - 1])) break;
      std::vector<size_t> order(group.size());
      std::iota(order.begin(), order.end(), size_t{0});
      std::swap(order[j - 1], order[j]);
      if (!search.attempt(rearranged(search, group, order))) break;
    }
  }
}

// Deletes two siblings, and lowers their count if there is one.
bool delete_two(ShrinkSearch& search, const Siblings& group, size_t first, size_t second) {
  const LabelledSpan& a = group[first];
  const LabelledSpan& b = group[second];
  std::vector<Choice> candidate = without(search, b.begin, b.end);
  candidate.erase(candidate.begin() + static_cast<ptrdiff_t>(a.begin),
                  candidate.begin() + static_cast<ptrdiff_t>(a.end));
  const Place both{.begin = a.begin,
                   .end = b.end,
                   .count = 2,
                   .siblings = group.size(),
                   .list_begin = group.front().begin};
  for (const size_t counter : counters_of(search, both)) {
    if (search.choice(counter).value != group.size()) continue;
    candidate[counter].value -= 2;
    return search.attempt(std::move(candidate));
  }
  const bool fits = fits_without(search, a.begin, a.end) && fits_without(search, b.begin, b.end);
  return fits && search.attempt(std::move(candidate));
}

void delete_pairs_of_group(ShrinkSearch& search, size_t number) {
  // The place of a group in the list of groups is the same after a success: what changes begins
  // behind it.
  const auto current = [&] {
    const std::vector<Siblings> groups = sibling_groups(search.best());
    return number < groups.size() ? groups[number] : Siblings();
  };
  Siblings group = current();
  if (group.size() > kLargestGroupForPairs) return;
  for (size_t second = group.size(); second-- > 1;) {
    for (size_t first = second; first-- > 0;) {
      if (search.finished()) return;
      if (!delete_two(search, group, first, second)) continue;
      group = current();
      second = std::min(second, group.size());
      break;
    }
    if (second == 0) return;
  }
}

}  // namespace

void shorten_tail(ShrinkSearch& search) {
  const std::vector<Choice> start = search.best().choices;
  const auto try_prefix = [&](size_t length) {
    return search.attempt({start.begin(), start.begin() + static_cast<ptrdiff_t>(length)});
  };
  if (start.empty() || try_prefix(0)) return;
  size_t fails = 0;
  size_t works = start.size();
  while (works - fails > 1 && !search.finished()) {
    const size_t middle = fails + (works - fails) / 2;
    (try_prefix(middle) ? works : fails) = middle;
  }
}

void replace_by_descendant(ShrinkSearch& search) {
  visit_places(search, single_spans, [&](const Place& place) {
    const std::vector<LabelledSpan>& spans = search.best().spans;
    std::vector<LabelledSpan> descendants;
    for (size_t i = place.span + 1; i < spans.size() && spans[i].begin < place.end; ++i) {
      const bool smaller = spans[i].size() > 0 && spans[i].size() < place.size();
      if (smaller && spans[i].label == spans[place.span].label) descendants.push_back(spans[i]);
    }
    std::ranges::sort(descendants, [](const LabelledSpan& a, const LabelledSpan& b) {
      return std::tuple(b.size(), a.begin, a.depth) < std::tuple(a.size(), b.begin, b.depth);
    });
    descendants.resize(std::min(descendants.size(), kDescendants));
    return std::ranges::any_of(descendants, [&](const LabelledSpan& inner) {
      std::vector<Choice> candidate = without(search, inner.end, place.end);
      candidate.erase(candidate.begin() + static_cast<ptrdiff_t>(place.begin),
                      candidate.begin() + static_cast<ptrdiff_t>(inner.begin));
      return search.attempt(std::move(candidate));
    });
  });
}

void delete_spans(ShrinkSearch& search) {
  visit_places(search, sibling_runs, [&](const Place& place) {
    return fits_without(search, place.begin, place.end) &&
           search.attempt(without(search, place.begin, place.end));
  });
}

void delete_counted_spans(ShrinkSearch& search) {
  visit_places(search, sibling_runs, [&](const Place& place) {
    return std::ranges::any_of(counters_of(search, place), [&](size_t counter) {
      std::vector<Choice> candidate = without(search, place.begin, place.end);
      candidate[counter].value -= place.count;
      return search.attempt(std::move(candidate));
    });
  });
}

void delete_and_renumber(ShrinkSearch& search) {
  visit_places(search, sibling_runs, [&](const Place& place) {
    if (place.count != 1 || place.siblings < 2) return false;
    bool renumbered = false;
    std::vector<Choice> candidate = without(search, place.begin, place.end);
    for (Choice& choice : candidate) {
      const bool number = choice.kind == ChoiceKind::integer || choice.kind == ChoiceKind::index;
      // A greater number than there are siblings refers to none of them.
      const bool refers = choice.value > place.ordinal && choice.value <= place.siblings;
      if (!number || !refers || choice.value == choice.minimum) continue;
      --choice.value;
      renumbered = true;
    }
    return renumbered && search.attempt(std::move(candidate));
  });
}

void delete_pairs(ShrinkSearch& search) {
  for (size_t number = 0; !search.finished(); ++number) {
    if (number >= sibling_groups(search.best()).size()) return;
    delete_pairs_of_group(search, number);
  }
}

void delete_short_runs(ShrinkSearch& search) {
  for (size_t length = kLongestShortRun; length > 0; --length) {
    for (size_t end = search.size(); end >= length && !search.finished(); --end) {
      end = std::min(end, search.size());
      if (end < length) break;
      if (!fits_without(search, end - length, end)) continue;
      search.attempt(without(search, end - length, end));
    }
  }
}

void simplify_spans(ShrinkSearch& search) {
  visit_places(search, single_spans, [&](const Place& place) {
    std::vector<Choice> candidate = search.best().choices;
    size_t begin = place.begin;
    // A flag in front says that the span is there at all; deleting it is another pass's business.
    while (begin < place.end && candidate[begin].kind == ChoiceKind::boolean) ++begin;
    size_t changed = 0;
    for (size_t i = begin; i < place.end; ++i) {
      changed += rank_of(candidate[i]) > 0 ? 1 : 0;
      candidate[i].value = candidate[i].simplest;
      candidate[i].text.clear();
    }
    // A single choice is lowered by itself elsewhere.
    return changed > 1 && search.attempt_in_span(std::move(candidate), place.span);
  });
}

void sort_spans(ShrinkSearch& search) {
  for (size_t number = 0; !search.finished(); ++number) {
    const std::vector<Siblings> groups = sibling_groups(search.best());
    if (number >= groups.size()) return;
    if (groups[number].size() < 2) continue;
    // The last one may be what ends a list, a lone "no more": then the others are to be sorted.
    const Siblings& group = groups[number];
    if (sort_first(search, group, group.size() - 1)) continue;
    if (!sort_first(search, group, group.size())) sort_step_by_step(search, number);
  }
}

}  // namespace squall::property
