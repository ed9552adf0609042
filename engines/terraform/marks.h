// The rare situations that a run of the command line shows to have happened, counted by name
// (docs/terraform.md §6).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "documents/command.h"
#include "engine_under_test/engine_under_test.h"
#include "engines/terraform/cli.h"

namespace squall::terraform {

using Marks = std::map<std::string, uint64_t>;

// What it planned and carried out.
void note_changes(const CliRun& run, Marks& marks);
// What came of the request.
void note_answer(const CommandRequest& request, const CommandReply& reply, Marks& marks);
// Of which WriteOnly values another one was sent than before.
void note_sent_again(const std::map<ResourceIdentity, StoredResource>& before,
                     const std::map<ResourceIdentity, StoredResource>& now, Marks& marks);
// What it told of outputs in the end.
void note_outputs(const CliRun& run, const std::map<std::string, ToldOutput>& told, Marks& marks);
// What was other than before, in an apply for which there was nothing to do: where things are, and
// which of them the state says to create before they destroy.
void note_nothing(const CliRun& run, const std::map<ResourceIdentity, bool>& created_before,
                  const std::map<ResourceIdentity, bool>& creates_before, Marks& marks);

}  // namespace squall::terraform
