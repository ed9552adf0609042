// The engines Squall can test, by name. Adding one: its adapter under engines/, one EngineKind
// here.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "campaign/watchdog.h"
#include "cloud/catalogue.h"
#include "cloud/cloud.h"
#include "engine_under_test/engine_under_test.h"

namespace squall::campaign {

// The resource types that worlds are drawn from, and that cloud and engine know: one for all
// workers of a run.
using SharedCatalogue = std::shared_ptr<const cloud::Catalogue>;

SharedCatalogue built_in_catalogue();

// The built-in types and those of the TOML files, which cloud/catalogue.h describes, in that order;
// each file may refer to those before it. Errors, with the file and, in it, the place: it cannot be
// read, it is not well-formed, it has a type that is there already, it is the one with which there
// are more than suite::kMostTypes.
Result<SharedCatalogue> load_catalogue(const std::vector<std::string>& files);

// One engine with a cloud of its own, used by one thread at a time. The engine refers to the cloud,
// so the cloud is declared first and goes last.
struct Worker {
  std::unique_ptr<cloud::Cloud> cloud;
  // How the suite reaches the cloud where the engine uses it in threads of its own; null: directly.
  std::unique_ptr<cloud::Controller> guarded;
  std::unique_ptr<EngineUnderTest> engine;
  std::shared_ptr<Watchdog> watchdog;  // null: no limit to the time of a case

  cloud::Controller& controller() { return guarded != nullptr ? *guarded : *cloud; }
};

// Makes one worker more. Called by one thread at a time.
using WorkerFactory = std::function<Result<Worker>()>;

// What of an engine the user chooses, beside its name.
struct EngineChoice {
  std::vector<std::string> plants = {};
  std::string binary = {};                       // a path or a name; empty: what is found
  std::vector<std::string> later_binaries = {};  // those that cases go on to, in this order
  std::vector<std::string> flags = {};  // further options of its commands, where it has a binary
  std::string store = {};               // where the agent keeps its state; empty: its default
};

struct EngineKind {
  std::string_view name;        // "sim"
  std::string_view summary;     // one sentence for `squall list engines`
  std::string_view simulation;  // the kind that is the same engine in the simulation; empty: none
  // Errors: a plant that does not exist, or that the engine cannot have; a binary where there is
  // none to choose, or that cannot be used.
  Result<WorkerFactory> (*factory)(const EngineChoice& choice, const SharedCatalogue& catalogue);
  // What its documentation promises (promises.h); null: the design documents are its promises.
  std::string_view (*promises)() = nullptr;
};

// The explicit list.
std::span<const EngineKind> engine_kinds();

// EngineKind::simulation of the kind `name`.
std::string_view simulation_of(std::string_view name);

// Workers for the engine `name` as chosen, whose clouds have the types of the catalogue. Errors:
// unknown engine, or those of its factory; the message lists what there is.
Result<WorkerFactory> worker_factory(std::string_view name, const EngineChoice& choice,
                                     const SharedCatalogue& catalogue = built_in_catalogue());

}  // namespace squall::campaign
