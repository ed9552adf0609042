// Assertions for what cannot happen. Kept on in release builds: a tester that goes on after its
// own invariant broke would accuse falsely.
#pragma once

#include <source_location>
#include <string_view>

namespace squall {

// Prints the place and the text to stderr and aborts.
[[noreturn]] void check_failed(std::string_view text, std::source_location where);

}  // namespace squall

#define SQUALL_CHECK(condition)                                            \
  do {                                                                     \
    if (!(condition)) [[unlikely]]                                         \
      ::squall::check_failed(#condition, std::source_location::current()); \
  } while (false)
