#include "base/interned_text.h"

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

// Where a thread remembers a text, of kPlaces. Texts of one kind differ in their length or at their
// end.
constexpr size_t kPlacesLog2 = 10;
constexpr size_t kPlaces = size_t{1} << kPlacesLog2;
size_t place_of(std::string_view text) {
  uint64_t mixed = text.size();
  const char* const end = text.data() + text.size();
  if (text.size() >= sizeof(mixed)) {
    uint64_t last = 0;
    std::memcpy(&last, end - sizeof(last), sizeof(last));
    mixed += last;
  } else {
    for (const char c : text) mixed = (mixed << 8) + static_cast<unsigned char>(c);
  }
  return (mixed * 0x9e3779b97f4a7c15ULL) >> (64 - kPlacesLog2);
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
  static thread_local std::array<const Kept*, kPlaces> asked_lately = {};
  const Kept*& slot = asked_lately[place_of(text)];
  if (slot == nullptr || slot->text != text) slot = keep_for_all(text);
  return slot;
}

std::ostream& operator<<(std::ostream& out, const InternedText& text) { return out << text.text(); }

}  // namespace squall
