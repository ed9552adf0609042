// Errors as values. Every function that can fail at run time returns Result<T>; the message says
// what was attempted, on what, what went wrong and, where there is something, what to do.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace squall {

struct Error {
  std::string message;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string message) {
  return std::unexpected<Error>(Error{std::move(message)});
}

}  // namespace squall

#define SQUALL_JOIN2(a, b) a##b
#define SQUALL_JOIN(a, b) SQUALL_JOIN2(a, b)

// TRY(auto x, f()): declares x from f()'s value, or returns f()'s error from this function.
// Not for coroutines: there, name the awaited Result first and test it (GCC 12 miscompiles
// statement expressions around co_await).
#define TRY(declaration, expression)                                        \
  auto SQUALL_JOIN(try_, __LINE__) = (expression);                          \
  if (!SQUALL_JOIN(try_, __LINE__))                                         \
    return std::unexpected(std::move(SQUALL_JOIN(try_, __LINE__)).error()); \
  declaration = *std::move(SQUALL_JOIN(try_, __LINE__))

// TRY_VOID(f()): the same for Result<void>, or where the value is not wanted.
#define TRY_VOID(expression)                                                \
  do {                                                                      \
    auto try_result = (expression);                                         \
    if (!try_result) return std::unexpected(std::move(try_result).error()); \
  } while (false)
