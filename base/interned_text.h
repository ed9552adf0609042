// A text that the process keeps once: copies are a pointer, and equal texts are the same pointer,
// so that comparing two which are equal reads neither. They are ordered as texts are.
//
// What was kept is never let go. So this is for what a run says again and again and has few of (the
// names of stacks, resources and types), not for what is made up anew each time (ids, tokens).
#pragma once

#include <fmt/format.h>

#include <compare>
#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <type_traits>

namespace squall {

class InternedText;
template <class T>
concept PlainText =
    std::convertible_to<const T&, std::string_view> && !std::is_same_v<T, InternedText>;

// Any number of threads may make, copy and read them at once.
class InternedText {
 public:
  InternedText() = default;  // ""
  // Meant to happen unasked, as the conversions back are: it is a text like any other.
  template <PlainText T>
  InternedText(const T& text) : kept_(keep(text)) {}

  operator const std::string&() const { return kept_->text; }
  operator std::string_view() const { return kept_->text; }
  const std::string& text() const { return kept_->text; }
  bool empty() const { return kept_->text.empty(); }
  // hash_text() of it, reckoned once.
  uint64_t hash() const { return kept_->hash; }

  friend bool operator==(const InternedText& a, const InternedText& b) {
    return a.kept_ == b.kept_;
  }
  friend std::strong_ordering operator<=>(const InternedText& a, const InternedText& b) {
    if (a.kept_ == b.kept_) return std::strong_ordering::equal;
    if (a.kept_->beginning != b.kept_->beginning) return a.kept_->beginning <=> b.kept_->beginning;
    return a.text().compare(b.text()) <=> 0;
  }
  template <PlainText T>
  friend bool operator==(const InternedText& a, const T& b) {
    return a.text() == std::string_view(b);
  }
  template <PlainText T>
  friend std::strong_ordering operator<=>(const InternedText& a, const T& b) {
    return a.text().compare(std::string_view(b)) <=> 0;
  }
  friend std::string operator+(const InternedText& a, std::string_view b) {
    return a.text() + std::string(b);
  }
  friend std::string operator+(std::string a, const InternedText& b) { return a += b.text(); }
  friend std::ostream& operator<<(std::ostream& out, const InternedText& text);

 private:
  struct Kept {
    std::string text;
    uint64_t beginning = 0;  // its first eight bytes as a number: ordered as they are
    uint64_t hash = 0;
  };
  static const Kept* keep(std::string_view text);
  static const Kept* keep_for_all(std::string_view text);
  static const Kept kEmpty;

  const Kept* kept_ = &kEmpty;
};

}  // namespace squall

template <>
struct fmt::formatter<squall::InternedText> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const squall::InternedText& text, Context& context) const {
    return fmt::formatter<std::string_view>::format(text, context);
  }
};
