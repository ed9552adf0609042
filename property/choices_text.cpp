// The text form of a choice sequence.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include "property/choices.h"

// Tokens: i<value>/<min>-<max>[@<simplest>]   an integer; without @, simplest is min
//         t f t! f!                           a boolean; with !, it was not free
//         w<value>/<min>-<max>                a weighted index; simplest is min
//         x<hex>/<max>                        bytes
//         s<value>                            a seed
//         (<label>  )                         around the draws of a span; labels are %-escaped

namespace squall::property {
namespace {

constexpr std::string_view kVersion = "c1";

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == ':' || c == '/';
}

std::string escaped(std::string_view label) {
  std::string out;
  for (const char c : label) {
    if (plain(c)) {
      out.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02x}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

void append_choice(std::string& out, const Choice& choice) {
  auto end = std::back_inserter(out);
  switch (choice.kind) {
    case ChoiceKind::integer:
      fmt::format_to(end, " i{}/{}-{}", choice.value, choice.minimum, choice.maximum);
      if (choice.simplest != choice.minimum) fmt::format_to(end, "@{}", choice.simplest);
      break;
    case ChoiceKind::boolean:
      out += choice.value != 0 ? " t" : " f";
      if (choice.minimum == choice.maximum) out += '!';
      break;
    case ChoiceKind::index:
      fmt::format_to(end, " w{}/{}-{}", choice.value, choice.minimum, choice.maximum);
      break;
    case ChoiceKind::bytes:
      out += " x";
      for (const char c : choice.text) {
        fmt::format_to(end, "{:02x}", static_cast<unsigned char>(c));
      }
      fmt::format_to(end, "/{}", choice.maximum);
      break;
    case ChoiceKind::seed:
      fmt::format_to(end, " s{}", choice.value);
      break;
  }
}

// Reads a token from left to right; any failure sticks.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  uint64_t number() {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.begin(), rest_.end(), value);
    if (error != std::errc()) ok_ = false;
    rest_.remove_prefix(static_cast<size_t>(end - rest_.begin()));
    return value;
  }

  bool skip_if(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!skip_if(c)) ok_ = false;
  }

  // Pairs of hexadecimal digits, as far as there are any.
  std::string hex_bytes() {
    std::string bytes;
    while (rest_.size() >= 2) {
      const std::string_view digits = rest_.substr(0, 2);
      unsigned value = 0;
      const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value, 16);
      if (error != std::errc() || end != digits.end()) break;
      bytes.push_back(static_cast<char>(value));
      rest_.remove_prefix(2);
    }
    return bytes;
  }

  bool complete() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

std::optional<Choice> read_boolean(std::string_view token) {
  const bool value = token[0] == 't';
  Choice choice{.kind = ChoiceKind::boolean,
                .value = value ? 1U : 0U,
                .minimum = 0,
                .maximum = 1,
                .simplest = 0};
  if (token.size() == 1) return choice;
  if (token.substr(1) != "!") return std::nullopt;
  choice.minimum = choice.maximum = choice.simplest = choice.value;
  return choice;
}

std::optional<Choice> read_number(std::string_view token) {
  Choice choice;
  choice.kind = token[0] == 'i' ? ChoiceKind::integer : ChoiceKind::index;
  Reader reader(token.substr(1));
  choice.value = reader.number();
  reader.expect('/');
  choice.minimum = reader.number();
  reader.expect('-');
  choice.maximum = reader.number();
  choice.simplest = token[0] == 'i' && reader.skip_if('@') ? reader.number() : choice.minimum;
  const bool in_order = choice.minimum <= choice.value && choice.value <= choice.maximum &&
                        choice.minimum <= choice.simplest && choice.simplest <= choice.maximum;
  if (!reader.complete() || !in_order) return std::nullopt;
  return choice;
}

