// The reference engine in the simulation, as restless as a real one: it goes on between any two
// things that the suite does. What the suite knows is then always a little old, and whatever is
// wrong about how it copes with that shows here, many times faster than on a real engine and again
// in each replay.
//
// As with the agent, nothing strikes between the suite's looks, and a new incarnation waits with
// its work until run_until() is first called.
#pragma once

#include <memory>

#include "cloud/controller.h"
#include "engines/sim/sim_engine.h"

namespace squall::engines {

// One worker, and how the suite reaches its cloud.
struct RestlessRig {
  std::unique_ptr<cloud::Controller> controller;
  std::unique_ptr<EngineUnderTest> engine;
};

// `cloud` must outlive the rig, and the engine the controller; from now on the cloud is used
// through the controller only.
RestlessRig make_restless_rig(cloud::Cloud& cloud, engine::Options options = sim_defaults());

}  // namespace squall::engines
