#include "cli/shrink_log.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "campaign/files.h"
#include "documents/json.h"

namespace squall::cli {

Result<ShrinkLog> ShrinkLog::open(const std::string& path) {
  TRY_VOID(campaign::check_can_write(path));
  errno = 0;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  if (!out) return fail(fmt::format("writing the shrink log {}: {}", path, std::strerror(errno)));
  return ShrinkLog(path, std::move(out));
}

void ShrinkLog::add(const campaign::Attempt& attempt) {
  const JsonObject line{{"signature", attempt.signature},
                        {"try", attempt.number},
                        {"stage", attempt.stage},
                        {"pass", attempt.pass},
                        {"outcome", attempt.outcome},
                        {"size", attempt.size},
                        {"best", attempt.best}};
  out_ << one_line(line) << '\n';
}

Result<void> ShrinkLog::close() {
  errno = 0;
  out_.close();
  if (out_) return {};
  return fail(
      fmt::format("writing the shrink log {}: {}", path_, std::strerror(errno != 0 ? errno : EIO)));
}

}  // namespace squall::cli
