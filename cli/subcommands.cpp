#include "cli/subcommands.h"

#include <array>

namespace squall::cli {

std::span<const Subcommand* const> subcommands() {
  static constexpr std::array kSubcommands = {&kTest,    &kReplay,   &kShrink,    &kExplain,
                                              &kConfirm, &kCompare,  &kSelfcheck, &kKnown,
                                              &kList,    &kProvider, &kCloud};
  return kSubcommands;
}

}  // namespace squall::cli
