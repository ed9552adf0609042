// CaseRun: one case being run. What the operations (suite/operations/) and the epilogue are made
// of: submit a request, wait, let the engine die and come back, take a checkpoint; always folding
// what the engine claims into the belief, always checking before a step that could heal.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cloud/controller.h"
#include "documents/resource_type.h"
#include "engine_under_test/engine_under_test.h"
#include "suite/expected_state.h"
#include "suite/record.h"

namespace squall::suite {

// The engine will not carry out what it has just planned itself: all is as it was.
bool refuses_own_plan(const CommandReply& reply);

class CaseRun {
 public:
  CaseRun(const Case& test_case, EngineUnderTest& engine, cloud::Controller& controller,
          const std::vector<ResourceType>& types);

  // Runs everything; the record is complete afterwards.
  CaseRecord run();

  const World& world() const { return record_.test_case.world; }

  // Sends a request, sees it answered (through crashes, with the same idempotency key), and judges
  // nothing: the prediction is in the record. blocking: until its command and every one before it
  // is terminal, also where it was rejected because of them. Gives the submission's index.
  // ask_again: its first answer is lost on the way, and it is sent again with the same key.
  size_t submit(CommandRequest request, bool blocking, std::string phase, bool ask_again = false);

  // Has the plan that was simulated last carried out as it is. False: there is none.
  bool submit_saved_plan(bool blocking);

  // Lets time pass, whatever happens meanwhile.
  void wait(Duration how_long);
  // Until nothing is left to happen: commands terminal, late deliveries delivered.
  void drain();
  // SIGKILL and restart.
  void crash();
  // Is a command running?
  bool is_busy() const { return !running_.empty(); }
  // Does the request depend on what a command under way may be finding out about a row, that
  // something befell which neither the row nor the plan tells of?
  bool depends_on_discovery(const CommandRequest& request);
  // Drift: changes the slot's object in the cloud. False: there is none, or the cloud refused.
  bool modify_in_cloud(const WantedResource& wanted);
  bool delete_in_cloud(const std::string& label);
  // Has the engine manage the slots no more. False: it manages none of them.
  bool remove_from_state(const std::vector<std::string>& labels);
  // Has a run work in another workspace. False: there are none.
  bool visit_elsewhere();
  // Goes on with the next of the engine's binaries. False: there is none.
  bool switch_binary();
  // Compares, if no command is running; otherwise does nothing.
  void checkpoint(std::string where);

  // The case cannot go on: a harness error, a stuck engine, or an answer the spec rules out, after
  // which no prediction means anything.
  bool stopped() const { return stopped_; }

 private:
  // A plan that the engine has kept.
  struct SavedPlan {
    size_t submission = 0;  // that made it
    CommandRequest request;
    std::string store_version;
    std::string engine_version;
    uint64_t log_end = 0;
  };

  std::unique_ptr<ExpectedState> make_belief(const World& world) const;
  void run_operation(size_t index);
  void arm_faults(const Operation& operation);
  void withdraw_faults();
  void set_disk_full(bool full);
  bool wait_until(const std::function<bool()>& condition, const std::string& what);
  const cloud::CloudObject* find_object(const cloud::CloudView& view,
                                        const std::string& label) const;
  bool fits(const Submission& submission, const CommandReply& reply,
            const std::optional<CommandView>& command) const;
  void await_reply(Submission& submission, const std::vector<std::string>& known);
  void predict(Submission& submission);
  std::optional<spec::Refused> refused_as_saved(const SavedPlan& plan) const;
  bool has_changed(const SavedPlan& plan) const;
  void keep_plan(size_t index);
  void import_forgotten(CommandRequest& request) const;
  void heed_groups(CommandRequest& request) const;
  bool all_terminal() const;
  void predict_at_answer(Submission& submission);
  void hear();        // takes in what a provider of ours told the engine
  void hear_store();  // … and what it asked of a store that is not its own
  std::vector<StoreCall> calls_of_last_run() const;
  void predict_store_trouble(Submission& submission);
  void take_answer(const Submission& submission);
  void recover_store();
  void hear_rivals();
  void mend_store();
  void settle_down();
  bool heard_of_death(size_t answers_before) const;
  void pick_up(const Submission& submission);
  void remove_lost_objects(uint64_t since);
  void take_reply(size_t index, const CommandReply& reply);
  void revive();
  void read_log();   // what is new in it
  void look();       // takes in the log and the states of running commands
  void look_back();  // at what was terminal before a crash
  void look_at(const std::string& id);
  void fold_terminal(const Followed& command, const CommandView& view);
  std::vector<Followed> take_lost_syncs();
  void give_up_if_undecided();
  // The case ends here, accusing nobody: what follows could not be judged. The mark says why.
  void give_up(std::string_view mark);
  void stop(std::string harness_error);
  void epilogue();
  bool reconcile_until_converged(const Operation& all);
  void finish();

  EngineUnderTest& engine_;
  cloud::Controller& controller_;
  const std::vector<ResourceType>& types_;
  CaseRecord record_;
  LogIndex log_;
  std::unique_ptr<ExpectedState> belief_;
  std::map<std::string, Followed> running_;            // commands not terminal yet
  std::map<std::string, std::set<UpdateKey>> folded_;  // per running command
  std::vector<uint64_t> crashes_;                      // log positions
  std::set<std::string> resumed_;                      // running when the engine last came back
  size_t operation_ = 0;                               // index of the operation being run
  size_t store_calls_before_ = 0;                      // on record when a run was last asked for
  bool predicted_beside_ = false;                      // what ran when an answer was last predicted
  bool faults_off_ = false;
  bool settled_ = false;
  bool stopped_ = false;
  std::string_view undecided_mark_;
  bool disk_full_ = false;
  uint64_t keys_ = 0;
  std::optional<SavedPlan> saved_plan_;
};

}  // namespace squall::suite