std::optional<Choice> read_choice(std::string_view token) {
  Reader reader(token.substr(1));
  Choice choice;
  switch (token[0]) {
    case 't':
    case 'f':
      return read_boolean(token);
    case 'i':
    case 'w':
      return read_number(token);
    case 'x':
      choice.kind = ChoiceKind::bytes;
      choice.text = reader.hex_bytes();
      reader.expect('/');
      choice.maximum = reader.number();
      if (!reader.complete() || choice.text.size() > choice.maximum) return std::nullopt;
      return choice;
    case 's':
      choice.kind = ChoiceKind::seed;
      choice.value = reader.number();
      choice.maximum = UINT64_MAX;
      if (!reader.complete()) return std::nullopt;
      return choice;
    default:
      return std::nullopt;
  }
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text[0] != '%') {
      if (!plain(text[0])) return std::nullopt;
      out.push_back(text[0]);
      text.remove_prefix(1);
      continue;
    }
    Reader reader(text.substr(1, 2));
    const std::string byte = reader.hex_bytes();
    if (byte.size() != 1) return std::nullopt;
    out += byte;
    text.remove_prefix(3);
  }
  return out;
}

// Takes one token into the sequence; `open` holds the indices of the spans not yet closed.
bool take_token(std::string_view token, ChoiceSequence& sequence, std::vector<size_t>& open) {
  if (token == ")") {
    if (open.empty()) return false;
    sequence.spans[open.back()].end = sequence.choices.size();
    open.pop_back();
    return true;
  }
  if (token[0] == '(') {
    std::optional<std::string> label = unescaped(token.substr(1));
    if (!label) return false;
    const size_t here = sequence.choices.size();
    const auto depth = static_cast<uint32_t>(open.size());
    open.push_back(sequence.spans.size());
    sequence.spans.push_back(
        {.label = *std::move(label), .begin = here, .end = here, .depth = depth});
    return true;
  }
  std::optional<Choice> choice = read_choice(token);
  if (!choice || sequence.choices.size() >= Choices::kMaximumChoices) return false;
  sequence.choices.push_back(*std::move(choice));
  return true;
}

}  // namespace

std::string encode(const ChoiceSequence& sequence) {
  std::string out(kVersion);
  std::vector<size_t> open;
  const auto close_until = [&](size_t depth) {
    for (; open.size() > depth; open.pop_back()) out += " )";
  };
  size_t next_span = 0;
  for (size_t i = 0; i <= sequence.choices.size(); ++i) {
    for (; next_span < sequence.spans.size() && sequence.spans[next_span].begin == i; ++next_span) {
      close_until(sequence.spans[next_span].depth);
      out += " (" + escaped(sequence.spans[next_span].label);
      open.push_back(next_span);
    }
    while (!open.empty() && sequence.spans[open.back()].end <= i) close_until(open.size() - 1);
    if (i < sequence.choices.size()) append_choice(out, sequence.choices[i]);
  }
  close_until(0);
  return out;
}

Result<ChoiceSequence> decode(std::string_view line) {
  ChoiceSequence sequence;
  std::vector<size_t> open;
  size_t position = 0;
  for (bool first = true; position <= line.size(); first = false) {
    const size_t end = std::min(line.find(' ', position), line.size());
    const std::string_view token = line.substr(position, end - position);
    if (first && token != kVersion) {
      return fail(fmt::format(
          "reading a choice sequence: it starts with \"{}\", this version reads \"{}\" only; was "
          "it written by a newer Squall?",
          token.substr(0, 20), kVersion));
    }
    if (!first && (token.empty() || !take_token(token, sequence, open))) {
      return fail(fmt::format("reading a choice sequence: \"{}\" at character {} is not a choice",
                              token.substr(0, 40), position + 1));
    }
    position = end + 1;
  }
  if (!open.empty()) {
    return fail(fmt::format("reading a choice sequence: the span \"{}\" is not closed",
                            sequence.spans[open.back()].label));
  }
  return sequence;
}

}  // namespace squall::property
