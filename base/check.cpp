#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace squall {

void check_failed(std::string_view text, std::source_location where) {
  std::fprintf(stderr, "squall: internal check failed: %.*s\n  at %s:%u in %s\n",
               static_cast<int>(text.size()), text.data(), where.file_name(), where.line(),
               where.function_name());
  std::abort();
}

}  // namespace squall
