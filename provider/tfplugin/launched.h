// Squall's provider as an ordinary provider binary: Terraform or OpenTofu starts the process, reads
// one line from it, and speaks to its socket until it asks it to exit. Its cloud is a file.
#pragma once

#include <memory>

#include "base/result.h"
#include "cloud/catalogue.h"

namespace squall::tfplugin {

// Serves until the launcher or SIGTERM asks for the end, or the launcher is gone. SIGINT is
// ignored: it is meant for the launcher, which tells its providers itself. Errors say what to do;
// one is that nobody launched this: the variables of a launcher are not in the environment.
Result<void> serve_launched(std::shared_ptr<const cloud::Catalogue> catalogue);

}  // namespace squall::tfplugin
