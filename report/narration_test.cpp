#include "report/narration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "campaign/sample_test.h"

namespace squall::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Narration, AStepSaysWhatStruckItAndWhatBecameOfIt) {
  // Shows the notes of a case that was run, and of one that was not.
  const suite::CaseRecord record = campaign::sample_record();
  EXPECT_THAT(steps_of(record)[0].notes, ElementsAre(HasSubstr("reply to create #1 of vpc-1 lost"),
                                                     "accepted, ended Success"));
  EXPECT_THAT(steps_of(record)[1].notes, ElementsAre("nothing to do"));
  EXPECT_THAT(steps_of(record.test_case)[1].notes, ElementsAre());
}

TEST(Narration, EveryFateOfARequestHasItsWords) {
  // Shows a rejection, an answer that never came, and a command that is not finished.
  suite::CaseRecord record = campaign::sample_record();
  record.submissions[1].reply = Rejection{.type = RejectionType::kInvalidForma, .message = ""};
  record.commands["c-1"].last.state = CommandState::kInProgress;
  EXPECT_EQ(steps_of(record)[0].notes.back(), "accepted, still InProgress");
  EXPECT_EQ(steps_of(record)[1].notes.back(), "rejected: InvalidForma");
  record.submissions[0].reply.reset();
  EXPECT_EQ(steps_of(record)[0].notes.back(), "no answer, but accepted, still InProgress");
  record.commands.clear();
  EXPECT_EQ(steps_of(record)[0].notes.back(), "no answer");
}

TEST(Narration, ACallSaysWhatHappenedAndWhatWasSaid) {
  // Shows the words of a call that went well, that was answered with a lie, and that went nowhere.
  const suite::CaseRecord record = campaign::sample_record();
  EXPECT_EQ(call_in_words(record.calls[0]),
            "#1 create vpc-1 token …7f2a → net-1, answered ServiceTimeout (lost-reply)");
  EXPECT_EQ(call_in_words(record.calls[1]), "#2 create vpc-1 token …9c11 → net-2");
  cloud::Call hung = record.calls[0];
  hung.executions.clear();
  hung.answered_sequence.reset();
  hung.answer = nullptr;
  hung.fault = "hang";
  EXPECT_EQ(call_in_words(hung),
            "#1 create vpc-1 token …7f2a never executed, never answered (hang)");
  cloud::Call late = record.calls[0];
  late.executions.front().sequence = 99;
  EXPECT_THAT(call_in_words(late), HasSubstr("executed after its answer"));
}

TEST(Narration, EvidenceIsLookedUpById) {
  // Shows that calls come in the order asked for, and that an unknown one is left out.
  EXPECT_THAT(calls_in_words(campaign::sample_record(), {2, 7, 1}),
              ElementsAre(HasSubstr("#2"), HasSubstr("#1")));
}

TEST(Narration, LongWordsPushTheirNotesBelow) {
  // Shows that the notes' column stays one column, whatever the words beside it.
  const std::vector<Step> steps = {{.number = 1, .words = std::string(90, 'x'), .notes = {"note"}},
                                   {.number = 2, .words = "short", .notes = {"note"}}};
  const std::string table = step_table(steps, Style(false));
  const std::string note_line = std::string(62, ' ') + "note\n";
  EXPECT_EQ(table, "  1   " + std::string(90, 'x') + "\n" + note_line +  //
                       "  2   short" + std::string(51, ' ') + "note\n");
}

}  // namespace
}  // namespace squall::report
