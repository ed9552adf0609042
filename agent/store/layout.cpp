#include "agent/store/layout.h"

#include <fmt/format.h>

#include <utility>

namespace squall::agent {

Result<void> check_layout(int64_t found, Migrations known, std::string_view database) {
  if (found < 0) return fail(fmt::format("{} says that its layout is {}", database, found));
  if (std::cmp_less_equal(found, known.size())) return {};
  return fail(fmt::format(
      "{} has layout {}, and this squall-agent knows layouts up to {}: a newer one made it; use "
      "that one, or another database",
      database, found, known.size()));
}

}  // namespace squall::agent
