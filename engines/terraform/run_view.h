// What one run of the command line says, as the suite sees commands: the answer to the request, and
// the updates with what became of them.
#pragma once

#include <string>

#include "documents/command.h"
#include "engines/terraform/cli.h"
#include "provider/tfplugin/mapping.h"

namespace squall::terraform {

struct RunView {
  CommandReply reply;
  CommandView command;  // of an accepted one
  // The run said something that nobody can read: a complaint that is on no list, a line that is
  // none, an address that is not ours. For the suite to stop at.
  std::string trouble;
  // It was asked to end before it had applied anything: no answer at all.
  bool is_unanswered = false;
};

// id: of the command; its resources are of `stack`. is_interrupted: somebody asked the run to end.
RunView view_of(const CliRun& run, const CommandRequest& request, const std::string& id,
                const std::string& stack, const tfplugin::Mapping& mapping,
                bool is_interrupted = false);

}  // namespace squall::terraform
