#include "agent/rest/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace squall::agent {

namespace {

constexpr size_t kMaxQueryBytes = 4096;
constexpr size_t kMaxTerms = 64;
constexpr std::string_view kSpaces = " \t\r\n";

// Does `text` consist of the parts in their order, with anything between them? Each part takes the
// first place it can have: whatever comes behind has most room then.
bool consists_of(std::string_view text, const std::vector<std::string>& parts) {
  if (parts.size() == 1) return text == parts.front();
  if (!text.starts_with(parts.front())) return false;
  text.remove_prefix(parts.front().size());
  if (!text.ends_with(parts.back())) return false;
  text.remove_suffix(parts.back().size());
  for (size_t i = 1; i + 1 < parts.size(); ++i) {
    const size_t found = text.find(parts[i]);
    if (found == std::string_view::npos) return false;
    text.remove_prefix(found + parts[i].size());
  }
  return true;
}

}  // namespace

class Query::Parser {
 public:
  Parser(std::string_view text, std::span<const std::string_view> known)
      : rest_(text), known_(known) {}

  Result<std::vector<Term>> parse() {
    std::vector<Term> terms;
    for (skip_spaces(); !rest_.empty(); skip_spaces()) {
      if (terms.size() == kMaxTerms) {
        return fail(fmt::format("the query has more than {} terms", kMaxTerms));
      }
      TRY(Term term, parse_term());
      terms.push_back(std::move(term));
    }
    std::sort(terms.begin(), terms.end(),
              [](const Term& a, const Term& b) { return a.field < b.field; });
    return terms;
  }

 private:
  void skip_spaces() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpaces), rest_.size()));
  }

  std::string known_fields() const { return fmt::format("{}", fmt::join(known_, ", ")); }

  Result<Term> parse_term() {
    Term term;
    if (rest_.front() == '+' || rest_.front() == '-') {
      term.sign = rest_.front() == '+' ? Sign::kRequired : Sign::kExcluded;
      rest_.remove_prefix(1);
    }
    const size_t end = std::min(rest_.find_first_of(kSpaces), rest_.size());
    const size_t colon = rest_.find(':');
    if (colon >= end) {
      return fail(fmt::format("\"{}\" in the query must be field:value; the fields are {}",
                              rest_.substr(0, end), known_fields()));
    }
    term.field = rest_.substr(0, colon);
    if (std::find(known_.begin(), known_.end(), term.field) == known_.end()) {
      return fail(fmt::format("the query has the field \"{}\", which there is not; there are {}",
                              term.field, known_fields()));
    }
    rest_.remove_prefix(colon + 1);
    if (rest_.starts_with('"')) {
      TRY_VOID(parse_quoted(term));
    } else {
      TRY_VOID(parse_bare(term));
    }
    return term;
  }

  Result<void> parse_bare(Term& term) {
    const size_t end = std::min(rest_.find_first_of(kSpaces), rest_.size());
    const std::string_view value = rest_.substr(0, end);
    if (value.empty()) {
      return fail(fmt::format("the query has {}: without a value; an empty one is \"\", any is *",
                              term.field));
    }
    if (value.find('"') != std::string_view::npos) {
      return fail(
          fmt::format("{}:{} in the query: a quote stands around a whole value, or "
                      "within quotes as \\\"",
                      term.field, value));
    }
    for (size_t begin = 0; begin <= value.size();) {
      const size_t star = std::min(value.find('*', begin), value.size());
      term.parts.emplace_back(value.substr(begin, star - begin));
      begin = star + 1;
    }
    rest_.remove_prefix(end);
    return {};
  }

  Result<void> parse_quoted(Term& term) {
    std::string value;
    size_t at = 1;
    while (at < rest_.size() && rest_[at] != '"') {
      if (rest_[at] == '\\' && at + 1 < rest_.size()) ++at;
      value += rest_[at++];
    }
    if (at >= rest_.size()) {
      return fail(fmt::format("the query has a quote after {}: that does not end", term.field));
    }
    rest_.remove_prefix(at + 1);
    if (!rest_.empty() && kSpaces.find(rest_.front()) == std::string_view::npos) {
      return fail(
          fmt::format("the query must have a space after the quoted value of {}", term.field));
    }
    term.parts.push_back(std::move(value));
    return {};
  }

  std::string_view rest_;
  std::span<const std::string_view> known_;
};

Result<Query> Query::parse(std::string_view text, std::span<const std::string_view> known) {
  if (text.size() > kMaxQueryBytes) {
    return fail(fmt::format("the query has more than {} bytes", kMaxQueryBytes));
  }
  Query query;
  TRY(query.terms_, Parser(text, known).parse());
  return query;
}

bool Query::matches(const Term& term, std::span<const FieldValue> values) {
  return std::any_of(values.begin(), values.end(), [&](const FieldValue& each) {
    return each.field == term.field && consists_of(each.value, term.parts);
  });
}

bool Query::asks_for(std::string_view field) const {
  return std::any_of(terms_.begin(), terms_.end(),
                     [field](const Term& term) { return term.field == field; });
}

bool Query::matches(std::span<const FieldValue> values) const {
  for (size_t i = 0; i < terms_.size();) {
    const std::string& field = terms_[i].field;
    bool is_asked = false;
    bool is_met = false;
    for (; i < terms_.size() && terms_[i].field == field; ++i) {
      const Term& term = terms_[i];
      const bool holds = matches(term, values);
      if (term.sign == Sign::kPlain) {
        is_asked = true;
        is_met = is_met || holds;
      } else if (holds != (term.sign == Sign::kRequired)) {
        return false;
      }
    }
    if (is_asked && !is_met) return false;
  }
  return true;
}

}  // namespace squall::agent
