// A failure of Terraform or OpenTofu as files that show it without Squall: a shell script, and the
// configuration of each of its steps: with the built-in terraform_data alone, or, where somebody
// else changes the cloud, with our provider as a binary (`squall provider`).
//
// What a case has and the command line alone cannot do is put otherwise where it comes to the same:
// a delete that fails or takes long has a provisioner that does; a kill strikes as a change is
// reported. Where there is no such way, there is no reproduction.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/result.h"
#include "campaign/engine_factory.h"
#include "suite/scenario.h"

namespace squall::campaign {

inline constexpr std::string_view kScript = "repro.sh";

// Relative path → text: "repro.sh", "step-1/main.tf.json", "step-2/modules/m0/main.tf.json".
using Reproduction = std::map<std::string, std::string>;

// Exit codes of the script: 0 the failure shows, 1 it does not, 2 it could not be tried.
// Errors: the scenario is another engine's, or expects nothing; there is no check for what it
// expects; an operation, a fault or a crash of it needs Squall.
Result<Reproduction> reproduction_of(const suite::Scenario& scenario,
                                     const SharedCatalogue& catalogue = built_in_catalogue());

// Makes the folder, or takes one that is empty or holds a reproduction, which goes. Errors: it
// holds something else; whatever the file system says.
Result<void> write_reproduction(const Reproduction& reproduction,
                                const std::filesystem::path& folder);

}  // namespace squall::campaign
