// A load of several clients that apply and destroy formas over a few stacks, each request with an
// Idempotency-Key. A request whose answer was lost is sent again with the same key until there is
// one, however often the agent is killed meanwhile.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "documents/command.h"
#include "tests/agent/rig.h"

namespace squall::measure {

// A command whose id a client has been told.
struct Acknowledged {
  std::string id;
  CommandRequest request;  // with its key
};

struct LoadCounts {
  uint64_t accepted = 0;
  uint64_t accepted_again =
      0;  // of these, by a request that was sent again after its answer was lost
  uint64_t nothing_to_do = 0;
  uint64_t lost_answers = 0;
  uint64_t repeats = 0;  // requests sent again although they had been answered
  std::map<RejectionType, uint64_t> rejections;
};

class Load {
 public:
  struct Options {
    uint64_t seed = 1;
    int clients = 6;
    int stacks = 6;
    int labels = 10;  // of each type and stack
    // A client is about to send a request. In its thread.
    std::function<void()> on_request;
  };
  // `rig` must outlive it. The clients start paused.
  Load(Rig& rig, Options options);
  // REQUIRES: paused.
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void resume();
  // Returns once every request has had its answer: the agent must be alive, or come back.
  void ask_to_pause();
  bool paused() const;

  // REQUIRES, of all below: paused.
  // What was acknowledged since the last time.
  std::vector<Acknowledged> take_acknowledged();
  LoadCounts counts() const { return counts_; }
  // Answers that contradicted earlier ones.
  std::vector<std::string> contradictions() const { return contradictions_; }

 private:
  void run(int client);
  bool wait_for_turn();
  void converse(int client, uint64_t number, Random& random);
  CommandRequest draw(int client, uint64_t number, Random& random) const;
  CommandReply send_until_answered(const CommandRequest& request, bool& again);
  void note(const CommandRequest& request, const CommandReply& reply, bool again);
  void follow(const std::string& id, Random& random);

  Rig& rig_;
  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool pausing_ = true;
  bool ending_ = false;
  int idle_ = 0;
  std::vector<Acknowledged> acknowledged_;
  LoadCounts counts_;
  std::vector<std::string> contradictions_;
  std::vector<std::jthread> threads_;  // the last member: they use the others
};

}  // namespace squall::measure
