// Enumerations and their texts: one table each, read in both directions. The table lists the values
// in their declared order from 0, so that a value finds its text by index.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/result.h"

namespace squall {

template <class E>
struct EnumText {
  E value;
  std::string_view text;
};

template <class E, size_t N>
using EnumTable = std::array<EnumText<E>, N>;

// For static_assert beside a table: are all values there, each at its own index?
template <class E, size_t N>
constexpr bool in_order(const EnumTable<E, N>& table) {
  for (size_t i = 0; i < N; ++i) {
    if (static_cast<size_t>(table[i].value) != i) return false;
  }
  return true;
}

template <class E, size_t N>
std::string_view text_in(const EnumTable<E, N>& table, E value) {
  const auto index = static_cast<size_t>(value);
  SQUALL_CHECK(index < N);
  return table[index].text;
}

// what: the noun for the error, as in "unknown call kind".
template <class E, size_t N>
Result<E> value_in(const EnumTable<E, N>& table, std::string_view text, std::string_view what) {
  for (const EnumText<E>& entry : table) {
    if (entry.text == text) return entry.value;
  }
  std::string message = "unknown ";
  message.append(what).append(" \"").append(text).append("\"; known are ");
  for (size_t i = 0; i < N; ++i) {
    if (i > 0) message += ", ";
    message.append("\"").append(table[i].text).append("\"");
  }
  return fail(std::move(message));
}

}  // namespace squall
