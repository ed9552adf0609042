#include "base/interned_text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <ostream>
#include <unordered_map>

#include "base/hash.h"

namespace squall {

namespace {

constexpr size_t kBeginning = sizeof(uint64_t);

uint64_t beginning_of(std::string_view text) {
  uint64_t beginning = 0;
  for (size_t i = 0; i < kBeginning; ++i) {
    const char next = i < text.size() ? text[i] : '\0';
    beginning = (beginning << 8) | static_cast<unsigned char>(next);
  }
  return beginning;
}

// The bytes of a text of at most eight, whose length is known: equal ones are equal texts.
uint64_t packed(const char* data, size_t size) {
  const auto four_at = [data](size_t at) {
    uint32_t four = 0;
    std::memcpy(&four, data + at, sizeof(four));
    return uint64_t{four};
  };
  const auto one_at = [data](size_t at) { return uint64_t{static_cast<unsigned char>(data[at])}; };
  if (size >= sizeof(uint32_t)) return (four_at(0) << 32) | four_at(size - sizeof(uint32_t));
  return size == 0 ? 0 : (one_at(0) << 16) | (one_at(size / 2) << 8) | one_at(size - 1);
}

// The end of a text, or all of it: texts of one kind differ there, or in their length.
uint64_t end_of(std::string_view text) {
  const size_t size = std::min(text.size(), sizeof(uint64_t));
  return packed(text.data() + text.size() - size, size);
}

// Where a thread remembers a text, of kPlaces.
constexpr size_t kPlacesLog2 = 10;
constexpr size_t kPlaces = size_t{1} << kPlacesLog2;
size_t place_of(uint64_t end, size_t size) {
  return ((end + size) * 0x9e3779b97f4a7c15ULL) >> (64 - kPlacesLog2);
}

}  // namespace

// A constant with g++; with clang++ it is made at the program's start, before all that may use it.
[[gnu::init_priority(101)]] const InternedText::Kept InternedText::kEmpty = {
    .text = {}, .beginning = 0, .hash = hash_text("")};

// Never destroyed: what is destroyed at the end of the program may still hold some.
const InternedText::Kept* InternedText::keep_for_all(std::string_view text) {
  static std::mutex mutex;
  static auto& kept = *new std::unordered_map<std::string, Kept>();
  const std::lock_guard lock(mutex);
  const auto [found, is_new] = kept.try_emplace(std::string(text));
  if (is_new) found->second = {found->first, beginning_of(text), hash_text(text)};
  return &found->second;
}

// Every thread remembers what it asked for lately, so that it hardly ever waits for the others.
const InternedText::Kept* InternedText::keep(std::string_view text) {
  if (text.empty()) return &kEmpty;
  struct Asked {
    uint64_t end = 0;
    const Kept* kept = nullptr;
  };
  static thread_local std::array<Asked, kPlaces> asked_lately = {};
  const uint64_t end = end_of(text);
  Asked& asked = asked_lately[place_of(end, text.size())];
  const bool is_it = asked.kept != nullptr && asked.end == end &&
                     asked.kept->text.size() == text.size() &&
                     (text.size() <= sizeof(end) || asked.kept->text == text);
  if (!is_it) asked = {.end = end, .kept = keep_for_all(text)};
  return asked.kept;
}

std::ostream& operator<<(std::ostream& out, const InternedText& text) { return out << text.text(); }

}  // namespace squall
