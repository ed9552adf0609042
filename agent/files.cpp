#include "agent/files.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace squall::agent {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const bool is_input = path == "-";
  const std::unique_ptr<std::FILE, Close> opened(is_input ? nullptr
                                                          : std::fopen(path.c_str(), "rbe"));
  std::FILE* const file = is_input ? stdin : opened.get();
  const auto trouble = [&path] {
    return fail(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
  };
  if (file == nullptr) return trouble();
  std::string text;
  std::array<char, 65536> part;
  while (const size_t size = std::fread(part.data(), 1, part.size(), file))
    text.append(part.data(), size);
  // A folder can be opened, and not be read.
  if (std::ferror(file) != 0) return trouble();
  return text;
}

}  // namespace squall::agent
