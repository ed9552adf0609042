// The plain stories that every engine must come through, a planted one too: a plant is a subtle
// bug, not a broken engine.
#include <gtest/gtest.h>

#include "engines/sim/sim_engine.h"
#include "tests/scenario_files.h"

namespace squall {
namespace {

constexpr size_t kStories = 20;

#ifdef SQUALL_SANITIZED
constexpr size_t kEveryNthPlant = 6;  // twenty times slower
#else
constexpr size_t kEveryNthPlant = 1;
#endif

std::vector<suite::Scenario> stories() {
  std::vector<suite::Scenario> out;
  for (const std::filesystem::path& file : files_in("smoke")) {
    out.push_back(read(file));
    out.back().description = file.stem().string();
  }
  return out;
}

campaign::Replay replay(const suite::Scenario& story, campaign::Worker& worker) {
  Result<campaign::Replay> out = campaign::replay(story, worker, 1);
  EXPECT_TRUE(out) << story.description << ": " << (out ? "" : out.error().message);
  return out ? std::move(*out) : campaign::Replay();
}

campaign::Worker worker_with(const std::vector<std::string>& plants) {
  suite::Scenario planted;
  planted.plants = plants;
  Result<campaign::Worker> worker = campaign::worker_for(planted);
  EXPECT_TRUE(worker) << (worker ? "" : worker.error().message);
  return std::move(*worker);
}

// Shows: there are twenty stories, no fault is in them, all that they ask for happens, and the
// right engine passes them.
TEST(Smoke, TheRightEnginePassesEveryStory) {
  EXPECT_EQ(stories().size(), kStories);
  campaign::Worker worker = worker_with({});
  for (const suite::Scenario& story : stories()) {
    EXPECT_EQ(suite::fault_count(story.test_case), 0U) << story.description;
    EXPECT_TRUE(story.expected.empty() && story.plants.empty()) << story.description;
    const campaign::Replay replayed = replay(story, worker);
    EXPECT_EQ(shown(replayed), "") << story.description;
    EXPECT_EQ(replayed.record.skipped_operations, 0U) << story.description;
  }
}

// Shows: so does each planted one.
TEST(Smoke, EveryPlantedEnginePassesEveryStory) {
  const std::vector<suite::Scenario> all = stories();
  const auto plants = engines::sim_plants();
  for (size_t i = 0; i < plants.size(); i += kEveryNthPlant) {
    const std::string plant(plants[i].name);
    campaign::Worker worker = worker_with({plant});
    for (const suite::Scenario& story : all)
      EXPECT_EQ(shown(replay(story, worker)), "") << story.description << " with " << plant;
  }
}

}  // namespace
}  // namespace squall
