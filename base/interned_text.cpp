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

// Where a thread remembers a text. Texts of one kind differ in their length or at their end.
size_t place_of(std::string_view text) {
  uint64_t end = 0;
  const size_t read = std::min(text.size(), sizeof(end));
  std::memcpy(&end, text.data() + text.size() - read, read);
  return mix(end + text.size());
}

}  // namespace

constinit const InternedText::Kept InternedText::kEmpty = {
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
  static thread_local std::array<const Kept*, 1024> asked_lately = {};
  const Kept*& slot = asked_lately[place_of(text) % asked_lately.size()];
  if (slot == nullptr || slot->text != text) slot = keep_for_all(text);
  return slot;
}

std::ostream& operator<<(std::ostream& out, const InternedText& text) { return out << text.text(); }

}  // namespace squall
